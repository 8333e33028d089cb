"""A head as it enters Mimica: triangles in the user's own units, axes and vertex order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class HeadMesh:
    """vertices (V, 3) float64 in the user's units and axes; triangles (T, 3) int32; `name` is used in messages.

    part (V,) uint8 or None: what the user says a vertex is, an index into `parts.NAMES`, or `parts.FIND` where Mimica decides. Eyes, teeth
    and the like that are objects of their own are pieces of this one mesh.
    """

    vertices: np.ndarray
    triangles: np.ndarray
    name: str = "head"
    part: np.ndarray | None = None
