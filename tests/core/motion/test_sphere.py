"""Log and exp maps against 50-digit arithmetic, and the properties any sphere has."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.motion import sphere

S, D = 5, 4


def _point(seed: int) -> np.ndarray:
    return sphere.normalise(np.random.default_rng(seed).standard_normal((S, D)))


def _at(p: np.ndarray, angle: float, seed: int) -> np.ndarray:
    """The point at `angle` rad from p in a random direction."""
    direction = sphere.normalise(sphere.project(p, np.random.default_rng(seed).standard_normal((S, D))))
    return np.cos(angle) * p + np.sin(angle) * direction


def _exact_log(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Eq. 8 in 50 digits, term by term."""
    with mpmath.workdps(50):
        a, b = ([mpmath.mpf(float(x)) for x in y.ravel()] for y in (p, q))
        size = [mpmath.sqrt(sum(x * x for x in y) / S) for y in (a, b)]
        a, b = [x / size[0] for x in a], [x / size[1] for x in b]
        angle = mpmath.acos(sum(x * y for x, y in zip(a, b, strict=True)) / S)
        factor = angle / mpmath.sin(angle) if angle else mpmath.mpf(1)
        return np.array([float(factor * (y - mpmath.cos(angle) * x)) for x, y in zip(a, b, strict=True)]).reshape(p.shape)


@pytest.mark.parametrize("angle", [1e-9, 1e-6, 1e-3, 0.2, 1.0, np.pi / 2, 2.5, 3.1, np.pi - 1e-4])
def test_log_agrees_with_fifty_digits(angle):
    p = _point(1)
    q = _at(p, angle, 2)
    assert np.abs(sphere.log(p, q) - _exact_log(p, q)).max() < 1e-9 * max(1.0, 1e-3 / (np.pi - angle) ** 2)


@given(st.integers(0, 10_000), st.floats(1e-8, 3.0))
@settings(max_examples=60, deadline=None)
def test_exp_undoes_log_and_lengths_are_angles(seed, angle):
    p = _point(seed)
    q = _at(p, angle, seed + 1)
    v = sphere.log(p, q)
    assert np.allclose(sphere.exp(p, v), q, atol=1e-10)
    assert np.isclose(sphere.norm(v), angle, rtol=1e-7, atol=1e-14)
    assert abs(sphere.inner(p, v)) < 1e-12
    assert np.isclose(sphere.distance(p, q), sphere.distance(q, p))


def test_exp_stays_on_the_sphere_when_the_vector_is_not_tangent():
    p = _point(3)
    v = np.random.default_rng(4).standard_normal((7, S, D))
    assert np.allclose(sphere.norm(sphere.exp(p, v)), 1.0, atol=1e-13)
    assert np.allclose(sphere.exp(p, v), sphere.exp(p, sphere.project(p, v)))


def test_the_point_itself_and_its_antipode():
    p = _point(5)
    assert np.array_equal(sphere.exp(p, np.zeros_like(p)), sphere.normalise(p))
    assert np.abs(sphere.log(p, p)).max() < 1e-12
    away = sphere.log(p, -p)
    assert np.isclose(sphere.norm(away), np.pi) and abs(sphere.inner(p, away)) < 1e-12
    assert np.allclose(sphere.exp(p, away), -p, atol=1e-12)
    both = sphere.log(p, np.stack([-p, _at(p, 0.4, 6)]))
    assert np.allclose(sphere.norm(both), [np.pi, 0.4])


@given(st.floats(0.0, 1.0))
@settings(max_examples=30, deadline=None)
def test_a_geodesic_runs_at_constant_speed(tau):
    p = _point(7)
    q = _at(p, 1.3, 8)
    at = sphere.geodesic(p, q, tau)
    assert np.isclose(sphere.distance(p, at), tau * 1.3, atol=1e-10)
    closed_form = (np.sin((1 - tau) * 1.3) * p + np.sin(tau * 1.3) * q) / np.sin(1.3)  # Sect. 4.4
    assert np.allclose(at, closed_form, atol=1e-10)


def test_the_frechet_mean_balances_its_points():
    p = _point(9)
    points = np.stack([_at(p, 0.5, k) for k in range(20)])
    mean = sphere.frechet_mean(points)
    assert np.isclose(sphere.norm(mean), 1.0)
    assert sphere.norm(sphere.log(mean, points).mean(axis=0)) < 1e-9
