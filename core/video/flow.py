"""How the skin has moved between two pictures of a face from the front: Lucas and Kanade (1981), from coarse to fine.

Translations of small windows, the rest picture's gradients once for all frames (Baker and Matthews 2004, inverse compositional). Local contrast is
evened out first, so that light has no say.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter, uniform_filter

from ..image.detector import bilinear
from .frontal import SIDE

SPACING, BORDER = 9, 7  # px between windows, and from the picture's border
HALF = 6  # px from a window's middle to its sides
SCALES, STEPS = (2.0, 1.0), (5, 4)  # spread of a window's samples, and steps at each scale
BLUR, EVEN = 0.8, 13  # px; of the picture, and of what its contrast is evened out over
FAINT = 3.0  # grey levels of contrast that count as noise
STIFF = 0.006  # what holds a window in place that has nothing to hold on to
FARTHEST = 10.0  # px


def places(outside: np.ndarray) -> np.ndarray:
    """Middles (N, 2; row, column) of the windows on pictures whose mask (SIDE, SIDE) says what is no face; symmetric left and right."""
    first = (SIDE - 1) / 2
    across = np.arange(-(first - BORDER) // SPACING + 1, (first - BORDER) // SPACING + 1) * SPACING + first
    down = np.arange(BORDER, SIDE - BORDER, SPACING, dtype=float)
    every = np.stack(np.meshgrid(down, across, indexing="ij"), axis=-1).reshape(-1, 2)
    rounded = every.astype(int)
    seen = ~outside[rounded[:, 0], rounded[:, 1]]
    seen &= ~outside[rounded[:, 0], (SIDE - 1 - every[:, 1]).astype(int)]
    return every[seen]


def mirror_places(middles: np.ndarray) -> np.ndarray:
    """For each window the one on the face's other side (N,)."""
    flipped = middles * [1.0, -1.0] + [0.0, SIDE - 1.0]
    return np.linalg.norm(flipped[:, None] - middles, axis=2).argmin(axis=1)


class Flow:
    """Ready to tell how far every window of a rest picture (SIDE, SIDE, 3) uint8 has moved in others."""

    def __init__(self, rest: np.ndarray, middles: np.ndarray) -> None:
        self.middles = middles.astype(np.float32)
        even = _evened(rest)
        self.levels = [self._level(even, scale) for scale in SCALES]

    def _level(self, even: np.ndarray, scale: float):
        """Places (2, N, K) of samples, values (N, K), weighted gradients (N, K, 2) and the inverse of their products (N, 2, 2)."""
        blurred = _blurred(even, scale)
        offset = np.stack(np.meshgrid(*[np.arange(-HALF, HALF + 1, dtype=np.float32)] * 2, indexing="ij"), axis=-1).reshape(-1, 2)
        weight = np.exp(-0.5 * (offset**2).sum(axis=1) / (0.6 * HALF) ** 2)
        weight /= weight.sum()
        at = self.middles.T[:, :, None] + scale * offset.T[:, None]
        gradient = np.stack([_sampled(slope, at) for slope in np.gradient(blurred)], axis=-1)
        weighted = weight[:, None] * gradient
        product = np.einsum("nki,nkj->nij", weighted, gradient) + STIFF * np.eye(2)
        return scale, at, _sampled(blurred, at), weighted, np.linalg.inv(product).astype(np.float32)

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        """(N, 3): each window's motion in px (rows, columns), beyond the median of all, and what is left of its contrast unexplained."""
        even = _evened(picture)
        moved = np.zeros_like(self.middles)
        left = np.zeros(len(moved), np.float32)
        for (scale, at, wanted, weighted, inverse), steps in zip(self.levels, STEPS, strict=True):
            blurred = _blurred(even, scale)
            for _ in range(steps):
                error = wanted - _sampled(blurred, at + moved.T[:, :, None])
                moved = moved + np.einsum("nij,nj->ni", inverse, np.einsum("nki,nk->ni", weighted, error))
                moved = np.clip(moved, -FARTHEST, FARTHEST)
            left = np.abs(error).mean(axis=1)
        return np.column_stack([moved - np.median(moved, axis=0), left]).astype(np.float32)


def _evened(picture: np.ndarray) -> np.ndarray:
    """Grey (SIDE, SIDE) float32 with its local mean taken away and its local contrast 1."""
    grey = gaussian_filter(picture.mean(axis=-1, dtype=np.float32), BLUR)
    grey -= uniform_filter(grey, EVEN)
    return grey / np.sqrt(uniform_filter(grey**2, EVEN) + FAINT**2)


def _blurred(even: np.ndarray, scale: float) -> np.ndarray:
    return gaussian_filter(even, 0.6 * scale) if scale > 1 else even


def _sampled(image: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Values (...) of an image (SIDE, SIDE) at places (2, ...; row, column)."""
    row, column = np.clip(at, 0, SIDE - 1)
    return bilinear(np.ascontiguousarray(image, np.float32)[..., None], column, row)[..., 0]
