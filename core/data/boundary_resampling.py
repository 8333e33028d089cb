"""The boundary resampling of One-shot Face Reenactment (section 3.2.4): a face in a picture gets another person's contour, its inner parts stay.

Picture and points are warped by Delaunay triangles of the landmarks and the picture's border, as the thesis does.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import Delaunay

from ..video.parsing import polygons
from ..video.point_mesh import head_motion
from .piecewise_warp import as_picture, border, warped

JAW = np.array([
    356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127,
])  # of the contour, from temple to temple below: the thesis's points 0 to 32  # fmt: skip


def anchors() -> np.ndarray:
    """The points between which the picture is stretched: contour and inner parts."""
    return np.unique(np.concatenate([ids for _, ids in polygons()]))


def resampled(picture: np.ndarray, points: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """W(I) of Eq. 3.8: a picture (S, S, 3) uint8 whose face, of points (478, 3) px, has the jaw of another one, of points (478, 3) px of a picture of
    its own; and the face's points (478, 3) px in it. The other head is turned and brought to this one's size and place first."""
    ids = anchors()
    wanted = points.copy()
    wanted[JAW, :2] = head_motion(other, points)(other)[JAW, :2]
    rim = border(*picture.shape[1::-1])
    source, target = (np.concatenate([places[ids, :2], rim]) for places in (points, wanted))
    forward = Delaunay(source)
    moved = wanted.copy()
    moved[:, :2] = _carried(forward, target, points[:, :2])
    moved[ids] = wanted[ids]
    return as_picture(warped(picture, source, target)[0], picture.shape), moved


def _carried(triangles: Delaunay, target: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Places (N, 2) px with the triangles' corners at target (M, 2) px; those outside of them stay."""
    number = triangles.find_simplex(places)
    transform = triangles.transform[number]
    first = np.einsum("nij,nj->ni", transform[:, :2], places - transform[:, 2])
    weights = np.column_stack([first, 1.0 - first.sum(axis=1)])
    moved = np.einsum("nk,nkd->nd", weights, target[triangles.simplices[number]])
    return np.where((number >= 0)[:, None], moved, places)
