"""Eyes of a fitted head: where they look, and their texture.

The template's eyeballs look straight ahead; the photo's irises turn them. Where the lids leave an eyeball free, its texture is the photo; beyond,
rings of the colours that the iris has at each distance from its middle, and a plain white.
"""

from __future__ import annotations

import functools

import numpy as np

from ..head.landmarks import EYE_LEFT, EYE_RIGHT
from ..head.parts import fit_sphere
from ..head.template import load_template
from .camera import Perspective, turned
from .layout import Layout
from .seen import View

SIDES = ("eye_right", "eye_left")
MOST_TURN = np.radians(35.0)
AGREE = np.radians(12.0)  # between both eyes' turns; beyond, the eye that is seen larger counts for both
LEAST_IRIS, MOST_IRIS = np.radians(17.0), np.radians(30.0)  # between an iris' middle and its rim, seen from the eyeball's centre
OPEN = 0.35  # of an iris' width that the lids must leave free of it for its place to be told
RINGS = 12
EACH = 12  # texels that tell a ring's colour
# Pupil, iris and its rim, where the photo does not show them: at shares of the iris' radius, sRGB
GENERIC_AT, GENERIC = (
    (0.0, 0.33, 0.42, 0.8, 1.0),
    np.array([[0.04] * 3, [0.05] * 3, [0.32, 0.22, 0.15], [0.28, 0.19, 0.12], [0.15, 0.10, 0.08]]),
)
WHITE = np.array([0.82, 0.78, 0.76])
SHADE = 0.4  # of the white's light is lost towards the corners and under the lids, two radii of an iris beyond its rim
SOFT = 0.12  # of an iris' radius: how softly it ends


@functools.lru_cache(maxsize=1)
def _poles() -> tuple[tuple[np.ndarray, int], ...]:
    """For each eye the template's vertices of it, and the one in the middle of its iris."""
    template = load_template()
    rows = [np.flatnonzero(template.is_part(side)) for side in SIDES]
    return tuple((ids, int(ids[template.vertices[ids, 1].argmin()])) for ids in rows)


