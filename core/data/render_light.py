"""The renderer's compiled loops, light: the sky's harmonics, shadows of lamps, and what lamps do to each material.

The sky's diffuse light is nine harmonics of the normal (Ramamoorthi and Hanrahan, 2001); shine is Blinn and Phong's with Schlick's Fresnel term,
hair's Kajiya and Kay's.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .render_kernels import CLOTH, EYE, FAST, HAIR, SKIN, WET

BLEED = np.array([0.28, 0.10, 0.06], np.float32)  # how far light reaches round into skin, by channel
FACING, SKIN_MIRROR = 0.028, 0.3  # of light that skin and eyes mirror when looked at straight; most that rough skin mirrors
SHADOW_BIAS = 0.002  # m
CORNEA = 0.14  # one less the cosine to the gaze within which the cornea bulges


@njit(cache=True, error_model="numpy", fastmath=FAST, forceinline=True)
def irradiance(sky, x, y, z, out):
    """Light (3,) that a surface with normal (x, y, z) gets from a sky of nine harmonics (9, 3)."""
    for c in range(3):
        value = sky[0, c] + sky[1, c] * x + sky[2, c] * y + sky[3, c] * z + sky[4, c] * x * y + sky[5, c] * y * z + sky[6, c] * x * z
        value += sky[7, c] * (x * x - y * y) + sky[8, c] * (3.0 * z * z - 1.0)
        out[c] = max(value, 0.0)


@njit(cache=True, error_model="numpy", fastmath=FAST, forceinline=True)
def lit_share(shadows, axes, sides, middle, span, m, cosine, x, y, z):
    """Share 0..1 of lamp m's light that reaches a place, from its shadow map, softened over the map's pixels."""
    size = sides[m]
    pixel = span / size
    bias = SHADOW_BIAS + pixel * (0.6 + 1.2 * min((1.0 - min(cosine * cosine, 1.0)) ** 0.5 / max(cosine, 0.25), 3.0))
    x, y, z = x - middle[0], y - middle[1], z - middle[2]
    u = (axes[m, 0, 0] * x + axes[m, 0, 1] * y + axes[m, 0, 2] * z) / pixel + 0.5 * size - 0.5
    v = (axes[m, 1, 0] * x + axes[m, 1, 1] * y + axes[m, 1, 2] * z) / pixel + 0.5 * size - 0.5
    near = -(axes[m, 2, 0] * x + axes[m, 2, 1] * y + axes[m, 2, 2] * z) + bias
    j, i = int(np.floor(u)), int(np.floor(v))
    if j < 1 or i < 1 or j >= size - 2 or i >= size - 2:
        return 1.0
    p, q = u - j, v - i
    total = 0.0
    for di in range(-1, 3):
        down = (1 - q) if di == -1 else (q if di == 2 else 1.0)
        for dj in range(-1, 3):
            if near >= shadows[m, i + di, j + dj]:
                total += down * ((1 - p) if dj == -1 else (p if dj == 2 else 1.0))
    return total / 9.0


@njit(cache=True, error_model="numpy", fastmath=FAST, forceinline=True)
def cornea_half(gaze, side, nx, ny, nz, hx, hy, hz):
    """Cosine between a unit half vector and the normal of the cornea, which bulges before the iris."""
    bulge = 0.9 * max(nx * gaze[side, 0] + ny * gaze[side, 1] + nz * gaze[side, 2] - 1.0 + CORNEA, 0.0) / CORNEA
    bx, by, bz = nx + bulge * (nx - gaze[side, 0]), ny + bulge * (ny - gaze[side, 1]), nz + bulge * (nz - gaze[side, 2])
    return max((hx * bx + hy * by + hz * bz) / np.sqrt(bx * bx + by * by + bz * bz), 0.0)


@njit(cache=True, error_model="numpy", fastmath=FAST, forceinline=True)
def lamp_on(what, m, lamps, sizes, shadows, axes, sides, middle, span, gaze, side, gloss, free, red, place, normal, back, strand):
    """Of lamp m: the cosine and share that light a place on a material, and how much it sparkles towards the eye."""
    nx, ny, nz = normal
    lx, ly, lz = lamps[m, 0], lamps[m, 1], lamps[m, 2]
    cosine = nx * lx + ny * ly + nz * lz
    if cosine < -BLEED[0] and what != HAIR:
        return cosine, 0.0, 0.0
    reach = lit_share(shadows, axes, sides, middle, span, m, cosine, place[0], place[1], place[2])
    if reach == 0.0:
        return cosine, 0.0, 0.0
    hx, hy, hz = back[0] + lx, back[1] + ly, back[2] + lz
    length = np.sqrt(hx * hx + hy * hy + hz * hz) + 1e-12
    hx, hy, hz = hx / length, hy / length, hz / length
    half = max(hx * nx + hy * ny + hz * nz, 0.0)
    bounce = FACING + (1.0 - FACING) * (1.0 - max(back[0] * hx + back[1] * hy + back[2] * hz, 0.0)) ** 5
    if what == SKIN:
        return cosine, reach, gloss * min(bounce, SKIN_MIRROR) * max(cosine, 0.0) * (2.6 * half**12 + 5.0 * half**42)
    if what == HAIR:
        along, aside = strand[0] * lx + strand[1] * ly + strand[2] * lz, strand[0] * hx + strand[1] * hy + strand[2] * hz
        front = min(max(0.5 + cosine, 0.0), 1.0)
        sine = np.sqrt(max(1.0 - aside * aside, 0.0))
        around = 0.6 * np.sqrt(max(1.0 - along * along, 0.0)) * front + 0.4 * max(cosine, 0.0)
        return around, reach, (0.04 * sine**90 + 0.10 * max(red, 0.1) * sine**22) * front
    if what == CLOTH:
        return cosine, reach, 0.0
    reach *= min(1.0, 2.5 * free)
    if what == EYE:
        half = cornea_half(gaze, side, nx, ny, nz, hx, hy, hz)
        return cosine, reach, bounce * 22.0 * min(max((half - sizes[m]) / (0.25 * (1.0 - sizes[m])), 0.0), 1.0)
    return cosine, reach, gloss * bounce * 9.0 * half**70 if what == WET else 0.4 * half**60
