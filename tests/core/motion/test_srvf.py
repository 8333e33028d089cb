"""Eq. 1 and Eq. 5: closed forms, exact inversion, timing and size kept."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.motion import sphere, srvf


def _curve(seed: int, steps: int = 30, dimension: int = 6) -> np.ndarray:
    steps_taken = np.random.default_rng(seed).standard_normal((steps, dimension)) * 1e-3
    return np.concatenate([np.zeros((1, dimension)), np.cumsum(steps_taken, axis=0)])


@given(st.integers(0, 10_000), st.integers(2, 40), st.floats(1e-4, 1e3))
@settings(max_examples=50, deadline=None)
def test_decoding_undoes_encoding(seed, steps, size):
    curve = size * _curve(seed, steps)
    q, log_length = srvf.encode(curve)
    assert np.isclose(sphere.norm(q), 1.0)
    assert np.allclose(srvf.decode(q, log_length), curve, rtol=1e-9, atol=1e-12 * size)


def test_a_straight_line_at_constant_speed_has_the_closed_form():
    velocity = np.array([0.03, -0.04, 0.0])
    curve = np.linspace(0.0, 1.0, 31)[:, None] * velocity
    q, log_length = srvf.encode(curve)
    assert np.isclose(np.exp(log_length), 0.05)  # the path's length
    assert np.allclose(q * np.exp(0.5 * log_length), velocity / np.sqrt(0.05))  # Eq. 1


def test_length_is_that_of_the_path_and_size_is_kept_apart_from_shape():
    curve = _curve(3)
    q, log_length = srvf.encode(curve)
    assert np.isclose(np.exp(log_length), np.linalg.norm(np.diff(curve, axis=0), axis=1).sum())
    larger, larger_length = srvf.encode(2.0 * curve)
    assert np.allclose(larger, q) and np.isclose(larger_length - log_length, np.log(2.0))


def test_timing_is_kept():
    time = np.linspace(0.0, 1.0, 31)[:, None]
    direction = np.array([[1.0, 2.0, 0.5]]) * 1e-2
    even, late = time * direction, time**3 * direction  # one path, walked two ways
    q_even, q_late = srvf.encode(even)[0], srvf.encode(late)[0]
    assert sphere.distance(q_even, q_late) > 0.3
    assert np.allclose(srvf.decode(*srvf.encode(late)), late)


def test_pauses_and_stillness():
    curve = _curve(4)
    curve[10:15] = curve[10]
    q, log_length = srvf.encode(curve)
    assert np.array_equal(q[10:14], np.zeros((4, 6)))
    assert np.allclose(srvf.decode(q, log_length), curve)
    still, length = srvf.encode(np.zeros((31, 6)))
    assert not still.any() and length == -np.inf
    assert not srvf.decode(still, length).any()


def test_batches_are_their_members():
    curves = np.stack([_curve(k) for k in range(4)])
    q, log_length = srvf.encode(curves)
    one, length = srvf.encode(curves[2])
    assert np.array_equal(q[2], one) and log_length[2] == length
    assert np.array_equal(srvf.decode(q, log_length)[2], srvf.decode(one, length))
