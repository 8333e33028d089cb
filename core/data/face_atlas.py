"""Where the parts of the template lie in the picture that holds a person's paint, and what every texel there knows of the face around it.

Skin is unrolled from the head's middle, the face finer than the back; eyeballs, teeth and the mouth's inside have charts of their own below.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt, zoom

from ..head.landmarks import BROWS, LIPS_OUTER
from ..head.template import PARTS, Template, load_template
from .render_kernels import STRANDS, draw, segments_distance

WIDTH, SKIN, CHART = 1024, 1024, 256  # texels: the atlas' width, the skin's height, and a side of the charts below it
HEIGHT = SKIN + CHART
MIDDLE = np.array([0.0, 0.06, -0.02])  # m; the skin is unrolled from here
FRONT_SHARE = 2.4  # by which the face is finer than the back of the head
EYE_SPAN = 2.2  # rad from the eye's front, at the rim of its chart
COARSE = 2  # texels between the places where the surroundings are measured
EARS = np.array([[0.066, 0.058, -0.05], [0.09, 0.105, 0.012]])  # m; a box around the left ear
MAPS = (
    "across", "depth", "height", "brow_along", "brow_up", "lip", "seam", "lid", "lid_above", "flush", "beard", "moustache", "hairline",
)  # fmt: skip


@dataclass(frozen=True)
class Atlas:
    """corner_uv (T, 3, 2) float32 texels of the template's triangles' corners; maps (13, SKIN, WIDTH) float32, named in MAPS.

    across, depth, height m: the place on the template; brow_along 0 (inner) to 1 (outer end), a quarter beyond, brow_up m above the brow's line;
    lip m inside the lips' outline; seam, lid m to the lips' seam and the nearest lid rim, lid_above m above an upper rim; flush, beard and
    moustache 0..1; hairline: m above which hair begins.
    """

    corner_uv: np.ndarray
    maps: np.ndarray

    def map(self, name: str) -> np.ndarray:
        return self.maps[MAPS.index(name)]


@functools.lru_cache(maxsize=1)
def load_atlas() -> Atlas:
    """The template's atlas, made once (about a second)."""
    template = load_template()
    corner_uv = _charts(template)
    return Atlas(corner_uv, _surroundings(template, _places(template, corner_uv)))


def in_ear(place: np.ndarray) -> np.ndarray:
    """Which of places (N, 3) belong to an ear."""
    mirrored = np.abs(place) * [1, 0, 0] + place * [0, 1, 1]
    return ((mirrored > EARS[0]) & (mirrored < EARS[1])).all(axis=1)


def hair_height(place: np.ndarray) -> np.ndarray:
    """Height (N,) m of places (N, 3) as hairlines see it: above the eyes in front, more before and behind the ears and towards the nape."""
    back = np.clip((place[:, 1] - 0.012) / 0.04, 0.0, 1.0)
    return place[:, 2] + 0.07 * back**2 * (3.0 - 2.0 * back) + 0.6 * np.maximum(place[:, 1] - 0.05, 0.0)


def eye_chart(side: int) -> tuple[float, float]:
    """Middle (x, y) texels of the chart of the right (0) or left (1) eyeball."""
    return CHART * (side + 0.5), SKIN + 0.5 * CHART


def chart_of(place: np.ndarray) -> np.ndarray:
    """Texels (..., 2) in the skin's chart of places (..., 3) m on or beside the template."""
    offset = place - MIDDLE
    azimuth = np.arctan2(offset[..., 0], -offset[..., 1]) / np.pi
    spread = np.sign(azimuth) * (1.0 - np.maximum(1.0 - np.abs(azimuth), 0.0) ** FRONT_SHARE)
    height = np.arctan2(offset[..., 2], np.hypot(offset[..., 0], offset[..., 1])) / np.pi
    return np.stack([WIDTH * (0.5 + 0.48 * spread), SKIN * (0.5 - 0.98 * height)], axis=-1)


