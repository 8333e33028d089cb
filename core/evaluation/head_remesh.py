"""The same head on another mesh, with every new vertex at a known place of the old surface, so that the truth comes along exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import fast_simplification
import numpy as np
import trimesh
from scipy.ndimage import binary_dilation, binary_erosion
from skimage.measure import marching_cubes

from ..head.landmarks import EYE_LEFT, EYE_RIGHT
from ..head.mesh import HeadMesh
from ..head.surface import Surface, components, vertex_normals
from .head_subjects import SAME_SIDE, Curve, Subject, onto, remeshed

Remesher = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]  # vertices (V, 3), triangles (T, 3) -> the same, anew
OPENED = {"jawOpen": 0.5, "mouthFunnel": 0.5}  # the pose that is re-meshed, in which the lips do not touch
OFF_GRID = 1e-6  # m; a surface exactly through grid points would give triangles of no size
CAREFUL = 2.0  # of 1 to 10, how boldly edges are collapsed
BAND = 2  # voxels around the surface whose distance is needed


@dataclass(frozen=True)
class Remeshed:
    """subject, the head on its new mesh; place, of each of its vertices on the old mesh `old` (T, 3)."""

    subject: Subject
    place: Curve
    old: np.ndarray

    def carry(self, values: np.ndarray) -> np.ndarray:
        """Values (V, 3) of the old vertices at the new ones."""
        return self.place.points(values, self.old)


def decimate(share: float) -> Remesher:
    """Quadric decimation (Garland and Heckbert 1997) to a share of the triangles."""

    def run(vertices: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        points, faces = fast_simplification.simplify(
            (vertices * 10).astype(np.float32), triangles, target_reduction=1.0 - share, agg=CAREFUL
        )
        return points.astype(np.float64) / 10, faces

    return run


def subdivide(share: float) -> Remesher:
    """Decimated to a share, then every triangle split in four."""
    coarse = decimate(share)

    def run(vertices: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return trimesh.remesh.subdivide(*coarse(vertices, triangles))

    return run


def voxels(size: float, share: float) -> Remesher:
    """Marching cubes (Lewiner et al. 2003) of the signed distance on a grid of `size` m, then decimated to a share; holes stay open."""
    coarse = decimate(share)

    def run(vertices: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        low = vertices.min(axis=0) - 3 * BAND * size
        fine, _ = trimesh.remesh.subdivide_to_size(vertices, triangles, size)
        near = np.zeros(np.ceil(np.ptp(vertices, axis=0) / size).astype(int) + 6 * BAND, bool)
        near[tuple(np.round((fine - low) / size).astype(int).T)] = True
        near = binary_dilation(near, np.ones((3, 3, 3), bool), iterations=BAND)
        distance = np.full(near.shape, BAND * size)
        distance[near] = _signed(low + size * np.argwhere(near), vertices, triangles)
        made, faces, _, _ = marching_cubes(distance, OFF_GRID, mask=binary_erosion(near, np.ones((3, 3, 3), bool)))
        return coarse(*_used(low + size * made, largest(faces, len(made))))

    return run


def _signed(points: np.ndarray, vertices: np.ndarray, triangles: np.ndarray, chunk: int = 100_000) -> np.ndarray:
    """Signed distance (N,) m of points (N, 3): positive outside."""
    surface, normals, out = Surface(vertices, triangles), vertex_normals(vertices, triangles), []
    for part in np.array_split(points, len(points) // chunk + 1):
        triangle, weights, distance = surface.closest(part)
        corners = triangles[triangle]
        offset = part - np.einsum("nk,nkd->nd", weights, vertices[corners])
        normal = np.einsum("nk,nkd->nd", weights, normals[corners])
        out.append(np.where(np.einsum("nd,nd->n", offset, normal) < 0, -distance, distance))
    return np.concatenate(out)


def largest(triangles: np.ndarray, count: int) -> np.ndarray:
    """Triangles (T, 3) of the largest connected piece."""
    label = components(triangles, count)
    return triangles[label[triangles[:, 0]] == np.bincount(label[triangles[:, 0]]).argmax()]


def remesh(subject: Subject, shapes: Mapping[str, np.ndarray], skin: Remesher, rest: Remesher, name: str) -> Remeshed:
    """The head on another mesh: its skin through one remesher, every other piece through another.

    The head is re-meshed with its mouth open by its own shapes (V, 3), so that lips that touch are not welded; every new vertex is then put
    where its place on the old surface lies at rest.
    """
    neutral, triangles = subject.mesh.vertices, subject.mesh.triangles
    opened = neutral + sum(weight * shapes[key] for key, weight in OPENED.items())
    kept = subject.skin | subject.teeth | (subject.eyeball > 0)
    made, faces, ids, weights, count = [], [], [], [], 0
    for mask, remesher in ((subject.skin, skin), (kept & ~subject.skin, rest)):
        inside = np.flatnonzero(mask[triangles].all(axis=1))
        used, local = np.unique(triangles[inside], return_inverse=True)
        points, fresh = _used(*remesher(opened[used], local.reshape(-1, 3)))
        old = Surface(opened, triangles, mask[triangles].all(axis=1))
        triangle, bary, distance = old.closest(points, vertex_normals(points, fresh), neighbours=32, min_cosine=SAME_SIDE)
        lost = ~np.isfinite(distance)
        triangle[lost], bary[lost], _ = old.closest(points[lost])
        made.append(np.einsum("nk,nkd->nd", bary, neutral[triangles[triangle]]))
        faces.append(fresh + count)
        ids.append(triangle)
        weights.append(bary)
        count += len(points)
    mesh = HeadMesh(np.concatenate(made), np.concatenate(faces).astype(np.int32), name)
    place = Curve(np.concatenate(ids), np.concatenate(weights))
    return Remeshed(remeshed(subject, opened, mesh, place.points(opened, triangles)), place, triangles)


def _used(vertices: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Without unreferenced vertices and triangles that name a vertex twice."""
    proper = (triangles != np.roll(triangles, 1, axis=1)).all(axis=1)
    used, local = np.unique(triangles[proper], return_inverse=True)
    return np.asarray(vertices, np.float64)[used], local.reshape(-1, 3)


def with_noise(subject: Subject, share: float, seed: int) -> Subject:
    """The head with landmarks (put back on the skin) displaced by a share of the distance between the eyes' outer corners, per axis."""
    vertices, triangles = subject.mesh.vertices, subject.mesh.triangles
    points = subject.landmarks.points(vertices, triangles)
    apart = float(np.linalg.norm(points[EYE_RIGHT.start] - points[EYE_LEFT.start + 3]))
    moved = points + share * apart * np.random.default_rng(seed).normal(size=points.shape)
    at = onto(moved, Surface(vertices, triangles, subject.outer[triangles].all(axis=1)))
    return replace(subject, landmarks=replace(subject.landmarks, triangles=at.triangles, barycentric=at.barycentric))
