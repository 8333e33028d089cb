"""Pictures of synthetic people whose pose and shape are known: skin, lips, brows, eyes and hair of random colours under a random light. Seeded.

A perspective camera, two distant lights and a sky, clipped Lambert reflection, gamma; freckles and flush; no cast shadows, no pores, no lashes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from ..head.landmarks import BROWS, EYE_LEFT, EYE_RIGHT, LIPS_OUTER
from ..head.surface import vertex_normals
from ..head.template import Template
from ..image.raster import Camera, rasterise
from ..morphable.camera import FRONT, turned

GAMMA = 2.2
OVER = 2  # samples along each side of a pixel
SKINS = np.array([[0.80, 0.58, 0.47], [0.72, 0.48, 0.36], [0.58, 0.36, 0.25], [0.38, 0.22, 0.15], [0.22, 0.13, 0.09]])  # linear light
HAIRS = np.array([[0.02, 0.015, 0.01], [0.08, 0.045, 0.025], [0.25, 0.16, 0.08], [0.3, 0.3, 0.3]])
EXTENT = 0.30  # m that a picture shows, at the face


@dataclass(frozen=True)
class Picture:
    """image (H, W, 3) uint8; camera; rotation (3, 3) of the image's right, down and forward in the head's space; focal px."""

    image: np.ndarray
    camera: Camera
    rotation: np.ndarray
    focal: float


def view(yaw: float, pitch: float, roll: float = 0.0) -> np.ndarray:
    """Rotation (3, 3) of a camera that sees the head turned by yaw (to the person's left), pitch (up) and roll (to the person's left shoulder),
    degrees."""
    a, b, c = np.radians([yaw, pitch, roll])
    return turned(np.array([0.0, 0.0, c])) @ turned(np.array([-b, 0.0, 0.0])) @ turned(np.array([0.0, -a, 0.0])) @ FRONT


def camera_of(rotation: np.ndarray, size: int, distance: float) -> Camera:
    """A square picture of `size` px, the head's middle at its centre, `distance` m away."""
    target = np.array([0.0, 0.02, -0.04])
    return Camera(rotation, target - distance * rotation[2], size * distance / EXTENT, size, size)


def colours(template: Template, vertices: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Albedo (V, 3), linear, of a person with these vertices (V, 3) m."""
    points = template.landmark_points(vertices)
    base = SKINS[rng.integers(len(SKINS))] * np.exp(rng.normal(0.0, 0.08, 3))
    hair = HAIRS[rng.integers(len(HAIRS))]
    albedo = np.tile(base, (len(vertices), 1))
    waves = rng.normal(size=(6, 3)) * 40.0  # per m: patches of a few cm
    patches = np.sin(vertices @ waves.T + rng.uniform(0, 6.3, 6)).mean(axis=1)
    albedo *= np.exp(0.06 * patches + rng.normal(0.0, 0.02, len(vertices)))[:, None]
    cheeks = np.exp(-((cKDTree(points[[1, 15, 31, 35]] * [0.6, 1.0, 1.0]).query(vertices)[0] / 0.03) ** 2))
    albedo *= 1.0 + cheeks[:, None] * rng.uniform(0.0, 0.25) * np.array([-0.1, -1.0, -0.9])  # blood takes green and blue

    def paint(marks: np.ndarray, reach: float, colour: np.ndarray, strength: float) -> None:
        steps = np.linspace(0.0, 1.0, 9)[:, None, None]
        line = (marks[:-1] + steps * (marks[1:] - marks[:-1])).reshape(-1, 3)
        share = strength * np.exp(-((cKDTree(line).query(vertices)[0] / reach) ** 4))[:, None]
        albedo[:] = (1 - share) * albedo + share * colour

    for brow in (points[BROWS][:5], points[BROWS][5:]):
        paint(brow, 0.005, hair, rng.uniform(0.4, 0.9))
    outer, inner = points[LIPS_OUTER], points[60:68]
    paint(np.concatenate([(outer[:7] + inner[[0, 1, 1, 2, 3, 3, 4]]) / 2, (outer[7:] + inner[[5, 5, 6, 7, 7]]) / 2]), 0.0045,
          base * np.array([0.9, 0.5, 0.5]), 0.8)  # fmt: skip
    for eye in (points[EYE_RIGHT], points[EYE_LEFT]):
        paint(np.concatenate([eye, eye[:1]]), 0.0015, hair, 0.6)
    scalp = template.is_part("skin") & ((vertices[:, 2] > 0.065) | ((vertices[:, 1] > 0.075) & (vertices[:, 2] > -0.03)))
    albedo[scalp] = hair * np.exp(rng.normal(0.0, 0.3, (int(scalp.sum()), 1)))
    for name in ("eye_right", "eye_left"):
        ball = np.flatnonzero(template.is_part(name))
        outward = vertices[ball] - vertices[ball].mean(axis=0)
        forward = -outward[:, 1] / np.linalg.norm(outward, axis=1)
        albedo[ball] = 0.75
        albedo[ball[forward > np.cos(np.radians(27.0))]] = hair + 0.05
        albedo[ball[forward > np.cos(np.radians(11.0))]] = 0.01
    albedo[template.is_part("mouth_bag", "tongue")] = [0.25, 0.06, 0.05]
    albedo[template.is_part("teeth_upper", "teeth_lower")] = 0.65
    return np.clip(albedo, 0.0, 1.0)


def photograph(
    template: Template, vertices: np.ndarray, albedo: np.ndarray, rotation: np.ndarray, rng: np.random.Generator, *, size: int = 384,
    distance: float = 0.8,
) -> Picture:  # fmt: skip
    """A picture of vertices (V, 3) m with albedo (V, 3) under a random light, seen by a camera of rotation (3, 3)."""
    camera = camera_of(rotation, size, distance)
    fine = Camera(camera.rotation, camera.position, camera.focal * OVER, size * OVER, size * OVER)
    raster = rasterise(vertices, template.triangles, fine)
    local = raster.interpolate(vertex_normals(vertices, template.triangles) @ rotation.T, template.triangles)
    local /= np.maximum(np.linalg.norm(local, axis=-1, keepdims=True), 1e-9)
    light = np.full(local.shape, rng.uniform(0.12, 0.3)) * (1.0 + 0.3 * np.clip(-local[..., 1:2], -1, 1))  # a brighter sky
    for strength in (rng.uniform(0.5, 0.8), rng.uniform(0.0, 0.25)):
        side, high = rng.uniform(-70.0, 70.0), rng.uniform(-10.0, 55.0)
        towards = np.array([np.sin(np.radians(side)) * np.cos(np.radians(high)), -np.sin(np.radians(high)),
                            -np.cos(np.radians(side)) * np.cos(np.radians(high))])  # fmt: skip
        light = light + strength * np.clip(local @ towards, 0.0, None)[..., None] * np.exp(rng.normal(0.0, 0.05, 3))
    y, x = np.mgrid[: fine.height, : fine.width] / fine.height
    scene = rng.uniform(0.02, 0.7, 3) * (0.7 + 0.3 * np.sin(rng.uniform(1, 6) * x + rng.uniform(1, 6) * y))[..., None]
    picture = np.where(raster.triangle[..., None] >= 0, raster.interpolate(albedo, template.triangles) * light, scene)
    small = picture.reshape(size, OVER, size, OVER, 3).mean(axis=(1, 3))
    small = np.clip(small, 0.0, 1.0) ** (1.0 / GAMMA) + rng.normal(0.0, 0.006, small.shape)
    return Picture((np.clip(small, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8), camera, rotation, camera.focal)
