"""Cameras of a fitted face: scaled orthographic (FaceAnime, Eq. 2: V = f Pr R S + t, here the 12 numbers of a 3x4 matrix) and perspective.

Image axes are x right, y down, z away from the viewer, in pixels from the image's top left edge; heads are in canonical space.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

FRONT = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])  # a head in canonical space looked at from the front


@dataclass(frozen=True)
class Pose:
    """rotation (3, 3): its rows are the image's right, down and forward in the head's space; scale px per m; translation (2,) px."""

    rotation: np.ndarray
    scale: float
    translation: np.ndarray

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pixels (..., 2) and depth (...,) px, larger is farther, of points (..., 3) m."""
        local = self.scale * (points @ self.rotation.T.astype(points.dtype, copy=False))
        return local[..., :2] + self.translation.astype(points.dtype, copy=False), local[..., 2]

    def matrix(self) -> np.ndarray:
        """[f R | t] (3, 4): the 12 pose numbers. The last row is depth."""
        return np.column_stack([self.scale * self.rotation, np.append(self.translation, 0.0)])

    @staticmethod
    def of_matrix(matrix: np.ndarray) -> Pose:
        """The pose nearest to a matrix (3, 4) or its 12 numbers: predicted ones are no exact rotations."""
        given = np.asarray(matrix, np.float64).reshape(3, 4)
        left, size, right = np.linalg.svd(given[:, :3])
        sign = np.array([1.0, 1.0, np.sign(np.linalg.det(left) * np.linalg.det(right))])
        return Pose((left * sign) @ right, float(size.mean()), given[:2, 3])

    def angles(self) -> np.ndarray:
        """Yaw, pitch and roll (3,) rad of the head before a camera that looks straight at it, as recordings have them (core/motion/rotations.py): yaw
        positive to the person's own right, pitch downwards, roll towards the person's own left shoulder; roll first, yaw last."""
        roll, pitch, yaw = Rotation.from_matrix(FRONT.T @ self.rotation).as_euler("yxz")
        return np.array([-yaw, pitch, roll])


@dataclass(frozen=True)
class Lens:
    """What turns a scaled orthographic pose into perspective that is the same at the head's origin: focal px; centre (2,) px, where the axis
    meets."""

    focal: float
    centre: np.ndarray

    def project(self, pose: Pose, points: np.ndarray) -> np.ndarray:
        """Pixels (..., 2) of points (..., 3) m."""
        pixels, depth = pose.project(points)
        return self.centre + (pixels - self.centre) / (1.0 + depth / self.focal)[..., None]


@dataclass(frozen=True)
class Perspective:
    """A pin-hole camera whose axis meets the middle of a picture of width x height px: rotation (3, 3) as in Pose, translation (3,) m of the head's
    origin in the camera's axes, focal px."""

    rotation: np.ndarray
    translation: np.ndarray
    focal: float
    width: int
    height: int

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pixels (..., 2) and depth (...,) m of points (..., 3) m."""
        local = points @ self.rotation.T + self.translation
        return self.focal * local[..., :2] / local[..., 2:] + [self.width / 2, self.height / 2], local[..., 2]

    @staticmethod
    def of_pose(pose: Pose, focal: float, width: int, height: int) -> Perspective:
        """The perspective camera that sees the head's origin as the pose does."""
        centre = np.array([width, height]) / 2
        return Perspective(pose.rotation, np.append(pose.translation - centre, focal) / pose.scale, focal, width, height)

    def position(self) -> np.ndarray:
        """The eye (3,) in the head's space, m."""
        return -self.rotation.T @ self.translation


def turned(vector: np.ndarray) -> np.ndarray:
    """The rotation matrix (3, 3) of a rotation vector (3,) rad (Rodrigues)."""
    angle = float(np.sqrt(vector @ vector))
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = vector / angle
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * (cross @ cross)


def closed_form(points: np.ndarray, pixels: np.ndarray, weights: np.ndarray) -> Pose:
    """The scaled orthographic pose nearest to the affine camera with least squares from points (L, 3) m to pixels (L, 2); weights (L,) >= 0."""
    share = weights / weights.sum()
    middle, centre = share @ points, share @ pixels
    spread, moved = points - middle, pixels - centre
    affine = np.linalg.solve((spread * share[:, None]).T @ spread, (spread * share[:, None]).T @ moved).T
    left, size, right = np.linalg.svd(affine, full_matrices=False)
    rows = left @ right
    (a, b, c), (d, e, f) = rows
    rotation = np.array([rows[0], rows[1], [b * f - c * e, c * d - a * f, a * e - b * d]])
    scale = float(size.mean())
    return Pose(rotation, scale, centre - scale * rotation[:2] @ middle)


def derivatives(pose: Pose, points: np.ndarray, lens: Lens | None) -> tuple[np.ndarray, np.ndarray]:
    """Derivatives of projected points (L, 3) m: (L, 2, 6) by a rotation of the camera's axes (3), the logarithm of the scale and the translation
    (2); and (L, 2, 3) by the points."""
    local = pose.scale * (points @ pose.rotation.T)
    x, y, z = local.T
    turn = np.zeros((len(local), 3, 4))  # of local, by rotation and logarithm of the scale
    turn[:, 1, 0], turn[:, 2, 0] = -z, y
    turn[:, 0, 1], turn[:, 2, 1] = z, -x
    turn[:, 0, 2], turn[:, 1, 2] = -y, x
    turn[..., 3] = local
    if lens is None:
        columns = np.zeros((len(local), 2, 6))
        columns[..., :4] = turn[:, :2]
        columns[:, 0, 4] = columns[:, 1, 5] = 1.0
        return columns, np.broadcast_to(pose.scale * pose.rotation[:2], (len(local), 2, 3))
    nearness = 1.0 / (1.0 + z / lens.focal)
    slope = np.zeros((len(local), 2, 3))
    slope[:, 0, 0] = slope[:, 1, 1] = nearness
    slope[..., 2] = -(local[:, :2] + pose.translation - lens.centre) * (nearness**2 / lens.focal)[:, None]
    return np.concatenate([slope @ turn, slope[..., :2]], axis=2), pose.scale * (slope @ pose.rotation)
