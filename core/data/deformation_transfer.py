"""Deformation transfer between heads of one topology: a displacement follows the shape it is put on.

Sumner and Popovic 2004 in its gradient form (Botsch et al. 2006): the source's displacement gradients, turned into each target triangle's
own frame, are integrated on the target by one Poisson system that is factorised once per head.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

TINY_AREA = 1e-12  # m^2


def gradient(vertices: np.ndarray, triangles: np.ndarray) -> tuple[sparse.csr_matrix, np.ndarray]:
    """Operator (3 T, V) taking a function on vertices (V, 3) to its gradient on triangles (T, 3), and the triangles' areas (T,)."""
    corner = vertices[triangles]
    edge = np.stack([corner[:, 2] - corner[:, 1], corner[:, 0] - corner[:, 2], corner[:, 1] - corner[:, 0]], axis=1)
    normal = np.cross(edge[:, 2], -edge[:, 1])
    double_area = np.maximum(np.linalg.norm(normal, axis=1), 2 * TINY_AREA)
    slope = np.cross(normal[:, None], edge) / (double_area**2)[:, None, None]  # gradient of each corner's hat function
    rows = 3 * np.arange(len(triangles))[:, None, None] + np.arange(3)
    columns = np.broadcast_to(triangles[:, :, None], slope.shape)
    rows = np.broadcast_to(rows, slope.shape)
    matrix = sparse.csr_matrix((slope.ravel(), (rows.ravel(), columns.ravel())), shape=(3 * len(triangles), len(vertices)))
    return matrix, double_area / 2


def turns(source: np.ndarray, target: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Rotations (T, 3, 3) nearest to the maps that carry each triangle and its normal from source (V, 3) to target (V, 3)."""

    def edges_and_normal(vertices: np.ndarray) -> np.ndarray:
        a, b, c = (vertices[triangles[:, k]] for k in range(3))
        normal = np.cross(b - a, c - a)
        length = np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 2 * TINY_AREA)
        return np.stack([b - a, c - a, normal / np.sqrt(length)], axis=2)

    before, after = edges_and_normal(source), edges_and_normal(target)
    singular = np.abs(np.linalg.det(before)) < 1e-15
    before[singular], after[singular] = np.eye(3), np.eye(3)
    u, _, vt = np.linalg.svd(after @ np.linalg.inv(before))
    u[:, :, 2] *= np.sign(np.linalg.det(u @ vt))[:, None]
    return u @ vt


class DeformationTransfer:
    """Carries displacement fields of one source head to many targets; vertices in `fixed` (V,) never move."""

    def __init__(self, source: np.ndarray, triangles: np.ndarray, fixed: np.ndarray, fields: np.ndarray):
        """source (V, 3); triangles (T, 3); fixed (V,) bool, at least one vertex of each component; fields (K, V, 3) on the source."""
        self.source, self.triangles, self.free = source, triangles, np.flatnonzero(~fixed)
        self.fixed = fixed
        operator, _ = gradient(source, triangles)
        flat = operator @ fields.transpose(1, 0, 2).reshape(len(source), -1)
        self.slopes = flat.reshape(len(triangles), 3, len(fields), 3).transpose(0, 2, 3, 1)  # (T, K, moved axis, derivative axis)

    def onto(self, target: np.ndarray) -> np.ndarray:
        """The fields (K, V, 3) on target (V, 3) of the same topology."""
        operator, area = gradient(target, self.triangles)
        turn = turns(self.source, target, self.triangles)
        slopes = np.einsum("tij,tkjl,tml->tkim", turn, self.slopes, turn, optimize=True)
        count = slopes.shape[1]
        stacked = slopes.transpose(0, 3, 1, 2).reshape(3 * len(self.triangles), 3 * count)
        weighted = operator.T.tocsr() @ sparse.diags(np.repeat(area, 3))
        system = (weighted @ operator).tocsr()[self.free][:, self.free]
        right = (weighted @ stacked)[self.free]
        moved = np.zeros((len(target), 3 * count))
        moved[self.free] = splu(system.tocsc()).solve(right)
        return moved.reshape(len(target), count, 3).transpose(1, 0, 2)
