"""Only the frames that tell a motion are carried to a head, and the ones between come back straight."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.performance.carry import Carried, telling_frames


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 80), st.integers(0, 2**31), st.sampled_from([1e-3, 0.1, 1.0]))
def test_straight_lines_between_telling_frames_are_within_the_tolerance(count, seed, tolerance):
    values = np.random.default_rng(seed).normal(size=(count, 5, 3)).cumsum(axis=0)
    frames = telling_frames(values, tolerance)
    back = Carried(frames, values[frames], count).spread(values[frames])
    assert frames[0] == 0 and frames[-1] == count - 1 and (np.diff(frames) > 0).all()
    assert np.linalg.norm(back - values, axis=2).max() <= tolerance
    np.testing.assert_array_equal(back[frames], values[frames])


def test_a_straight_motion_and_a_still_one_need_two_frames():
    line = np.linspace(0.0, 1.0, 50)[:, None, None] * np.ones((4, 3))
    np.testing.assert_array_equal(telling_frames(line, 1e-9), [0, 49])
    np.testing.assert_array_equal(telling_frames(np.zeros((9, 4, 3)), 0.0), [0, 8])


def test_a_single_jump_is_kept():
    values = np.zeros((40, 3, 3))
    values[17, 1] = [0.0, 3.0, 4.0]
    assert telling_frames(values, 0.1).tolist() == [0, 16, 17, 18, 39]
    assert telling_frames(values, 5.1).tolist() == [0, 39]
