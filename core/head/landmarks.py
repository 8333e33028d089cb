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
NINE = (
    "eye right outer", "eye right inner", "eye left inner", "eye left outer", "nose tip", "mouth right", "mouth left", "upper lip",
    "lower lip",
)  # fmt: skip
# The landmark on the other side of the face; middle ones are their own
MIRROR = np.array([
    16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 27, 28, 29, 30, 35, 34, 33, 32, 31,
    45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40, 54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65,
])  # fmt: skip
RIGHT = np.array([*range(8), *range(17, 22), 31, 32, *range(36, 42), 48, 49, 50, 58, 59, 60, 61, 67])  # the person's own right half


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