def looking(vertices: np.ndarray, camera: Perspective, irises: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """vertices (V, 3) m of the template's topology with the eyeballs turned to where irises (2, 3) px, right and left, x, y and radius, are seen;
    marks (68, 2) px tell which eyes are open."""
    turns = [_turn(vertices, camera, iris, eye) for iris, eye in zip(irises, _poles(), strict=True)]
    lids = [marks[EYE_RIGHT], marks[EYE_LEFT]]
    open_ = [_gap(lid) > OPEN * 2 * iris[2] for lid, iris in zip(lids, irises, strict=True)]
    if not any(open_):
        return vertices
    better = int(np.argmax([np.ptp(lid[:, 0]) * shown for lid, shown in zip(lids, open_, strict=True)]))
    if not all(open_) or np.linalg.norm(turns[0] - turns[1]) > AGREE:
        turns = [turns[better]] * 2
    made = vertices.copy()
    for turn, (ids, _) in zip(turns, _poles(), strict=True):
        centre = fit_sphere(vertices[ids].astype(float))[0]
        made[ids] = (vertices[ids] - centre) @ turned(turn).T + centre
    return made


def _gap(lid: np.ndarray) -> float:
    """How far (px) the lids of six points (6, 2) are apart."""
    return float(np.linalg.norm(lid[[1, 2]] - lid[[5, 4]], axis=1).mean())


def _turn(vertices: np.ndarray, camera: Perspective, iris: np.ndarray, eye: tuple[np.ndarray, int]) -> np.ndarray:
    """The rotation vector (3,) that brings an eyeball's middle to where the ray through the iris meets it."""
    ids, pole = eye
    centre, radius, _ = fit_sphere(vertices[ids].astype(float))
    ray = np.append((iris[:2] - [camera.width / 2, camera.height / 2]) / camera.focal, 1.0) @ camera.rotation
    ray /= np.linalg.norm(ray)
    along = float((centre - camera.position()) @ ray)
    nearest = camera.position() + along * ray
    inside = radius**2 - float(((nearest - centre) ** 2).sum())
    target = nearest - np.sqrt(max(inside, 0.0)) * ray - centre
    before, after = (vector / np.linalg.norm(vector) for vector in (vertices[pole] - centre, target))
    axis = np.cross(before, after)
    sine = float(np.linalg.norm(axis))
    angle = min(float(np.arctan2(sine, before @ after)), float(MOST_TURN))
    return axis * (angle / max(sine, 1e-9))


def paint_eyes(
    made: np.ndarray, weight: np.ndarray, triangle: np.ndarray, rest: np.ndarray, posed: np.ndarray, irises: np.ndarray, layout: Layout,
    view: View, vertices: np.ndarray, neutral: np.ndarray,
) -> None:  # fmt: skip
    """Writes colours (N, 3) 0..1 and weights (N,) of the texels of both eyes; triangle (N,) of each texel, its place (N, 3) m at rest and as posed in
    the photo, the head's vertices (V, 3) m in the photo, and neutral."""
    rows = [layout.is_part(side)[triangle] for side in SIDES]
    shares, colours, weights = [], [], []
    for own, iris, (ids, pole) in zip(rows, irises, _poles(), strict=True):
        centre, radius, _ = fit_sphere(vertices[ids].astype(float))
        outward = (posed[own] - centre) / radius
        towards = view.camera.position() - posed[own]
        facing = (outward * towards).sum(axis=1) / np.linalg.norm(towards, axis=1)
        colour, sure = view.sample(posed[own], facing, {"eyes": 1.0})
        depth = float(view.camera.project(centre)[1])
        rim = float(np.clip(np.arcsin(min(iris[2] * depth / view.camera.focal / radius, 0.9)), LEAST_IRIS, MOST_IRIS))
        middle = fit_sphere(neutral[ids].astype(float))[0]
        ahead = (neutral[pole] - middle) / np.linalg.norm(neutral[pole] - middle)
        straight = (rest[own] - middle) / np.linalg.norm(rest[own] - middle, axis=1, keepdims=True)
        shares.append(np.arccos(np.clip(straight @ ahead, -1.0, 1.0)) / rim)
        colours.append(colour)
        weights.append(sure)
    rings, white = _rings(np.concatenate(shares), np.concatenate(colours), np.concatenate(weights))
    for own, share, colour, sure in zip(rows, shares, colours, weights, strict=True):
        iris = np.stack([np.interp(share, np.linspace(0.0, 1.0, RINGS), rings[:, k]) for k in range(3)], axis=1)
        outside = np.clip((share - 1.0 + SOFT / 2) / SOFT, 0.0, 1.0)[:, None]
        shade = 1.0 - SHADE * np.clip((share - 1.0) / 2.0, 0.0, 1.0)[:, None]
        painted = iris + outside * (white * shade - iris)
        made[own] = painted + sure[:, None] * (colour - painted)
        weight[own] = sure


def _rings(share: np.ndarray, colour: np.ndarray, sure: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Colours (RINGS, 3) of an iris from its middle to its rim, and its white (3,), from samples at `share` (N,) of its radius."""
    at = np.linspace(0.0, 1.0, RINGS)
    generic = np.stack([np.interp(at, GENERIC_AT, GENERIC[:, k]) for k in range(3)], axis=1)
    shown = sure > 0.5
    ring = np.round(share * (RINGS - 1)).astype(int)
    known = [k for k in range(RINGS) if (shown & (ring == k)).sum() >= EACH]
    rings = generic
    if len(known) > RINGS // 3:
        found = np.array([np.median(colour[shown & (ring == k)], axis=0) for k in known])
        rings = np.stack([np.interp(at, at[known], found[:, k]) for k in range(3)], axis=1)
    beside = colour[shown & (share > 1.2) & (share < 2.2)]
    if len(beside) < EACH:
        return rings, WHITE
    brightness = beside.mean(axis=1)
    return rings, np.median(beside[brightness >= np.median(brightness)], axis=0)
