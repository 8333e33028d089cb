"""Paints a person once: linear colour and shine of every texel of the atlas, and coarser copies of it for smaller pictures."""

from __future__ import annotations

import numpy as np
from numba import njit

from .face_appearance import Appearance
from .face_atlas import CHART, EYE_SPAN, HEIGHT, MAPS, SKIN, WIDTH, load_atlas
from .face_textures import noises

LEVELS = 4  # of the pyramid
BROW_IMAGE, BROW_REACH = (160, 256), 0.014  # px; m above and below the brow's line
BROW_ENDS = (-0.25, 1.25)
TOOTH_EDGES = np.cumsum([8.4, 6.6, 7.6, 7.0, 6.8, 9.5, 9.5]) / 52.0  # of the dental arch's half, from the middle
ACROSS, DEPTH, Z, ALONG, UP, LIP, SEAM, LID, LID_ABOVE, FLUSH, BEARD, MOUSTACHE, HAIRLINE = range(len(MAPS))


def paint(look: Appearance) -> list[np.ndarray]:
    """The pyramid: (HEIGHT, WIDTH, 4) float32 linear RGB and shine 0..1, then halves of it."""
    atlas, rng = load_atlas(), np.random.default_rng([look.seed, 0xFACE])
    out = np.zeros((HEIGHT, WIDTH, 4), np.float32)
    shifts = rng.integers(0, WIDTH, (4, 2))
    colours = np.array([look.skin, look.brow, look.hair, look.lip_colour, look.shadow_colour], np.float32)
    bald = 1.0 if look.hair_style == "none" else 0.0
    amounts = (
        look.mottle, look.freckles, look.age, look.oil, look.flush, look.bags, look.liner, look.shadow, look.lip_strength, look.lip_gloss,
         look.beard, look.moustache, look.shaven, look.hair_line, bald, look.hair_part,
    )  # fmt: skip
    _skin(atlas.maps, noises(), shifts, colours, tuple(map(float, amounts)), _brow_image(look, rng), out)
    for side in range(2):
        out[SKIN:, CHART * side : CHART * (side + 1)] = _eye(look, rng)
    out[SKIN:, 2 * CHART : 3 * CHART] = _teeth(look, rng)
    out[SKIN:, 3 * CHART :] = _inside(rng)
    levels = [out]
    for _ in range(LEVELS - 1):
        fine = levels[-1]
        levels.append(0.25 * (fine[::2, ::2] + fine[1::2, ::2] + fine[::2, 1::2] + fine[1::2, 1::2]))
    return levels


@njit(cache=True, error_model="numpy", forceinline=True)
def _mix(colour, r, g, b, share):
    share = min(max(share, 0.0), 1.0)
    colour[0] += share * (r - colour[0])
    colour[1] += share * (g - colour[1])
    colour[2] += share * (b - colour[2])


@njit(cache=True, error_model="numpy", forceinline=True)
def _bare(here, skin, amounts, patches, pores, spots, blood, colour):
    """Uneven skin, red and brown in places, dark below the eyes, creased on the forehead."""
    mottle, freckles, age, _, flush, bags = amounts[:6]
    lid, x, z = here[LID], here[ACROSS], here[Z]
    hollow = bags * np.exp(-(((lid - 0.005) / 0.005) ** 2)) * (0.7 if here[LID_ABOVE] < 0.5 else 1.0) if lid < 0.018 else 0.0
    dark = max(1.0 + mottle * 0.05 * patches + (0.02 + 0.03 * mottle) * pores, 0.3) * (1.0 - 0.35 * hollow)
    if age > 0.2 and z > 0.028 and here[DEPTH] < 0.02:
        wave = np.sin(2 * np.pi * (z / 0.0085) + 0.6 * patches + 40.0 * abs(x))
        crease = max(wave - 0.75, 0.0) * 4.0 * (age - 0.2) * min((z - 0.028) / 0.008, 1.0)
        dark *= 1.0 - 0.22 * crease * max(1.0 - abs(x) / 0.045, 0.0)
    red = max(0.06 * mottle * blood + flush * here[FLUSH], -0.5)
    colour[0] = skin[0] * dark
    colour[1] = skin[1] * dark * (1.0 - 0.1 * hollow) / (1.0 + 0.6 * red)
    colour[2] = skin[2] * dark / (1.0 + 0.55 * red)
    _mix(colour, 0.45 * skin[0], 0.32 * skin[1], 0.22 * skin[2], freckles * 0.5 * max(spots - 1.3, 0.0) * (0.4 + here[FLUSH]))


