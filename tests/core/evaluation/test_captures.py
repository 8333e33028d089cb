"""What capture is measured by: a perfect capture scores perfectly, a late or flat one does not; clips are made of the right pieces."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("numba", reason="clips are rendered with numba")

from core.errors import FileError  # noqa: E402
from core.evaluation import captures  # noqa: E402
from core.evaluation.capture_sheets import curves  # noqa: E402
from core.head.template import load_template  # noqa: E402
from core.motion.live_link_face import Recording  # noqa: E402
from core.video.capture import Captured  # noqa: E402

NAMES = load_template().arkit_names


def acted(frames=400):
    """A recording in which each watched unit acts alone, one after the other."""
    weights = np.zeros((frames, 52))
    for k, name in enumerate(captures.WATCHED):
        weights[40 + 50 * k : 70 + 50 * k, NAMES.index(name)] = np.sin(np.linspace(0, np.pi, 30))
    return Recording(np.arange(frames) / 30.0, NAMES, weights, np.zeros((frames, 9)))


def clip_of(weights):
    turn = 0.2 * np.sin(np.arange(len(weights)) / 20)
    return captures.Clip(np.zeros((len(weights), 8, 8, 3), np.uint8), weights, turn)


def captured(clip, weights):
    rotations = np.zeros((len(weights), 9))
    rotations[:, 0] = clip.yaw
    recording = Recording(np.arange(len(weights)) / 30.0, NAMES, weights, rotations)
    return Captured(recording, np.ones(len(weights), bool), 0.0, 0.0)


def test_clips_hold_rest_and_every_watched_unit():
    weights = captures.lively(acted(), NAMES)
    assert weights.shape == (captures.LEAD + 2 * captures.PIECE * len(captures.WATCHED), 52)
    assert not weights[: captures.LEAD - 6].any()
    assert all(weights[:, NAMES.index(name)].max() > 0.9 for name in captures.WATCHED)
    assert np.abs(np.diff(weights, axis=0)).max() < 0.2


def test_a_perfect_capture_scores_perfectly_and_worse_ones_worse():
    clip = clip_of(captures.lively(acted(), NAMES))
    perfect = captures.scores(captured(clip, clip.weights), clip, NAMES)
    assert perfect["error"] == 0.0 and perfect["yaw"] < 1e-6 and perfect["channels"] == len(captures.WATCHED)
    assert all(perfect[name] == pytest.approx(1.0) for name in captures.WATCHED)
    late = captures.scores(captured(clip, np.roll(clip.weights, 10, axis=0)), clip, NAMES)
    flat = captures.scores(captured(clip, 0 * clip.weights), clip, NAMES)
    assert late["jawOpen"] < 0.9 and late["error"] > 0.02
    assert flat["jawOpen"] == 0.0 and flat["error"] > 0.02
    backwards = replace(clip, yaw=-clip.yaw)
    assert captures.scores(captured(clip, clip.weights), backwards, NAMES)["yaw"] > 5.0


def test_curves_show_truth_and_capture():
    clip = clip_of(captures.lively(acted(), NAMES))
    drawn = curves(clip, captured(clip, 0.5 * clip.weights), NAMES)
    assert drawn.shape[2] == 3 and (drawn == (205, 25, 40)).all(axis=2).any() and (drawn == (150, 150, 150)).all(axis=2).any()


def test_no_recordings_no_clips(tmp_path):
    with pytest.raises(FileError, match="There are no recordings in"):
        captures.motions_of(tmp_path / "none", NAMES)
