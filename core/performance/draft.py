"""A performance in a hurry: only a few of its poses are carried to the head, and every frame is a mixture of them. For previews.

The poses are frames of the performance itself, chosen one by one as the frame whose landmarks the earlier ones explain worst (Gram-Schmidt
with pivoting, as in the QR factorisation of Businger and Golub 1965), so that whatever the transfer does to a pose is seen as it will be.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..head.adaptation import Adaptation
from ..head.mesh import HeadMesh
from ..head.template import load_template
from ..head.transfer import Transfer
from ..keys import Keys
from ..runtime.backend import Backend
from .carry import fields_at, told

POSES = 12
CLOSE_M = 2e-4  # of a landmark: no more poses are taken below this
RIDGE = 1e-7  # of the strongest pose's energy, so that two poses that do the same do not run off against one another


def draft(
    adaptation: Adaptation,
    mesh: HeadMesh,
    displacement: np.ndarray,
    arkit: np.ndarray | None,
    label: str,
    backend: Backend,
    progress: Callable[[float], None],
) -> tuple[Keys, float]:
    """Keys of at most POSES poses for landmark displacement (F, 68, 3) m and weights (F, 52) of ARKit units or None; and how far, in m, a landmark is
    off at most. adaptation and mesh are for triangles that face outward."""
    points = told(displacement, arkit)
    frames = telling_poses(points)
    weights = mixture(points, frames)
    off = float(np.linalg.norm(np.tensordot(weights, points[frames], axes=1) - points, axis=2).max(initial=0.0))
    progress(0.1)
    fields = fields_at(frames, adaptation, displacement, arkit, backend)
    progress(0.3)
    deltas = Transfer(adaptation, mesh, load_template()).in_own_space(fields)
    progress(1.0)
    names = tuple(f"Mimica {label} pose {number + 1}" for number in range(len(frames)))
    return Keys(names, deltas, weights.astype(np.float32)), off


def telling_poses(points: np.ndarray) -> np.ndarray:
    """Frames (K,) of points (F, N, 3), K <= POSES: each the one that the earlier ones explain worst, until no point is off by more than CLOSE_M."""
    left = points.reshape(len(points), -1).astype(np.float64)
    chosen: list[int] = []
    while len(chosen) < POSES:
        error = np.linalg.norm(left.reshape(points.shape), axis=2).max(axis=1)
        if error.max() <= CLOSE_M:
            break
        chosen.append(int(error.argmax()))
        direction = left[chosen[-1]] / np.linalg.norm(left[chosen[-1]])
        left = left - np.outer(left @ direction, direction)
    return np.array(chosen or [0])


def mixture(points: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Weights (F, K) with which the poses points[frames] give points (F, N, 3) best; the poses themselves exactly, as far as they differ."""
    rows = points.reshape(len(points), -1).astype(np.float64)
    poses = rows[frames]
    gram = poses @ poses.T
    gram += RIDGE * max(float(gram.diagonal().max()), 1e-18) * np.eye(len(frames))
    return np.linalg.solve(gram, poses @ rows.T).T
