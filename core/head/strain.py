"""No edge of the skin is torn: where a displacement changes too fast from one vertex to the next, it is spread over their surroundings."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from .surface import edges

MOST = 2.8  # times its length at rest that an edge may grow to
LENGTH = 0.0045  # m in canonical space; a short edge may grow more
WIDTH = 0.012  # m around an over-stretched edge, whose displacement is evened
MOST_COTANGENT, LEAST_COTANGENT = 10.0, 1e-3
ROUNDS, EVENINGS = 12, 6


def cotangents(vertices: np.ndarray, triangles: np.ndarray) -> sparse.csr_matrix:
    """Symmetric matrix (V, V) of half the cotangents of the two angles opposite to each edge, hardly anything where that is negative; unlike plain
    neighbour means, means by these weights leave an even slope as it is (Pinkall and Polthier 1993)."""
    rows, columns, values = [], [], []
    for k in range(3):
        apex, a, b = (triangles[:, (k + j) % 3] for j in range(3))
        u, v = vertices[a] - vertices[apex], vertices[b] - vertices[apex]
        area = np.linalg.norm(np.cross(u, v), axis=1)
        rows += [a, b]
        columns += [b, a]
        values += 2 * [0.5 * np.clip(np.einsum("td,td->t", u, v) / np.maximum(area, 1e-12), -MOST_COTANGENT, MOST_COTANGENT)]
    shape = (len(vertices), len(vertices))
    both = sparse.csr_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=shape)
    return both.maximum(LEAST_COTANGENT * both.astype(bool).astype(float))


class Strain:
    """Over-stretched edges of one head's skin, in canonical space."""

    def __init__(self, rest: np.ndarray, triangles: np.ndarray, skin: np.ndarray):
        """rest (V, 3); triangles (T, 3); skin (V,) mask of what may be moved."""
        self.rest = rest
        chosen = triangles[skin[triangles].all(axis=1)]
        self.pairs = edges(chosen)
        self.length = np.linalg.norm(rest[self.pairs[:, 0]] - rest[self.pairs[:, 1]], axis=1)
        self.ends = np.ascontiguousarray(self.pairs.T)
        self.longest = np.maximum(MOST * self.length, LENGTH) ** 2
        self.graph = cotangents(rest, chosen)
        self.degree = np.asarray(self.graph.sum(axis=1)).ravel()

    def torn(self, moved: np.ndarray) -> np.ndarray:
        """Mask (E,) of the edges that displacement moved (V, 3) stretches too far."""
        now = self.rest + moved
        edge = np.take(now, self.ends[0], axis=0) - np.take(now, self.ends[1], axis=0)
        return np.einsum("ed,ed->e", edge, edge) > self.longest

    def relieve(self, moved: np.ndarray, held: np.ndarray | float = 0.0) -> np.ndarray:
        """Displacement (V, 3) with over-stretched edges relieved, the same array where there are none.

        held (V,) 0..1 says what must stay as it is, 1, and what may give, 0.
        """
        torn = self.torn(moved)
        places: list[np.ndarray] = []
        moved = moved.copy() if torn.any() else moved
        for _ in range(ROUNDS):
            if not torn.any():
                break
            places.append(self.rest[self.pairs[torn]].mean(axis=1))
            distance = cKDTree(np.concatenate(places)).query(self.rest, distance_upper_bound=3.0 * WIDTH)[0]
            amount = np.exp(-((distance / WIDTH) ** 2)) * (1.0 - held)
            near = np.flatnonzero((amount > 1e-3) & (self.degree > 0))
            for _ in range(EVENINGS):
                around = (self.graph[near] @ moved) / self.degree[near, None]
                moved[near] += 0.5 * amount[near, None] * (around - moved[near])
            torn = self.torn(moved)
        return moved
