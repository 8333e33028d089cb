"""Texture mapping as FaceAnime's authors time it: one triangle after the other, one pixel after the other, in plain Python. Slow, and easy to
check."""

from __future__ import annotations

import math

import numpy as np
import trimesh

from ..morphable.camera import Pose
from ..morphable.model import load_model
from ..morphable.texture import Texture, drawn_triangles

VERTICES, SIZE = 14_692, (128, 128)  # what FaceAnime maps, and onto how many pixels


def case() -> tuple[Texture, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A face of exactly VERTICES vertices on a picture of SIZE: its texture, pixels (N, 2) and depth (N,); photo, source (N, 2) and triangles (T,
    3)."""
    model = load_model()
    used, triangles = np.unique(drawn_triangles(model), return_inverse=True)
    vertices, triangles = model.mean[used].astype(float), triangles.reshape(-1, 3)
    while 4 * len(vertices) <= VERTICES:
        vertices, triangles = trimesh.remesh.subdivide(vertices, triangles)
    low, high, made = 0, len(triangles), (vertices, triangles)
    while low < high and len(made[0]) != VERTICES:  # as many triangles split as give the count
        middle = (low + high) // 2
        made = trimesh.remesh.subdivide(vertices, triangles, face_index=np.arange(middle))
        low, high = (middle + 1, high) if len(made[0]) < VERTICES else (low, middle)
    vertices, triangles = (np.asarray(part) for part in made)
    pixels, depth = Pose.of_matrix(np.array([[580.0, 0, 0, 64], [0, 0, -580, 56], [0, 580, 0, 0]])).project(vertices)
    photo = np.random.default_rng(0).integers(0, 256, (*SIZE, 3)).astype(np.uint8)
    return Texture(photo, pixels, triangles), pixels, depth, photo, pixels, triangles


def draw(
    photo: np.ndarray, source: np.ndarray, triangles: np.ndarray, pixels: np.ndarray, depth: np.ndarray, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """What `core.morphable.texture.Texture(photo, source, triangles).draw(pixels, depth, size)` gives: image (H, W, 3) float64 and triangle (H,
    W)."""
    height, width = size
    image, number, nearest = np.zeros((*size, 3)), np.full(size, -1), np.full(size, np.inf)
    for t, (a, b, c) in enumerate(triangles):
        (ax, ay), (bx, by), (cx, cy) = pixels[a], pixels[b], pixels[c]
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if area >= 0:  # turned away from the viewer
            continue
        for row in range(max(0, math.ceil(min(ay, by, cy) - 0.5)), min(height - 1, math.floor(max(ay, by, cy) - 0.5)) + 1):
            for column in range(max(0, math.ceil(min(ax, bx, cx) - 0.5)), min(width - 1, math.floor(max(ax, bx, cx) - 0.5)) + 1):
                x, y = column + 0.5, row + 0.5
                first = ((bx - x) * (cy - y) - (cx - x) * (by - y)) / area
                second = ((cx - x) * (ay - y) - (ax - x) * (cy - y)) / area
                third = 1.0 - first - second
                if first < 0 or second < 0 or third < 0:
                    continue
                far = first * depth[a] + second * depth[b] + third * depth[c]
                if far < nearest[row, column]:
                    nearest[row, column], number[row, column] = far, t
                    image[row, column] = _texel(photo, first * source[a] + second * source[b] + third * source[c])
    return image, number


def _texel(photo: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The photo (H, W, 3) at a point (2,) px, bilinear; beyond its border, its border."""
    x = min(max(place[0] - 0.5, 0.0), photo.shape[1] - 1.001)
    y = min(max(place[1] - 0.5, 0.0), photo.shape[0] - 1.001)
    left, top = int(x), int(y)
    x, y = x - left, y - top
    upper = (1 - x) * photo[top, left] + x * photo[top, left + 1]
    lower = (1 - x) * photo[top + 1, left] + x * photo[top + 1, left + 1]
    return (1 - y) * upper + y * lower
