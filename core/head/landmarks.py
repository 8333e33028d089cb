"""The 68 landmarks of a head (iBUG / Multi-PIE order: 17 face contour, then 51 inner points), barycentric on its triangles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

COUNT = 68
CONTOUR = slice(0, 17)
BROWS = slice(17, 27)
NOSE = slice(27, 36)
EYE_RIGHT = slice(36, 42)  # the person's own right eye, at -X in canonical space
EYE_LEFT = slice(42, 48)
LIPS_OUTER = slice(48, 60)
LIPS_INNER = slice(60, 68)
MOUTH = slice(48, 68)


@dataclass(frozen=True)
class Landmarks:
    """triangles (68,) int32 into the mesh's triangles; barycentric (68, 3) float64, rows sum to 1; confidence (68,) 0..1."""

    triangles: np.ndarray
    barycentric: np.ndarray
    confidence: np.ndarray

    def points(self, vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
        """Positions (..., 68, 3) on the surface given by vertices (..., V, 3) and triangles (T, 3)."""
        corners = vertices[..., triangles[self.triangles], :]
        return np.einsum("lk,...lkd->...ld", self.barycentric, corners)
