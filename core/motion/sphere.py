"""The unit hypersphere of curves: inner product, distance, log and exp maps (Otberdout et al. 2022, Eq. 8), geodesics.

A point is a curve (..., S, D) sampled at S equal steps of [0, 1], or any array whose last two axes are those; <a, b> is the mean over the
samples of the dot products, the discrete form of the integral over time.
"""

from __future__ import annotations

import numpy as np

TINY = 1e-12


def inner(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """<a, b> (...) of curves (..., S, D)."""
    return (a * b).sum(axis=-1).mean(axis=-1)


def norm(a: np.ndarray) -> np.ndarray:
    """|a| (...) of curves (..., S, D)."""
    return np.sqrt(inner(a, a))


def _over(a: np.ndarray) -> np.ndarray:
    return a[..., None, None]


def normalise(a: np.ndarray) -> np.ndarray:
    """The point of the sphere in direction a (..., S, D), which must not be zero."""
    return a / _over(norm(a))


def distance(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Angle (...) rad between points; from chords, so that it keeps its digits near 0 and near pi, where the arc cosine loses them."""
    return 2.0 * np.arctan2(norm(p - q), norm(p + q))


def project(p: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The part of v (..., S, D) that is tangent to the sphere at p."""
    return v - _over(inner(p, v)) * p


def exp(p: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Eq. 8: the point reached from p along the tangent vector v; on the sphere even where v is slightly off the tangent space."""
    v = project(p, v)
    angle = norm(v)
    return normalise(_over(np.cos(angle)) * p + _over(np.sinc(angle / np.pi)) * v)


def log(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Eq. 8: the tangent vector at p that leads to q, no longer than pi. At the antipode, where every direction does, one is chosen."""
    angle = distance(p, q)
    across = project(p, q)
    sine = norm(across)
    antipode = (sine < TINY) & (angle > 1.0)
    if np.any(antipode):
        p, q = np.broadcast_arrays(p, q)
        axis = np.zeros(p.shape[-2:])
        axis.flat[int(np.abs(p).reshape(-1, axis.size).max(axis=0).argmin())] = 1.0
        across = np.where(_over(antipode), project(p, np.broadcast_to(axis, p.shape)), across)
        sine = norm(across)
    # Near p the angle and its sine agree to the last digit; elsewhere the direction is scaled to the angle.
    factor = np.divide(angle, sine, out=np.ones_like(np.asarray(sine, dtype=float)), where=sine > TINY)
    return _over(factor) * across


def geodesic(p: np.ndarray, q: np.ndarray, tau: float) -> np.ndarray:
    """The point at share tau of the shortest way from p to q (Sect. 4.4)."""
    return exp(p, tau * log(p, q))


def frechet_mean(points: np.ndarray, iterations: int = 50, tolerance: float = 1e-10) -> np.ndarray:
    """The point (S, D) with the least squared distance to points (N, S, D): the reference p of the tangent space."""
    p = normalise(points.mean(axis=0))
    for _ in range(iterations):
        step = log(p, points).mean(axis=0)
        p = exp(p, step)
        if norm(step) < tolerance:
            break
    return p
