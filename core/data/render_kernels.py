"""The renderer's compiled inner loops: which triangle every sample sees, and how much of the sky every vertex sees. All arrays float32 or int32.

Sample (row i, column j) lies at (j + 0.5, i + 0.5). "Nearness" is linear on the screen: 1 / depth in perspective, minus the depth without.
"""

from __future__ import annotations

import numpy as np
from numba import njit

FAST = {"contract", "reassoc", "nsz", "arcp"}  # liberties of arithmetic that spoil neither infinities nor repeatability
SKIN, EYE, WET, HAIR, LASH, CLOTH, FRAME = range(7)  # materials: up to WET, those that are painted
STRANDS = 256  # side of the strand pattern, which tiles; a power of two


@njit(cache=True, error_model="numpy", fastmath=FAST, forceinline=True)
def sample(pattern: np.ndarray, u: float, v: float) -> float:
    """Value at (u, v) of a pattern (S, S) that tiles the plane with period 1, linear between its texels."""
    size = pattern.shape[0]
    x, y = u * size - 0.5, v * size - 0.5
    left, low = np.floor(x), np.floor(y)
    fx, fy = x - left, y - low
    i, j = int(left) % size, int(low) % size
    k, m = (i + 1) % size, (j + 1) % size
    return (pattern[j, i] * (1 - fx) + pattern[j, k] * fx) * (1 - fy) + (pattern[m, i] * (1 - fx) + pattern[m, k] * fx) * fy


@njit(cache=True, error_model="numpy", fastmath=FAST)
def draw(screen, nearness, triangles, one_sided, perspective, corner_uv, density, strands, ids, buffer):
    """Draws triangles (T, 3) into ids (H, W) and buffer (H, W) of the greatest nearness; the first `one_sided` only where they face the eye.

    screen (V, 2) px; nearness (V,); corner_uv (T, 3, 2); density (V,): below 1, samples where the strand pattern exceeds it are holes.
    """
    height, width = ids.shape
    half, one, nought = np.float32(0.5), np.float32(1.0), np.float32(0.0)
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        na, nb, nc = nearness[a], nearness[b], nearness[c]
        if perspective and (na <= 0 or nb <= 0 or nc <= 0):
            continue
        ax, ay, bx, by, cx, cy = screen[a, 0], screen[a, 1], screen[b, 0], screen[b, 1], screen[c, 0], screen[c, 1]
        if t < one_sided and (bx - ax) * (cy - ay) >= (by - ay) * (cx - ax):
            continue
        left = max(0, int(np.ceil(min(ax, bx, cx) - half)))
        right = min(width - 1, int(np.floor(max(ax, bx, cx) - half)))
        top = max(0, int(np.ceil(min(ay, by, cy) - half)))
        bottom = min(height - 1, int(np.floor(max(ay, by, cy) - half)))
        if left > right or top > bottom:
            continue
        x, y = np.float32(left) + half, np.float32(top) + half
        ax, ay, bx, by, cx, cy = ax - x, ay - y, bx - x, by - y, cx - x, cy - y  # as seen from the first sample
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < 1e-9:
            continue
        inverse = one / area
        wa0, wb0 = (bx * cy - by * cx) * inverse, (cx * ay - cy * ax) * inverse
        right_a, right_b, down_a, down_b = (by - cy) * inverse, (cy - ay) * inverse, (cx - bx) * inverse, (ax - cx) * inverse
        cut = density[a] < 1.0 or density[b] < 1.0 or density[c] < 1.0
        for i in range(top, bottom + 1):
            down = np.float32(i - top)
            for j in range(left, right + 1):
                wa = wa0 + down * down_a + np.float32(j - left) * right_a
                wb = wb0 + down * down_b + np.float32(j - left) * right_b
                wc = one - wa - wb
                if wa >= nought and wb >= nought and wc >= nought:
                    near = wa * na + wb * nb + wc * nc
                    if near > buffer[i, j]:
                        if cut:
                            pa, pb, pc = (wa * na / near, wb * nb / near, wc * nc / near) if perspective else (wa, wb, wc)
                            u = pa * corner_uv[t, 0, 0] + pb * corner_uv[t, 1, 0] + pc * corner_uv[t, 2, 0]
                            v = pa * corner_uv[t, 0, 1] + pb * corner_uv[t, 1, 1] + pc * corner_uv[t, 2, 1]
                            if (
                                strands[int(v * STRANDS) & (STRANDS - 1), int(u * STRANDS) & (STRANDS - 1)]
                                >= pa * density[a] + pb * density[b] + pc * density[c]
                            ):
                                continue
                        buffer[i, j] = near
                        ids[i, j] = t


