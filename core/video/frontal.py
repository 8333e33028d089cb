"""A face seen from the front and always in the same place, whatever the head does: what is left moves because the face does."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import LinearNDInterpolator, NearestNDInterpolator
from scipy.ndimage import gaussian_filter

from ..image.detector import bilinear
from .level import Levelled, Reference

SIDE = 112  # px
BROW_TOPS, CHIN = [105, 334], 152  # points of MediaPipe's mesh
SMOOTH = 1.5  # px; the height field's, so that a nose's sides do not tear
NOTHING = 128  # grey, where there is no face
ABOVE, BELOW = 0.14, 0.02  # of the height from chin to brows, that is seen beyond them


class Frontal:
    """The reference's face as a height field on a grid of SIDE x SIDE pixels, ready to look up a face's picture for each."""

    def __init__(self, reference: Reference) -> None:
        shape = reference.shape
        top, bottom = shape[BROW_TOPS, 1].min(), shape[CHIN, 1]
        low, high = top - ABOVE * (bottom - top), bottom + BELOW * (bottom - top)
        self.extent = float(high - low)
        across, down = np.meshgrid(_cells(shape[CHIN, 0], self.extent), _cells((low + high) / 2, self.extent))
        depth = LinearNDInterpolator(shape[:, :2], shape[:, 2])(across, down)
        self.outside = np.isnan(depth)
        depth[self.outside] = NearestNDInterpolator(shape[:, :2], shape[:, 2])(across[self.outside], down[self.outside])
        self.grid = np.stack([across, down, gaussian_filter(depth, SMOOTH)], axis=-1)

    def pictures(self, images: list[np.ndarray], levelled: Levelled) -> np.ndarray:
        """(F, SIDE, SIDE, 3) uint8 of images (H, W, 3) uint8 RGB; grey beyond the face."""
        made = np.empty((len(images), SIDE, SIDE, 3), np.uint8)
        for k, image in enumerate(images):
            made[k] = self.picture(image, levelled.middles[k], levelled.turns[k], float(levelled.sizes[k]))
        return made

    def picture(self, image: np.ndarray, middle: np.ndarray, turn: np.ndarray, size: float) -> np.ndarray:
        """As `pictures`, of one face whose reference lies at middle (3,) px, turned by turn (3, 3), with its unit `size` px long."""
        at = middle[:2] + size * self.grid @ turn[:2].T
        step = max(1, int(size * self.extent / SIDE))
        if step > 1:
            image, at = _reduced(image, at, step)
        height, width = image.shape[:2]
        x, y = (np.clip(at[..., k], 0, length - 1).astype(np.float32) for k, length in enumerate((width, height)))
        made = (bilinear(np.ascontiguousarray(image), x, y) + 0.5).astype(np.uint8)
        made[self.outside] = NOTHING
        return made


def _cells(centre: float, extent: float) -> np.ndarray:
    return centre + ((np.arange(SIDE) + 0.5) / SIDE - 0.5) * extent


def _reduced(image: np.ndarray, at: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray]:
    """What of an image lies about places (..., 2), averaged over squares of `step` px, and the places in it."""
    limit = np.array(image.shape[1::-1])
    low = np.clip(np.floor(at.min(axis=(0, 1))) - step, 0, np.maximum(limit - step, 0)).astype(int)
    high = np.clip(np.ceil(at.max(axis=(0, 1))) + step, low + step, limit).astype(int)
    columns, rows = (high - low) // step
    cut = image[low[1] : low[1] + rows * step, low[0] : low[0] + columns * step]
    return cut.reshape(rows, step, columns, step, 3).mean(axis=(1, 3), dtype=np.float32), (at - low + 0.5) / step - 0.5
