"""The similarity that carries a head between its own units and axes and canonical head space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class HeadFrame:
    """canonical = scale * rotation @ own + translation; rotation (3, 3) proper, translation (3,) m, scale m per own unit."""

    scale: float
    rotation: np.ndarray
    translation: np.ndarray

    def to_canonical(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 3) of the head's own space in canonical metres."""
        return self.scale * (points @ self.rotation.T) + self.translation

    def from_canonical(self, points: np.ndarray) -> np.ndarray:
        """Canonical points (..., 3) in the head's own space."""
        return (points - self.translation) @ self.rotation / self.scale

    def displacement_to_canonical(self, displacement: np.ndarray) -> np.ndarray:
        """Displacements (..., 3) of the head's own space in canonical metres."""
        return self.scale * (displacement @ self.rotation.T)

    def displacement_from_canonical(self, displacement: np.ndarray) -> np.ndarray:
        """Canonical displacements (..., 3) in the head's own space; exactly zero where they are zero, so still vertices keep their bits."""
        return displacement @ self.rotation / self.scale + 0.0  # + 0.0 turns -0.0 into 0.0

    def after(self, first: HeadFrame) -> HeadFrame:
        """The similarity that does `first` and then this one."""
        return HeadFrame(self.scale * first.scale, self.rotation @ first.rotation, self.to_canonical(first.translation))


def umeyama(source: np.ndarray, target: np.ndarray, weights: np.ndarray | None = None) -> HeadFrame:
    """The similarity that carries source (N, 3) onto target (N, 3) with least weighted squares; weights (N,) >= 0, not all zero.

    Umeyama 1991, Eqs. 40 to 43; mirror images are never returned.
    """
    w = np.ones(len(source)) if weights is None else np.asarray(weights, float)
    w = w / w.sum()
    mean_source, mean_target = w @ source, w @ target
    centred = source - mean_source
    u, singular, vt = np.linalg.svd((w[:, None] * (target - mean_target)).T @ centred)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    rotation = (u * sign) @ vt
    scale = float((singular * sign).sum() / (w @ (centred**2).sum(axis=1)))
    return HeadFrame(scale, rotation, mean_target - scale * rotation @ mean_source)
