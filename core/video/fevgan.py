"""One of six expressions made of a photo by FEV-GAN (core/video/fevgan_network.py), in the photo itself and at its own resolution.

The network sees the face in a small crop. What it says of colours, of where they take the place of the photo's, and of how the photo's own pixels
move is laid over the photo; beyond the face nothing changes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..image.detector import ROI_SCALE, bilinear, region_of
from ..labels import BASIC
from ..runtime.backend import Backend
from .face_crop import FaceCrop

NAME = "fevgan"
FRAMES = 32  # that the network makes, from the picture it is given to the expression's apex
SIZE = 64  # px of a frame of theirs
MOST = 1.2  # intensity; 1 is the expression at full strength
AROUND, LOWER = 1.15, 0.045  # the crop's side over the face's longer one; how much lower its middle lies than the face's, of its side
FINER = 4  # times as many places, smoothly between the network's, that a photo's pixels are looked up in
TONE = 5.0  # px of a frame, over which the network's own picture of the photo tells how far its colours are off


def crop_about(points: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Centre (2,), size and angle of the square that the network sees of a face with points (478, 3) px: room for a jaw that drops."""
    centre, size, angle = region_of(points)
    size *= AROUND / ROI_SCALE
    return centre + LOWER * size * np.array([-np.sin(angle), np.cos(angle)]), size, angle


@dataclass(frozen=True)
class Painted:
    """rgb (32, S, S, 3) float32 0..255; mask (32, S, S) 0..1, where it takes the picture's place; flow (32, S, S, 2), right and down in widths of the
    picture, where in it each place lies."""

    rgb: np.ndarray
    mask: np.ndarray
    flow: np.ndarray

    def at(self, time: float) -> Painted:
        """The single frame at a time, 0 to 31, linearly between its neighbours; arrays without their first axis."""
        low = min(int(time), FRAMES - 2)
        share = np.float32(time - low)
        return Painted(*((1 - share) * part[low] + share * part[low + 1] for part in (self.rgb, self.mask, self.flow)))


def paint(crop: np.ndarray, expression: str, intensity: float, backend: Backend) -> Painted:
    """What the network makes of a crop (SIZE, SIZE, 3) 0..255; expression: one of labels.BASIC; intensity 0 to MOST."""
    label = np.zeros((1, len(BASIC)), np.float32)
    label[0, BASIC.index(expression)] = intensity
    image = (crop.transpose(2, 0, 1)[None] / 127.5 - 1.0).astype(np.float32)
    made = backend.run(NAME, {"image": image, "label": label})
    rgb, mask, flow = (made[key][0].transpose(1, 2, 3, 0) for key in ("rgb", "mask", "flow"))
    return Painted(127.5 * (rgb + 1.0), mask[..., 0], flow)


class PhotoExpression:
    """A photo (H, W, 3) uint8 whose face, of points (478, 3) px, makes an expression; prepared once, then drawn at any time."""

    def __init__(self, image: np.ndarray, points: np.ndarray, expression: str, intensity: float, backend: Backend):
        self.image = np.ascontiguousarray(image)
        self.crop = FaceCrop(*crop_about(points), SIZE)
        seen = self.crop.of(self.image)
        self.painted = paint(seen, expression, intensity, backend)
        self.tone = ndimage.gaussian_filter(seen - self.painted.rgb[0], (TONE, TONE, 0), mode="nearest")
        self.finer = _between(SIZE, FINER)
        self.box = self.crop.box(image.shape)
        rows, columns = (np.arange(part.start, part.stop) for part in self.box)
        self.rows, self.columns = (one.ravel().astype(np.float32) for one in np.meshgrid(rows, columns, indexing="ij"))
        x, y = self.crop.pixels(self.rows, self.columns)
        inside = (x > 0) & (y > 0) & (x < SIZE) & (y < SIZE)
        self.rows, self.columns, self.at = self.rows[inside], self.columns[inside], np.flatnonzero(inside)
        last = SIZE * FINER - 1
        self.place = tuple(np.clip(FINER * one[inside] - 0.5, 0, last).astype(np.float32) for one in (x, y))

    def frame(self, time: float) -> np.ndarray:
        """The photo (H, W, 3) uint8 at a time from 0, as it was, to 1, the apex."""
        now = self.painted.at(time * (FRAMES - 1))
        told = np.concatenate([now.flow, now.mask[..., None]], axis=2)
        shift, own = self._looked_up(told), self._looked_up(now.rgb + self.tone)
        cosine, sine = (np.float32(self.crop.size * part) for part in (np.cos(self.crop.angle), np.sin(self.crop.angle)))
        x = self.columns + cosine * shift[:, 0] - sine * shift[:, 1]
        y = self.rows + sine * shift[:, 0] + cosine * shift[:, 1]
        height, width = self.image.shape[:2]
        moved = bilinear(self.image, np.clip(x, 0, width - 1), np.clip(y, 0, height - 1))
        mask = np.clip(shift[:, 2:], 0.0, 1.0)
        out = self.image.copy()
        part = out[self.box]
        flat = part.reshape(-1, 3)
        flat[self.at] = np.clip(mask * own + (1.0 - mask) * moved + 0.5, 0, 255).astype(np.uint8)
        out[self.box] = flat.reshape(part.shape)
        return out

    def _looked_up(self, maps: np.ndarray) -> np.ndarray:
        """Maps (SIZE, SIZE, 3) at the photo's pixels within the crop (P, 3)."""
        fine = np.einsum("ij,jkc,lk->ilc", self.finer, maps, self.finer, optimize=True).astype(np.float32)
        return bilinear(np.ascontiguousarray(fine), *self.place)


def _between(size: int, times: int) -> np.ndarray:
    """What carries `size` values to `times` as many along their line (times * size, size), by cubics that pass through them (Keys 1981)."""
    at = (np.arange(size * times) + 0.5) / times - 0.5
    low = np.floor(at).astype(int)
    out = np.zeros((len(at), size), np.float32)
    for step in (-1, 0, 1, 2):
        far = np.abs(at - low - step)
        near = (1.5 * far - 2.5) * far**2 + 1.0
        weight = np.where(far < 1, near, ((-0.5 * far + 2.5) * far - 4.0) * far + 2.0)
        np.add.at(out, (np.arange(len(at)), np.clip(low + step, 0, size - 1)), weight)
    return out
