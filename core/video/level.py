"""Points of a face without the head's pose and the camera: what expression is read from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from ..head.landmarks import CONTOUR
from ..morphable.photo import PHOTO_POINTS
from .point_mesh import POINTS

CAMERA_TO_CANONICAL = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])  # right, down, away -> canonical X, Y (back), Z (up)
ROUNDS = 4


@dataclass(frozen=True)
class Reference:
    """A mean face at rest: shape (478, 3) in camera axes (right, down, away), centred, of unit size; steadiness (478,) of each point, of sum 1."""

    shape: np.ndarray
    steadiness: np.ndarray


@dataclass(frozen=True)
class Levelled:
    """points (F, 478, 3) in the reference's pose and size; a reference point p lies at middles (F, 3) + sizes (F,) * turns (F, 3, 3) p, px."""

    points: np.ndarray
    middles: np.ndarray
    turns: np.ndarray
    sizes: np.ndarray

    @property
    def rotations(self) -> np.ndarray:
        """The heads' rotations (F, 3, 3) in canonical space."""
        return CAMERA_TO_CANONICAL @ self.turns @ CAMERA_TO_CANONICAL.T


def level(points: np.ndarray, reference: Reference) -> Levelled:
    """Points (F, 478, 3) px carried onto the reference by the similarity that its steady points say (Umeyama 1991, frame by frame)."""
    weight = reference.steadiness
    middle = weight @ points
    centred = points - middle[:, None]
    covariance = np.einsum("fni,n,nj->fij", centred, weight, reference.shape)
    u, singular, vt = np.linalg.svd(covariance)
    sign = np.ones((len(points), 3))
    sign[:, 2] = np.sign(np.linalg.det(u @ vt))
    rotation = np.einsum("fik,fk,fkj->fij", u, sign, vt)  # the head's, from the reference's pose to the picture's
    spread = np.einsum("n,nd->", weight, reference.shape**2)
    sizes = (singular * sign).sum(axis=1) / spread
    levelled = np.einsum("fni,fij->fnj", centred, rotation) / sizes[:, None, None]
    return Levelled(levelled, middle, rotation, sizes)


def learn(points: np.ndarray, resting: np.ndarray, front: np.ndarray) -> Reference:
    """The reference of many faces (N, 478, 3) px, those at rest in the mask (N,): its points are the steadier the less they move in any face.

    front (68, 3): landmarks of a face seen from the front, in camera axes and any size; the reference is turned as they are.
    """
    shape = points[resting][0].astype(np.float64)
    steadiness = np.full(POINTS, 1.0 / POINTS)
    for _ in range(ROUNDS):
        shape = _unit(shape, steadiness)
        levelled = level(points, Reference(shape, steadiness)).points
        shape = levelled[resting].mean(axis=0)
        variance = ((levelled - shape) ** 2).sum(axis=2).mean(axis=0)
        steadiness = 1.0 / (variance + np.median(variance) * 0.1)
        steadiness /= steadiness.sum()
    inner = slice(CONTOUR.stop, None)
    seen = shape[PHOTO_POINTS[inner]].mean(axis=1)
    turn, _ = Rotation.align_vectors(front[inner] - front[inner].mean(axis=0), seen - seen.mean(axis=0))
    return Reference(_unit(shape @ turn.as_matrix().T, steadiness), steadiness)


def _unit(shape: np.ndarray, steadiness: np.ndarray) -> np.ndarray:
    """The shape about its middle, its spread 1."""
    shape = shape - steadiness @ shape
    return shape / np.sqrt(steadiness @ (shape**2).sum(axis=1))
