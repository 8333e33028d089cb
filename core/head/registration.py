"""Non-rigid registration of the template onto a head: optimal-step non-rigid ICP (Amberg, Romdhani and Vetter 2007)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from .surface import Surface, edges, vertex_normals

STIFFNESS = (30.0, 15.0, 8.0, 4.0, 2.0, 1.0, 0.5, 0.25)
HOLD = 1e-6  # with no correspondence a vertex is held ever so little, so that the system stays solvable with few landmarks
CLOSE, ROUNDS, TINY = 1e-9, 60, 1e-300  # of the conjugate gradients: residual over right side, at most so many, division by nothing
STEPS = 2  # closest points per stiffness
LANDMARK_WEIGHTS = (6.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.5, 1.0)


@dataclass(frozen=True)
class Source:
    """The surface that is deformed: vertices (V, 3), triangles (T, 3); `pulled` (V,) the vertices that look for the target."""

    vertices: np.ndarray
    triangles: np.ndarray
    pulled: np.ndarray


class AffineField:
    """One affine map a vertex, X (4V, 3), stiff along the edges: the unknowns of Amberg's Eq. 7 and 12."""

    def __init__(self, source: Source, gamma: float):
        count, edge = len(source.vertices), edges(source.triangles)
        rows = np.repeat(np.arange(len(edge)), 2)
        incidence = sparse.csr_matrix((np.tile([-1.0, 1.0], len(edge)), (rows, edge.ravel())), shape=(len(edge), count))
        stiff = sparse.kron(incidence, sparse.diags([1.0, 1.0, 1.0, gamma]), format="csr")
        self.stiffness = (stiff.T @ stiff).tocsc()
        homogeneous = np.concatenate([source.vertices, np.ones((count, 1))], axis=1)
        columns = np.arange(4 * count).reshape(count, 4)
        self._factored = np.nan
        self.data = sparse.csr_matrix((homogeneous.ravel(), (np.repeat(np.arange(count), 4), columns.ravel())), shape=(count, 4 * count))

    def solve(self, alpha: float, weights: np.ndarray, targets: np.ndarray, landmarks: sparse.csr_matrix, beta: np.ndarray,
              points: np.ndarray) -> np.ndarray:  # fmt: skip
        """Deformed vertices (V, 3) for targets (V, 3) weighted by weights (V,), and landmark rows (L, V) held to points (L, 3) by beta (L,)."""
        mark = landmarks @ self.data
        system = alpha**2 * self.stiffness + self.data.T @ sparse.diags(weights) @ self.data + mark.T @ sparse.diags(beta) @ mark
        right = np.asarray(self.data.T @ (weights[:, None] * targets) + mark.T @ (beta[:, None] * points))
        if self._factored != alpha:
            self._factor = splu(system.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
            self._factored = alpha
        return self.data @ conjugate_gradients(system, right, self._factor.solve)


def conjugate_gradients(system: sparse.csr_matrix, right: np.ndarray, nearly: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """The solution (N, C) for right (N, C) of a positive definite system; `nearly` solves one that is close to it.

    Of two steps at the same stiffness only correspondences differ, so that the first one's factor ends the second in a few rounds.
    """
    solution = nearly(right)
    residual = right - system @ solution
    enough = CLOSE * np.linalg.norm(right, axis=0)
    direction = step = nearly(residual)
    energy = (residual * step).sum(axis=0)
    for _ in range(ROUNDS):
        if (np.linalg.norm(residual, axis=0) <= enough).all():
            break
        image = system @ direction
        length = energy / np.maximum((direction * image).sum(axis=0), TINY)
        solution, residual = solution + length * direction, residual - length * image
        step = nearly(residual)
        before, energy = energy, (residual * step).sum(axis=0)
        direction = step + energy / np.maximum(before, TINY) * direction
    return solution


def register(
    source: Source,
    target: Surface,
    landmarks: sparse.csr_matrix,
    points: np.ndarray,
    confidence: np.ndarray,
    progress: Callable[[float], None],
) -> np.ndarray:
    """The source's vertices (V, 3) laid onto `target`, both in canonical metres and already aligned by a similarity.

    landmarks (L, V) barycentric rows of the source; points (L, 3) where they belong; confidence (L,) 0 switches a landmark off.
    Correspondences must face the same way (normal check) and lie within a reach that shrinks with the stiffness.
    """
    scale = 1.0 / np.linalg.norm(np.ptp(source.vertices, axis=0))  # Amberg's weights are meant for a unit-sized mesh
    centre = source.vertices.mean(axis=0)
    unit = Source((source.vertices - centre) * scale, source.triangles, source.pulled)
    field = AffineField(unit, gamma=1.0)
    wanted = (points - centre) * scale
    current = unit.vertices
    steps = len(STIFFNESS) * STEPS
    for step in range(steps):
        level = step // STEPS
        weights = np.full(len(current), HOLD)
        goal = current.copy()
        if step > 0:
            reach = np.interp(step, [1, steps - 1], [0.06, 0.015])
            normals = vertex_normals(current, unit.triangles)[unit.pulled]
            ids, weight3, distance = target.closest(current[unit.pulled] / scale + centre, normals, min_cosine=0.6)
            corners = target.vertices[target.triangles[ids]]
            goal[unit.pulled] = (np.einsum("nk,nkd->nd", weight3, corners) - centre) * scale
            weights[unit.pulled] = np.where(distance * scale < reach, 1.0, HOLD)
        beta = LANDMARK_WEIGHTS[level] ** 2 * confidence
        current = field.solve(STIFFNESS[level], weights, goal, landmarks, beta, wanted)
        progress((step + 1) / steps)
    return current / scale + centre
