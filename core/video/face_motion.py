"""How a face's appearance has moved from one picture to another, as a field that networks are given."""

from __future__ import annotations

import numpy as np

from .photo_mesh import PhotoMesh, mixed
from .point_mesh import head_motion

MOTION = 4  # px of the picture that the field has one number for


def motion_field(source: np.ndarray, wanted: np.ndarray, side: int) -> np.ndarray:
    """How far right and down of each place its appearance lies, (2, side / 4, side / 4) float32 in halves of a picture of side px: the face with
    points source (478, 3) px of it has become the wanted (478, 3); around it as the photo's warp has it."""
    count = side // MOTION
    mesh, moved = PhotoMesh(source / MOTION, (count, count)), wanted / MOTION
    drawn = mesh.drawn(mesh.moved(moved, head_motion(mesh.points, moved)))
    field = np.zeros((count * count, 2), np.float32)
    own = np.column_stack([drawn.at % count, drawn.at // count]) + 0.5
    field[drawn.at] = (mixed(drawn, mesh.source[:, :2], mesh.corners) - own) / (count / 2)
    return field.T.reshape(2, count, count)
