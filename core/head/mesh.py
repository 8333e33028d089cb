"""A head as it enters Mimica: triangles in the user's own units, axes and vertex order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class HeadMesh:
    """vertices (V, 3) float64 in the user's units and axes; triangles (T, 3) int32; `name` is used in messages."""

    vertices: np.ndarray
    triangles: np.ndarray
    name: str = "head"