@njit(cache=True, error_model="numpy", forceinline=True)
def _mouth_and_beard(here, skin, hair, lips, amounts, patches, strand, colour):
    """Lips, the shade of a shave, beard and moustache; returns by what shine is multiplied, and what is added to it."""
    lip_strength, lip_gloss, beard, moustache, shaven = amounts[8:13]
    bristle = min(max(0.5 + 0.6 * strand, 0.0), 1.0)
    grown, upper = here[BEARD] * (1.0 + 0.08 * patches), here[MOUSTACHE]
    lip = min(max(here[LIP] / 0.0016 + 0.5 + 0.12 * strand, 0.0), 1.0)
    _mix(colour, 0.35 * skin[0], 0.38 * skin[1], 0.42 * skin[2], 0.3 * shaven * max(grown, upper) * (1.0 - lip))
    chin = grown * min(2.0 * beard, 1.0) * min(max(1.6 * beard + 0.15 - 0.8 * bristle, 0.0) * 2.5, 1.0)
    above = upper * min(2.0 * moustache, 1.0) * min(max(1.6 * moustache + 0.05 - 0.8 * bristle, 0.0) * 2.5, 1.0)
    hairy = max(chin, above) * (1.0 - lip)
    _mix(colour, hair[0] * (0.5 + bristle), hair[1] * (0.5 + bristle), hair[2] * (0.5 + bristle), hairy)
    lines = 1.0 + 0.10 * strand + 0.05 * patches
    _mix(colour, lips[0] * lines, lips[1] * lines, lips[2] * lines, lip * (0.3 + 0.7 * lip_strength))
    if here[SEAM] < 0.006:
        _mix(colour, 0.25 * skin[0], 0.10 * skin[1], 0.10 * skin[2], 0.5 * np.exp(-((here[SEAM] / 0.0016) ** 2)))
    return 1.0 - 0.8 * hairy, lip * lip_gloss * (0.8 + 0.3 * strand)


@njit(cache=True, error_model="numpy", forceinline=True)
def _lids(here, painted, amounts, colour):
    """Eye shadow and liner; the roots of the lashes; returns the shine of the wet rim."""
    liner, shadow = amounts[6], amounts[7]
    lid, above = here[LID], here[LID_ABOVE]
    if shadow > 0 and above < 0.02:
        _mix(colour, painted[0], painted[1], painted[2], shadow * min(max((0.011 - above) / 0.006, 0.0), 1.0))
    if lid < 0.005:
        _mix(colour, 0.012, 0.008, 0.006, (0.25 + 0.75 * liner) * np.exp(-((lid / (0.0009 + 0.0008 * liner)) ** 2)))
    return 0.8 if lid < 0.0012 else 0.0


