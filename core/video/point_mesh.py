"""The mesh of a photo's 478 points: its triangles, its four rims, its mirror image, and how it has moved as a whole."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from ..errors import ModelError
from ..npz import check_array, read_npz
from ..runtime.store import MODELS, REINSTALL

POINTS, SKIN = 478, 468  # points; those of the skin, before the irises
PATH = MODELS / "face_landmark" / "mesh.npz"
OVAL = np.array([
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
])  # clockwise in the picture from the top of the forehead  # fmt: skip
UPPER_LIP = np.array([78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308])  # inner rim, from the right corner of the mouth to the left
LOWER_LIP = np.array([78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308])
LIPS = np.array([61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146])  # outer rim
UPPER_LIDS = np.array([[33, 246, 161, 160, 159, 158, 157, 173, 133], [362, 398, 384, 385, 386, 387, 388, 466, 263]])  # right eye, left eye,
LOWER_LIDS = np.array(
    [[33, 7, 163, 144, 145, 153, 154, 155, 133], [362, 382, 381, 380, 374, 373, 390, 249, 263]]
)  # from the picture's left
IRISES = np.array([[468, 469, 470, 471, 472], [473, 474, 475, 476, 477]])  # middle, then four of the rim
CHIN = np.array([152, 148, 377, 176, 400, 199, 175])
ROUNDS = 6
RIGID, BOTH_EYES = 0.02, (33, 263)  # of the face's size: what moves farther than the head does is expression


@dataclass(frozen=True)
class PointMesh:
    """triangles (852, 3), turning left about (area < 0 with y downwards) as seen from the front; mirror (478,): each point's on the other side."""

    triangles: np.ndarray
    mirror: np.ndarray


@functools.cache
def load_mesh() -> PointMesh:
    try:
        data = read_npz(PATH, ["triangles", "mirror"])
        triangles, mirror = check_array(data, "triangles", (None, 3), "iub"), check_array(data, "mirror", (POINTS,), "iub")
    except (OSError, ValueError) as error:
        raise ModelError(f"The mesh of the face's points {PATH} cannot be read ({error}). {REINSTALL}") from error
    return PointMesh(triangles.astype(np.int64), mirror.astype(np.int64))


def between(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Triangles of what lies between two rims (n,) of ids that share their ends; the first above the second."""
    quads = np.stack([first[:-1], first[1:], second[1:], second[:-1]], axis=1)
    triangles = np.concatenate([quads[:, [0, 3, 2]], quads[:, [0, 2, 1]]])
    return triangles[[len(set(triangle)) == 3 for triangle in triangles.tolist()]]


@dataclass(frozen=True)
class Rigid:
    """A similarity of points (..., 3) px: scale * rotation @ p + translation."""

    rotation: np.ndarray
    scale: float
    translation: np.ndarray

    def __call__(self, points: np.ndarray) -> np.ndarray:
        return self.scale * points @ self.rotation.T + self.translation

    def back(self, points: np.ndarray) -> np.ndarray:
        return (points - self.translation) @ self.rotation / self.scale


def head_motion(points: np.ndarray, wanted: np.ndarray) -> Rigid:
    """How the head has moved from points (478, 3) to wanted (478, 3) px: the similarity (Umeyama 1991) of what moves with it; what moves otherwise
    counts the less (Geman and McClure)."""
    points, wanted = points[:SKIN], wanted[:SKIN]
    size = float(np.sqrt(np.prod(np.ptp(points[:, :2], axis=0))))
    weight = np.ones(SKIN)
    for _ in range(ROUNDS):
        weight = weight / weight.sum()
        first, second = weight @ points, weight @ wanted
        a, b = points - first, wanted - second
        left, singular, right = np.linalg.svd((b * weight[:, None]).T @ a)
        sign = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
        rotation = (left * sign) @ right
        scale = float((singular * sign).sum() / (weight @ (a**2).sum(axis=1)))
        moved = Rigid(rotation, scale, second - scale * rotation @ first)
        off = np.linalg.norm((moved(points) - wanted)[:, :2], axis=1)
        weight = 1.0 / (1.0 + (off / (RIGID * size * scale)) ** 2) ** 2
    return moved


def normals_of(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Unit normals (N, 3) towards the viewer's side (z negative) of a mesh of points (N, 3) px."""
    corners = points[triangles]
    area = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    out = np.stack([np.bincount(triangles.ravel(), np.repeat(area[:, k], 3), len(points)) for k in range(3)], axis=1)
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)
