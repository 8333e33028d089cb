"""The light on a photo's face, told by its own skin: how bright a normal is, and what white would be there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..image.detector import bilinear
from ..morphable.photometric import GAMMA, harmonics

FACING = 0.3  # cosine to the viewer from which a point tells of the light
BLUR = 0.015  # of the face's size
RIDGE = 0.02  # pull towards light from everywhere
STRONGEST = 1.6  # times brighter or darker than it was, at most, when a head turns
HUE, BRIGHTNESS = 0.12, 0.35  # differences of logarithms that skin may have from most of its face
USUAL = 0.5  # brightness of skin in a well lit photo


@dataclass(frozen=True)
class Light:
    """coefficients (9,) of the spherical harmonics (core/morphable/photometric.py) in the picture's axes; white (3,) 0..255: about what teeth
    and the white of eyes look like; skin (3,) 0..255: what most of the face looks like."""

    coefficients: np.ndarray
    white: np.ndarray
    skin: np.ndarray

    def shade(self, normals: np.ndarray) -> np.ndarray:
        """Brightness (N,), linear, of unit normals (N, 3)."""
        return np.maximum(harmonics(normals)[0] @ self.coefficients, 0.15)

    def like_skin(self, colours: np.ndarray) -> np.ndarray:
        """How much (N,) 0..1 colours (N, 3) 0..255 may be the same skin, lit more or less."""
        off = np.log((colours + 8.0) / (self.skin + 8.0))
        bright = off.mean(axis=1)
        hue = np.linalg.norm(off - bright[:, None], axis=1)
        return np.clip(2.0 - hue / HUE, 0.0, 1.0) * np.clip(2.0 - np.abs(bright) / BRIGHTNESS, 0.0, 1.0)

    def ratio(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """What sRGB values (N,) are multiplied by where normals (N, 3) before become those after."""
        ratio = (self.shade(after) / self.shade(before)) ** (1.0 / GAMMA)
        return np.clip(ratio, 1.0 / STRONGEST, STRONGEST)


def light_of(image: np.ndarray, places: np.ndarray, normals: np.ndarray, size: float) -> Light:
    """The light on a face from an image (H, W, 3) uint8, its points (N, 2) px and their normals (N, 3); size of the face, px."""
    low = np.clip(np.floor(places.min(axis=0) - 3), 0, [image.shape[1] - 1, image.shape[0] - 1]).astype(int)
    high = np.clip(np.ceil(places.max(axis=0) + 4), low + 1, [image.shape[1], image.shape[0]]).astype(int)
    cut = ndimage.gaussian_filter(image[low[1] : high[1], low[0] : high[0]].astype(np.float32), (BLUR * size, BLUR * size, 0))
    at = np.clip(places - low - 0.5, 0, np.array(cut.shape[1::-1]) - 1).astype(np.float32)
    colour = bilinear(np.ascontiguousarray(cut), at[:, 0], at[:, 1]) / 255.0
    bright = (colour.mean(axis=1)) ** GAMMA
    weight = np.clip((-normals[:, 2] - FACING) / 0.3, 0.0, 1.0)
    level = float(np.median(bright[weight > 0])) if (weight > 0).any() else 0.2
    values, light = harmonics(normals)[0], np.zeros(9)
    trust = weight.copy()
    for _ in range(8):
        ridge = RIDGE * trust.sum() * np.diag(np.r_[0.0, np.ones(8)]) + 1e-9 * np.eye(9)
        light = np.linalg.solve((values.T * trust) @ values + ridge, (values.T * trust) @ (bright / max(level, 1e-4)))
        off = np.abs(values @ light - bright / max(level, 1e-4))
        trust = weight / (1.0 + (off / (2.0 * np.median(off) + 1e-6)) ** 2) ** 2
    skin = np.median(colour[weight > 0.5], axis=0) if (weight > 0.5).any() else np.full(3, USUAL)
    return Light(light, _white(skin), 255.0 * skin)


def _white(skin: np.ndarray) -> np.ndarray:
    """White (3,) 0..255 under the light that skin (3,) 0..1 is seen in: neither its hue nor its darkness are the light's alone."""
    bright = float(np.clip(1.25 * skin.max() + 0.1, 0.25, 0.97))
    cast = skin / max(float(skin.mean()), 1e-3)
    return 255.0 * bright * np.clip(1.0 + 0.25 * (cast - 1.0), 0.8, 1.1)
