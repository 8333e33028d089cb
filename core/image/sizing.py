"""Pictures made smaller."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from ..errors import ValueRangeError

LEAST = 64  # px of a longer side


def at_most(image: np.ndarray, longest: int) -> np.ndarray:
    """The picture (H, W, 3) uint8 with a longer side of at most `longest` px, each pixel the mean of what it covers; itself where it is no larger.

    ValueRangeError for a side below LEAST.
    """
    if longest < LEAST:
        raise ValueRangeError(f"The longer side is to be at most {longest} px; give {LEAST} or more.")
    height, width = image.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1.0:
        return image
    rows, columns = (_means(length, max(1, round(length * scale))) for length in (height, width))
    out = np.empty((rows.shape[0], columns.shape[0], 3), np.uint8)
    for channel in range(3):
        out[..., channel] = np.rint((rows @ image[..., channel].astype(np.float32)) @ columns.T)
    return out


def _means(length: int, fewer: int) -> sparse.csr_matrix:
    """Weights (fewer, length) of rows that sum to one: what share of each pixel lies within a wider one."""
    edges = np.arange(fewer + 1) * (length / fewer)
    first, last = edges[:-1].astype(int), np.ceil(edges[1:] - 1e-9).astype(int)
    rows = np.repeat(np.arange(fewer), last - first)
    pixels = np.arange(len(rows)) - np.repeat(np.cumsum(last - first) - (last - first), last - first) + first[rows]
    share = np.minimum(pixels + 1, edges[rows + 1]) - np.maximum(pixels, edges[rows])
    return sparse.csr_matrix((share.astype(np.float32) * np.float32(fewer / length), (rows, pixels)), shape=(fewer, length))
