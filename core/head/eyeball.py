"""The shape of an eyeball: cornea, and eyes that are no spheres."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ..image.raster import Camera, rasterise

STEP, SIDE = np.radians(0.5), 320  # of a pixel; pixels: +-80 degrees
ROUND = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


class Eyeball:
    """How far an eyeball reaches from its centre in every direction ahead; canonical space."""

    def __init__(self, vertices: np.ndarray, triangles: np.ndarray, centre: np.ndarray, radius: float):
        """vertices (V, 3), triangles (T, 3) of all pieces of one eye; centre (3,) and radius m of the sphere that fits it best."""
        self.centre, self.radius = centre, radius
        right, up, distance = _angles(vertices - centre)
        ahead = (np.abs(right) < np.radians(85.0))[triangles].all(axis=1) & (np.abs(up) < np.radians(85.0))[triangles].all(axis=1)
        camera = Camera(ROUND, np.zeros(3), 1.0 / STEP, SIDE, SIDE, perspective=False)
        raster = rasterise(np.stack([right, -distance / radius, up], axis=1), triangles[ahead], camera)  # the outermost layer is nearest
        seen = raster.triangle >= 0
        shape = np.where(seen, -raster.depth, 1.0) * radius
        self.shape = ndimage.gaussian_filter(ndimage.grey_dilation(np.maximum(shape, 0.5 * radius), size=(3, 3)), 1.0, mode="nearest")

    def reach(self, offset: np.ndarray) -> np.ndarray:
        """Distance (...) m from the centre to the surface in the directions of offset (..., 3)."""
        right, up, _ = _angles(offset)
        places = [SIDE / 2 - 0.5 - up / STEP, SIDE / 2 - 0.5 + right / STEP]
        return ndimage.map_coordinates(self.shape, places, order=1, mode="nearest")


def _angles(offset: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    distance = np.linalg.norm(offset, axis=-1)
    return np.arctan2(offset[..., 0], -offset[..., 1]), np.arcsin(np.clip(offset[..., 2] / np.maximum(distance, 1e-12), -1, 1)), distance
