"""The boundary resampling of One-shot Face Reenactment (section 3.2.4): a face in a picture gets another person's contour, its inner parts stay.

Picture and points are warped by Delaunay triangles of the landmarks and the picture's border, as the thesis does.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import Delaunay

from ..image.detector import bilinear
from ..morphable.texture import rasterise
from ..video.parsing import polygons
from ..video.point_mesh import head_motion

JAW = np.array([
    356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127,
])  # of the contour, from temple to temple below: the thesis's points 0 to 32  # fmt: skip
BORDER = 5  # points along each side of the picture


def anchors() -> np.ndarray:
    """The points between which the picture is stretched: contour and inner parts."""
    return np.unique(np.concatenate([ids for _, ids in polygons()]))


def resampled(picture: np.ndarray, points: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """W(I) of Eq. 3.8: a picture (S, S, 3) uint8 whose face, of points (478, 3) px, has the jaw of another one, of points (478, 3) px of a picture of
    its own; and the face's points (478, 3) px in it. The other head is turned and brought to this one's size and place first."""
    ids = anchors()
    wanted = points.copy()
    wanted[JAW, :2] = head_motion(other, points)(other)[JAW, :2]
    border = _border(len(picture))
    source, target = (np.concatenate([places[ids, :2], border]) for places in (points, wanted))
    forward = Delaunay(source)
    moved = wanted.copy()
    moved[:, :2] = _carried(forward, target, points[:, :2])
    moved[ids] = wanted[ids]
    return _stretched(picture, source, target), moved


def _border(size: int) -> np.ndarray:
    along = np.linspace(0.0, size, BORDER)
    square = np.stack(np.meshgrid(along, along), axis=-1).reshape(-1, 2)
    return square[((square == 0.0) | (square == size)).any(axis=1)]


def _carried(triangles: Delaunay, target: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Places (N, 2) px with the triangles' corners at target (M, 2) px; those outside of them stay."""
    number = triangles.find_simplex(places)
    transform = triangles.transform[number]
    first = np.einsum("nij,nj->ni", transform[:, :2], places - transform[:, 2])
    weights = np.column_stack([first, 1.0 - first.sum(axis=1)])
    moved = np.einsum("nk,nkd->nd", weights, target[triangles.simplices[number]])
    return np.where((number >= 0)[:, None], moved, places)


def _stretched(picture: np.ndarray, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The picture (S, S, 3) uint8 whose points source (M, 2) px lie at target (M, 2) px."""
    size = len(picture)
    triangles = Delaunay(target).simplices
    a, b, c = (target[triangles[:, k]] for k in range(3))
    turned = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0] > 0
    triangles[turned] = triangles[turned][:, ::-1]
    at, triangle, weights = rasterise(target, np.zeros(len(target)), tuple(triangles.T.astype(np.intp)), (size, size))  # type: ignore[arg-type]
    place = sum(weight[:, None] * source[triangles[triangle, k]] for k, weight in enumerate(weights)) - 0.5
    out = picture.reshape(-1, 3).astype(np.float32)
    out[at] = bilinear(np.ascontiguousarray(picture), *np.clip(place, 0, size - 1).astype(np.float32).T)
    return np.clip(out + 0.5, 0, 255).astype(np.uint8).reshape(picture.shape)
