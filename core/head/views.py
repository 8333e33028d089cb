"""Pictures of a head in canonical space for the landmark detector, and the way back from their pixels to the surface."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..image.raster import Camera, Raster, look_at, rasterise, shade
from . import parts
from .landmarks import EYE_LEFT, EYE_RIGHT
from .surface import barycentric, vertex_normals

HOLE = 1.2
DISTANCE = 0.8  # m, of the eye from the face
IRIS, PUPIL = np.cos(np.radians(27.0)), np.cos(np.radians(11.0))  # half angles seen from the eyeball's centre
GREY = {parts.SKIN: 0.80, parts.EYE_R: 0.95, parts.EYE_L: 0.95} | dict.fromkeys((parts.MOUTH_BAG, parts.TONGUE, *parts.TEETH), 0.30)


@dataclass(frozen=True)
class Scene:
    """What is drawn of a head: vertices (V, 3) canonical m; triangles (T, 3) without lashes and the like, `ids` (T,) in the head's own
    list; normals (V, 3); colours (V, 3); kind (T,) of each triangle (`parts.NAMES`)."""

    vertices: np.ndarray
    triangles: np.ndarray
    ids: np.ndarray
    normals: np.ndarray
    colours: np.ndarray
    kind: np.ndarray


@dataclass(frozen=True)
class View:
    """One camera's look at a scene."""

    camera: Camera
    raster: Raster


def eyes_ahead(vertices: np.ndarray, kind: np.ndarray, centres: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Of the right eyeball, then of the left: its vertices (N,) and the cosine (N,) between each one, seen from the eye's centre, and straight ahead.

    vertices (V, 3) in canonical space, kind (V,) as of `Parts`, centres (2, 3)."""
    for centre, part in zip(centres, (parts.EYE_R, parts.EYE_L), strict=True):
        members = np.flatnonzero(kind == part)
        outward = vertices[members] - centre
        yield members, -outward[:, 1] / np.maximum(np.linalg.norm(outward, axis=1), 1e-9)


def make_scene(vertices: np.ndarray, triangles: np.ndarray, found: parts.Parts | None = None) -> Scene:
    """The scene of a head, all grey; with its parts known, lashes and sockets left out and the eyeballs painted with iris and pupil."""
    colours = np.full((len(vertices), 3), GREY[parts.SKIN])
    ids = np.arange(len(triangles))
    kind = np.zeros(len(triangles), np.uint8)
    if found is not None:
        kind = found.kind[triangles[:, 0]]
        ids = np.flatnonzero(np.isin(kind, list(GREY)))
        for part, grey in GREY.items():
            colours[found.kind == part] = grey
        for members, forward in eyes_ahead(vertices, found.kind, found.eye_centres):
            colours[members[forward > IRIS]] = 0.35
            colours[members[forward > PUPIL]] = 0.08
    return Scene(vertices, triangles[ids], ids, vertex_normals(vertices, triangles), colours, kind[ids])


def look(scene: Scene, target: np.ndarray, extent: float, size: int = 512, yaw: float = 0.0, pitch: float = 0.0) -> View:
    """A view of `extent` m around target (3,), from the front turned by yaw and pitch (rad)."""
    camera = look_at(target, size=size, extent=extent, distance=DISTANCE, yaw=yaw, pitch=pitch)
    return View(camera, rasterise(scene.vertices, scene.triangles, camera))


def picture(scene: Scene, view: View, light: tuple[float, float, float] = (0.0, 0.0, -1.0)) -> np.ndarray:
    """The view as an image (H, W, 3) uint8; light (3,) towards the light in the camera's axes."""
    return shade(view.raster, scene.triangles, scene.normals, view.camera, colours=scene.colours, light=np.array(light))


def onto_face(camera: Camera, raster: Raster, pixels: np.ndarray) -> np.ndarray:
    """Landmark pixels (68, 2) that fell beside the head, or look through a hole (empty eye sockets), moved to the nearest of the face.

    The face is what lies less than HOLE interocular distances behind its surroundings.
    """
    interocular = float(np.linalg.norm(pixels[EYE_RIGHT].mean(axis=0) - pixels[EYE_LEFT].mean(axis=0)))
    depth = raster.depth
    nearest = ndimage.minimum_filter(depth, size=2 * max(1, round(0.5 * interocular)) + 1)
    with np.errstate(invalid="ignore"):
        face = np.isfinite(depth) & ((depth - nearest) * camera.focal < HOLE * interocular * nearest)
    column, row = np.clip(np.floor(pixels).astype(int), 0, [camera.width - 1, camera.height - 1]).T
    off = ~face[row, column]
    if not off.any() or not face.any():
        return pixels
    rows, columns = ndimage.distance_transform_edt(~face, return_distances=False, return_indices=True)
    moved = pixels.copy()
    moved[off] = np.stack([columns[row, column], rows[row, column]], axis=1)[off] + 0.5
    return moved


def back_project(camera: Camera, raster: Raster, vertices: np.ndarray, triangles: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Surface points (N, 3) seen at pixel coordinates (N, 2); NaN where there is only background."""
    height, width = raster.triangle.shape
    column, row = np.clip(np.floor(pixels).astype(int), 0, [width - 1, height - 1]).T
    triangle = raster.triangle[row, column]
    corners = vertices[triangles[np.maximum(triangle, 0)]]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    origin, direction = camera.rays(pixels)
    slope = np.einsum("nd,nd->n", direction, normal)
    with np.errstate(divide="ignore", invalid="ignore"):
        along = np.einsum("nd,nd->n", corners[:, 0] - origin, normal) / slope
    on_plane = origin + np.nan_to_num(along)[:, None] * direction
    points = np.einsum("nk,nkd->nd", barycentric(on_plane, corners), corners)
    points[triangle < 0] = np.nan
    return points
