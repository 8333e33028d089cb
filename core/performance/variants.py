"""Small pictures of a head under one displacement or another, to choose from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..head import parts
from ..head.adaptation import Adaptation
from ..head.mesh import HeadMesh
from ..head.surface import vertex_normals
from ..head.template import load_template
from ..head.transfer import Transfer
from ..head.views import eyes_ahead
from ..image.raster import Camera, look_at, rasterise, shade
from ..runtime.backend import Backend
from .carry import decode

SMALLEST, LARGEST, MOST = 16, 1024, 64  # pixels; pictures
FINER = 2  # pictures are drawn so much larger and averaged down
AROUND, ABOVE = 1.5, 0.06  # the picture's side over that of the landmarks' box; share of it by which it looks higher
DISTANCE = 0.9  # m, of the eye from the face
LIGHT = (-0.35, -0.45, -1.0)  # towards the light: right, down, forward
IRIS, PUPIL = 0.88, 0.97  # cosine of their half angle seen from the eyeball's centre
SKIN, DARK = (0.84, 0.72, 0.65), (0.22, 0.17, 0.15)
COLOURS = {
    parts.MOUTH_BAG: (0.45, 0.17, 0.17), parts.TONGUE: (0.70, 0.33, 0.33), parts.TEETH_UPPER: (0.93, 0.91, 0.85),
    parts.TEETH_LOWER: (0.93, 0.91, 0.85), parts.EYE_R: (0.95, 0.95, 0.95), parts.EYE_L: (0.95, 0.95, 0.95), parts.LASHES: DARK,
    parts.BROWS: DARK, parts.HAIR: (0.35, 0.27, 0.22), parts.CLOTHES: (0.45, 0.50, 0.58), parts.OTHER: (0.62, 0.62, 0.62),
}  # fmt: skip


@dataclass(frozen=True)
class Variants:
    """seeds (N,), and for each a picture, images (N, size, size, 4) uint8, top row first; the head lies on nothing (alpha, not premultiplied)."""

    seeds: tuple[int, ...]
    images: np.ndarray


def pictures(
    adaptation: Adaptation, mesh: HeadMesh, poses: np.ndarray, size: int, backend: Backend, progress: Callable[[float], None]
) -> np.ndarray:
    """The head from the front in each pose of its landmarks (N, 68, 3) m canonical: images (N, size, size, 4) uint8.

    adaptation and mesh are for triangles that face outward.
    """
    transfer = Transfer(adaptation, mesh, load_template())
    camera = _before(transfer.points, size)
    paint = _paint(adaptation, transfer.rest)
    drawn = []
    for number, pose in enumerate(poses):
        progress(number / len(poses))
        moved = transfer.rest + transfer.carry(decode(adaptation, pose[None], backend))[0]
        drawn.append(_drawn(mesh, moved, camera, paint))
    return np.stack(drawn)


def portrait(adaptation: Adaptation, mesh: HeadMesh, displacement: np.ndarray, size: int) -> np.ndarray:
    """The head from the front, moved by displacement (V, 3) of its own space: an image (size, size, 4) uint8. Triangles as in `pictures`."""
    transfer = Transfer(adaptation, mesh, load_template())
    moved = transfer.rest + adaptation.frame.displacement_to_canonical(displacement)
    return _drawn(mesh, moved, _before(transfer.points, size), _paint(adaptation, transfer.rest))


def _drawn(mesh: HeadMesh, vertices: np.ndarray, camera: Camera, paint: np.ndarray) -> np.ndarray:
    """The head as vertices (V, 3) m canonical in colours (V, 3): an image (H / FINER, W / FINER, 4) uint8."""
    raster = rasterise(vertices, mesh.triangles, camera)
    normals = vertex_normals(vertices, mesh.triangles)
    image = shade(raster, mesh.triangles, normals, camera, colours=paint, light=np.array(LIGHT), background=0.0)
    return _smaller(image, raster.triangle >= 0)


def _before(points: np.ndarray, size: int) -> Camera:
    """A camera before the face, for landmarks (68, 3) m."""
    low, high = points.min(axis=0), points.max(axis=0)
    side = AROUND * float(max(high[0] - low[0], high[2] - low[2]))
    return look_at(0.5 * (low + high) + [0.0, 0.0, ABOVE * side], size=FINER * size, extent=side, distance=DISTANCE)


def _paint(adaptation: Adaptation, rest: np.ndarray) -> np.ndarray:
    """Colours (V, 3) of a head's parts, eyes with iris and pupil."""
    paint = np.tile(np.array(SKIN), (len(rest), 1))
    for part, colour in COLOURS.items():
        paint[adaptation.kind == part] = colour
    for ball, forward in eyes_ahead(rest, adaptation.kind, adaptation.eye_centres):
        paint[ball[forward > IRIS]] = (0.30, 0.38, 0.45)
        paint[ball[forward > PUPIL]] = (0.05, 0.05, 0.06)
    return paint


def _smaller(image: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """An image (H, W, 3) and what is covered (H, W) as an image (H / FINER, W / FINER, 4)."""
    size = len(image) // FINER
    blocks = (size, FINER, size, FINER)
    share = covered.reshape(blocks).mean(axis=(1, 3))
    colour = (image * covered[..., None]).reshape(*blocks, 3).mean(axis=(1, 3)) / np.maximum(share, 1e-9)[..., None]
    return np.dstack([colour, 255.0 * share]).round().astype(np.uint8)
