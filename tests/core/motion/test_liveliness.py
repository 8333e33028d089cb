"""Blinks and idle motion: when they come, how they look, and that they are the same for the same seed."""

import numpy as np
import pytest

from core.head.landmarks import EYE_LEFT, EYE_RIGHT
from core.head.template import load_template
from core.motion.liveliness import blinks, closure, eye_opening, idle, liveliness
from core.motion.sequence import Cue, Sequence

NAMES = load_template().arkit_names
LIDS = [NAMES.index("eyeBlinkRight"), NAMES.index("eyeBlinkLeft")]


def _at_rest(seconds: float, fps: float = 30.0) -> np.ndarray:
    return np.zeros((int(seconds * fps) + 1, 68, 3))


def _shutting(share: float) -> np.ndarray:
    """Landmark displacement (68, 3) that brings the lids together by that share."""
    points, made = load_template().landmark_points(), np.zeros((68, 3))
    for eye in (EYE_RIGHT, EYE_LEFT):
        first = eye.start
        for up, down in ((first + 1, first + 5), (first + 2, first + 4)):
            made[up] = share * (points[down] - points[up]) * [0, 0, 1]
    return made


def _starts(closed: np.ndarray) -> np.ndarray:
    return np.flatnonzero((closed[1:] > 0) & (closed[:-1] == 0)) + 1


def test_neither_gives_none():
    assert liveliness(Sequence((Cue("fear"),)), _at_rest(3), 30.0) is None


@pytest.mark.parametrize("rate", [6.0, 17.0, 30.0])
def test_blinks_come_as_often_as_asked_and_never_evenly(rate):
    times = np.arange(30 * 600) / 30.0
    starts = _starts(blinks(times, np.ones(len(times)), rate, 3)) / 30.0
    assert 0.85 * rate < len(starts) / 10 < 1.15 * rate
    between = np.diff(starts)
    assert between.std() > 0.3 * between.mean() and between.min() > 0.2
    assert (between < 0.6).mean() > 0.02, "now and then two at once"


def test_a_blink_falls_faster_than_it_rises_and_shuts_the_eyes_in_a_frame():
    s = np.linspace(0, 1, 1001)
    shut = closure(s)
    assert shut[0] == 0 and shut[-1] == 0 and shut.max() == 1.0
    falling, rising = (shut > 0.5).argmax(), 1000 - (shut[::-1] > 0.5).argmax()
    assert falling < 0.5 * (1000 - rising)
    for fps in (24.0, 25.0, 30.0, 60.0):
        times = np.arange(int(60 * fps)) / fps
        closed = blinks(times, np.ones(len(times)), 15.0, 1)
        starts = _starts(closed)
        depth = np.maximum.reduceat(closed, starts)
        assert (depth > 0.9).all() and len(starts) > 8


def test_the_same_blinks_at_every_rate():
    for seed in range(3):
        found = []
        for fps in (24.0, 30.0, 60.0):
            times = np.arange(int(40 * fps)) / fps
            found.append(_starts(blinks(times, np.ones(len(times)), 15.0, seed)) / fps)
        assert len(found[0]) == len(found[1]) == len(found[2])
        assert np.abs(found[0] - found[2]).max() < 0.06


def test_no_blinks_at_the_ends_or_while_the_eyes_are_shut():
    sequence = Sequence((), blinks=60.0, length=20.0)
    for seed in range(5):
        weights = liveliness(Sequence((), blinks=60.0, length=20.0, seed=seed), _at_rest(20), 30.0)[:, LIDS]
        assert not weights[:12].any() and not weights[-12:].any() and weights[12:-12].any()
    shut = np.broadcast_to(_shutting(0.8), (601, 68, 3))
    assert not liveliness(sequence, shut, 30.0).any()


def test_lids_have_only_so_far_to_go_as_the_eyes_are_open():
    np.testing.assert_allclose(eye_opening(_shutting(0.4)[None]), 0.6)
    sequence = Sequence((), blinks=30.0, length=20.0)
    for share, most in ((0.4, 0.6), (0.0, 1.0), (-0.3, 1.3)):
        weights = liveliness(sequence, np.broadcast_to(_shutting(share), (601, 68, 3)), 30.0)
        assert 0.9 * most < weights[:, LIDS].max() <= most + 1e-9
        assert not np.delete(weights, LIDS, axis=1).any()


def test_idle_motion_is_small_smooth_and_rests_at_both_ends():
    times = np.arange(901) / 30.0
    weights = idle(times, 4, 1.0)
    assert weights.shape == (901, 52) and not weights[0].any() and not weights[-1].any()
    assert weights.min() >= 0.0
    gaze = np.array([name.startswith("eyeLook") for name in NAMES])
    assert 0.03 < weights[:, ~gaze].max() < 0.2 and 0.05 < weights[:, gaze].max() < 0.4
    assert np.abs(np.diff(weights[:, ~gaze], 2, axis=0)).max() * 900 < 15.0, "weights a second, a second; a blink has hundreds"
    np.testing.assert_allclose(idle(times, 4, 0.5), 0.5 * weights)
    left, right = (weights[:, NAMES.index(f"eyeLookOut{side}")] for side in ("Left", "Right"))
    np.testing.assert_array_equal(left, weights[:, NAMES.index("eyeLookInRight")])
    assert left.any() and right.any() and not (left * right).any(), "both eyes look the same way"


def test_seeds():
    sequence = Sequence((), blinks=15.0, idle=0.5, length=30.0)
    first = liveliness(sequence, _at_rest(30), 30.0)
    np.testing.assert_array_equal(first, liveliness(sequence, _at_rest(30), 30.0))
    other = liveliness(Sequence((), blinks=15.0, idle=0.5, length=30.0, seed=1), _at_rest(30), 30.0)
    assert not np.allclose(first[:, LIDS], other[:, LIDS]) and not np.allclose(np.delete(first, LIDS, 1), np.delete(other, LIDS, 1))
    only_blinks = liveliness(Sequence((), blinks=15.0, length=30.0), _at_rest(30), 30.0)
    np.testing.assert_array_equal(only_blinks[:, LIDS], first[:, LIDS])
