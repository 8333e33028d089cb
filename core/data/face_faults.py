"""What cameras, screens and networks do to a picture: exposure, colour, blur, noise, shrinking, JPEG; and things before the face."""

from __future__ import annotations

import functools
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

USUAL = 224.0  # px; lengths below are meant for a picture of this size and scale with it


@dataclass(frozen=True)
class Faults:
    """exposure gain; balance (3,) of the channels; contrast, saturation 1 is true; vignette 0..1 lost in the corners; blur and motion (2,) px;
    shrink: 1 or more, times that the picture is made smaller and back; grain: noise in grey levels; jpeg quality 0 (none) to 100; veil: light
    that the lens scatters; occluder (6,): centre, half sizes (shares of the picture), turn rad, roundness, or None, of occluder_colour (3,)."""

    exposure: float = 1.0
    balance: tuple[float, float, float] = (1.0, 1.0, 1.0)
    contrast: float = 1.0
    saturation: float = 1.0
    vignette: float = 0.0
    blur: float = 0.0
    motion: tuple[float, float] = (0.0, 0.0)
    shrink: float = 1.0
    grain: float = 0.0
    jpeg: int = 0
    veil: float = 0.0
    occluder: tuple[float, ...] | None = None
    occluder_colour: tuple[float, float, float] = (0.0, 0.0, 0.0)


CLEAN = Faults()


def random_faults(rng: np.random.Generator) -> Faults:
    """Mostly mild; now and then one that hurts."""
    pick = rng.uniform(size=6)
    angle, length = rng.uniform(0, np.pi), rng.exponential(2.0)
    shape = (*rng.uniform(0.05, 0.95, 2), *rng.uniform(0.04, 0.2, 2), rng.uniform(0, np.pi), rng.uniform())
    return Faults(
        exposure=float(np.exp(rng.normal(0.0, 0.18))),
        balance=_triple(np.exp(rng.normal(0.0, 0.05, 3))),
        contrast=float(np.exp(rng.normal(0.05, 0.12))),
        saturation=float(np.clip(rng.normal(1.0, 0.15), 0.0, 1.6)) if pick[0] > 0.06 else 0.0,
        vignette=float(max(0.0, rng.uniform(-0.3, 0.4))),
        blur=float(rng.exponential(0.35)) if pick[1] > 0.1 else float(rng.uniform(0.8, 2.2)),
        motion=(length * np.cos(angle), length * np.sin(angle)) if pick[2] < 0.12 else (0.0, 0.0),
        shrink=float(rng.uniform(1.3, 3.5)) if pick[3] < 0.15 else 1.0,
        grain=float(rng.exponential(2.0)),
        jpeg=int(rng.integers(25, 96)) if pick[4] < 0.6 else 0,
        veil=float(max(0.0, rng.uniform(-0.06, 0.025))),
        occluder=tuple(map(float, shape)) if pick[5] < 0.08 else None,
        occluder_colour=_triple(rng.uniform(0.0, 1.0) * rng.uniform(0.2, 1.0, 3)),
    )


def _triple(values: np.ndarray) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])


def photographed(linear: np.ndarray, faults: Faults, rng: np.random.Generator) -> np.ndarray:
    """What becomes of linear light (H, W, 3): a picture uint8 of the same size."""
    scale = max(linear.shape[:2]) / USUAL
    image = linear
    if faults.occluder is not None:
        image = _occluded(image, faults)
    image = image * (faults.exposure * np.asarray(faults.balance, image.dtype))
    if faults.vignette > 0.02:
        image = image * _corners(image.shape[:2], faults.vignette)[..., None]
    image = _smeared(image, faults, scale)
    if faults.shrink > 1.05:
        image = _resized(image, max(24, round(image.shape[0] / faults.shrink)), max(24, round(image.shape[1] / faults.shrink)))
    grey = np.clip(image + faults.veil, 0.0, None) ** np.float32(1 / 2.2)
    grey = (grey - 0.5) * faults.contrast + 0.5
    grey = np.where(grey > 0.7, 0.7 + 0.3 * np.tanh((grey - 0.7) / 0.3), grey)  # highlights roll off
    if abs(faults.saturation - 1.0) > 0.02:
        luma = grey @ np.array([0.299, 0.587, 0.114], grey.dtype)
        grey = luma[..., None] + faults.saturation * (grey - luma[..., None])
    if faults.grain > 0.1:
        noise = _noise(grey.shape[:2], rng)
        grey = grey + noise * (faults.grain / 255.0) * (1.3 - 0.6 * np.clip(grey, 0, 1))
    out = (np.clip(grey, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
    if faults.jpeg:
        out = _compressed(out, faults.jpeg)
    if out.shape[:2] != linear.shape[:2]:
        out = np.asarray(Image.fromarray(out).resize((linear.shape[1], linear.shape[0]), Image.Resampling.BICUBIC))
    return out


@functools.lru_cache(maxsize=1)
def _grains(side: int) -> np.ndarray:
    return np.random.default_rng(5).standard_normal((side, side, 3), np.float32)


def _noise(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Noise (H, W, 3) of unit variance: some place of a large pattern, which is faster than fresh numbers."""
    grains = _grains(2 * max(512, *shape))
    row, column = (int(rng.integers(0, len(grains) - side)) for side in shape)
    noise = grains[row : row + shape[0], column : column + shape[1]]
    return noise if rng.uniform() < 0.5 else noise[::-1, :, ::-1]


def _corners(shape: tuple[int, ...], lost: float) -> np.ndarray:
    y, x = (np.linspace(-1, 1, side, dtype=np.float32) ** 2 for side in shape)
    return 1.0 - 0.5 * lost * (y[:, None] + x[None])


def _smeared(image: np.ndarray, faults: Faults, scale: float) -> np.ndarray:
    if faults.blur * scale > 0.25:
        image = gaussian_filter(image, (faults.blur * scale, faults.blur * scale, 0), truncate=3.0)
    steps = int(np.ceil(np.hypot(*faults.motion) * scale))
    if steps >= 2:
        path = np.linspace(-0.5, 0.5, steps)[:, None] * np.array(faults.motion) * scale
        image = np.mean([np.roll(image, tuple(np.round(at).astype(int)), (1, 0)) for at in path], axis=0, dtype=np.float32)
    return image


def _resized(image: np.ndarray, height: int, width: int) -> np.ndarray:
    channels = [
        Image.fromarray(np.ascontiguousarray(image[..., k], np.float32)).resize((width, height), Image.Resampling.BOX) for k in range(3)
    ]
    return np.stack([np.asarray(each) for each in channels], axis=-1)


def _compressed(image: np.ndarray, quality: int) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def _occluded(image: np.ndarray, faults: Faults) -> np.ndarray:
    """Something before the camera: a box or an ellipse, out of focus at its edge."""
    x0, y0, half_x, half_y, turn, round_ = faults.occluder or (0.0,) * 6
    y, x = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float32) / max(image.shape[:2])
    u, v = x - x0, y - y0
    u, v = np.abs(np.cos(turn) * u + np.sin(turn) * v) / half_x, np.abs(np.cos(turn) * v - np.sin(turn) * u) / half_y
    power = 2.0 + 10.0 * round_
    cover = np.clip((1.0 - (u**power + v**power)) * 6.0, 0, 1)
    shade = 0.85 + 0.15 * np.cos(9.0 * x + 5.0 * y + turn)
    return image + cover[..., None] * (np.asarray(faults.occluder_colour, np.float32) * shade[..., None] - image)
