"""The face parsing map of One-shot Face Reenactment (section 3.2.1): which part of a face each pixel belongs to, from the 478 points.

The thesis fills the boundaries of 106 landmarks and 40 of the gaze; its detector was never released, so the same nine parts are drawn here
between MediaPipe's points, iris included. Each channel is the share of a pixel that its part covers, exactly (edges are one pixel soft).
"""

from __future__ import annotations

import functools

import numpy as np

from ..errors import ValueRangeError
from .point_mesh import IRISES, LIPS, LOWER_LIDS, LOWER_LIP, OVAL, POINTS, UPPER_LIDS, UPPER_LIP, load_mesh

CHANNELS = ("face", "brows", "eyes", "gaze", "nose", "upper lip", "lower lip", "teeth", "nose bridge")
FACE, BROWS, EYES, GAZE, NOSE, UPPER, LOWER, TEETH, BRIDGE = range(9)
RIGHT_BROW = np.array([70, 63, 105, 66, 107, 55, 65, 52, 53, 46])
RIGHT_NOSE = np.array([6, 122, 196, 174, 198, 49, 48, 64, 98, 97, 2])  # from the bridge around the right wing to below the tip
RIGHT_BRIDGE = np.array([168, 193, 122, 196, 3, 51, 5])  # down the right side of the nose's back
HALF = len(LIPS) // 2
ROUND = np.linspace(0.0, 2.0 * np.pi, 24, endpoint=False)  # an iris is drawn with so many corners
LARGEST = 4096  # px
LEAST = 1e-6  # of a pixel


@functools.cache
def polygons() -> tuple[tuple[int, np.ndarray], ...]:
    """Channel and ids (n,) of the points around each part; the irises, which are discs, are not among them."""
    mirror = load_mesh().mirror

    def both(right: np.ndarray) -> np.ndarray:
        """Around a part that both sides share, from its top to its bottom and back."""
        return np.concatenate([right, mirror[right[-2:0:-1]]])

    lids = [np.concatenate([UPPER_LIDS[k], LOWER_LIDS[k, -2:0:-1]]) for k in range(2)]
    upper = np.concatenate([LIPS[: HALF + 1], UPPER_LIP[::-1]])
    lower = np.concatenate([LIPS[HALF:], LIPS[:1], LOWER_LIP])
    return (
        (FACE, OVAL), (BROWS, RIGHT_BROW), (BROWS, mirror[RIGHT_BROW]), (EYES, lids[0]), (EYES, lids[1]), (NOSE, both(RIGHT_NOSE)),
        (UPPER, upper), (LOWER, lower), (TEETH, np.concatenate([UPPER_LIP, LOWER_LIP[-2:0:-1]])), (BRIDGE, both(RIGHT_BRIDGE)),
    )  # fmt: skip


def parsing_map(points: np.ndarray, size: int) -> np.ndarray:
    """The map (9, size, size) float32 0..1 of points (478, 2 or 3) px of a square picture of that size, channels as in CHANNELS. ValueRangeError
    for what are no finite points, or no size."""
    points = np.asarray(points)
    if points.ndim != 2 or points.shape[0] != POINTS or points.shape[1] not in (2, 3) or not np.isfinite(points[:, :2]).all():
        raise ValueRangeError(f"Points are {points.shape}, or not finite; a parsing map is drawn of ({POINTS}, 2) or ({POINTS}, 3) pixels.")
    if not 1 <= size <= LARGEST:
        raise ValueRangeError(f"size is {size}; a parsing map has from 1 to {LARGEST} pixels a side.")
    flat = points[:, :2].astype(np.float64)
    shapes = [(channel, flat[ids]) for channel, ids in polygons()]
    for iris in IRISES:
        middle = flat[iris[0]]
        radius = np.linalg.norm(flat[iris[1:]] - middle, axis=1).mean()
        shapes.append((GAZE, middle + radius * np.column_stack([np.cos(ROUND), np.sin(ROUND)])))
    out = coverage(shapes, len(CHANNELS), size)
    out[GAZE] *= out[EYES]
    return out


