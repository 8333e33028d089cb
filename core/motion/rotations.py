"""The rotations of a Live Link Face recording, of the head and of each eye, as those of a head in canonical space, and back.

Yaw is positive towards the person's own right, pitch is positive downwards, roll is positive where the head tips towards the person's own left
shoulder; roll is applied first, yaw last. So Unreal's ARKit plug-in writes ARKit's face and eye transforms as its own rotators, and so it is in
recordings: over 7,839 frames of two of them, yaw follows eyeLookInLeft - eyeLookOutLeft and eyeLookOutRight - eyeLookInRight, pitch follows
eyeLookDown - eyeLookUp (correlations above 0.99), and an eye that turns about its upright axis first and then about the head's own side axis has
the roll yaw * pitch that they hold.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from ..head.adaptation import Adaptation
from ..head.landmarks import CONTOUR
from ..head.mesh import HeadMesh
from ..head.template import load_template

PARTS = ("head", "left eye", "right eye")  # in the order of a recording's nine columns
ORDER = "YXZ"  # of Euler angles: first about the axis to the back, then about the one to the left, then about the one upwards


def matrices(angles: np.ndarray) -> np.ndarray:
    """Rotation matrices (F, 3, 3) in canonical space of angles (F, 3) rad: yaw, pitch, roll."""
    yaw, pitch, roll = np.asarray(angles, float).T
    return Rotation.from_euler(ORDER.lower(), np.column_stack((roll, pitch, -yaw))).as_matrix()


def angles(rotations: np.ndarray) -> np.ndarray:
    """Yaw, pitch and roll (F, 3) rad, without jumps by whole turns, of rotation matrices (F, 3, 3) in canonical space."""
    order: Any = ORDER.lower()
    roll, pitch, minus_yaw = Rotation.from_matrix(rotations).as_euler(order).T
    return np.unwrap(np.column_stack((-minus_yaw, pitch, roll)), axis=0)


def turned_from_first(rotations: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Yaw, pitch and roll (F, 3) rad from the first frame on of what has rotations (F, 3, 3) in a space in which the head's canonical axes are the
    columns of axes (3, 3) in that frame."""
    return angles(axes.T @ (rotations @ rotations[0].T) @ axes)


def euler(angles: np.ndarray) -> np.ndarray:
    """Angles (F, 3) rad about canonical X, Y and Z, applied in ORDER, of yaw, pitch and roll (F, 3)."""
    yaw, pitch, roll = np.asarray(angles).T
    return np.column_stack((pitch, roll, -yaw))


def channels(angles: np.ndarray, axes: np.ndarray, mode: str) -> np.ndarray:
    """A bone's own rotation, frame by frame, for yaw, pitch and roll (F, 3): its channels (F, C), without jumps.

    axes (3, 3): the head's canonical X, Y and Z as columns in the bone's own space at rest. mode: "QUATERNION" (w, x, y, z), "AXIS_ANGLE"
    (angle, x, y, z) or an order of Euler angles such as "XYZ", the first applied first.
    """
    local = Rotation.from_matrix(axes @ matrices(angles) @ axes.T)
    if mode == "QUATERNION":
        quaternions = local.as_quat()[:, [3, 0, 1, 2]]
        turned = np.einsum("fc,fc->f", quaternions[1:], quaternions[:-1]) < 0  # q and -q are one rotation
        return quaternions * np.cumprod(np.concatenate(([1.0], np.where(turned, -1.0, 1.0))))[:, None]
    if mode == "AXIS_ANGLE":
        vectors = local.as_rotvec()
        size = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.concatenate((size, np.where(size > 0, vectors / np.where(size > 0, size, 1.0), (0.0, 1.0, 0.0))), axis=1)
    order: Any = mode.lower()
    in_order = np.unwrap(local.as_euler(order), axis=0)
    return in_order[:, [mode.index(axis) for axis in "XYZ"]]


def pivots(mesh: HeadMesh, adaptation: Adaptation) -> tuple[np.ndarray, np.ndarray]:
    """About what the head and its eyes turn: points (3, 3) in the mesh's own space, in the order of PARTS, and the canonical axes as columns.

    The head nods about the middle between its ears; an eye that has no ball turns about the template's, laid onto the head.
    """
    template, frame = load_template(), adaptation.frame
    contour = adaptation.landmarks.points(mesh.vertices, mesh.triangles)[CONTOUR]
    laid = [adaptation.registered[template.is_part(name)].mean(axis=0) for name in ("eye_right", "eye_left")]
    right, left = np.where(np.isfinite(adaptation.eye_centres), adaptation.eye_centres, laid)
    eyes = frame.from_canonical(np.array([left, right], float))
    return np.vstack(((contour[0] + contour[-1])[None] / 2, eyes)), frame.rotation.T
