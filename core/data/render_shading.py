"""The renderer's compiled shading: the colour of every pixel whose triangles are known. Arrays float32 or int32; colours linear.

Diffuse light is the sky's, nine harmonics of the normal (Ramamoorthi and Hanrahan, 2001) dimmed where the sky is hidden, and that of distant
lamps with shadow maps; skin bleeds red where light falls off; shine is Blinn and Phong's with Schlick's Fresnel term, hair's Kajiya and Kay's.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .render_kernels import sample

SKIN, EYE, WET, HAIR, LASH, CLOTH, FRAME = range(7)
BLEED = np.array([0.28, 0.10, 0.06], np.float32)  # how far light reaches round into skin, by channel
SHADOW_BIAS = 0.002  # m
FACING = np.float32(0.028)  # of light that skin mirrors when looked at straight


@njit(cache=True)
def irradiance(sky, x, y, z, out):
    """Light (3,) that a surface with normal (x, y, z) gets from a sky of nine harmonics (9, 3)."""
    for c in range(3):
        value = sky[0, c] + sky[1, c] * x + sky[2, c] * y + sky[3, c] * z + sky[4, c] * x * y + sky[5, c] * y * z + sky[6, c] * x * z
        value += sky[7, c] * (x * x - y * y) + sky[8, c] * (3.0 * z * z - 1.0)
        out[c] = max(value, 0.0)


@njit(cache=True)
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


@njit(cache=True)
def lit_share(shadow, size, axes, middle, scale, bias, x, y, z):
    """Share 0..1 of a lamp's light that reaches a place, from its shadow map (size, size) of nearness, softened over its texels."""
    x, y, z = x - middle[0], y - middle[1], z - middle[2]
    u = (axes[0, 0] * x + axes[0, 1] * y + axes[0, 2] * z) * scale + 0.5 * size - 0.5
    v = (axes[1, 0] * x + axes[1, 1] * y + axes[1, 2] * z) * scale + 0.5 * size - 0.5
    near = -(axes[2, 0] * x + axes[2, 1] * y + axes[2, 2] * z) + bias
    j, i = int(np.floor(u)), int(np.floor(v))
    if j < 1 or i < 1 or j >= size - 2 or i >= size - 2:
        return 1.0
    p, q = u - j, v - i
    total = 0.0
    for di in range(-1, 3):
        down = (1 - q) if di == -1 else (q if di == 2 else 1.0)
        for dj in range(-1, 3):
            across = (1 - p) if dj == -1 else (p if dj == 2 else 1.0)
            if near >= shadow[i + di, j + dj]:
                total += across * down
    return total / 9.0


@njit(cache=True)
def rim_distance(points, x, y, z):
    """Distance from a place to a polyline (N, 3)."""
    best = 1e9
    for k in range(len(points) - 1):
        dot, length = 0.0, 0.0
        ax, ay, az = points[k, 0], points[k, 1], points[k, 2]
        sx, sy, sz = points[k + 1, 0] - ax, points[k + 1, 1] - ay, points[k + 1, 2] - az
        dot = (x - ax) * sx + (y - ay) * sy + (z - az) * sz
        length = sx * sx + sy * sy + sz * sz
        share = min(max(dot / length, 0.0), 1.0) if length > 0 else 0.0
        off = (x - ax - share * sx) ** 2 + (y - ay - share * sy) ** 2 + (z - az - share * sz) ** 2
        best = min(best, off)
    return np.sqrt(best)


