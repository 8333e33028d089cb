"""Thinning and Bezier keys keep within their tolerance and keep no more than they must."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.motion.curves import fit, thin

CURVES = arrays(np.float64, st.integers(1, 60), elements=st.floats(-10, 10, width=32))


@given(CURVES, st.floats(0.0, 5.0))
def test_every_value_left_out_is_within_the_tolerance(values, tolerance):
    kept = thin(values, tolerance)
    line = np.interp(np.arange(len(values)), kept, values[kept])
    assert np.abs(line - values).max() <= tolerance + 1e-9


@given(CURVES, st.floats(0.0, 5.0))
def test_ends_are_kept_and_frames_ascend(values, tolerance):
    kept = thin(values, tolerance)
    assert kept[0] == 0 and kept[-1] == len(values) - 1
    assert (np.diff(kept) > 0).all()


@pytest.mark.parametrize(
    ("values", "kept"),
    [([0.0, 1.0, 2.0, 3.0], [0, 3]), ([0.0, 0.0, 1.0, 0.0, 0.0], [0, 1, 2, 3, 4]), ([0.0, 1.0, 2.0, 1.0, 0.0], [0, 2, 4]), ([5.0], [0])],
)
def test_known_curves(values, kept):
    assert thin(np.array(values), 1e-6).tolist() == kept


def test_no_frames_give_no_keys():
    assert thin(np.zeros(0), 0.1).tolist() == []


def _smooth(frames: int, seed: int) -> np.ndarray:
    """Rest, a rise, a hold and a fall as an expression's weight makes them."""
    rng = np.random.default_rng(seed)
    starts = np.sort(rng.choice(np.arange(5, frames - 25), 2, replace=False))
    rise, fall = (np.clip((np.arange(frames) - start) / 20, 0, 1) for start in starts)
    return (rise**3 * (10 - 15 * rise + 6 * rise**2)) * (1 - fall**3 * (10 - 15 * fall + 6 * fall**2))


def _cubic(p, t):
    """A Bezier curve with control points p (4, 2) at parameter t."""
    return (1 - t) ** 3 * p[0] + 3 * t * (1 - t) ** 2 * p[1] + 3 * t * t * (1 - t) * p[2] + t**3 * p[3]


@given(CURVES, st.floats(0.0, 5.0))
def test_a_fitted_curve_is_within_the_tolerance_at_every_frame(values, tolerance):
    made = fit(values, tolerance)
    frames = np.arange(len(values))
    assert np.abs(made.at(frames) - values).max() <= tolerance + 1e-6
    assert made.frames[0] == 0 and made.frames[-1] == len(values) - 1 and (np.diff(made.frames) > 0).all()
    assert made.values[0] == values[0] and made.values[-1] == values[-1]
    assert made.values.min() >= values.min() and made.values.max() <= values.max()


@given(CURVES, st.floats(0.0, 5.0))
def test_handles_are_a_third_away_and_lie_on_one_line(values, tolerance):
    made = fit(values, tolerance)
    third = np.diff(made.frames) / 3
    np.testing.assert_allclose(made.right[:-1, 0] - made.frames[:-1], third)
    np.testing.assert_allclose(made.frames[1:] - made.left[1:, 0], third)
    into, out = made.frames - made.left[:, 0], made.right[:, 0] - made.frames
    np.testing.assert_allclose((made.values - made.left[:, 1]) / into, (made.right[:, 1] - made.values) / out, atol=1e-6)


@given(CURVES.filter(lambda values: len(values) > 1), st.floats(0.0, 1.0))
def test_what_it_says_of_itself_is_what_a_bezier_curve_of_those_points_gives(values, tolerance):
    made = fit(values, tolerance)
    for k in range(len(made.frames) - 1):
        here, there = ([made.frames[i], made.values[i]] for i in (k, k + 1))
        points = np.array([here, made.right[k], made.left[k + 1], there])
        for t in (0.2, 0.5, 0.9):
            frame, value = _cubic(points, t)
            np.testing.assert_allclose(made.at(np.array([frame]))[0], value, atol=1e-6)


@given(st.integers(50, 300), st.integers(0, 999), st.floats(1e-4, 0.05))
def test_where_values_stand_still_so_does_the_curve(frames, seed, tolerance):
    values = _smooth(frames, seed)
    made = fit(values, tolerance)
    between = np.arange(0, frames - 1, 0.25)
    still = np.abs(np.diff(values)) == 0
    flat = np.r_[False, still[:-1] & still[1:], False][: len(still)] & np.r_[still[1:], False]
    inside = flat[between.astype(int)]
    np.testing.assert_allclose(made.at(between)[inside], values[between.astype(int)][inside], rtol=0, atol=1e-15)


@pytest.mark.parametrize("seed", range(5))
def test_a_smooth_weight_takes_far_fewer_keys_than_straight_lines(seed):
    values = _smooth(120, seed)
    keys = len(fit(values, 0.005).frames)
    assert keys <= 10 and keys <= 0.6 * len(thin(values, 0.005))


def test_curves_that_need_no_more_than_their_ends():
    for values in (np.zeros(40), np.full(9, 3.0), np.linspace(0, 1, 50), np.linspace(0, 1, 50) ** 3, np.array([1.0, 2.0])):
        assert len(fit(values, 1e-6).frames) == 2
    assert fit(np.array([5.0]), 0.1).values.tolist() == [5.0]


def test_a_long_noisy_capture_is_fitted_in_a_moment():
    rng = np.random.default_rng(0)
    values = np.clip(np.convolve(rng.normal(size=4000), np.ones(9) / 9, mode="same") + 0.2, 0, 1)
    start = time.perf_counter()
    made = fit(values, 0.01)
    assert time.perf_counter() - start < 1.0
    assert np.abs(made.at(np.arange(4000)) - values).max() <= 0.01 + 1e-9
    assert len(made.frames) < len(thin(values, 0.01))
