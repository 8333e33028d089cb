"""What a photo shows of a fitted head: for every place on its surface the colour there and how surely it is that place's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..head.surface import vertex_normals
from ..head.template import PARTS
from .camera import Perspective
from .texture import rasterise

LARGE = 900  # px, longer side of the picture of depths
BEHIND = 0.003  # m behind the nearest surface that still counts as seen
JUMP = 0.006  # m from pixel to pixel: an outline
GRAZING, FACING = 0.25, 0.6  # cosines between which a surface is seen better and better
OUTLINE = (0.012, 0.06)  # of the face's size: distances to an outline between which a place is surer and surer
SKULL = (0.08, 0.2)  # the same on the scalp, of whose outline the landmarks say nothing
INSIDE = (0.004, 0.012)  # the same, to the inside of the mouth, which the photo may show a little elsewhere
TEETH = ("teeth_upper", "teeth_lower")
INSIDES = ("mouth_bag", "tongue", *TEETH)
EYES = ("eye_right", "eye_left")
LIDS = (0.004, 0.02)  # the same for an eyeball's distance to the lids


@dataclass(frozen=True)
class View:
    """A photo cut to its head. pixels (h, w, 3) float32 0..1; corner (2,) px of the photo; camera; facing (V,): cosine of the vertices' normals
    towards the eye; face: its size, px of the photo; depth (g, k) m of the farthest surface at and around each cell of a grid, scale cells a
    pixel; skin, scalp, eyes and teeth (g, k): 0..1, how surely what is seen there is skin, skull under hair, eyeball, or teeth."""

    pixels: np.ndarray
    corner: np.ndarray
    camera: Perspective
    facing: np.ndarray
    face: float
    depth: np.ndarray
    scale: float
    skin: np.ndarray
    scalp: np.ndarray
    eyes: np.ndarray
    teeth: np.ndarray

    def sample(self, points: np.ndarray, facing: np.ndarray, shares: dict[str, np.ndarray | float], *, blur: float = 0.0
    ) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
        """Colours (N, 3) 0..1 of points (N, 3) m with cosines facing (N,), averaged over `blur` px, and how surely (N,) the photo shows these.

        shares: by "skin", "scalp", "eyes" or "teeth", how far the points belong to it."""
        place, depth = self.camera.project(points)
        place = place - self.corner
        cell = np.clip(np.floor(place * self.scale).astype(int), 0, np.array(self.depth.shape[::-1]) - 1)
        row, column = cell[:, 1], cell[:, 0]
        height, width = self.pixels.shape[:2]
        within = (place >= 0.5).all(axis=1) & (place <= [width - 0.5, height - 0.5]).all(axis=1)
        near = (depth <= self.depth[row, column] + BEHIND) & within
        sure = np.clip((facing - GRAZING) / (FACING - GRAZING), 0.0, 1.0)
        clear = sum(share * getattr(self, what)[row, column] for what, share in shares.items())
        weight = near * sure * sure * (3 - 2 * sure) * clear
        source = ndimage.gaussian_filter(self.pixels, (blur, blur, 0)) if blur > 0.3 else self.pixels
        at = (place - 0.5)[:, ::-1].T
        colours = [ndimage.map_coordinates(source[..., k], at, order=1, mode="nearest") for k in range(3)]
        return np.stack(colours, axis=1).astype(np.float32), weight.astype(np.float32)


def view_of(
    image: np.ndarray,
    vertices: np.ndarray,
    triangles: np.ndarray,
    camera: Perspective,
    part: np.ndarray,
    face: float,
    density: float,
) -> View:
    """What image (H, W, 3) uint8 shows of vertices (V, 3) m; part (T,) of each triangle; face: its size in px; density: texels a pixel that
    the texture will have, so that a larger photo is averaged first."""
    pixels, depth = camera.project(vertices.astype(np.float64))
    low = np.clip(np.floor(pixels.min(axis=0)) - 2, 0, [image.shape[1] - 1, image.shape[0] - 1]).astype(int)
    high = np.clip(np.ceil(pixels.max(axis=0)) + 3, low + 1, [image.shape[1], image.shape[0]]).astype(int)
    cut = image[low[1] : high[1], low[0] : high[0]].astype(np.float32) / 255
    if density < 0.8:
        cut = ndimage.gaussian_filter(cut, (0.45 / density, 0.45 / density, 0))
    scale = min(1.0, LARGE / float((high - low).max()))
    size = int(np.ceil((high - low)[1] * scale)), int(np.ceil((high - low)[0] * scale))
    first, second, third = (np.ascontiguousarray(triangles[:, k], np.intp) for k in range(3))
    corners = first, second, third
    at, triangle, weights = rasterise((pixels - low) * scale, -1.0 / depth, corners, size)  # 1 / depth is linear on the screen
    nearness = sum(weight / depth[corner[triangle]] for weight, corner in zip(weights, corners, strict=True))
    far, which = np.full(size[0] * size[1], np.inf), np.full(size[0] * size[1], len(PARTS))
    far[at], which[at] = 1.0 / nearness, part[triangle]
    far, which = far.reshape(size), which.reshape(size)
    normals = vertex_normals(vertices, triangles)
    towards = camera.position() - vertices
    facing = (normals * towards).sum(axis=1) / np.linalg.norm(towards, axis=1)
    inside, ball = (np.isin(which, [PARTS.index(name) for name in names]) for names in (INSIDES, EYES))
    unit = face * scale
    outlines, mouth = _outlines(far), _away(inside, INSIDE, unit)
    skin, scalp = _away(outlines, OUTLINE, unit) * mouth, _away(outlines, SKULL, unit)
    known = ndimage.maximum_filter(np.where(np.isfinite(far), far, 0.0), 3)
    teeth = _away(~np.isin(which, [PARTS.index(name) for name in TEETH]), LIDS, unit)
    return View(cut, low, camera, facing.astype(np.float32), face, known, scale, skin, scalp, _away(~ball, LIDS, unit), teeth)


def _outlines(far: np.ndarray) -> np.ndarray:
    """Where (h, w) depth jumps, or the picture or the head ends."""
    framed = np.pad(far, 1, constant_values=np.inf)
    out = ~np.isfinite(framed)
    filled = np.where(out, 0.0, framed)
    for axis in (0, 1):
        jump = np.abs(np.diff(filled, axis=axis)) > JUMP
        out |= np.pad(jump, [(0, 1) if k == axis else (0, 0) for k in range(2)])
        out |= np.pad(jump, [(1, 0) if k == axis else (0, 0) for k in range(2)])
    return out[1:-1, 1:-1] if not out.all() else np.ones_like(far, bool)


def _away(places: np.ndarray, span: tuple[float, float], unit: float) -> np.ndarray:
    """0..1 (h, w): how far a cell is from the nearest of `places`, between the span's ends times unit."""
    if not places.any():
        return np.ones(places.shape, np.float32)
    distance = ndimage.distance_transform_edt(~places)
    return np.clip((distance - span[0] * unit) / ((span[1] - span[0]) * unit), 0.0, 1.0).astype(np.float32)
