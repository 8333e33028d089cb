"""The renderer's compiled shading: the colour of every pixel whose triangles are known. Arrays float32 or int32; colours linear.

Light is the sky's, dimmed where it is hidden, and that of distant lamps with shadows; skin bleeds red where light falls off.
Numba keeps `shade` until this very file changes: after a change in render_light.py or render_surface.py, save this one too.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from .render_kernels import EYE, FAST, HAIR, SKIN, WET
from .render_light import BLEED, FACING, irradiance, lamp_on
from .render_surface import coloured, locate, on_eye, strand_of


class View(NamedTuple):
    """rotation (3, 3), position (3,), focal px of a camera, and over, the samples of a pixel each way."""

    rotation: np.ndarray
    position: np.ndarray
    focal: float
    over: int


class Surface(NamedTuple):
    """vertices, normals (V, 3), triangles (T, 3), material (T,), corner_uv (T, 3, 2); free (V,), the sky's share, and bent (V, 3)."""

    vertices: np.ndarray
    normals: np.ndarray
    triangles: np.ndarray
    material: np.ndarray
    corner_uv: np.ndarray
    free: np.ndarray
    bent: np.ndarray


class Coat(NamedTuple):
    """level (h, w, 4), paint at `scale` of its finest; colours (M, 3) of materials that are not painted; strands; shine of skin;
    crown (3,), from where hair flows."""

    level: np.ndarray
    scale: float
    colours: np.ndarray
    strands: np.ndarray
    shine: float
    crown: np.ndarray


class Light(NamedTuple):
    """sky (9, 3); lamps (L, 3), their colours (L, 3), sizes (L,), shadows (L, S, S) with axes (L, 3, 3), of which sides (L,) px show `span` m."""

    sky: np.ndarray
    lamps: np.ndarray
    colours: np.ndarray
    sizes: np.ndarray
    shadows: np.ndarray
    axes: np.ndarray
    sides: np.ndarray
    middle: np.ndarray
    span: float


class Eyes(NamedTuple):
    """gaze (2, 3), centres (2, 3); between (4,), a plane that parts right from left; rims (R, 3) of the four lids, each from starts (5,) on."""

    gaze: np.ndarray
    centres: np.ndarray
    between: np.ndarray
    rims: np.ndarray
    starts: np.ndarray


