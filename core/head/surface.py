"""Queries on a triangle surface: normals, closest points, barycentric sampling. Vectorised; scipy's k-d tree, trimesh's point-triangle maths."""

from __future__ import annotations

import numpy as np
import trimesh
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

CHUNK = 20_000  # points whose nearest triangles are looked at together
FIRST = 3  # candidates whose distance is worked out for every point; of the others only those that may still be nearer


def face_normals(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Unit normals (T, 3) of triangles (T, 3); zero where a triangle has no area."""
    return _unit(_area_normals(vertices, triangles))


def vertex_normals(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Area-weighted unit normals (V, 3); zero at vertices without triangles."""
    area, corner = _area_normals(vertices, triangles), triangles.T.ravel()
    summed = [np.bincount(corner, np.tile(area[:, k], 3), minlength=len(vertices)) for k in range(3)]
    return _unit(np.stack(summed, axis=1))


def _area_normals(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Normals (T, 3) as long as twice the triangle's area."""
    a = vertices[triangles[:, 0]]
    return np.cross(vertices[triangles[:, 1]] - a, vertices[triangles[:, 2]] - a)


def _unit(vectors: np.ndarray) -> np.ndarray:
    length = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))[:, None]
    return np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)


def edges(triangles: np.ndarray) -> np.ndarray:
    """Unique undirected edges (E, 2), smaller index first."""
    return counted_edges(triangles)[0]


def counted_edges(triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unique undirected edges (E, 2), smaller index first, and how many triangles (E,) share each."""
    ahead = np.roll(triangles, -1, axis=1)
    low, high = np.minimum(triangles, ahead).ravel().astype(np.int64), np.maximum(triangles, ahead).ravel().astype(np.int64)
    base = int(high.max(initial=0)) + 1
    code, faces = np.unique(low * base + high, return_counts=True)
    return np.stack([code // base, code % base], axis=1), faces


def barycentric(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Barycentric weights (N, 3), clipped to the triangle, of points (N, 3) on triangles (N, 3, 3); zero-area triangles give a corner."""
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = trimesh.triangles.points_to_barycentric(corners, points, method="cross")
    weights = np.where(np.isfinite(weights), weights, [1.0, 0.0, 0.0])
    weights = np.clip(weights, 0.0, 1.0)
    return weights / weights.sum(axis=1, keepdims=True)


def adjacency(triangles: np.ndarray, count: int) -> sparse.csr_matrix:
    """Symmetric matrix (count, count) with a one for every pair of vertices that share an edge."""
    e = edges(triangles)
    both = np.concatenate([e, e[:, ::-1]])
    return sparse.csr_matrix((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(count, count))


def components(triangles: np.ndarray, count: int) -> np.ndarray:
    """Connected component (count,) of every vertex; loose vertices are components of their own."""
    return linked(edges(triangles), count)


def linked(pairs: np.ndarray, count: int) -> np.ndarray:
    """Connected component (count,) of every vertex, given the pairs (E, 2) that are linked."""
    graph = sparse.csr_matrix((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    return connected_components(graph, directed=False)[1]


def sewn_pieces(vertices: np.ndarray, pairs: np.ndarray, faces: np.ndarray, tolerance: float = 1e-6) -> tuple[np.ndarray, np.ndarray]:
    """Connected piece (V,) of every vertex, where open edges that lie on each other count as joined; and whether it (V,) is on an open edge.

    pairs (E, 2) and faces (E,) as from `counted_edges`.
    So a mesh that is split along UV seams, or a mouth bag that begins exactly at the lips, hangs together; lashes rooted in a lid do not.
    """
    label = linked(pairs, len(vertices))
    rim = pairs[faces == 1]
    on_rim = np.zeros(len(vertices), bool)
    on_rim[rim] = True
    if not len(rim):
        return label, on_rim
    ends = np.round(vertices[rim] / tolerance).astype(np.int64).reshape(-1, 3)
    place = np.sort(np.unique(ends, axis=0, return_inverse=True)[1].reshape(-1, 2), axis=1)
    order = np.lexsort(place.T)
    same = np.flatnonzero((place[order[1:]] == place[order[:-1]]).all(axis=1))
    joined = np.stack([label[rim[order[same], 0]], label[rim[order[same + 1], 0]]], axis=1)
    return linked(joined, int(label.max()) + 1)[label], on_rim


class Surface:
    """A triangle surface prepared for closest-point queries; `mask` (T,) leaves triangles out."""

    def __init__(self, vertices: np.ndarray, triangles: np.ndarray, mask: np.ndarray | None = None):
        self.vertices = vertices
        self.triangles = triangles
        self.ids = np.arange(len(triangles)) if mask is None else np.flatnonzero(mask)
        self.corners = vertices[triangles[self.ids]]
        self.normals = face_normals(vertices, triangles[self.ids])
        a, b, c = (self.corners[:, k] for k in range(3))
        middle = (a + b + c) / 3.0
        squared = [np.einsum("nd,nd->n", corner - middle, corner - middle) for corner in (a, b, c)]
        self._reach = np.sqrt(np.maximum(np.maximum(squared[0], squared[1]), squared[2]))
        self._tree = cKDTree(middle, balanced_tree=False)

    def closest(
        self, points: np.ndarray, normals: np.ndarray | None = None, *, neighbours: int = 12, min_cosine: float = 0.3
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Closest surface point of each of points (N, 3): triangle ids (N,), barycentric (N, 3), distance (N,).

        With normals (N, 3), triangles facing more than acos(min_cosine) away are passed over; where every candidate faces away the
        distance is infinite. `neighbours` triangles, nearest by centroid, are tried exactly, CHUNK points at a time.
        """
        ids, weights, distance = np.zeros(len(points), np.int64), np.zeros((len(points), 3)), np.zeros(len(points))
        for start in range(0, len(points), CHUNK):
            rows = slice(start, start + CHUNK)
            facing = None if normals is None else normals[rows]
            ids[rows], weights[rows], distance[rows] = self._closest(points[rows], facing, min(neighbours, len(self.ids)), min_cosine)
        return ids, weights, distance

    def _closest(
        self, points: np.ndarray, normals: np.ndarray | None, count: int, min_cosine: float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        centroid, near = map(np.asarray, self._tree.query(points, k=[*range(1, count + 1)]))
        allowed = np.ones(near.shape, bool)
        if normals is not None:
            allowed = np.einsum("nkd,nd->nk", self.normals[near], normals) >= min_cosine
        found, distance = np.zeros((*near.shape, 3)), np.full(near.shape, np.inf)
        least = centroid - self._reach[near]  # no point of the triangle is nearer
        wanted = allowed & (allowed.cumsum(axis=1) <= FIRST)
        for _ in range(2):
            row, column = np.nonzero(wanted)
            place = trimesh.triangles.closest_point(self.corners[near[row, column]], points[row])
            found[row, column], distance[row, column] = place, np.linalg.norm(place - points[row], axis=1)
            wanted = allowed & ~wanted & (least < distance.min(axis=1)[:, None])
        none = np.flatnonzero(~allowed.any(axis=1))
        found[none, 0] = trimesh.triangles.closest_point(self.corners[near[none, 0]], points[none])
        best = distance.argmin(axis=1)
        rows = np.arange(len(points))
        chosen = near[rows, best]
        return self.ids[chosen], barycentric(found[rows, best], self.corners[chosen]), distance[rows, best]
