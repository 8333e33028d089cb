"""Pictures of synthetic people with known truth: any head, looks, shot and expression, each by its own seed. Compiled; some 15 ms each.

A `Person` is painted once and then rendered as often as needed; `maps` tells what each pixel sees.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..head.template import Template
from ..image.raster import Camera
from .face_appearance import Appearance
from .face_faults import photographed
from .face_light import MIDDLE, SHADOW_SPAN, Shade, shadow_maps
from .face_mesh import FaceMesh
from .face_paint import LEVELS, paint
from .face_shots import Shot, camera_of
from .face_textures import strands
from .render_kernels import draw
from .render_shading import Coat, Eyes, Light, Surface, View, backdrop, shade

TEXELS = 2900.0  # of the finest paint, a metre of the face
WORN = 100  # added to the material of what is no part of the template


@dataclass(frozen=True)
class Maps:
    """What every pixel sees: triangle (H, W) int32 of the template, -1 for anything else; part (H, W) int16 into `template.PARTS`, -1 background,
    WORN + material for what the head wears; depth (H, W) float32 m along the axis, inf for the background; place (H, W, 3) float32 m, that
    point on the template at rest, NaN where there is none."""

    triangle: np.ndarray
    part: np.ndarray
    depth: np.ndarray
    place: np.ndarray


class Person:
    """A look on the template's topology, ready to be rendered. neutral (V, 3) m, the head at rest (by default the template's), tells what shades
    what and where hair, glasses and clothes sit."""

    def __init__(self, template: Template, look: Appearance, neutral: np.ndarray | None = None):
        self.template, self.look = template, look
        self.levels = paint(look)
        self.mesh = FaceMesh(template, look, template.vertices if neutral is None else neutral)
        self.shade = Shade(self.mesh)

    def render(self, vertices: np.ndarray, shot: Shot, size: int = 256, samples: int = 2, frame: int = 0) -> np.ndarray:
        """A picture (size, size, 3) uint8 sRGB of the head (V, 3) m; `samples` a pixel each way; every `frame` of a clip has its own noise."""
        return photographed(self.linear(vertices, shot, size, samples), shot.faults, np.random.default_rng([shot.seed, frame]))

    def linear(self, vertices: np.ndarray, shot: Shot, size: int = 256, samples: int = 2) -> np.ndarray:
        """Linear light (size, size, 3) float32, before the camera's faults."""
        mesh, f = self.mesh, np.float32
        mesh.dress(np.asarray(vertices, np.float64), shot.twist)
        self.shade.look_ahead()
        camera = camera_of(shot, size)
        ids, buffer, screen = self._seen(camera, samples)
        level = int(np.clip(np.round(np.log2(TEXELS * shot.distance / camera.focal) - 0.2), 0, LEVELS - 1))
        out, cover = np.empty((size, size, 3), f), np.empty((size, size), f)
        shade(
            ids,
            View(camera.rotation, camera.position, camera.focal, samples),
            Surface(mesh.vertices, mesh.normals, mesh.triangles, mesh.material, mesh.corner_uv, self.shade.open, self.shade.bent),
            Coat(self.levels[level], 0.5**level, self._colours(), strands(), shot.gloss, mesh.crown()),
            self._light(shot),
            self._eyes(),
            out,
            cover,
        )
        backdrop(shot.background.astype(f), cover, out)
        if len(mesh.lens):
            self._glaze(out, screen, buffer, samples, shot)
        return out

    def maps(self, vertices: np.ndarray, shot: Shot, size: int = 256) -> Maps:
        """What the centre of every pixel sees."""
        mesh, template = self.mesh, self.template
        mesh.dress(np.asarray(vertices, np.float64), shot.twist)
        camera = camera_of(shot, size)
        ids, buffer, _ = self._seen(camera, 1)
        head = (ids >= 0) & (ids < mesh.own)
        part = np.full(ids.shape, -1, np.int16)
        part[head] = template.part[template.triangles[ids[head], 0]]
        part[ids >= mesh.own] = WORN + mesh.material[ids[ids >= mesh.own]]
        depth = np.full(ids.shape, np.inf, np.float32)
        depth[ids >= 0] = 1.0 / buffer[ids >= 0]
        row, column = np.nonzero(head)
        origin, towards = camera.rays(np.stack([column + 0.5, row + 0.5], axis=1))
        at = origin + towards * (depth[head] / (towards @ camera.rotation[2]))[:, None]
        corners = template.triangles[ids[head]]
        place = np.full((*ids.shape, 3), np.nan, np.float32)
        place[head] = np.einsum("nk,nkd->nd", _barycentric(at, mesh.vertices[corners].astype(np.float64)), template.vertices[corners])
        return Maps(np.where(head, ids, -1).astype(np.int32), part, depth, place)

    def _light(self, shot: Shot) -> Light:
        sky, lamps, colours, sizes = (np.asarray(each, np.float32) for each in (shot.sky, shot.lamps, shot.lamp_colours, shot.lamp_sizes))
        shadows, sides, axes = shadow_maps(self.mesh, shot.lamps, shot.lamp_softness)
        return Light(sky, lamps, colours, sizes, shadows, axes, sides, MIDDLE, SHADOW_SPAN)

    def _eyes(self) -> Eyes:
        centres, gaze = self.mesh.eyes()
        across = centres[1] - centres[0]
        between = np.append(across, across @ centres.mean(axis=0))
        rims = np.concatenate([self.mesh.vertices[rim] for rim in self.mesh.rims])
        return Eyes(gaze.astype(np.float32), centres.astype(np.float32), between.astype(np.float32), rims, self.mesh.rim_starts)

    def _colours(self) -> np.ndarray:
        """Linear RGB (M, 3) by material, of those that are not painted."""
        look = self.look
        none = np.zeros(3)
        return np.array([none, none, none, look.hair, 0.25 * look.hair, look.cloth, look.glasses_colour], np.float32)

    def _seen(self, camera: Camera, over: int) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray]]:
        """Triangle (H, W) that every sample sees and its nearness; screen positions (V, 2) and nearness (V,) of the vertices."""
        mesh = self.mesh
        pixels, depth = camera.project(mesh.vertices.astype(np.float64))
        screen, near = (over * pixels).astype(np.float32), (1.0 / np.where(depth > 1e-6, depth, -1.0)).astype(np.float32)
        shape = (camera.height * over, camera.width * over)
        ids, buffer = np.full(shape, -1, np.int32), np.zeros(shape, np.float32)
        draw(screen, near, mesh.triangles, mesh.own, True, mesh.corner_uv, mesh.density, strands(), ids, buffer)
        return ids, buffer, (screen, near)

    def _glaze(self, out: np.ndarray, screen: tuple[np.ndarray, np.ndarray], buffer: np.ndarray, over: int, shot: Shot) -> None:
        """Lenses: their tint, and a faint reflection of the surroundings."""
        seen, size = np.full(buffer.shape, -1, np.int32), len(out)
        draw(*screen, self.mesh.lens, 0, True, self.mesh.corner_uv, self.mesh.density, strands(), seen, buffer)
        cover = (seen >= 0).reshape(size, over, size, over).mean(axis=(1, 3), dtype=np.float32)[..., None]
        rng = np.random.default_rng(shot.seed)
        y, x = np.mgrid[:size, :size].astype(np.float32) / size
        streaks = np.clip(np.sin(rng.uniform(3, 9) * x + rng.uniform(-6, 6) * y + rng.uniform(0, 6)), 0, 1)
        glare = 0.02 + rng.uniform(0.0, 0.2) ** 2 * streaks
        out *= 1.0 - cover * self.look.glasses_tint
        out += cover * (glare[..., None] * shot.sky[0]).astype(np.float32)


def _barycentric(at: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Weights (N, 3) of places (N, 3) in the planes of triangles (N, 3, 3)."""
    e, f, o = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0], at - corners[:, 0]
    ee, ef, ff, oe, of = ((a * b).sum(axis=1) for a, b in ((e, e), (e, f), (f, f), (o, e), (o, f)))
    det = ee * ff - ef * ef
    b, c = (ff * oe - ef * of) / det, (ee * of - ef * oe) / det
    return np.stack([1 - b - c, b, c], axis=1)