@njit(cache=True, error_model="numpy", forceinline=True)
def _brow_and_scalp(here, skin, brow, hair, amounts, brows, strand, colour):
    """Brows, and hair or its shade on the scalp; returns by what shine is multiplied."""
    line, bald, part = amounts[13:16]
    bristle, shine = min(max(0.5 + 0.6 * strand, 0.0), 1.0), 1.0
    if here[ALONG] > BROW_ENDS[0] and abs(here[UP]) < BROW_REACH:
        side = 0 if here[ACROSS] < 0 else 1
        u = (here[ALONG] - BROW_ENDS[0]) / (BROW_ENDS[1] - BROW_ENDS[0]) * (brows.shape[2] - 1)
        v = (BROW_REACH - here[UP]) / (2 * BROW_REACH) * (brows.shape[1] - 1)
        k, m = min(int(u), brows.shape[2] - 2), min(int(v), brows.shape[1] - 2)
        p, q = u - k, v - m
        cover = (brows[side, m, k] * (1 - p) + brows[side, m, k + 1] * p) * (1 - q)
        cover += (brows[side, m + 1, k] * (1 - p) + brows[side, m + 1, k + 1] * p) * q
        tint = 0.8 + 0.2 * bristle
        _mix(colour, brow[0] * tint, brow[1] * tint, brow[2] * tint, cover)
        shine = 1.0 - 0.7 * min(cover, 1.0)
    rise = (here[HAIRLINE] - line) / 0.008 + 0.5 * strand
    if rise > 0 and bald == 0.0:
        scalp = 0.75 + 0.25 * bristle
        _mix(colour, hair[0] * scalp, hair[1] * scalp, hair[2] * scalp, 0.9 * rise)
        return 0.3 * shine
    if rise > 0:
        _mix(colour, 0.4 * skin[0], 0.42 * skin[1], 0.45 * skin[2], 0.4 * max(part, 0.0) * min(rise, 1.0))
    return shine


@njit(cache=True, error_model="numpy")
def _skin(maps, noise, shifts, colours, amounts, brows, out):
    """The skin's chart, texel by texel; colours (5, 3) and 16 amounts as `paint` lists them."""
    count, height, width = maps.shape
    size = noise.shape[1]
    skin, brow, hair, lips, painted = colours[0], colours[1], colours[2], colours[3], colours[4]
    colour, here, drawn = np.empty(3, np.float32), np.empty(count, np.float32), np.empty(5, np.float32)
    for i in range(height):
        for j in range(width):
            for k in range(count):
                here[k] = maps[k, i, j]
            for k in range(4):
                drawn[k] = noise[k, (i + shifts[k, 0]) % size, (j + shifts[k, 1]) % size]
            drawn[4] = noise[0, (i + shifts[2, 1]) % size, (j + shifts[3, 0]) % size]
            patches, pores, spots, strand, blood = drawn[0], drawn[1], drawn[2], drawn[3], drawn[4]
            _bare(here, skin, amounts, patches, pores, spots, blood, colour)
            shine = amounts[3] * (0.55 + 0.45 * max(1.0 - abs(here[ACROSS]) / 0.03, 0.0) + 0.12 * pores)
            less, more = _mouth_and_beard(here, skin, hair, lips, amounts, patches, strand, colour)
            shine = shine * less + more + _lids(here, painted, amounts, colour)
            shine *= _brow_and_scalp(here, skin, brow, hair, amounts, brows, strand, colour)
            out[i, j, 0], out[i, j, 1], out[i, j, 2], out[i, j, 3] = colour[0], colour[1], colour[2], max(shine, 0.0)


def _brow_image(look: Appearance, rng: np.random.Generator) -> np.ndarray:
    """Cover (2, h, w) float32 of the right and left brow: single hairs over a faint shade."""
    out = np.zeros((2, *BROW_IMAGE), np.float32)
    count = int(80 + 420 * look.brow_density)
    for side in range(2):
        s = rng.uniform(-0.06, 1.05, count)
        spread = rng.uniform(-0.5, 0.5, count)
        width = look.brow_width * _outline(s, look.brow_taper) * rng.normal(1.0, 0.06)
        rise = look.brow_lift + look.brow_arch * np.sin(np.pi * np.clip(s, 0, 1) ** 1.5)
        root = rise + spread * width
        turn = 1.25 - 1.35 * np.clip(s, 0, 1) ** 0.7 - 0.9 * spread * np.clip(s, 0.2, 1) + rng.normal(0.0, 0.16, count)  # rad above along
        length = rng.uniform(0.0045, 0.008, count) * (0.75 + 0.5 * look.brow_width / 0.008) * np.where(s > 0.85, 0.7, 1.0)
        _hairs(s, root, turn, length, rng.uniform(0.4, 1.0, count) * (0.5 + 0.5 * look.brow_density), out[side])
        at, up = np.meshgrid(np.linspace(*BROW_ENDS, BROW_IMAGE[1]), np.linspace(BROW_REACH, -BROW_REACH, BROW_IMAGE[0]))
        wide = look.brow_width * _outline(at, look.brow_taper)
        middle = look.brow_lift + look.brow_arch * np.sin(np.pi * np.clip(at, 0, 1) ** 1.5)
        shade = np.exp(-(((up - middle) / (0.55 * wide + 1e-5)) ** 4)) * (wide > 1e-4)
        out[side] = 1.0 - (1.0 - np.minimum(out[side], 0.97)) ** 1.7 * (1.0 - 0.5 * look.brow_density * shade)
    return out


