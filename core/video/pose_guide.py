"""What a pose guide asks of a photo's face: where its points shall go for a face in pictures, for coefficients, or for a 3D head as it is posed.

Pose and expression are the guide's, the shape stays the photo's (core/video/shape_transfer.py), and so do its size and place.
"""

from __future__ import annotations

import numpy as np

from ..errors import ValueRangeError
from ..head.landmarks import COUNT as LANDMARKS
from ..morphable.camera import Pose
from ..morphable.fit import fit_landmarks
from ..morphable.model import EXPRESSIONS, SHAPES, load_model
from ..morphable.texture import POSE_NUMBERS
from .level import Reference, level
from .photo_targets import CoefficientTargets
from .shape_transfer import ShapeTransfer

NUMBERS = POSE_NUMBERS + SHAPES + EXPRESSIONS
EXTENT = 300.0  # px, of a posed head's face: only proportions count


def of_points(targets: CoefficientTargets, guide: np.ndarray, *, shape: bool = True, pose: bool = True) -> np.ndarray:
    """Targets (F, 478, 3) px of a photo, of a guide's points (F, 478, 3) px in its own pictures; see ShapeTransfer."""
    origin = np.append(targets.pose.translation, -targets.ahead)
    return ShapeTransfer(targets.points, origin)(guide, shape=shape, pose=pose)


def of_coefficients(targets: CoefficientTargets, own: np.ndarray, guide: np.ndarray, *, pose: bool = True) -> np.ndarray:
    """Targets (F, 478, 3) px of a photo with coefficients `own` (62,), of a guide's coefficients (F, 62): its expression, and how its head is turned;
    how it moves and grows from the first frame on."""
    poses, start = [Pose.of_matrix(one[:POSE_NUMBERS]) for one in guide], targets.pose
    first = poses[0]
    made = []
    for one, at in zip(guide, poses, strict=True):
        grown = at.scale / first.scale
        moved = (at.translation - first.translation) * start.scale / first.scale
        there = Pose(at.rotation, start.scale * grown, start.translation + moved) if pose else start
        made.append(
            targets(np.concatenate([there.matrix().ravel(), own[POSE_NUMBERS : POSE_NUMBERS + SHAPES], one[POSE_NUMBERS + SHAPES :]]))
        )
    return np.stack(made)


def checked(guide: np.ndarray, name: str) -> np.ndarray:
    """Coefficients (F, 62) of an array (62,) or (F, 62). ValueRangeError names what else it is."""
    values = np.atleast_2d(np.asarray(guide, float))
    if values.ndim != 2 or values.shape[1] != NUMBERS or not len(values) or not np.isfinite(values).all():
        raise ValueRangeError(
            f"'{name}' is an array of {np.shape(guide)}; expected a picture (height, width, 3) of uint8, or {NUMBERS} finite coefficients a frame."
        )
    return values


def of_head(landmarks: np.ndarray, view: np.ndarray) -> np.ndarray:
    """Coefficients (62,) of a 3D head as posed: its 68 landmarks (68, 3) in any unit, seen by a viewer whose right, down and forward are the rows of
    view (3, 3) in the head's space. ValueRangeError for what are none."""
    given, axes = np.asarray(landmarks, float), np.asarray(view, float)
    if given.shape != (LANDMARKS, 3) or not np.isfinite(given).all() or np.ptp(given, axis=0).max() <= 0:
        raise ValueRangeError(f"The posed head's landmarks are {given.shape}, or not finite; expected ({LANDMARKS}, 3) different places.")
    if axes.shape != (3, 3) or not np.allclose(axes @ axes.T, np.eye(3), atol=1e-3) or np.linalg.det(axes) < 0:
        raise ValueRangeError("The view is no rotation; expected (3, 3), the viewer's right, down and forward in the head's space.")
    seen = (given - given.mean(axis=0)) @ axes[:2].T
    size = float(np.sqrt(np.prod(np.ptp(seen, axis=0))))
    if size <= 0:
        raise ValueRangeError("The posed head is seen from where its landmarks lie on a line. Turn the view.")
    return fit_landmarks(seen * EXTENT / size, load_model()).coefficients


def nearest(photos: list[np.ndarray], turns: np.ndarray, reference: Reference) -> int:
    """Which of several photos' points (478, 3) px is turned most as a guide is, whose head's rotations are turns (F, 3, 3) in camera axes: the k-shot
    setting of section 4.7.3, one photo for all frames."""
    own = np.concatenate([level(points[None], reference).turns for points in photos])
    angle = np.arccos(np.clip((np.einsum("kij,fij->kf", own, turns) - 1.0) / 2.0, -1.0, 1.0))
    return int(angle.mean(axis=1).argmin())
