"""The mesh hierarchy of S2D-Dec: quadric decimation by 4, and barycentric up-sampling whose rows sum to 1. Any template, any number of parts.

Built once, before training, and stored with the model; only here is fast_simplification needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..head.surface import Surface, components, vertex_normals

FACTOR = 4
LEVELS = 4
AGGRESSION = 7  # fast_simplification stops early, without a word, at low values
WORKING_SIZE = 100.0  # and on meshes whose edges are small numbers, so it is given a mesh of this size


@dataclass(frozen=True)
class Level:
    """One mesh of the hierarchy: vertices (V, 3), triangles (T, 3), part (V,) the connected part of the finest mesh a vertex comes from."""

    vertices: np.ndarray
    triangles: np.ndarray
    part: np.ndarray


def decimate(level: Level, count: int) -> Level:
    """The mesh simplified by quadric error (Garland and Heckbert 1997) to about `count` vertices; never fewer than one triangle."""
    import fast_simplification

    low, high = level.vertices.min(axis=0), level.vertices.max(axis=0)
    scale = WORKING_SIZE / float((high - low).max())
    points = ((level.vertices - low) * scale).astype(np.float32)
    faces = np.ascontiguousarray(level.triangles, np.int32)
    target = max(1, round(len(level.triangles) * count / len(level.vertices)))  # triangles: the same share of them as of the vertices
    made, triangles = fast_simplification.simplify(points, faces, target_count=target, agg=AGGRESSION)
    used, triangles = np.unique(triangles, return_inverse=True)
    triangles = triangles.reshape(-1, 3)
    vertices = made[used].astype(np.float64)
    label = components(triangles, len(vertices))
    known = np.unique(level.part)
    boxes = np.array([_box(points[level.part == p]) for p in known])
    part = np.zeros(len(vertices), int)
    for one in np.unique(label):  # a part is known again by its box: nearest points would take an eyeball for its socket
        part[label == one] = known[np.abs(boxes - _box(vertices[label == one])).sum(axis=1).argmin()]
    return Level(vertices / scale + low, triangles.astype(np.int32), part)


def _box(points: np.ndarray) -> np.ndarray:
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def upsampling(coarse: Level, fine: Level) -> tuple[np.ndarray, np.ndarray]:
    """Indices (Vf, 3) into the coarse vertices and weights (Vf, 3), rows summing to 1: the closest coarse point of each fine vertex.

    A vertex looks on its own part and, where it can, on surface facing its way; a part that is gone follows what is nearest.
    """
    index = np.zeros((len(fine.vertices), 3), np.int64)
    weight = np.zeros((len(fine.vertices), 3))
    normals = vertex_normals(fine.vertices, fine.triangles)
    for part in np.unique(fine.part):
        member = np.flatnonzero(fine.part == part)
        kept = (coarse.part == part)[coarse.triangles].all(axis=1)
        surface = Surface(coarse.vertices, coarse.triangles, kept if kept.any() else None)
        triangle, bary, distance = surface.closest(fine.vertices[member], normals[member], neighbours=24, min_cosine=0.0)
        turned = ~np.isfinite(distance)
        if turned.any():
            triangle[turned], bary[turned], _ = surface.closest(fine.vertices[member[turned]], neighbours=24)
        index[member], weight[member] = coarse.triangles[triangle], bary
    return index, weight / weight.sum(axis=1, keepdims=True)


def hierarchy(vertices: np.ndarray, triangles: np.ndarray) -> list[Level]:
    """The mesh (V, 3), (T, 3) and its LEVELS decimations, finest first. A pose with open mouth keeps the lips apart on the coarse meshes."""
    levels = [Level(np.asarray(vertices, float), np.asarray(triangles), components(triangles, len(vertices)))]
    for step in range(1, LEVELS + 1):
        levels.append(decimate(levels[-1], round(len(vertices) / FACTOR**step)))
    return levels
