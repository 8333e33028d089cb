"""Points made exact: a picture that is warped by a known field tells the field, whatever its light, and what is hidden has no say."""

from pathlib import Path

import numpy as np
import pytest

from core import api
from core.image.files import read_png
from core.morphable.photo import face_in
from core.video import registration
from core.video.photo_targets import opening
from core.video.photo_warp import PhotoWarp, Target
from core.video.point_mesh import LOWER_LIDS, OVAL, SKIN, UPPER_LIDS, head_motion
from core.video.registration import Registration, followed

FACE = Path(__file__).parents[1] / "image" / "face.png"


@pytest.fixture(scope="module")
def photo():
    image = read_png(FACE)
    return image, face_in(image, "face").points


@pytest.fixture(scope="module")
def moved(photo):
    """A picture of the face with points that are known, a little turned, its mouth drawn wider, and darker."""
    image, points = photo
    wanted = points.copy()
    middle = points[:SKIN].mean(axis=0)
    wanted[:, :2] = (points - middle)[:, :2] @ np.array([[1.0, 0.03], [-0.03, 1.0]]) + middle[:2] + [3.0, -2.0]
    wanted[:, 0] += 2.0 * np.exp(-(((points - points[291]) ** 2)[:, :2].sum(axis=1)) / 20.0**2)
    made = PhotoWarp(image, api.fit(image), points).frame(Target(wanted)).image
    return (0.8 * made).astype(np.uint8), wanted


def off(found, wanted):
    inner = np.setdiff1d(np.arange(SKIN), OVAL)
    return np.linalg.norm((found - wanted)[inner, :2], axis=1).mean()


def test_points_that_are_off_are_put_where_the_skin_is(photo, moved):
    rng = np.random.default_rng(0)
    image, wanted = moved
    smooth = np.array([1.5, -1.0]) + 0.01 * (wanted[:, :2] - wanted[:, :2].mean(axis=0))[:, ::-1]
    given = wanted.copy()
    given[:, :2] += smooth
    given[:SKIN, :2] += rng.normal(0.0, 0.3, (SKIN, 2))
    found = Registration(*photo)(image, given)
    assert off(given, wanted) > 1.5 and off(found, wanted) < 0.35 * off(given, wanted)
    np.testing.assert_array_equal(found[:, 2], given[:, 2])


def test_exact_points_stay(photo):
    image, points = photo
    np.testing.assert_allclose(Registration(image, points)(image, points), points, atol=1e-6)


def test_what_hides_the_face_has_no_say(photo):
    image, points = photo
    hidden = image.copy()
    x, y = points[205, :2].astype(int)  # a cheek
    hidden[y - 8 : y + 8, x - 8 : x + 8] = 20
    found = Registration(image, points)(hidden, points)
    far = np.linalg.norm((points - points[205])[:, :2], axis=1) > 25
    assert np.abs((found - points)[far]).max() < 0.5 and off(found, points) < 0.15


def test_a_picture_without_any_contrast_moves_nothing_far(photo):
    image, points = photo
    found = Registration(image, points)(np.full_like(image, 90), points)
    assert np.isfinite(found).all() and off(found, points) < 2.0


def test_a_face_through_a_clip_is_followed_more_exactly_than_it_is_found(photo):
    image, _ = photo
    steps = np.arange(6) * 0.5
    wide = np.pad(image, ((0, 0), (20, 20), (0, 0)), mode="edge")
    places = np.arange(wide.shape[1], dtype=float)
    frames = []
    for step in steps:
        low = np.clip(np.floor(places - step).astype(int), 0, None)
        share = (places - step - low)[None, :, None]
        frames.append(((1 - share) * wide[:, low] + share * wide[:, np.minimum(low + 1, wide.shape[1] - 1)]).astype(np.uint8))
    found = followed(frames, 30.0, "clip")
    assert found.found.all()
    shift = np.array([head_motion(found.points[0], one).translation[0] for one in found.points])
    assert np.abs(np.diff((found.points - found.points[0])[:, :SKIN, 0].mean(axis=1)) - 0.5).max() < 0.2 and np.isfinite(shift).all()


def test_a_first_face_that_is_none_is_no_measure(photo, monkeypatch):
    """Where tracking drops the piece that registration began with, the points stay as they were found."""
    image, points = photo

    def track(frames, fps, name, *, backend, progress, seen):
        from core.video.track import Track

        for number in range(3):
            seen(number, image, type("Face", (), {"points": points + number})())
        return Track(np.array([points] * 3), np.array([False, True, True]), fps)

    monkeypatch.setattr(registration, "track", track)
    np.testing.assert_allclose(followed([], 30.0, "clip").points, [points] * 3, atol=1e-9)


def test_an_eye_that_opens_or_shuts_keeps_the_gap_it_was_found_with(photo):
    """Its lids look otherwise than in the first frame and are no measure of it; what moves the whole eye does."""
    image, points = photo
    first = points.copy()
    for upper, lower in zip(UPPER_LIDS, LOWER_LIDS, strict=True):
        middle = (points[upper] + points[lower]) / 2
        first[upper], first[lower] = middle + 0.1 * (points[upper] - middle), middle + 0.1 * (points[lower] - middle)
    found = Registration(image, first)(image, points)
    for eye in range(2):
        assert opening(found, eye)[0] == pytest.approx(opening(points, eye)[0], abs=0.03)
