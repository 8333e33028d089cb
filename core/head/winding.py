"""Meshes whose triangles face inward, as after a mirrored scale was applied: turned for the work, the user's own left as it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .landmarks import NOSE, Landmarks
from .mesh import HeadMesh
from .surface import face_normals

OTHER_WAY = [0, 2, 1]


def outward(mesh: HeadMesh, landmarks: Landmarks, rotation: np.ndarray) -> tuple[HeadMesh, Landmarks]:
    """The mesh with its triangles facing outward, and the landmarks that go with it; rotation (3, 3) to canonical axes.

    Told by the triangles under nose, eyes and mouth: they face forward (-Y) on every head.
    """
    under = mesh.triangles[landmarks.triangles[NOSE.start :]]
    if (face_normals(mesh.vertices, under) @ rotation[1]).sum() <= 0.0:
        return mesh, landmarks
    return replace(mesh, triangles=mesh.triangles[:, OTHER_WAY]), replace(landmarks, barycentric=landmarks.barycentric[:, OTHER_WAY])
