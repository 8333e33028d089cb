"""Random patterns that tile, made once by filtering noise: what makes skin uneven, and strands of hair."""

from __future__ import annotations

import functools

import numpy as np

from .face_atlas import WIDTH
from .render_kernels import STRANDS


@functools.lru_cache(maxsize=1)
def noises() -> np.ndarray:
    """Four patterns (4, WIDTH, WIDTH) float32 of unit variance: patches, pores, spots, and hair that runs down."""
    rng = np.random.default_rng(7)
    row, column = np.meshgrid(np.fft.fftfreq(WIDTH), np.fft.rfftfreq(WIDTH), indexing="ij")
    radius = np.hypot(row, column)
    bands = (
        np.where(radius > 0.002, 1.0 / np.maximum(radius, 0.002) ** 1.3, 0.0) * np.exp(-((radius / 0.12) ** 2)),
        np.exp(-(((radius - 0.22) / 0.1) ** 2)),
        np.exp(-(((radius - 0.07) / 0.03) ** 2)),
        np.exp(-((row / 0.07) ** 2)) * np.exp(-(((column - 0.24) / 0.14) ** 2)),
    )
    made = [_filtered(band, rng) for band in bands]
    return np.stack([(each / each.std()).astype(np.float32) for each in made])


@functools.lru_cache(maxsize=1)
def strands() -> np.ndarray:
    """Threads that run down, (STRANDS, STRANDS) float32, their values spread evenly over 0..1."""
    across, along = np.fft.rfftfreq(STRANDS), np.fft.fftfreq(STRANDS)[:, None]
    band = np.exp(-((along / 0.012) ** 2)) * (np.exp(-(((across - 0.16) / 0.08) ** 2)) + 0.8 * np.exp(-(((across - 0.04) / 0.02) ** 2)))
    noise = _filtered(band, np.random.default_rng(11))
    return (noise.ravel().argsort().argsort().reshape(noise.shape) / noise.size).astype(np.float32)


def _filtered(band: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    side = len(band)
    return np.fft.irfft2(np.fft.rfft2(rng.normal(size=(side, side))) * band, s=(side, side))
