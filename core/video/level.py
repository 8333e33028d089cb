"""Points of a face without the head's pose and the camera: what expression is read from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

COUNT = 478
CAMERA_TO_CANONICAL = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])  # right, down, away -> canonical X, Y (back), Z (up)
ROUNDS = 4


@dataclass(frozen=True)
class Reference:
    """A mean face at rest: shape (478, 3) in camera axes (right, down, away), centred, of unit size; steadiness (478,) of each point, of sum 1."""

    shape: np.ndarray
    steadiness: np.ndarray


@dataclass(frozen=True)
class Levelled:
    """points (F, 478, 3) in the reference's pose and size; rotations (F, 3, 3) of the head in canonical space; sizes (F,) px."""

    points: np.ndarray
    rotations: np.ndarray
    sizes: np.ndarray


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
    return Levelled(levelled, CAMERA_TO_CANONICAL @ rotation @ CAMERA_TO_CANONICAL.T, sizes)


def learn(points: np.ndarray, resting: np.ndarray) -> Reference:
    """The reference of many faces (N, 478, 3) px, those at rest in the mask (N,): its points are the steadier the less they move in any face."""
    shape = points[resting][0].astype(np.float64)
    steadiness = np.full(COUNT, 1.0 / COUNT)
    for _ in range(ROUNDS):
        shape = shape - steadiness @ shape
        shape /= np.sqrt(steadiness @ (shape**2).sum(axis=1))
        levelled = level(points, Reference(shape, steadiness)).points
        shape = levelled[resting].mean(axis=0)
        variance = ((levelled - shape) ** 2).sum(axis=2).mean(axis=0)
        steadiness = 1.0 / (variance + np.median(variance) * 0.1)
        steadiness /= steadiness.sum()
    shape = shape - steadiness @ shape
    return Reference(shape / np.sqrt(steadiness @ (shape**2).sum(axis=1)), steadiness)