def _outline(s: np.ndarray, taper: float) -> np.ndarray:
    """Width of a brow (1 at its thickest) at s along it: a blunt inner end, a thin outer one."""
    inner, outer = np.clip((s + 0.1) / 0.18, 0, 1), np.clip((1.08 - s) / 0.75, 0, 1)
    return inner**0.7 * (1 - taper + taper * outer) * np.clip((1.08 - s) / 0.1, 0, 1)


@njit(cache=True)
def _hairs(s, root, turn, length, strength, image):
    """Draws hairs (N,) that bend along the brow, thinner at the tip, as cover 0..1 over `image`."""
    height, width = image.shape
    across = (width - 1) / (BROW_ENDS[1] - BROW_ENDS[0])
    down = (height - 1) / (2 * BROW_REACH)
    for n in range(len(s)):
        x, y, angle = s[n], root[n], turn[n]
        steps = 14
        for k in range(steps):
            u, v = (x - BROW_ENDS[0]) * across, (BROW_REACH - y) * down
            i, j = int(v), int(u)
            if 1 <= i < height - 2 and 1 <= j < width - 2:
                weight = strength[n] * (1.0 - 0.8 * k / steps) * 0.5
                p, q = u - j, v - i
                image[i, j] += weight * (1 - p) * (1 - q)
                image[i, j + 1] += weight * p * (1 - q)
                image[i + 1, j] += weight * (1 - p) * q
                image[i + 1, j + 1] += weight * p * q
            x += np.cos(angle) * length[n] / steps / 0.042  # a brow is about 42 mm long
            y += np.sin(angle) * length[n] / steps
            angle *= 0.97


def _eye(look: Appearance, rng: np.random.Generator) -> np.ndarray:
    """One eyeball's chart (CHART, CHART, 4): sclera with veins, iris of fibres with a dark rim, pupil."""
    axis = (np.arange(CHART) + 0.5 - CHART / 2) / (0.48 * CHART) * EYE_SPAN
    x, y = np.meshgrid(axis, axis)
    angle, round_ = np.hypot(x, y), np.arctan2(y, x)
    shift = rng.integers(0, WIDTH - CHART, 2)
    patches, _, spots, _ = (each[shift[0] :, shift[1] :][:CHART, :CHART] for each in noises())
    out = np.empty((CHART, CHART, 4), np.float32)
    colour = np.tile(look.sclera, (CHART, CHART, 1))
    veins = np.clip(1.0 - np.abs(spots + 0.5 * patches) / 0.12, 0, 1) * np.clip((angle - 0.5) / 0.5, 0, 1)
    pink = 0.35 * look.veins * np.clip((angle - 0.45) / 0.6, 0, 1) + 0.35 * look.veins * veins
    colour *= np.exp(-pink[..., None] * [0.15, 0.8, 0.8])
    fibres = _fibres(round_, rng)
    depth = np.clip(angle / look.iris_size, 0, 1)
    ring = np.exp(-(((depth - 0.55) / 0.15) ** 2))
    iris = look.iris * (0.65 + 0.55 * fibres * (0.5 + 0.5 * depth) + 0.3 * ring * rng.uniform(0, 1))[..., None]
    iris += rng.uniform(0.0, 0.35) * ring[..., None] * np.array([0.10, 0.05, 0.015])
    iris *= (1.0 - 0.75 * np.clip((depth - 0.78) / 0.2, 0, 1))[..., None]  # limbus
    colour = _over(colour, iris, np.clip((look.iris_size - angle) / 0.035 + 0.5, 0, 1))
    pupil = look.pupil_size
    colour = _over(colour, np.full(3, 0.003), np.clip((pupil - angle) / 0.02 + 0.5, 0, 1))
    out[..., :3], out[..., 3] = colour, 1.0
    return out