@njit(cache=True, error_model="numpy", fastmath=FAST)
def normals_of(vertices, triangles, out):
    """Unit vertex normals (V, 3), by the area of the triangles around, into `out`."""
    out[:] = 0.0
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ux, uy, uz = vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1], vertices[b, 2] - vertices[a, 2]
        vx, vy, vz = vertices[c, 0] - vertices[a, 0], vertices[c, 1] - vertices[a, 1], vertices[c, 2] - vertices[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for k in (a, b, c):
            out[k, 0] += nx
            out[k, 1] += ny
            out[k, 2] += nz
    for k in range(len(out)):
        length = np.sqrt(out[k, 0] ** 2 + out[k, 1] ** 2 + out[k, 2] ** 2)
        if length > 0:
            out[k] /= length


@njit(cache=True, error_model="numpy", fastmath=FAST)
def look_from(vertices, axes, middle, scale, size, screen, nearness):
    """Orthographic screen (V, 2) and nearness (V,) of vertices (V, 3) seen along axes (3, 3: right, down, forward); `middle` at the centre."""
    for k in range(len(vertices)):
        x, y, z = vertices[k, 0] - middle[0], vertices[k, 1] - middle[1], vertices[k, 2] - middle[2]
        screen[k, 0] = (axes[0, 0] * x + axes[0, 1] * y + axes[0, 2] * z) * scale + 0.5 * size
        screen[k, 1] = (axes[1, 0] * x + axes[1, 1] * y + axes[1, 2] * z) * scale + 0.5 * size
        nearness[k] = -(axes[2, 0] * x + axes[2, 1] * y + axes[2, 2] * z)


@njit(cache=True, error_model="numpy", fastmath=FAST)
def openness(vertices, normals, casters, one_sided, directions, frames, middle, scale, size, bias, corner_uv, density, strands, out, bent):
    """How much of the light from directions (D, 3) reaches every vertex: cosine-weighted share out (V,) and mean unblocked direction bent (V, 3).

    frames (D, 3, 3): axes of the view against each direction. Triangles `casters` cast shade, the first `one_sided` with the side that faces
    the light; bias m.
    """
    count = len(vertices)
    screen, nearness = np.empty((count, 2), np.float32), np.empty(count, np.float32)
    ids, buffer = np.empty((size, size), np.int32), np.empty((size, size), np.float32)
    total = np.zeros(count, np.float32)
    out[:] = 0.0
    bent[:] = 0.0
    for d in range(len(directions)):
        look_from(vertices, frames[d], middle, scale, size, screen, nearness)
        buffer[:] = -1e9
        draw(screen, nearness, casters, one_sided, False, corner_uv, density, strands, ids, buffer)
        for k in range(count):
            facing = normals[k, 0] * directions[d, 0] + normals[k, 1] * directions[d, 1] + normals[k, 2] * directions[d, 2]
            if facing <= 0.0:
                continue
            total[k] += facing
            i, j = int(screen[k, 1]), int(screen[k, 0])
            free = i < 0 or j < 0 or i >= size or j >= size or nearness[k] + bias >= buffer[i, j]
            if free:
                out[k] += facing
                for c in range(3):
                    bent[k, c] += facing * directions[d, c]
    for k in range(count):
        out[k] = out[k] / total[k] if total[k] > 0 else 0.0


@njit(cache=True, error_model="numpy", fastmath=FAST)
def segments_distance(points, line):
    """Distance (N,) m of points (N, 3) to a polyline (M, 3), the place along it (N,) 0..1, and the height (N,) above that place."""
    count, most = len(points), len(line) - 1
    distance, along, above = np.empty(count), np.empty(count), np.empty(count)
    for n in range(count):
        best = 1e18
        for k in range(most):
            dot, length = 0.0, 0.0
            for d in range(3):
                step = line[k + 1, d] - line[k, d]
                dot += (points[n, d] - line[k, d]) * step
                length += step * step
            share = min(max(dot / length, 0.0), 1.0) if length > 0 else 0.0
            off = 0.0
            for d in range(3):
                off += (points[n, d] - line[k, d] - share * (line[k + 1, d] - line[k, d])) ** 2
            if off < best:
                best = off
                along[n] = (k + share) / most
                above[n] = points[n, 2] - line[k, 2] - share * (line[k + 1, 2] - line[k, 2])
        distance[n] = np.sqrt(best)
    return distance, along, above
