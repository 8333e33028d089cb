"""Pictures of synthetic faces with known truth: any person, expression, pose, light and background, by a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, zoom

from ..head.surface import vertex_normals
from ..head.template import PARTS, Template
from ..image.raster import Camera, Raster, look_at, rasterise
from .face_appearance import Appearance, Paint

CENTRE = np.array([0.0, 0.02, -0.02])  # m; what the camera looks at
SPECULAR_POWER = 12.0
INSIDE = [PARTS.index(name) for name in ("mouth_bag", "teeth_upper", "teeth_lower", "tongue")]  # of the mouth, where little light comes


@dataclass(frozen=True)
class Shot:
    """How a face is photographed: yaw, pitch, roll rad; extent m of the picture; distance m; lights (L, 3) from the face, strengths (L,);
    ambient (3,); gloss; noise and blur of the picture in grey levels and px; background (h, w, 3) linear, stretched over the picture."""

    yaw: float
    pitch: float
    roll: float
    extent: float
    distance: float
    shift: np.ndarray
    lights: np.ndarray
    strengths: np.ndarray
    ambient: np.ndarray
    gloss: float
    noise: float
    blur: float
    background: np.ndarray
    seed: int


def random_shot(rng: np.random.Generator, turn: float = 0.5) -> Shot:
    """A camera within `turn` rad to either side and half of that up and down, one to three lights, any background."""
    count = int(rng.integers(1, 4))
    directions = rng.normal(size=(count, 3)) + [0.0, -1.2, 0.5]
    strengths = rng.dirichlet(np.ones(count)) * rng.uniform(0.6, 1.2)
    warm = np.exp(rng.normal(0.0, 0.08, 3))
    side = int(rng.integers(2, 9))
    return Shot(
        yaw=float(np.clip(rng.normal(0.0, 0.5 * turn), -turn, turn)),
        pitch=float(np.clip(rng.normal(0.0, 0.25 * turn), -0.5 * turn, 0.5 * turn)),
        roll=float(rng.normal(0.0, 0.12)),
        extent=float(rng.uniform(0.26, 0.42)),
        distance=float(rng.uniform(0.45, 1.5)),
        shift=rng.normal(0.0, 0.012, 2),
        lights=directions / np.linalg.norm(directions, axis=1, keepdims=True),
        strengths=strengths,
        ambient=rng.uniform(0.15, 0.55) * warm,
        gloss=float(rng.uniform(0.0, 0.25)),
        noise=float(rng.exponential(1.5)),
        blur=float(rng.exponential(0.35)),
        background=rng.uniform(0.0, 1.0) ** 2 * rng.uniform(0.2, 1.0, (side, side, 3)) ** rng.uniform(0.5, 3.0),
        seed=int(rng.integers(2**31)),
    )


def camera_of(shot: Shot, size: int) -> Camera:
    """The camera of a shot, its picture `size` px wide and high."""
    straight = look_at(CENTRE, size=size, extent=shot.extent, distance=shot.distance, yaw=shot.yaw, pitch=shot.pitch)
    cosine, sine = np.cos(shot.roll), np.sin(shot.roll)
    rotation = np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]]) @ straight.rotation
    position = straight.position + shot.shift @ rotation[:2]
    return Camera(rotation, position, straight.focal, size, size)


def render(vertices: np.ndarray, template: Template, paint: Paint, look: Appearance, shot: Shot, size: int = 256,
           samples: int = 2) -> np.ndarray:  # fmt: skip
    """A picture (size, size, 3) uint8 sRGB of a head (V, 3) m of the template's topology; `samples` a pixel each way."""
    camera = camera_of(shot, samples * size)
    raster = rasterise(vertices, template.triangles, camera)
    hit = raster.triangle >= 0
    linear = _background(shot.background, samples * size)
    linear[hit] = _lit(raster, hit, vertices, template, paint, look, shot, camera)
    linear = linear.reshape(size, samples, size, samples, 3).mean(axis=(1, 3))
    if shot.blur > 0.2:
        linear = gaussian_filter(linear, (shot.blur, shot.blur, 0))
    image = 255.0 * np.clip(linear, 0.0, 1.0) ** (1 / 2.2)
    image += shot.noise * np.random.default_rng(shot.seed).standard_normal(image.shape)
    return (np.clip(image, 0, 255) + 0.5).astype(np.uint8)


def _lit(raster: Raster, hit: np.ndarray, vertices: np.ndarray, template: Template, paint: Paint, look: Appearance, shot: Shot,
         camera: Camera) -> np.ndarray:  # fmt: skip
    """Linear RGB (N, 3) of the pixels that see the head: Lambert and a soft highlight under the shot's lights."""
    corners, share = template.triangles[raster.triangle[hit]], raster.barycentric[hit].astype(np.float64)
    rest = np.einsum("nk,nkd->nd", share, template.vertices[corners])
    colour = paint.colours(rest, template.part[corners[:, 0]], look)
    normal = np.einsum("nk,nkd->nd", share, vertex_normals(vertices, template.triangles)[corners])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    view = camera.position - np.einsum("nk,nkd->nd", share, vertices[corners])
    view /= np.linalg.norm(view, axis=1, keepdims=True)
    normal *= np.where((normal * view).sum(axis=1, keepdims=True) < 0, -1.0, 1.0)
    light = np.tile(shot.ambient, (len(colour), 1))
    shine = np.zeros(len(colour))
    for direction, strength in zip(shot.lights, shot.strengths, strict=True):
        light += strength * np.clip(normal @ direction, 0, None)[:, None]
        half = view + direction
        half /= np.linalg.norm(half, axis=1, keepdims=True)
        shine += strength * np.clip((normal * half).sum(axis=1), 0, 1) ** SPECULAR_POWER
    inside = np.isin(template.part[corners[:, 0]], INSIDE)
    return colour * light * np.where(inside, 0.6, 1.0)[:, None] + shot.gloss * (shine * ~inside)[:, None]


def _background(colours: np.ndarray, size: int) -> np.ndarray:
    return np.clip(zoom(colours, (size / colours.shape[0], size / colours.shape[1], 1), order=1), 0, 1)[:size, :size]
