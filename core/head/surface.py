"""Queries on a triangle surface: normals, closest points, barycentric sampling. Vectorised; scipy's k-d tree, trimesh's point-triangle maths."""

from __future__ import annotations

import numpy as np
import trimesh
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree


def face_normals(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Unit normals (T, 3) of triangles (T, 3); zero where a triangle has no area."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    return np.divide(normal, length, out=np.zeros_like(normal), where=length > 0)


def vertex_normals(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Area-weighted unit normals (V, 3); zero at vertices without triangles."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    cross = np.cross(b - a, c - a)
    normal = np.zeros_like(vertices)
    for k in range(3):
        np.add.at(normal, triangles[:, k], cross)
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    return np.divide(normal, length, out=np.zeros_like(normal), where=length > 0)


def edges(triangles: np.ndarray) -> np.ndarray:
    """Unique undirected edges (E, 2), smaller index first."""
    return _counted_edges(triangles)[0]


def _counted_edges(triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unique undirected edges (E, 2), and how many triangles (E,) share each."""
    pairs = np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1).astype(np.int64)
    base = int(pairs.max(initial=0)) + 1
    code, faces = np.unique(pairs[:, 0] * base + pairs[:, 1], return_counts=True)
    return np.stack(np.divmod(code, base), axis=1), faces


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
    return connected_components(adjacency(triangles, count), directed=False)[1]


def boundary(triangles: np.ndarray, count: int) -> np.ndarray:
    """Mask (count,) of the vertices on open edges: those of one triangle only."""
    pairs, faces = _counted_edges(triangles)
    mask = np.zeros(count, bool)
    mask[pairs[faces == 1]] = True
    return mask


def sewn_pieces(vertices: np.ndarray, triangles: np.ndarray, tolerance: float = 1e-6) -> np.ndarray:
    """Connected piece (V,) of every vertex, where open edges that lie on each other count as joined.

    So a mesh that is split along UV seams, or a mouth bag that begins exactly at the lips, hangs together; lashes rooted in a lid do not.
    """
    label = components(triangles, len(vertices))
    pairs, faces = _counted_edges(triangles)
    rim = pairs[faces == 1]
    if not len(rim):
        return label
    ends = np.round(vertices[rim] / tolerance).astype(np.int64).reshape(-1, 3)
    place = np.sort(np.unique(ends, axis=0, return_inverse=True)[1].reshape(-1, 2), axis=1)
    order = np.lexsort(place.T)
    same = np.flatnonzero((place[order[1:]] == place[order[:-1]]).all(axis=1))
    a, b = label[rim[order[same], 0]], label[rim[order[same + 1], 0]]
    count = int(label.max()) + 1
    return connected_components(sparse.coo_matrix((np.ones(len(a)), (a, b)), shape=(count, count)), directed=False)[1][label]


class Surface:
    """A triangle surface prepared for closest-point queries; `mask` (T,) leaves triangles out."""

    def __init__(self, vertices: np.ndarray, triangles: np.ndarray, mask: np.ndarray | None = None):
        self.vertices = vertices
        self.triangles = triangles
        self.ids = np.arange(len(triangles)) if mask is None else np.flatnonzero(mask)
        self.corners = vertices[triangles[self.ids]]
        self.normals = face_normals(vertices, triangles)[self.ids]
        self._tree = cKDTree(self.corners.mean(axis=1))

    def closest(
        self, points: np.ndarray, normals: np.ndarray | None = None, *, neighbours: int = 12, min_cosine: float = 0.3
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Closest surface point of each of points (N, 3): triangle ids (N,), barycentric (N, 3), distance (N,).

        With normals (N, 3), triangles facing more than acos(min_cosine) away are passed over; where every candidate faces away the
        distance is infinite. `neighbours` triangles, nearest by centroid, are tried exactly.
        """
        k = min(neighbours, len(self.ids))
        _, near = self._tree.query(points, k=k)
        near = near.reshape(len(points), k)
        flat = near.ravel()
        found = trimesh.triangles.closest_point(self.corners[flat], np.repeat(points, k, axis=0)).reshape(len(points), k, 3)
        distance = np.linalg.norm(found - points[:, None], axis=2)
        if normals is not None:
            cosine = np.einsum("nkd,nd->nk", self.normals[near], normals)
            distance = np.where(cosine >= min_cosine, distance, np.inf)
        best = distance.argmin(axis=1)
        rows = np.arange(len(points))
        chosen = near[rows, best]
        return self.ids[chosen], barycentric(found[rows, best], self.corners[chosen]), distance[rows, best]