def _charts(template: Template) -> np.ndarray:
    place, part = template.vertices[template.triangles].astype(np.float64), template.part[template.triangles[:, 0]]
    out = chart_of(place)
    behind = np.ptp(out[..., 0], axis=1) > 0.5 * WIDTH
    out[behind, :, 0] = np.where(out[behind, :, 0] < 0.5 * WIDTH, 0.98 * WIDTH, out[behind, :, 0])
    for side, name in enumerate(("eye_right", "eye_left")):
        ball = place - template.eye_centres[side]
        angle = np.arccos(np.clip(-ball[..., 1] / np.linalg.norm(ball, axis=2), -1, 1))
        rim = np.maximum(np.hypot(ball[..., 0], ball[..., 2]), 1e-9)
        chart = np.stack([ball[..., 0] / rim, -ball[..., 2] / rim], axis=2) * (0.48 * CHART * np.minimum(angle / EYE_SPAN, 1.0))[..., None]
        chosen = part == PARTS.index(name)
        out[chosen] = (chart + eye_chart(side))[chosen]
    for row, name in enumerate(("teeth_upper", "teeth_lower")):
        chosen = part == PARTS.index(name)
        low, high = place[chosen][..., 2].min(), place[chosen][..., 2].max()
        arc = np.arctan2(place[..., 0], 0.035 - place[..., 1]) / 1.6  # -1..1 along the dental arch
        out[chosen, :, 0] = (CHART * (2.5 + 0.48 * np.clip(arc, -1, 1)))[chosen]
        out[chosen, :, 1] = (SKIN + CHART * (0.5 * row + 0.46 - 0.42 * (place[..., 2] - low) / (high - low)))[chosen]
    for row, name in enumerate(("tongue", "mouth_bag")):
        chosen = part == PARTS.index(name)
        low, high = place[chosen].reshape(-1, 3).min(axis=0), place[chosen].reshape(-1, 3).max(axis=0)
        share = (place[chosen] - low) / (high - low)
        out[chosen, :, 0] = CHART * (3.04 + 0.92 * share[..., 0])
        out[chosen, :, 1] = SKIN + CHART * (0.5 * row + 0.04 + 0.42 * share[..., 1])
    return out.astype(np.float32)


