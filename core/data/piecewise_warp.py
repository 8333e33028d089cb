"""Piecewise-affine warps of a picture over the Delaunay triangles of points in it."""

from __future__ import annotations

import numpy as np
from scipy.spatial import Delaunay

from ..image.detector import bilinear
from ..morphable.texture import rasterise

BORDER = 5  # points along each side of a picture


def border(width: int, height: int) -> np.ndarray:
    """Points (16, 2) px on a picture's border, its corners among them."""
    x, y = np.meshgrid(np.linspace(0.0, width, BORDER), np.linspace(0.0, height, BORDER))
    square = np.stack([x, y], axis=-1).reshape(-1, 2)
    return square[((square == 0.0) | (square == [width, height])).any(axis=1)]


def warped(picture: np.ndarray, source: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The picture (H, W, 3) uint8 whose points source (M, 2) px lie at target (M, 2) px, as (H W, 3) float32 0..255; the pixels (P,) that triangles
    cover, and the three points (P, 3) of each one's. What is outside of all stays."""
    height, width = picture.shape[:2]
    triangles = Delaunay(target).simplices
    a, b, c = (target[triangles[:, k]] for k in range(3))
    turned = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0] > 0
    triangles[turned] = triangles[turned][:, ::-1]
    at, triangle, weights = rasterise(target, np.zeros(len(target)), tuple(triangles.T.astype(np.intp)), (height, width))  # type: ignore[arg-type]
    place = sum(weight[:, None] * source[triangles[triangle, k]] for k, weight in enumerate(weights)) - 0.5
    out = picture.reshape(-1, 3).astype(np.float32)
    out[at] = bilinear(np.ascontiguousarray(picture), *np.clip(place, 0, [width - 1, height - 1]).astype(np.float32).T)
    return out, at, triangles[triangle]


def as_picture(pixels: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """What was warped (H W, 3) as uint8 of a shape (H, W, 3)."""
    return np.clip(pixels + 0.5, 0, 255).astype(np.uint8).reshape(shape)
