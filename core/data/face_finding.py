"""A rendered face as the landmark network finds it: looked for about where the head is known to be, as a detector would have it."""

from __future__ import annotations

import numpy as np

from ..head.template import Template
from ..image.detector import landmarks_in, mesh_in, region_of
from ..runtime.backend import Backend
from .face_shots import Shot, camera_of

PRESENT = 0.5  # score of the network, above which a face is there
AROUND, ABOVE = 1.6, 0.08  # size of the square about a face, of its landmarks' extent; how far above them its middle lies, of that size


def square_about(vertices: np.ndarray, template: Template, shot: Shot, side: int) -> tuple[np.ndarray, float]:
    """The middle (2,) px of the landmarks of a head (V, 3) m in a shot of `side` px, and the size (px) of the square about them."""
    seen, _ = camera_of(shot, side).project(template.landmark_points(vertices))
    low, high = seen.min(axis=0), seen.max(axis=0)
    return (low + high) / 2, AROUND * float((high - low).max())


def points_in(image: np.ndarray, vertices: np.ndarray, template: Template, shot: Shot, backend: Backend) -> np.ndarray | None:
    """The 478 points (478, 3) px of a rendered head (V, 3) m, looked for where it is; None where the network sees no face."""
    middle, size = square_about(vertices, template, shot, len(image))
    first, _ = landmarks_in(image, middle - [0.0, ABOVE * size], size, shot.roll, backend=backend)
    mesh = mesh_in(image, *region_of(first), backend=backend)
    return mesh.points if mesh.presence > PRESENT else None
