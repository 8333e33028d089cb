"""Is this mesh fit to be a head? Every refusal says what was found and what to do about it."""

from __future__ import annotations

import numpy as np

from ..errors import MeshError
from .mesh import HeadMesh
from .parts import FIND, NAMES

MIN_VERTICES = 300


def validate(mesh: HeadMesh) -> None:
    """Raises MeshError for a mesh that is empty, too coarse, not finite, has vertices without faces, or edges with three faces."""
    vertices, triangles, name = mesh.vertices, mesh.triangles, mesh.name
    if vertices.ndim != 2 or vertices.shape[1:] != (3,) or triangles.ndim != 2 or triangles.shape[1:] != (3,):
        raise MeshError(f"'{name}': expected vertices (V, 3) and triangles (T, 3), found {vertices.shape} and {triangles.shape}.")
    if len(vertices) < MIN_VERTICES or len(triangles) < MIN_VERTICES:
        raise MeshError(
            f"'{name}' has {len(vertices)} vertices and {len(triangles)} triangles; a head needs at least {MIN_VERTICES} of each. "
            "Pick the head's mesh, or subdivide it and apply the modifier."
        )
    broken = np.flatnonzero(~np.isfinite(vertices).all(axis=1))
    if len(broken):
        raise MeshError(
            f"'{name}' has {len(broken)} vertices whose position is not a number (first: vertex {broken[0]}). "
            "Delete them or undo the step that made them."
        )
    if triangles.min() < 0 or triangles.max() >= len(vertices):
        raise MeshError(f"'{name}' has faces that name vertices which do not exist. Export or import the mesh again.")
    _check_parts(mesh)
    _check_loose(mesh)
    _check_manifold(mesh)


def _check_parts(mesh: HeadMesh) -> None:
    part = mesh.part
    if part is None:
        return
    if part.shape != (len(mesh.vertices),) or not (np.isin(part, (*range(len(NAMES)), FIND))).all():
        raise MeshError(
            f"'{mesh.name}': the parts given are an array of {part.shape} with values up to {part.max(initial=0)}; expected one for each of its "
            f"{len(mesh.vertices)} vertices, from 0 to {len(NAMES) - 1} ({', '.join(NAMES)}), or {FIND} where Mimica decides."
        )


def _check_loose(mesh: HeadMesh) -> None:
    loose = np.setdiff1d(np.arange(len(mesh.vertices)), mesh.triangles)
    if len(loose):
        raise MeshError(
            f"'{mesh.name}' has {len(loose)} loose vertices that belong to no face (first: vertex {loose[0]}). "
            "In Edit Mode use Mesh > Clean Up > Delete Loose, then try again."
        )


def _check_manifold(mesh: HeadMesh) -> None:
    pairs = np.sort(mesh.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1).astype(np.int64)
    code, faces = np.unique(pairs[:, 0] * len(mesh.vertices) + pairs[:, 1], return_counts=True)
    bad = code[faces > 2]
    if len(bad):
        a, b = divmod(int(bad[0]), len(mesh.vertices))
        raise MeshError(
            f"'{mesh.name}' has {len(bad)} non-manifold edges that join more than two faces (first: vertices {a} and {b}). "
            "In Edit Mode use Select > All by Trait > Non Manifold and remove the extra faces, then try again."
        )
