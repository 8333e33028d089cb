"""Pictures of synthetic people with known truth: any head, looks, shot and expression, each by its own seed. Compiled; about 15 ms each.

A `Person` is painted once and then rendered as often as needed; `maps` tells what each pixel sees.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..head.template import Template
from ..image.raster import Camera
from . import face_extras as extras
from .face_appearance import Appearance
from .face_atlas import EARS, load_atlas
from .face_faults import photographed
from .face_paint import LEVELS, paint
from .face_shots import Shot, camera_of
from .render_kernels import STRANDS, draw, look_from, normals_of, openness
from .render_shading import backdrop, shade

AROUND, AHEAD = 36, 12  # directions from which the sky's light is looked at: of the head at rest, and of the face as it moves
SKY_MAP, SKY_SPAN, SKY_BIAS = 128, 0.40, 0.004  # px; m; m
FACE_MAP, FACE_SPAN, FACE_BIAS = 112, 0.16, 0.0016
SHADOW_MAP, SHADOW_SPAN = 256, 0.46  # px; m
SHADOW_MIDDLE, FACE_MIDDLE = np.array([0.0, 0.05, -0.07], np.float32), np.array([0.0, -0.005, -0.035])
LIPS_FREE = 0.8  # of the sky that lips see at rest if they were apart
FRONT_CAP = 0.5  # rad; of the eyeball, whose middle is where it looks


@dataclass(frozen=True)
class Maps:
    """What every pixel sees: triangle (H, W) int32 of the template, -1 for anything else; part (H, W) int16 into PARTS, -1 background, 100 and
    more for what the head wears (100 + material); depth (H, W) float32 m, inf for the background; place (H, W, 3) float32 m of that point on the
    template, NaN where there is none."""

    triangle: np.ndarray
    part: np.ndarray
    depth: np.ndarray
    place: np.ndarray


@functools.lru_cache(maxsize=1)
def strands() -> np.ndarray:
    """A pattern (STRANDS, STRANDS) float32 of threads that run down and tile, values spread evenly over 0..1."""
    rng = np.random.default_rng(11)
    across, along = np.fft.rfftfreq(STRANDS), np.fft.fftfreq(STRANDS)[:, None]
    band = np.exp(-((along / 0.012) ** 2)) * (np.exp(-(((across - 0.16) / 0.08) ** 2)) + 0.8 * np.exp(-(((across - 0.04) / 0.02) ** 2)))
    noise = np.fft.irfft2(np.fft.rfft2(rng.normal(size=(STRANDS, STRANDS))) * band, s=(STRANDS, STRANDS))
    return (noise.ravel().argsort().argsort().reshape(noise.shape) / noise.size).astype(np.float32)


def _frames(directions: np.ndarray) -> np.ndarray:
    """Axes (D, 3, 3: right, down, forward) of views that look against directions (D, 3)."""
    forward = -directions
    other = np.where(np.abs(forward[:, 2:]) > 0.9, [[1.0, 0, 0]], [[0, 0, 1.0]])
    right = np.cross(forward, other)
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    return np.stack([right, np.cross(forward, right), forward], axis=1).astype(np.float32)


def _spiral(count: int, least: float) -> np.ndarray:
    """Directions (count, 3) spread over the part of the sphere whose cosine to -Y is at least `least`."""
    cosine = 1.0 - (np.arange(count) + 0.5) / count * (1.0 - least)
    turn, sine = np.pi * (1 + 5**0.5) * np.arange(count), np.sqrt(1.0 - cosine**2)
    return np.stack([sine * np.cos(turn), -cosine, sine * np.sin(turn)], axis=1)


class Person:
    """A look on the template's topology, ready to be rendered. neutral (V, 3) m, the head at rest, tells what shades what."""

    def __init__(self, template: Template, look: Appearance, neutral: np.ndarray | None = None):
        self.template, self.look = template, look
        self.levels = paint(look)
        place = template.vertices.astype(np.float64)
        self._join(extras.pieces(template, look))
        ears = ((np.abs(place) * [1, 0, 0] + place * [0, 1, 1] > EARS[0]) & (np.abs(place) * [1, 0, 0] + place * [0, 1, 1] < EARS[1])).all(
            axis=1
        )
        self.skull = np.flatnonzero(template.is_part("skin") & ~ears & (extras.hair_height(place) > 0.045))
        self.to_skull = np.linalg.pinv(np.column_stack([place[self.skull], np.ones(len(self.skull))]))
        self.colours = np.zeros((7, 3), np.float32)
        for material, colour in (
            (extras.HAIR, look.hair),
            (extras.LASH, 0.25 * look.hair),
            (extras.CLOTH, look.cloth),
            (extras.FRAME, look.glasses_colour),
        ):
            self.colours[material] = colour
        in_face = (np.abs(place - FACE_MIDDLE) < [0.07, 0.05, 0.075]).all(axis=1)
        self.face = np.ascontiguousarray(template.triangles[in_face[template.triangles].all(axis=1)], np.int32)
        self.near_face = in_face
        self.balls = [np.flatnonzero(template.is_part(name)) for name in ("eye_right", "eye_left")]
        self.caps = []
        for side, ball in enumerate(self.balls):
            away = place[ball] - template.eye_centres[side]
            self.caps.append(ball[-away[:, 1] > np.cos(FRONT_CAP) * np.linalg.norm(away, axis=1)])
        self.rims = [template.lid_rims[name] for name in ("right_upper", "right_lower", "left_upper", "left_lower")]
        self.rim_starts = np.cumsum([0, *map(len, self.rims)]).astype(np.int32)
        self._look_around(template.vertices if neutral is None else neutral)

    def _join(self, pieces: Sequence[extras.Piece]) -> None:
        """One mesh of the head and of all that it wears."""
        template, count = self.template, len(self.template.vertices)
        materials = np.array([extras.SKIN, extras.WET, extras.SKIN, extras.EYE, extras.EYE, extras.WET, extras.WET, extras.WET])
        triangles, uv = [template.triangles], [load_atlas().corner_uv]
        material, density = [materials[template.part[template.triangles[:, 0]]]], [np.ones(count)]
        for piece in pieces:
            triangles.append(piece.triangles + count)
            uv.append(piece.corner_uv)
            material.append(np.full(len(piece.triangles), piece.material))
            density.append(piece.density)
            count += len(piece.density)
        if self.look.glasses != "none":
            lens = extras.lens_meshes(self.look)
            self.lens_start, self.lens_points = count, lens.reshape(-1, 3)
            fan = np.stack([np.zeros(38, int), np.arange(1, 39), np.arange(2, 40)], axis=1)
            self.lens = np.concatenate([fan + count, fan + count + 40]).astype(np.int32)
            density.append(np.ones(len(self.lens_points)))
            count += len(self.lens_points)
        self.triangles = np.concatenate(triangles).astype(np.int32)
        self.corner_uv = np.concatenate(uv).astype(np.float32)
        self.material = np.concatenate(material).astype(np.int32)
        self.density = np.concatenate(density).astype(np.float32)
        self.count, self.pieces = count, pieces
        self.normals = np.zeros((count, 3), np.float32)
        self.vertices = np.zeros((count, 3), np.float32)

    def _dress(self, vertices: np.ndarray, twist: float) -> np.ndarray:
        """Fills self.vertices and self.normals from the head's (V, 3); returns the skull's affine motion (4, 3)."""
        head = len(self.template.vertices)
        self.vertices[:head] = vertices
        normals_of(self.vertices[:head], self.triangles[: len(self.template.triangles)], self.normals[:head])
        carried = self.to_skull @ vertices[self.skull]
        cosine, sine = np.cos(twist), np.sin(twist)
        turned = np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]])
        start = head
        for piece in self.pieces:
            stop = start + len(piece.density)
            if piece.material == extras.LASH:
                self.vertices[start:stop] = self._lash(vertices, piece)
            else:
                moved = piece.base @ carried[:3] + carried[3]
                on = piece.bound >= 0
                moved[on] = vertices[piece.bound[on]] + piece.rise[on, None] * self.normals[piece.bound[on]]
                stays = (piece.base - extras.NECK) @ turned + extras.NECK
                self.vertices[start:stop] = moved + piece.still[:, None] * (stays - moved)
            start = stop
        if self.look.glasses != "none":
            self.vertices[start:] = self.lens_points @ carried[:3] + carried[3]
        normals_of(self.vertices[head:], self.triangles[len(self.template.triangles) :] - head, self.normals[head:])
        return carried

    def _lash(self, vertices: np.ndarray, piece: extras.Piece) -> np.ndarray:
        root = vertices[piece.bound]
        side = int(self.template.vertices[piece.bound[0], 0] > 0)
        centre = vertices[self.balls[side]].mean(axis=0)
        across = vertices[self.balls[1]].mean(axis=0) - vertices[self.balls[0]].mean(axis=0)
        across /= np.linalg.norm(across)
        out = root - centre
        out -= 0.5 * (out @ across)[:, None] * across
        out /= np.linalg.norm(out, axis=1, keepdims=True)
        (ax, ay, az), (ox, oy, oz) = across, out.T
        up = np.stack([oy * az - oz * ay, oz * ax - ox * az, ox * ay - oy * ax], axis=1)
        return root + piece.base[:, :1] * across + piece.base[:, 1:2] * out + piece.base[:, 2:] * up

    def _look_around(self, neutral: np.ndarray) -> None:
        """How much of the sky each vertex sees at rest, and from where."""
        self._dress(np.asarray(neutral, np.float64), 0.0)
        directions = _spiral(AROUND, -1.0).astype(np.float32)
        self.open, self.bent = np.ones(self.count, np.float32), np.zeros((self.count, 3), np.float32)
        openness(
            self.vertices, self.normals, self.triangles, self.triangles, directions, _frames(directions), SHADOW_MIDDLE, SKY_MAP / SKY_SPAN,
            SKY_MAP, SKY_BIAS, self.corner_uv, self.density, strands(), self.open, self.bent,
        )  # fmt: skip
        length = np.linalg.norm(self.bent, axis=1, keepdims=True)
        self.bent /= np.maximum(length, 1e-6)
        head = len(self.template.vertices)
        place = self.template.vertices
        seams = np.concatenate([place[self.template.lip_seams[name]] for name in ("upper", "lower")])
        near = np.linalg.norm(place[:, None] - seams[None], axis=2).min(axis=1) < 0.009
        inside = ~self.template.is_part("skin")
        self.rest_open = self.open.copy()
        self.rest_open[:head][near] = np.maximum(self.rest_open[:head][near], LIPS_FREE)
        self.rest_open[:head][inside] = 0.85
        self.bent[:head][inside] = 0.0

    def _look_ahead(self, carried: np.ndarray) -> None:
        """The face's own folds, mouth and lids as they are now, seen from ahead."""
        left, _, right = np.linalg.svd(carried[:3])
        rotation = left @ right  # points of the template times this
        directions = (_spiral(AHEAD, 0.25) @ rotation).astype(np.float32)
        middle = (FACE_MIDDLE @ carried[:3] + carried[3]).astype(np.float32)
        head = len(self.template.vertices)
        share, towards = np.empty(head, np.float32), np.empty((head, 3), np.float32)
        openness(
            self.vertices[:head], self.normals[:head], self.triangles, self.face, directions, _frames(directions), middle,
            FACE_MAP / FACE_SPAN, FACE_MAP, FACE_BIAS, self.corner_uv, self.density, strands(), share, towards,
        )  # fmt: skip
        self.open[:] = self.rest_open
        self.open[:head] = np.where(self.near_face, self.rest_open[:head] * (0.08 + 0.92 * share), self.rest_open[:head])

    def _visible(self, camera: Camera, over: int) -> tuple[np.ndarray, np.ndarray]:
        """Triangle (H, W) of every sample and its nearness."""
        pixels, depth = camera.project(self.vertices.astype(np.float64))
        screen, near = (over * pixels).astype(np.float32), (1.0 / np.where(depth > 1e-6, depth, -1.0)).astype(np.float32)
        shape = (camera.height * over, camera.width * over)
        ids, buffer = np.full(shape, -1, np.int32), np.zeros(shape, np.float32)
        draw(screen, near, self.triangles, True, self.corner_uv, self.density, strands(), ids, buffer)
        self._screen, self._near = screen, near
        return ids, buffer

    def _shadows(self, lamps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        axes = _frames(lamps) if len(lamps) else np.zeros((0, 3, 3), np.float32)
        shadows = np.full((len(lamps), SHADOW_MAP, SHADOW_MAP), -1e9, np.float32)
        screen, near = np.empty((self.count, 2), np.float32), np.empty(self.count, np.float32)
        ids = np.empty((SHADOW_MAP, SHADOW_MAP), np.int32)
        for k in range(len(lamps)):
            look_from(self.vertices, axes[k], SHADOW_MIDDLE, SHADOW_MAP / SHADOW_SPAN, SHADOW_MAP, screen, near)
            draw(screen, near, self.triangles, False, self.corner_uv, self.density, strands(), ids, shadows[k])
        return shadows, axes

    def linear(self, vertices: np.ndarray, shot: Shot, size: int, samples: int = 2) -> np.ndarray:
        """Linear light (size, size, 3) float32, before the camera's faults."""
        carried = self._dress(np.asarray(vertices, np.float64), shot.twist)
        self._look_ahead(carried)
        camera = camera_of(shot, size)
        ids, buffer = self._visible(camera, samples)
        shadows, axes = self._shadows(shot.lamps)
        centres = np.stack([vertices[ball].mean(axis=0) for ball in self.balls])
        gaze = np.stack([vertices[cap].mean(axis=0) for cap in self.caps]) - centres
        gaze /= np.linalg.norm(gaze, axis=1, keepdims=True)
        between = centres[1] - centres[0]
        eyes = np.zeros((3, 4), np.float32)
        eyes[:2, :3], eyes[2, :3], eyes[2, 3] = gaze, between, between @ centres.mean(axis=0)
        rims = np.concatenate([vertices[rim] for rim in self.rims]).astype(np.float32)
        finest = 2900.0 / (camera.focal / shot.distance)  # texels a pixel, on the face
        chosen = int(np.clip(np.round(np.log2(max(finest, 1.0)) - 0.2), 0, LEVELS - 1))
        out, cover = np.empty((size, size, 3), np.float32), np.empty((size, size), np.float32)
        f = np.float32
        shade(
            ids, samples, camera.rotation, camera.position, camera.focal, self.vertices, self.normals, self.triangles, self.material,
            self.material, self.corner_uv, self.levels[chosen], f(0.5**chosen), self.open, self.bent, self.colours, strands(),
            shot.sky.astype(f), shot.lamps.astype(f), shot.lamp_colours.astype(f), shot.lamp_sizes.astype(f), shadows, axes, SHADOW_MIDDLE,
            f(SHADOW_MAP / SHADOW_SPAN), f(shot.gloss), eyes, centres.astype(f), rims, self.rim_starts, out, cover,
        )  # fmt: skip
        backdrop(shot.background.astype(f), cover, out)
        if self.look.glasses != "none":
            self._glaze(out, buffer, samples, shot)
        return out

    def _glaze(self, out: np.ndarray, buffer: np.ndarray, samples: int, shot: Shot) -> None:
        """Lenses: their tint, and a faint reflection of the sky."""
        seen, near = np.full(buffer.shape, -1, np.int32), buffer.copy()
        draw(self._screen, self._near, self.lens, True, self.corner_uv, self.density, strands(), seen, near)
        size = len(out)
        cover = (seen >= 0).reshape(size, samples, size, samples).mean(axis=(1, 3), dtype=np.float32)[..., None]
        rng = np.random.default_rng(shot.seed)
        y, x = np.mgrid[:size, :size].astype(np.float32) / size
        glare = 0.02 + rng.uniform(0.0, 0.2) ** 2 * np.clip(
            np.sin(rng.uniform(3, 9) * x + rng.uniform(-6, 6) * y + rng.uniform(0, 6)), 0, 1
        )
        out *= 1.0 - cover * self.look.glasses_tint
        out += cover * (glare[..., None] * shot.sky[0]).astype(np.float32)

    def render(self, vertices: np.ndarray, shot: Shot, size: int = 256, samples: int = 2) -> np.ndarray:
        """A picture (size, size, 3) uint8 sRGB of the head (V, 3) m; `samples` a pixel each way."""
        return photographed(self.linear(vertices, shot, size, samples), shot.faults, np.random.default_rng(shot.seed))

    def maps(self, vertices: np.ndarray, shot: Shot, size: int = 256) -> Maps:
        """What the centre of every pixel sees."""
        self._dress(np.asarray(vertices, np.float64), shot.twist)
        camera = camera_of(shot, size)
        ids, buffer = self._visible(camera, 1)
        own = len(self.template.triangles)
        head = (ids >= 0) & (ids < own)
        part = np.full(ids.shape, -1, np.int16)
        part[head] = self.template.part[self.template.triangles[ids[head], 0]]
        worn = ids >= own
        part[worn] = 100 + self.material[ids[worn]]
        depth = np.full(ids.shape, np.inf, np.float32)
        depth[ids >= 0] = 1.0 / buffer[ids >= 0]
        place = np.full((*ids.shape, 3), np.nan, np.float32)
        row, column = np.nonzero(head)
        corner = self.triangles[ids[head]]
        _, directions = camera.rays(np.stack([column + 0.5, row + 0.5], axis=1))
        at = camera.position + directions * (depth[head] / (directions @ camera.rotation[2]))[:, None]
        place[head] = np.einsum("nk,nkd->nd", _barycentric(at, self.vertices[corner].astype(np.float64)), self.template.vertices[corner])
        return Maps(np.where(head, ids, -1).astype(np.int32), part, depth, place)


def _barycentric(at: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Weights (N, 3) of places (N, 3) in the planes of triangles (N, 3, 3)."""
    e, f, o = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0], at - corners[:, 0]
    ee, ef, ff, oe, of = ((a * b).sum(axis=1) for a, b in ((e, e), (e, f), (f, f), (o, e), (o, f)))
    det = ee * ff - ef * ef
    b, c = (ff * oe - ef * of) / det, (ee * of - ef * oe) / det
    return np.stack([1 - b - c, b, c], axis=1)
