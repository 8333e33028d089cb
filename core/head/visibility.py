"""What of a head can be seen from outside: the skin a registration may pull at, without mouth bag, nostrils and the back of the lids."""

from __future__ import annotations

import numpy as np

from ..image.raster import look_at, rasterise
from .proxy import make_proxy
from .surface import vertex_normals

YAWS = (-135.0, -90.0, -45.0, 0.0, 45.0, 90.0, 135.0, 180.0)  # degrees
PITCHES = (-35.0, 0.0, 35.0)
SIZE = 320  # pixels; about 1 mm each on a life-size head
TOLERANCE = 0.0015  # m
PROXY_CELL = 0.0012  # m; a dense sculpt is looked at by a coarser mesh
GRAZING = 0.1  # cosine to the line of sight up to which a vertex may face away: a rim is seen although it turns away


def visible_triangles(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Mask (T,) of triangles of which at least two corners are seen, from their outer side, in one of 24 orthographic views; canonical m.

    The inside of a mouth seen through an open neck shows its other side, and does not count.
    """
    middle = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    extent = float(np.linalg.norm(np.ptp(vertices, axis=0)))
    normals = vertex_normals(vertices, triangles)
    proxy = make_proxy(vertices, triangles, PROXY_CELL, ((normals > 0) @ [1, 2, 4]).astype(np.int64))  # thin lids stay two-sided
    if len(proxy.vertices) < len(vertices):
        normals = vertex_normals(proxy.vertices, proxy.triangles)
    seen = np.zeros(len(proxy.vertices), bool)
    for yaw in np.radians(YAWS):
        for pitch in np.radians(PITCHES):
            camera = look_at(middle, size=SIZE, extent=extent, distance=extent, yaw=yaw, pitch=pitch, perspective=False)
            front = rasterise(proxy.vertices, proxy.triangles, camera).depth
            pixels, depth = camera.project(proxy.vertices)
            column, row = np.clip(pixels.astype(int), 0, SIZE - 1).T
            seen |= (depth <= front[row, column] + TOLERANCE) & (normals @ camera.rotation[2] < GRAZING)
    return seen[proxy.of_vertex][triangles].sum(axis=1) >= 2
