"""The plain warp of a photo, a named baseline: MediaPipe's points moved, and every pixel between them by the triangle it lies in.

One backward piecewise-affine map over the Delaunay triangles of the wanted points, of a ring around the head that follows its translation by
FOLLOWS, and of the picture's border, which stays; a mouth that opens shows DARK.
"""

from __future__ import annotations

import numpy as np

from ..data.piecewise_warp import as_picture, border, warped

FOLLOWS, RING, AROUND = 0.6, 32, 1.45  # of the head's translation; points of the ring; its size over the face's
DARK = np.array([35.0, 18.0, 18.0])
INNER_LIPS = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95)
OPENED = 0.04  # of the mouth's width: how far the lips must part


def plain_warp(photo: np.ndarray, points: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The photo (H, W, 3) uint8 with its face's points (478, 2) px brought to wanted (478, 2) px."""
    height, width = photo.shape[:2]
    middle, moved = points.mean(axis=0), wanted.mean(axis=0) - points.mean(axis=0)
    angle = np.linspace(0.0, 2 * np.pi, RING, endpoint=False)
    ring = middle + AROUND * 0.5 * np.ptp(points, axis=0) * np.column_stack([np.cos(angle), np.sin(angle)])
    rim = border(width, height)
    source = np.concatenate([points, ring, rim])
    target = np.concatenate([wanted, ring + FOLLOWS * moved, rim])
    out, at, corners = warped(photo, source, target)
    if _gap(wanted) > max(_gap(points), OPENED):
        out[at[np.isin(corners, INNER_LIPS).all(axis=1)]] = DARK
    return as_picture(out, photo.shape)


def _gap(points: np.ndarray) -> float:
    """How far the lips are apart, over the mouth's width."""
    return float(np.linalg.norm(points[13] - points[14]) / np.linalg.norm(points[78] - points[308]))