@njit(cache=True)
def shade(
    ids, over, camera, position, focal, vertices, normals, triangles, material, corner_uv, level, level_scale, open_, bent, colours, strands,
    sky, lamps, lamp_colours, lamp_sizes, shadows, shadow_axes, shadow_middle, shadow_sizes, shadow_span, shine, gaze, eye_centres, between, rims,
    rim_starts, out, cover,
):  # fmt: skip
    """Shades ids (over H, over W) into out (H, W, 3) and cover (H, W): once a pixel for each material that its samples see."""
    height, width = out.shape[:2]
    paint, light, mirrored, colour = np.empty(4, np.float32), np.empty(3, np.float32), np.empty(3, np.float32), np.empty(3, np.float32)
    weights = np.empty(3, np.float64)
    seen = np.empty(over * over, np.int64)
    kind = np.empty(over * over, np.int64)
    for i in range(height):
        for j in range(width):
            hits = 0
            for k in range(over * over):
                t = ids[i * over + k // over, j * over + k % over]
                seen[k] = t
                kind[k] = -1 if t < 0 else material[t]
                hits += t >= 0
            cover[i, j] = hits / (over * over)
            out[i, j, 0] = out[i, j, 1] = out[i, j, 2] = 0.0
            if hits == 0:
                continue
            for k in range(over * over):
                what = kind[k]
                if what < 0:
                    continue
                alike, x, y = 0, 0.0, 0.0
                for m in range(k, over * over):
                    if kind[m] == what:
                        alike += 1
                        kind[m] = -2
                t = seen[k]
                a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
                # the ray through the sample meets the triangle's plane
                px = ((j * over + k % over + 0.5) / over - 0.5 * width) / focal
                py = ((i * over + k // over + 0.5) / over - 0.5 * height) / focal
                for d in range(3):
                    weights[d] = px * camera[0, d] + py * camera[1, d] + camera[2, d]
                rx, ry, rz = weights[0], weights[1], weights[2]
                ex, ey, ez = vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1], vertices[b, 2] - vertices[a, 2]
                fx, fy, fz = vertices[c, 0] - vertices[a, 0], vertices[c, 1] - vertices[a, 1], vertices[c, 2] - vertices[a, 2]
                gx, gy, gz = ey * fz - ez * fy, ez * fx - ex * fz, ex * fy - ey * fx
                ox, oy, oz = position[0] - vertices[a, 0], position[1] - vertices[a, 1], position[2] - vertices[a, 2]
                det = -(rx * gx + ry * gy + rz * gz)
                if abs(det) < 1e-20:
                    continue
                qx, qy, qz = oy * rz - oz * ry, oz * rx - ox * rz, ox * ry - oy * rx  # o x r
                wb = (fx * qx + fy * qy + fz * qz) / det
                wc = -(ex * qx + ey * qy + ez * qz) / det
                wa = 1.0 - wb - wc
                away = (ox * gx + oy * gy + oz * gz) / det
                x, y, z = position[0] + away * rx, position[1] + away * ry, position[2] + away * rz
                length = np.sqrt(rx * rx + ry * ry + rz * rz)
                vx, vy, vz = -rx / length, -ry / length, -rz / length
                nx = wa * normals[a, 0] + wb * normals[b, 0] + wc * normals[c, 0]
                ny = wa * normals[a, 1] + wb * normals[b, 1] + wc * normals[c, 1]
                nz = wa * normals[a, 2] + wb * normals[b, 2] + wc * normals[c, 2]
                length = np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-12
                nx, ny, nz = nx / length, ny / length, nz / length
                facing = nx * vx + ny * vy + nz * vz
                if facing < 0:
                    if what != SKIN and what != EYE and what != WET:
                        nx, ny, nz, facing = -nx, -ny, -nz, -facing
                    else:
                        facing = 0.0
                free = wa * open_[a] + wb * open_[b] + wc * open_[c]
                u = wa * corner_uv[t, 0, 0] + wb * corner_uv[t, 1, 0] + wc * corner_uv[t, 2, 0]
                v = wa * corner_uv[t, 0, 1] + wb * corner_uv[t, 1, 1] + wc * corner_uv[t, 2, 1]
                gloss = 0.0
                if what <= WET:
                    texel(level, u * level_scale, v * level_scale, paint)
                    colour[0], colour[1], colour[2], gloss = paint[0], paint[1], paint[2], paint[3] * shine
                else:
                    colour[0], colour[1], colour[2] = colours[what, 0], colours[what, 1], colours[what, 2]
                tx, ty, tz = 0.0, 0.0, 0.0
                if what == HAIR:
                    thread = sample(strands, u * 1.7 + 0.3, v * 1.3)
                    tint = 0.7 + 0.6 * thread
                    for d in range(3):
                        colour[d] *= tint
                    du1, du2 = corner_uv[t, 1, 0] - corner_uv[t, 0, 0], corner_uv[t, 2, 0] - corner_uv[t, 0, 0]
                    tx, ty, tz = ex * du2 - fx * du1, ey * du2 - fy * du1, ez * du2 - fz * du1
                    length = np.sqrt(tx * tx + ty * ty + tz * tz) + 1e-12
                    tx, ty, tz = (
                        tx / length + 0.25 * (thread - 0.5) * nx,
                        ty / length + 0.25 * (thread - 0.5) * ny,
                        tz / length + 0.25 * (thread - 0.5) * nz,
                    )
                elif what == CLOTH:
                    weave = 0.85 + 0.3 * sample(strands, v * 9.0, u * 3.0)
                    for d in range(3):
                        colour[d] *= weave
                elif what == EYE:
                    side = 0 if x * between[0] + y * between[1] + z * between[2] < between[3] else 1
                    upper, lower = (
                        rims[rim_starts[2 * side] : rim_starts[2 * side + 1]],
                        rims[rim_starts[2 * side + 1] : rim_starts[2 * side + 2]],
                    )
                    over_it, below = rim_distance(upper, x, y, z), rim_distance(lower, x, y, z)
                    free = min(1.0, 0.12 + over_it / 0.008) * min(1.0, 0.45 + below / 0.006) * 0.75
                    dx, dy, dz = x - eye_centres[side, 0], y - eye_centres[side, 1], z - eye_centres[side, 2]
                    length = np.sqrt(dx * dx + dy * dy + dz * dz) + 1e-12
                    nx, ny, nz = dx / length, dy / length, dz / length
                    facing = max(nx * vx + ny * vy + nz * vz, 0.0)
                # sky
                leaning = 0.5 * (1.0 - free)
                sx = nx + leaning * (wa * bent[a, 0] + wb * bent[b, 0] + wc * bent[c, 0])
                sy = ny + leaning * (wa * bent[a, 1] + wb * bent[b, 1] + wc * bent[c, 1])
                sz = nz + leaning * (wa * bent[a, 2] + wb * bent[b, 2] + wc * bent[c, 2])
                length = np.sqrt(sx * sx + sy * sy + sz * sz) + 1e-12
                irradiance(sky, sx / length, sy / length, sz / length, light)
                rx, ry, rz = 2 * facing * nx - vx, 2 * facing * ny - vy, 2 * facing * nz - vz
                irradiance(sky, rx, ry, rz, mirrored)
                grazing = (1.0 - facing) ** 5
                fresnel = FACING + (0.12 if what == SKIN else 0.97) * grazing
                for d in range(3):
                    hidden = free / (free + (1.0 - free) * (1.0 - 0.75 * min(colour[d], 0.9)) + 1e-6) if what == SKIN else free
                    light[d] *= hidden
                    mirrored[d] *= fresnel * gloss * free * free
                    if what == SKIN:
                        mirrored[d] += 0.05 * (1.0 - facing) ** 3 * light[d] * colour[d]  # down
                    elif what == EYE:
                        mirrored[d] *= 1.5
                for m in range(len(lamps)):
                    lx, ly, lz = lamps[m, 0], lamps[m, 1], lamps[m, 2]
                    cosine = nx * lx + ny * ly + nz * lz
                    texel_size = shadow_span / shadow_sizes[m]
                    bias = SHADOW_BIAS + texel_size * (0.6 + 1.2 * min((1.0 - cosine * cosine) ** 0.5 / max(cosine, 0.25), 3.0))
                    reach = lit_share(
                        shadows[m], shadow_sizes[m], shadow_axes[m], shadow_middle, shadow_sizes[m] / shadow_span, bias, x, y, z
                    )
                    if what >= WET and what != HAIR and what != CLOTH:
                        reach *= min(1.0, 2.0 * free)
                    hx, hy, hz = vx + lx, vy + ly, vz + lz
                    length = np.sqrt(hx * hx + hy * hy + hz * hz) + 1e-12
                    if what == EYE:  # the cornea bulges before the iris
                        cx, cy, cz = gaze[side, 0], gaze[side, 1], gaze[side, 2]
                        bulge = 0.9 * max(nx * cx + ny * cy + nz * cz - 0.86, 0.0) / 0.14
                        bx, by, bz = nx + bulge * (nx - cx), ny + bulge * (ny - cy), nz + bulge * (nz - cz)
                        scale = np.sqrt(bx * bx + by * by + bz * bz)
                        half = max((hx * bx + hy * by + hz * bz) / (length * scale), 0.0)
                    else:
                        half = max((hx * nx + hy * ny + hz * nz) / length, 0.0)
                    toward = max((vx * hx + vy * hy + vz * hz) / length, 0.0)
                    bounce = FACING + (1.0 - FACING) * (1.0 - toward) ** 5
                    front = max(cosine, 0.0)
                    spark = 0.0
                    if what == SKIN:
                        bounce = min(bounce, 0.3)
                        spark = gloss * bounce * front * (0.75 * 2.5 * half**12 + 0.5 * 6.0 * half**42)
                    elif what == EYE:
                        spark = bounce * 22.0 * min(max((half - lamp_sizes[m]) / (0.25 * (1.0 - lamp_sizes[m])), 0.0), 1.0)
                    elif what == WET:
                        spark = gloss * bounce * 9.0 * half**70
                    elif what == FRAME:
                        spark = 0.05 * 8.0 * half**60
                    elif what == HAIR:
                        along = tx * lx + ty * ly + tz * lz
                        aside = (tx * hx + ty * hy + tz * hz) / length
                        front = 0.6 * np.sqrt(max(1.0 - along * along, 0.0)) * min(max(0.5 + cosine, 0.0), 1.0) + 0.4 * front
                        strand = np.sqrt(max(1.0 - aside * aside, 0.0))
                        spark = (0.04 * strand**90 + 0.10 * max(colour[0], 0.1) * strand**22) * min(max(0.5 + cosine, 0.0), 1.0)
                    for d in range(3):
                        if what == SKIN:
                            wrapped = max((cosine + BLEED[d]) / (1.0 + BLEED[d]), 0.0)
                            diffuse = wrapped * (reach ** (1.0 - 1.5 * BLEED[d]) if reach > 0 else 0.0)
                        else:
                            diffuse = front * reach
                        light[d] += lamp_colours[m, d] * diffuse
                        mirrored[d] += lamp_colours[m, d] * spark * reach
                for d in range(3):
                    out[i, j, d] += alike * (colour[d] * light[d] + mirrored[d])
            for d in range(3):
                out[i, j, d] /= over * over


@njit(cache=True)
def backdrop(background, cover, out):
    """Adds a background (h, w, 3), stretched, where cover (H, W) leaves room in out (H, W, 3)."""
    height, width = cover.shape
    high, wide = background.shape[:2]
    for i in range(height):
        y = min(max((i + 0.5) / height * high - 0.5, 0.0), high - 1.001)
        m = int(y)
        q = y - m
        for j in range(width):
            room = 1.0 - cover[i, j]
            if room > 0:
                x = min(max((j + 0.5) / width * wide - 0.5, 0.0), wide - 1.001)
                k = int(x)
                p = x - k
                for d in range(3):
                    above = background[m, k, d] * (1 - p) + background[m, k + 1, d] * p
                    below = background[m + 1, k, d] * (1 - p) + background[m + 1, k + 1, d] * p
                    out[i, j, d] += room * (above * (1 - q) + below * q)