def _places(template: Template, corner_uv: np.ndarray) -> np.ndarray:
    """The place (h, w, 3) m on the template of every COARSE-th texel of the skin's chart; the outermost where several share it."""
    skin = np.flatnonzero(template.is_part("skin")[template.triangles].all(axis=1))
    corners = template.triangles[skin]
    screen = (corner_uv[skin].reshape(-1, 2) / COARSE).astype(np.float32)
    place = template.vertices[corners.ravel()]
    own = np.arange(len(screen), dtype=np.int32).reshape(-1, 3)
    shape = (SKIN // COARSE, WIDTH // COARSE)
    ids, buffer = np.full(shape, -1, np.int32), np.full(shape, -1e9, np.float32)
    radius = np.linalg.norm(place - MIDDLE, axis=1).astype(np.float32)
    whole = np.ones(len(screen), np.float32)
    draw(screen, radius, own, 0, False, corner_uv[skin], whole, np.zeros((STRANDS, STRANDS), np.float32), ids, buffer)
    row, column = np.nonzero(ids >= 0)
    corner = screen[own[ids[row, column]]].astype(np.float64)
    point = np.stack([column + 0.5, row + 0.5], axis=1)
    first, second = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    area = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    away = point - corner[:, 0]
    one = (away[:, 0] * second[:, 1] - away[:, 1] * second[:, 0]) / area
    two = (first[:, 0] * away[:, 1] - first[:, 1] * away[:, 0]) / area
    out = np.zeros((*shape, 3))
    out[row, column] = np.einsum("nk,nkd->nd", np.stack([1 - one - two, one, two], axis=1), place[own[ids[row, column]]])
    nearest = distance_transform_edt(ids < 0, return_distances=False, return_indices=True)
    return out[nearest[0], nearest[1]]


def _surroundings(template: Template, place: np.ndarray) -> np.ndarray:
    points, at = template.landmark_points().astype(np.float64), np.ascontiguousarray(place.reshape(-1, 3))
    found: dict[str, np.ndarray] = dict(zip(("across", "depth", "height"), at.T, strict=True))
    found |= _brows(at, points)
    outline = rounded(points[LIPS_OUTER])
    found["lip"] = np.where(at[:, 1] < outline[:, 1].mean() + 0.012, signed_distance(at[:, [0, 2]], outline[:, [0, 2]]), -0.05)
    seam = np.concatenate([template.vertices[template.lip_seams["upper"]], template.vertices[template.lip_seams["lower"]]]).astype(float)
    found["seam"] = segments_distance(at, seam[np.argsort(seam[:, 0])])[0]
    rims = [template.vertices[template.lid_rims[name]].astype(float) for name in ("right_upper", "left_upper", "right_lower", "left_lower")]
    near = np.stack([segments_distance(at, rim)[0] for rim in rims])
    found["lid"] = near.min(axis=0)
    middle = np.where(at[:, 0] < 0, rims[0][:, 2].mean(), rims[1][:, 2].mean())
    found["lid_above"] = np.where(at[:, 2] > middle, near[:2].min(axis=0), 1.0)
    cheeks = np.array([[-0.036, -0.012, -0.04], [0.036, -0.012, -0.04], points[30]])
    found["flush"] = np.exp(-(((at[:, None] - cheeks) ** 2).sum(axis=2) / 0.018**2)).max(axis=1)
    found |= _beard(at, points)
    found["hairline"] = np.where(in_ear(at), -0.2, hair_height(at))
    coarse = np.stack([found[name].reshape(place.shape[:2]) for name in MAPS])
    return np.stack([zoom(each.astype(np.float32), COARSE, order=1, grid_mode=True, mode="nearest") for each in coarse])


def _brows(at: np.ndarray, points: np.ndarray) -> dict[str, np.ndarray]:
    """brow_along and brow_up: -1 and 1 m away from any brow."""
    along, up = np.full(len(at), -1.0), np.ones(len(at))
    for marks in (points[BROWS][4::-1], points[BROWS][5:]):  # from the inner end outwards, a span longer at either end
        line = np.concatenate([2 * marks[:1] - marks[1:2], marks, 2 * marks[-1:] - marks[-2:-1]])
        distance, place, side = segments_distance(at, line)
        near = (distance < 0.016) & (at[:, 0] * marks[2, 0] > 0)
        along[near] = (6.0 * place[near] - 1.0) / 4.0
        up[near] = np.where(side >= 0, distance, -distance)[near]
    return {"brow_along": along, "brow_up": up}


def _beard(at: np.ndarray, points: np.ndarray) -> dict[str, np.ndarray]:
    """Where beards grow: jaw, chin and a strip before the ear; the moustache between nose and upper lip."""
    mouth, nose = points[LIPS_OUTER].mean(axis=0), points[33]
    lower = np.clip((mouth[2] + 0.002 + 0.5 * np.maximum(np.abs(at[:, 0]) - 0.02, 0) - at[:, 2]) / 0.012, 0, 1)
    sides = np.clip((0.012 - np.abs(at[:, 1] - 0.052)) / 0.006, 0, 1) * np.clip((0.01 - at[:, 2]) / 0.01, 0, 1)
    above_neck = np.clip((at[:, 2] - points[8][2] + 0.022) / 0.01, 0, 1) * np.clip((0.07 - at[:, 1]) / 0.01, 0, 1)
    between = np.clip((nose[2] - 0.003 - at[:, 2]) / 0.003, 0, 1) * np.clip((0.03 - np.abs(at[:, 0])) / 0.006, 0, 1)
    return {
        "beard": np.maximum(lower, sides) * above_neck,
        "moustache": between * np.clip((at[:, 2] - mouth[2] + 0.004) / 0.004, 0, 1) * (at[:, 1] < 0.02),
    }


def rounded(loop: np.ndarray, steps: int = 6) -> np.ndarray:
    """A closed polyline (N, 3) with `steps` points for each span, on Catmull and Rom's curve through its points."""
    a, b, c, d = (np.roll(loop, shift, axis=0)[:, None] for shift in (1, 0, -1, -2))
    t = (np.arange(steps) / steps)[:, None]
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    return curve.reshape(-1, loop.shape[1])


def signed_distance(points: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """Distance (N,) of points (N, 2) to a closed polygon (M, 2), positive inside."""
    closed = np.concatenate([polygon, polygon[:1]])
    flat = [np.ascontiguousarray(np.column_stack([each, np.zeros(len(each))])) for each in (points, closed)]
    distance = segments_distance(*flat)[0]
    start, step = closed[:-1], np.diff(closed, axis=0)
    above = (start[:, 1] > points[:, 1, None]) != ((start + step)[:, 1] > points[:, 1, None])
    crossing = start[:, 0] + (points[:, 1, None] - start[:, 1]) / np.where(step[:, 1] == 0, 1e-12, step[:, 1]) * step[:, 0]
    inside = ((points[:, 0, None] < crossing) & above).sum(axis=1) % 2 == 1
    return np.where(inside, distance, -distance)
