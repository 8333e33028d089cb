"""Square-root velocity function of landmark motion (Otberdout et al. 2022, Eqs. 1 and 5), with timing and size kept.

A curve is sampled at S + 1 equal steps of its own normalised time, never resampled to arc length, so its timing stays in q; q is scaled to
unit norm, and what was divided out is kept as `log_length`. Velocities live on the S steps between samples: decoding is the exact inverse.
"""

from __future__ import annotations

import numpy as np

from . import sphere
from .sphere import TINY

STEPS = 30  # S of the shipped models


def encode(curve: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eq. 1. Curve (..., S + 1, D) m -> q (..., S, D) on the unit sphere, and log_length (...): the log of the path's length in m.

    The squared L2 norm of the unscaled q is the path's length. A curve that never moves gives q = 0 and log_length = -inf.
    """
    steps = curve.shape[-2] - 1
    velocity = np.diff(curve, axis=-2) * steps
    speed = np.linalg.norm(velocity, axis=-1, keepdims=True)
    root = np.divide(velocity, np.sqrt(speed), out=np.zeros_like(velocity), where=speed > TINY)
    length = sphere.inner(root, root)
    with np.errstate(divide="ignore"):
        log_length = np.log(length)
    unit = np.divide(root, np.sqrt(length)[..., None, None], out=np.zeros_like(root), where=(length > 0)[..., None, None])
    return unit, log_length


def decode(q: np.ndarray, log_length: np.ndarray) -> np.ndarray:
    """Eq. 5 from alpha(0) = 0. q (..., S, D), log_length (...) -> displacement (..., S + 1, D) m, starting at exactly zero."""
    scaled = q * np.exp(0.5 * log_length)[..., None, None]
    step = np.linalg.norm(scaled, axis=-1, keepdims=True) * scaled / q.shape[-2]
    start = np.zeros((*q.shape[:-2], 1, q.shape[-1]), q.dtype)
    return np.concatenate([start, np.cumsum(step, axis=-2)], axis=-2)
