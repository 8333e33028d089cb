"""A face through a clip made of one rendered picture: followed, lost and found again, without jitter and without lag."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import LandmarkError
from core.image.files import read_png
from core.video.track import Track, jitter, smoothed, track

FACE = Path(__file__).parents[1] / "image" / "face.png"


@pytest.fixture(scope="module")
def picture():
    face = read_png(FACE)
    wide = np.full((face.shape[0], face.shape[1] + 80, 3), 38, np.uint8)
    wide[:, 20 : 20 + face.shape[1]] = face
    return wide


def test_a_moving_face_is_followed(picture):
    steps = [0, 4, 8, 12, 16, 20]
    found = track([np.roll(picture, step, axis=1) for step in steps], 30.0, "clip")
    assert found.found.all() and found.points.shape == (6, 478, 3)
    moved = (found.points - found.points[0])[..., 0].mean(axis=1)
    np.testing.assert_allclose(moved, steps, atol=1.0)


def test_a_face_that_is_gone_for_a_while_is_found_again_and_bridged(picture):
    empty = np.full_like(picture, 38)
    found = track([picture, picture, empty, empty, empty, np.roll(picture, 20, axis=1)], 30.0, "clip")
    assert found.found.tolist() == [True, True, False, False, False, True]
    assert np.isfinite(found.points).all()
    between = found.points[3, :, 0].mean()
    assert found.points[1, :, 0].mean() < between < found.points[-1, :, 0].mean()


def test_no_face_at_all_is_said(picture):
    with pytest.raises(LandmarkError, match="No face was found in any of the 4 frames of 'clip'"):
        track([np.full_like(picture, 38)] * 4, 30.0, "clip")


def synthetic(points):
    return Track(points, np.ones(len(points), bool), 30.0)


def test_noise_on_a_still_face_is_smoothed_away():
    rng = np.random.default_rng(0)
    face = rng.uniform(0, 200, (478, 3))
    noisy = synthetic(face + rng.normal(0.0, 0.3, (90, 478, 3)))
    assert jitter(smoothed(noisy)) < 0.5 * jitter(noisy) < 0.003


def test_a_quick_motion_keeps_its_time_and_size():
    """No lag: a blink's lowest point stays in its frame and nearly as deep."""
    face = np.random.default_rng(1).uniform(0, 200, (478, 3))
    depth = 12.0 * np.exp(-0.5 * ((np.arange(60) - 30) / 2.0) ** 2)
    points = np.repeat(face[None], 60, axis=0)
    points[..., 1] += depth[:, None]
    shown = (smoothed(synthetic(points)).points - face)[..., 1].mean(axis=1)
    assert shown.argmax() == 30 and shown.max() > 0.85 * depth.max()
    np.testing.assert_allclose(shown[1:], shown[1:][::-1], atol=1e-6)
