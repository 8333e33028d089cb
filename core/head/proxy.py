"""A dense mesh by a coarser one: vertices that share a small cell become one, so that pictures of a sculpt cost what those of a head do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DENSE = 60_000  # vertices; lighter meshes are worked on as they are


@dataclass(frozen=True)
class Proxy:
    """vertices (P, 3), triangles (S, 3) of the coarser mesh; of_vertex (V,) the proxy's vertex that each of the mesh's became."""

    vertices: np.ndarray
    triangles: np.ndarray
    of_vertex: np.ndarray


def make_proxy(vertices: np.ndarray, triangles: np.ndarray, cell: float, apart: np.ndarray | None = None) -> Proxy:
    """The mesh with one vertex a cell of edge `cell`, at the mean of its members; a mesh lighter than DENSE comes back as it is.

    apart (V,) small whole numbers: vertices that differ in it stay apart although they share a cell (Rossignac and Borrel 1993).
    """
    if len(vertices) < DENSE:
        return Proxy(vertices, triangles, np.arange(len(vertices)))
    place = np.floor((vertices - vertices.min(axis=0)) / cell).astype(np.int64)
    code = np.ravel_multi_index(tuple(place.T), tuple(place.max(axis=0) + 1))
    if apart is not None:
        code = code * (int(apart.max()) + 1) + apart
    _, of_vertex, members = np.unique(code, return_inverse=True, return_counts=True)
    of_vertex = of_vertex.ravel()
    middle = np.stack([np.bincount(of_vertex, vertices[:, k]) for k in range(3)], axis=1) / members[:, None]
    return Proxy(middle, _without_doubles(of_vertex[triangles]), of_vertex)


def _without_doubles(triangles: np.ndarray) -> np.ndarray:
    """Triangles that still have three corners, each once."""
    a, b, c = triangles.T
    triangles = triangles[(a != b) & (b != c) & (c != a)]
    low, middle, high = np.sort(triangles, axis=1).T.astype(np.uint64)
    base = np.uint64(int(triangles.max(initial=0)) + 1)
    return triangles[np.unique((low * base + middle) * base + high, return_index=True)[1]]