@njit(cache=True, error_model="numpy", fastmath=FAST, forceinline=True)
def shade_sample(
    t, px, py, rotation, position, p, n, triangles, material, corner_uv, open_, bent, level, scale, colours, strands, shine, crown, sky, lamps,
    lamp_colours, sizes, shadows, axes, sides, middle, span, gaze, centres, between, rims, starts, paint, colour, diffuse, mirrored,
):  # fmt: skip
    """Light (3,) towards the eye, into `mirrored`, of triangle t where the ray through (px, py) meets it."""
    what = material[t]
    wa, wb, wc, vx, vy, vz = locate(rotation, position, p, triangles, t, px, py)
    a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
    x, y, z = (
        wa * p[a, 0] + wb * p[b, 0] + wc * p[c, 0],
        wa * p[a, 1] + wb * p[b, 1] + wc * p[c, 1],
        wa * p[a, 2] + wb * p[b, 2] + wc * p[c, 2],
    )
    nx, ny, nz = (
        wa * n[a, 0] + wb * n[b, 0] + wc * n[c, 0],
        wa * n[a, 1] + wb * n[b, 1] + wc * n[c, 1],
        wa * n[a, 2] + wb * n[b, 2] + wc * n[c, 2],
    )
    length = np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-12
    nx, ny, nz = nx / length, ny / length, nz / length
    free, side = wa * open_[a] + wb * open_[b] + wc * open_[c], 0
    u, v = (
        wa * corner_uv[t, 0, 0] + wb * corner_uv[t, 1, 0] + wc * corner_uv[t, 2, 0],
        wa * corner_uv[t, 0, 1] + wb * corner_uv[t, 1, 1] + wc * corner_uv[t, 2, 1],
    )
    gloss, thread = coloured(level, scale, colours, strands, shine, what, u, v, paint, colour)
    if what == EYE:
        side, nx, ny, nz, free = on_eye(centres, between, rims, starts, x, y, z)
    elif what == WET:  # enamel and wet skin pass light on
        free = free**0.6
    facing = nx * vx + ny * vy + nz * vz
    if facing < 0 and what > WET:
        nx, ny, nz, facing = -nx, -ny, -nz, -facing
    facing = max(facing, 0.0)
    strand = strand_of(crown, 0.25 * (thread - 0.5), x, y, z, nx, ny, nz) if what == HAIR else (0.0, 0.0, 0.0)
    lean = 0.5 * (1.0 - free)
    sx = nx + lean * (wa * bent[a, 0] + wb * bent[b, 0] + wc * bent[c, 0])
    sy = ny + lean * (wa * bent[a, 1] + wb * bent[b, 1] + wc * bent[c, 1])
    sz = nz + lean * (wa * bent[a, 2] + wb * bent[b, 2] + wc * bent[c, 2])
    length = np.sqrt(sx * sx + sy * sy + sz * sz) + 1e-12
    irradiance(sky, sx / length, sy / length, sz / length, diffuse)
    irradiance(sky, 2 * facing * nx - vx, 2 * facing * ny - vy, 2 * facing * nz - vz, mirrored)
    fresnel = (FACING + (0.12 if what == SKIN else 0.97) * (1.0 - facing) ** 5) * gloss * free * free * (1.5 if what == EYE else 1.0)
    for d in range(3):
        if what == SKIN:  # light goes on between near walls of skin, redder each time; down along the contour
            diffuse[d] *= free / (free + (1.0 - free) * (1.0 - 0.75 * min(colour[d], 0.9)) + 1e-6)
            mirrored[d] = mirrored[d] * fresnel + 0.05 * (1.0 - facing) ** 3 * diffuse[d] * colour[d]
        else:
            diffuse[d] *= free
            mirrored[d] *= fresnel
    for m in range(len(lamps)):
        cosine, reach, spark = lamp_on(
            what, m, lamps, sizes, shadows, axes, sides, middle, span, gaze, side, gloss, free, colour[0], (x, y, z), (nx, ny, nz), (vx, vy, vz),
            strand,
        )  # fmt: skip
        if reach > 0:
            for d in range(3):
                soft = 0.0
                if what == SKIN:
                    soft = 1.5 * BLEED[d]
                    wrapped = max((cosine + BLEED[d]) / (1.0 + BLEED[d]), 0.0) * (reach + soft * (np.sqrt(reach) - reach))
                else:
                    wrapped = max(cosine, 0.0) * reach
                diffuse[d] += lamp_colours[m, d] * wrapped
                mirrored[d] += lamp_colours[m, d] * spark * reach
    for d in range(3):
        mirrored[d] += colour[d] * diffuse[d]


@njit(cache=True, error_model="numpy", fastmath=FAST)
def shade(ids, view, surface, coat, light, eyes, out, cover):
    """Shades ids (over H, over W) into out (H, W, 3) and cover (H, W): once a pixel for each material that its samples see."""
    height, width = out.shape[:2]
    rotation, position, focal, over = view
    vertices, normals, triangles, material, corner_uv, open_, bent = surface
    level, scale, colours, strands, shine, crown = coat
    sky, lamps, lamp_colours, sizes, shadows, axes, sides, middle, span = light
    gaze, centres, between, rims, starts = eyes
    paint, colour, diffuse, mirrored = np.empty(4, np.float32), np.empty(3, np.float32), np.empty(3, np.float32), np.empty(3, np.float32)
    kind = np.empty(over * over, np.int64)
    for i in range(height):
        for j in range(width):
            hits = 0
            for k in range(over * over):
                t = ids[i * over + k // over, j * over + k % over]
                kind[k] = -1 if t < 0 else material[t]
                hits += t >= 0
            cover[i, j] = hits / (over * over)
            out[i, j, 0] = out[i, j, 1] = out[i, j, 2] = 0.0
            for k in range(over * over):
                if kind[k] < 0:
                    continue
                alike, what = 0, kind[k]
                for m in range(k, over * over):
                    if kind[m] == what:
                        alike += 1
                        kind[m] = -1
                px = ((j * over + k % over + 0.5) / over - 0.5 * width) / focal
                py = ((i * over + k // over + 0.5) / over - 0.5 * height) / focal
                t = ids[i * over + k // over, j * over + k % over]
                shade_sample(  # arrays one by one: numba counts a reference for each that is taken from a tuple
                    t, px, py, rotation, position, vertices, normals, triangles, material, corner_uv, open_, bent, level, scale, colours, strands,
                    shine, crown, sky, lamps, lamp_colours, sizes, shadows, axes, sides, middle, span, gaze, centres, between, rims, starts, paint,
                    colour, diffuse, mirrored,
                )  # fmt: skip
                for d in range(3):
                    out[i, j, d] += mirrored[d] * alike / (over * over)


@njit(cache=True, error_model="numpy", fastmath=FAST)
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
