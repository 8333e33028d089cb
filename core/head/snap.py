"""Moves detected points to what the geometry shows exactly: the rim between lid and eyeball, the seam between the lips. In pixels of one view."""

from __future__ import annotations

import numpy as np

from .landmarks import EYE_LEFT, EYE_RIGHT, LIPS_INNER

LIP_PAIRS = ((61, 67), (62, 66), (63, 65))  # upper, lower
LIP_CORNERS = (60, 64)
LIP_REACH = 0.10  # of the mouth's width, how far from the detected row the seam is looked for


def snap_lids(points: np.ndarray, is_eye: np.ndarray, is_skin: np.ndarray) -> np.ndarray:
    """Lid points among points (68, 2) moved along the ray from the eye's centre to the first skin pixel beyond the eyeball.

    is_eye, is_skin (H, W): what each pixel shows. An eye without eyeball pixels at its centre is left as it is.
    """
    moved = points.copy()
    for eye in (EYE_RIGHT, EYE_LEFT):
        centre = points[eye].mean(axis=0)
        for index in range(eye.start, eye.stop):
            ray = points[index] - centre
            length = max(float(np.linalg.norm(ray)), 1.0)
            along = centre + ray / length * np.arange(0.0, 2.0 * length, 0.5)[:, None]
            column, row = np.clip(along.astype(int), 0, np.array(is_eye.shape[::-1]) - 1).T
            eye_here = np.flatnonzero(is_eye[row, column])
            if not len(eye_here) or eye_here[0] > len(along) // 3:
                continue
            beyond = np.flatnonzero(is_skin[row, column] & (np.arange(len(along)) > eye_here[0]))
            if len(beyond):
                moved[index] = along[beyond[0]]
    return moved


def snap_lips(points: np.ndarray, upward: np.ndarray) -> np.ndarray:
    """Inner-lip points among points (68, 2) moved to either side of the row where the surface turns from facing down to facing up.

    upward (H, W): vertical part of the unit normal at each pixel, 0 on the background.
    """
    moved = points.copy()
    reach = LIP_REACH * abs(points[LIP_CORNERS[1], 0] - points[LIP_CORNERS[0], 0])
    for upper, lower in LIP_PAIRS:
        column = (points[upper, 0] + points[lower, 0]) / 2
        row = _seam_row(upward, column, (points[upper, 1] + points[lower, 1]) / 2, reach)
        if row is not None:
            moved[upper], moved[lower] = (column, row - 0.5), (column, row + 1.5)
    for corner in LIP_CORNERS:
        row = _seam_row(upward, points[corner, 0], points[corner, 1], reach / 2)
        if row is not None:
            moved[corner, 1] = row + 0.5
    return moved


def _seam_row(upward: np.ndarray, column: float, row: float, reach: float) -> float | None:
    """The row at `column`, within reach of `row`, with the sharpest turn from down to up; None where the surface is smooth."""
    first, last = max(int(row - reach), 1), min(int(row + reach) + 1, len(upward) - 3)
    if last - first < 3 or not 0 <= int(column) < upward.shape[1]:
        return None
    line = upward[:, int(column)]
    rows = np.arange(first, last)
    turn = line[rows + 1] - line[rows - 1]
    best = int(turn.argmax())
    return float(rows[best]) if turn[best] > 0.25 else None


def inner_lips_apart(points: np.ndarray) -> float:
    """Gap between the inner lips over the width of the mouth, for points (68, N)."""
    gap = np.linalg.norm(points[62] - points[66])
    return float(gap / np.linalg.norm(points[LIPS_INNER.start] - points[64]))


def lids_apart(points: np.ndarray) -> float:
    """The wider eye's opening over its width, for points (68, N)."""
    ratios = []
    for eye in (EYE_RIGHT, EYE_LEFT):
        ring = points[eye]
        opening = np.linalg.norm(ring[[1, 2]] - ring[[5, 4]], axis=1).mean()
        ratios.append(opening / np.linalg.norm(ring[0] - ring[3]))
    return float(max(ratios))
