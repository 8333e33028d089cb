"""What of a head can be seen from outside: the skin a registration may pull at, without mouth bag, nostrils and the back of the lids."""

from __future__ import annotations

import numpy as np

from ..image.raster import look_at, rasterise

YAWS = (-135.0, -90.0, -45.0, 0.0, 45.0, 90.0, 135.0, 180.0)  # degrees
PITCHES = (-35.0, 0.0, 35.0)
SIZE = 320  # pixels; about 1 mm each on a life-size head
TOLERANCE = 0.0015  # m


def visible_triangles(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Mask (T,) of triangles of which at least two corners are seen in one of 24 orthographic views; canonical metres."""
    middle = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    extent = float(np.linalg.norm(np.ptp(vertices, axis=0)))
    seen = np.zeros(len(vertices), bool)
    for yaw in np.radians(YAWS):
        for pitch in np.radians(PITCHES):
            camera = look_at(middle, size=SIZE, extent=extent, distance=extent, yaw=yaw, pitch=pitch, perspective=False)
            front = rasterise(vertices, triangles, camera).depth
            pixels, depth = camera.project(vertices)
            column, row = np.clip(pixels.astype(int), 0, SIZE - 1).T
            seen |= depth <= front[row, column] + TOLERANCE
    return seen[triangles].sum(axis=1) >= 2