def only_face(picture, parsing):
    """A picture (3, S, S) -1..1, an array or a tensor, with nothing but the face that its parsing map (9, S, S) shows; black around it."""
    return (picture + 1.0) * parsing[FACE] - 1.0


def coverage(shapes: list[tuple[int, np.ndarray]], channels: int, size: int) -> np.ndarray:
    """The share (channels, size, size) float32 0..1 of each pixel that polygons cover: (channel, corners (n, 2) px) each, either way around.

    Each edge is cut where it crosses the pixels' borders. A piece of height h that lies x px from a pixel's left covers h (1 - x) of it and h of
    all pixels to its right, up or down alike, so that sums along the rows are the areas.
    """
    out = np.zeros((channels, size, size), np.float32)
    starts, ends, turns = [], [], []
    for _, corners in shapes:
        after = np.concatenate([corners[1:], corners[:1]])
        starts.append(corners)
        ends.append(after)
        turns.append(np.full(len(corners), np.sign(corners[:, 0] @ after[:, 1] - corners[:, 1] @ after[:, 0])))
    start, end, turn = np.concatenate(starts), np.concatenate(ends), np.concatenate(turns)
    channel = np.repeat([number for number, _ in shapes], [len(corners) for _, corners in shapes])
    edge, share = _cut(start, end)
    first, second = (start[edge] + share[:, k, None] * (end - start)[edge] for k in range(2))
    height, middle = turn[edge] * (second - first)[:, 1], 0.5 * (first + second)
    x, row = np.clip(middle[:, 0], 0.0, size - 1e-6), np.floor(middle[:, 1]).astype(np.int64)
    column, seen = x.astype(np.int64), (row >= 0) & (row < size)
    for number in range(channels):
        own = np.flatnonzero(seen & (channel[edge] == number))
        if len(own):
            _fill(out[number], row[own], column[own], (x - column)[own], height[own])
    return out


def _fill(out: np.ndarray, row: np.ndarray, column: np.ndarray, past: np.ndarray, height: np.ndarray) -> None:
    """Sums pieces (S,) of edges into a channel (size, size): their pixel, how far past its left, and their signed height."""
    top, left = row.min(), column.min()
    rows, columns = row.max() - top + 1, column.max() - left + 2
    at = (row - top) * columns + column - left
    sums = np.bincount(at, height * (1.0 - past), rows * columns) + np.bincount(at + 1, height * past, rows * columns)
    filled = np.clip(np.abs(np.cumsum(sums.reshape(rows, columns)[:, :-1], axis=1)), 0.0, 1.0)
    filled[filled < LEAST] = 0.0  # what rounding leaves beside an edge
    out[top : top + rows, left : left + columns - 1] = filled


def _cut(start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Edges (E, 2) cut where a coordinate is whole: the edge (S,) each piece is of, and the shares (S, 2) of it where the piece begins and ends."""
    count = len(start)
    edges, shares = [np.arange(count), np.arange(count)], [np.zeros(count), np.ones(count)]
    for axis in range(2):
        low, high = np.minimum(start[:, axis], end[:, axis]), np.maximum(start[:, axis], end[:, axis])
        lines = np.maximum(np.ceil(high) - np.floor(low) - 1, 0).astype(np.int64)
        edge = np.repeat(np.arange(count), lines)
        number = np.arange(len(edge)) - np.repeat(np.cumsum(lines) - lines, lines)
        line = np.floor(low)[edge] + 1 + number
        edges.append(edge)
        shares.append((line - start[edge, axis]) / (end - start)[edge, axis])
    edge, share = np.concatenate(edges), np.concatenate(shares)
    order = np.lexsort((share, edge))
    edge, share = edge[order], share[order]
    same = np.flatnonzero(edge[1:] == edge[:-1])
    return edge[same], np.stack([share[same], share[same + 1]], axis=1)