def _fibres(angle: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Brightness 0..1 by the angle round the pupil: threads of random thickness."""
    wave = np.zeros_like(angle)
    for turns in (9, 17, 29, 41, 60):
        wave += np.sin(turns * angle + rng.uniform(0, 2 * np.pi)) * rng.uniform(0.3, 1.0)
    return np.clip(0.5 + 0.25 * wave, 0, 1)


def _teeth(look: Appearance, rng: np.random.Generator) -> np.ndarray:
    """Charts of both rows (CHART, CHART, 4): single teeth with gaps, a darker root and gums."""
    out = np.empty((CHART, CHART, 4), np.float32)
    arc = np.abs(np.linspace(-1, 1, CHART) / 0.96)
    for row in range(2):
        edges = TOOTH_EDGES * (1.0 if row == 0 else 0.86)
        which = np.searchsorted(edges, arc)
        side = (np.arange(CHART) > CHART / 2) * 8
        shade = np.exp(rng.normal(0.0, 0.05, 16))[np.minimum(which + side, 15)]
        gap = np.min(np.abs(arc[:, None] - np.append(0.0, edges)), axis=1)
        up = (np.arange(CHART // 2)[::-1] / (CHART // 2) - 0.04) / 0.84  # 0 at the template's low end
        root = up if row == 0 else 1.0 - up  # 0 at the cutting edge
        crown = np.clip((0.55 + 0.05 * np.cos(2 * np.pi * gap / 0.15)[None] - root[:, None]) / 0.04, 0, 1)
        colour = look.teeth * shade[None, :, None] * (0.72 + 0.28 * np.clip(gap / 0.03, 0, 1))[None, :, None] * np.ones((CHART // 2, 1, 1))
        colour = colour * (1.0 - 0.15 * np.clip(root / 0.5, 0, 1))[:, None, None]
        colour = colour * (1.0 - 0.65 * np.exp(-((gap / 0.006) ** 2)))[None, :, None]
        gum = np.array([0.36, 0.10, 0.10]) * np.exp(rng.normal(0.0, 0.1, 3))
        part = out[row * CHART // 2 : (row + 1) * CHART // 2]
        part[..., :3], part[..., 3] = gum + crown[..., None] * (colour - gum), 0.9
    return out


def _inside(rng: np.random.Generator) -> np.ndarray:
    """Tongue above, the mouth's bag below (CHART, CHART, 4)."""
    shift = rng.integers(0, WIDTH - CHART, 2)
    patches, pores = (noises()[k][shift[0] :, shift[1] :][:CHART, :CHART] for k in (0, 2))
    out = np.empty((CHART, CHART, 4), np.float32)
    half = CHART // 2
    across = np.abs(np.linspace(-1, 1, CHART))
    tongue = np.array([0.34, 0.12, 0.11]) * np.exp(0.08 * patches + 0.08 * pores)[..., None]
    tongue *= (1.0 - 0.35 * np.exp(-((across / 0.06) ** 2)))[None, :, None]
    out[:half, :, :3] = tongue[:half]
    out[half:, :, :3] = (np.array([0.20, 0.05, 0.05]) * np.exp(0.06 * patches)[..., None])[half:]
    out[..., 3] = 0.7
    return out


def _over(under: np.ndarray, colour: np.ndarray, cover: np.ndarray) -> np.ndarray:
    return under + cover[..., None] * (colour - under)
