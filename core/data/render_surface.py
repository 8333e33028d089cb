"""The renderer's compiled loops, what is where: the place that a ray meets, its colour, the direction of a strand, an eye between its lids."""

from __future__ import annotations

import numpy as np
from numba import njit

from .render_kernels import CLOTH, FAST, HAIR, WET, sample


@njit(cache=True, error_model="numpy", fastmath=FAST, forceinline=True)
def texel(level, u, v, out):
    """The paint (4,) at texel coordinates (u, v) of a level (h, w, 4), linear between texels."""
    height, width = level.shape[:2]
    x, y = min(max(u - 0.5, 0.0), width - 1.001), min(max(v - 0.5, 0.0), height - 1.001)
    j, i = int(x), int(y)
    p, q = x - j, y - i
    for c in range(4):
        out[c] = (level[i, j, c] * (1 - p) + level[i, j + 1, c] * p) * (1 - q) + (
            level[i + 1, j, c] * (1 - p) + level[i + 1, j + 1, c] * p
        ) * q


@njit(cache=True, error_model="numpy", fastmath=FAST, forceinline=True)
def coloured(level, scale, colours, strands, shine, what, u, v, paint, colour):
    """Fills colour (3,) of a material at (u, v); returns its shine and, of hair, the strand's value."""
    if what <= WET:
        texel(level, u * scale, v * scale, paint)
        for d in range(3):
            colour[d] = paint[d]
        return paint[3] * shine, 0.0
    thread, tint = 0.0, 1.0
    if what == HAIR:
        thread = sample(strands, u * 1.7 + 0.3, v * 1.3)
        tint = 0.7 + 0.6 * thread
    elif what == CLOTH:
        tint = 0.85 + 0.3 * sample(strands, v * 9.0, u * 3.0)
    for d in range(3):
        colour[d] = colours[what, d] * tint
    return 0.0, thread


@njit(cache=True, error_model="numpy", fastmath=FAST, forceinline=True)
def locate(r, position, vertices, triangles, t, px, py):
    """Where the ray through (px, py), slopes to the axis, meets the plane of triangle t: its weights there, and the unit direction back."""
    a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
    rx, ry, rz = px * r[0, 0] + py * r[1, 0] + r[2, 0], px * r[0, 1] + py * r[1, 1] + r[2, 1], px * r[0, 2] + py * r[1, 2] + r[2, 2]
    ex, ey, ez = vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1], vertices[b, 2] - vertices[a, 2]
    fx, fy, fz = vertices[c, 0] - vertices[a, 0], vertices[c, 1] - vertices[a, 1], vertices[c, 2] - vertices[a, 2]
    ox, oy, oz = position[0] - vertices[a, 0], position[1] - vertices[a, 1], position[2] - vertices[a, 2]
    det = -(rx * (ey * fz - ez * fy) + ry * (ez * fx - ex * fz) + rz * (ex * fy - ey * fx))
    qx, qy, qz = oy * rz - oz * ry, oz * rx - ox * rz, ox * ry - oy * rx
    det = det if abs(det) > 1e-20 else 1e-20
    wb, wc = (fx * qx + fy * qy + fz * qz) / det, -(ex * qx + ey * qy + ez * qz) / det
    length = np.sqrt(rx * rx + ry * ry + rz * rz)
    return 1.0 - wb - wc, wb, wc, -rx / length, -ry / length, -rz / length


@njit(cache=True, error_model="numpy", fastmath=FAST, forceinline=True)
def strand_of(crown, lift, x, y, z, nx, ny, nz):
    """Unit direction of a strand at a place with a normal: away from the crown along the surface, a little lifted out of it."""
    ax, ay, az = x - crown[0], y - crown[1], z - crown[2]
    out = ax * nx + ay * ny + az * nz
    ax, ay, az = ax - out * nx, ay - out * ny, az - out * nz
    length = np.sqrt(ax * ax + ay * ay + az * az) + 1e-12
    return ax / length + lift * nx, ay / length + lift * ny, az / length + lift * nz


@njit(cache=True, error_model="numpy", fastmath=FAST, forceinline=True)
def rim_distance(points, first, last, x, y, z):
    """Distance from a place to the polyline of points first..last (of (R, 3))."""
    best = 1e9
    for k in range(first, last - 1):
        ax, ay, az = points[k, 0], points[k, 1], points[k, 2]
        sx, sy, sz = points[k + 1, 0] - ax, points[k + 1, 1] - ay, points[k + 1, 2] - az
        dot = (x - ax) * sx + (y - ay) * sy + (z - az) * sz
        length = sx * sx + sy * sy + sz * sz
        share = min(max(dot / length, 0.0), 1.0) if length > 0 else 0.0
        best = min(best, (x - ax - share * sx) ** 2 + (y - ay - share * sy) ** 2 + (z - az - share * sz) ** 2)
    return np.sqrt(best)


@njit(cache=True, error_model="numpy", fastmath=FAST, forceinline=True)
def on_eye(centres, plane, rims, starts, x, y, z):
    """Which eye (0 right) a place is on, its outward direction, and the share of the sky that the lids leave it."""
    side = 0 if x * plane[0] + y * plane[1] + z * plane[2] < plane[3] else 1
    below_upper = rim_distance(rims, starts[2 * side], starts[2 * side + 1], x, y, z)
    above_lower = rim_distance(rims, starts[2 * side + 1], starts[2 * side + 2], x, y, z)
    free = 0.75 * min(1.0, 0.12 + below_upper / 0.008) * min(1.0, 0.45 + above_lower / 0.006)
    dx, dy, dz = x - centres[side, 0], y - centres[side, 1], z - centres[side, 2]
    length = np.sqrt(dx * dx + dy * dy + dz * dz) + 1e-12
    return side, dx / length, dy / length, dz / length, free
