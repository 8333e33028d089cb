"""What a rendered training face looks like: skin, brows, lips, lashes, eyes, hair and stubble as functions of the place on the template.

Painted on the template in its rest shape, so they move with any person's skin; every face is drawn from a seed. CC0, like the heads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from ..head.landmarks import BROWS, LIPS_OUTER
from ..head.template import PARTS as PART_NAMES
from ..head.template import Template

# Skin from dark to light, linear RGB: ends of a line on which tones are drawn, with a random cast beside it
DARKEST, LIGHTEST, CAST = np.array([0.09, 0.045, 0.03]), np.array([0.78, 0.55, 0.44]), 0.06
IRISES = np.array([[0.10, 0.05, 0.02], [0.22, 0.12, 0.05], [0.12, 0.20, 0.10], [0.15, 0.25, 0.38], [0.25, 0.28, 0.30]])
HAIRS = np.array([[0.01, 0.008, 0.006], [0.05, 0.025, 0.012], [0.16, 0.09, 0.04], [0.45, 0.30, 0.14], [0.30, 0.09, 0.03], [0.5, 0.5, 0.5]])
IRIS, PUPIL, LIMBUS = 0.47, 0.19, 0.05  # rad from the eye's axis; the dark rim's width
WAVES = 24  # of the noise that makes skin uneven


@dataclass(frozen=True)
class Appearance:
    """One person's looks, all that `colours` needs; drawn by `random_appearance`."""

    skin: np.ndarray
    hair: np.ndarray
    iris: np.ndarray
    brow_width: float
    brow_strength: float
    brow_lift: float
    lip_colour: np.ndarray
    lip_strength: float
    lashes: float
    stubble: float
    hairline: float
    flush: float
    waves: np.ndarray
    phases: np.ndarray
    amounts: np.ndarray


def random_appearance(rng: np.random.Generator) -> Appearance:
    """A person's looks; brows, stubble and hair go from hardly there to heavy."""
    tone = rng.beta(1.6, 1.2)
    skin = DARKEST ** (1 - tone) * LIGHTEST**tone * np.exp(rng.normal(0.0, CAST, 3))
    hair = HAIRS[rng.integers(len(HAIRS) - (tone < 0.5) * 3)] * np.exp(rng.normal(0.0, 0.2))
    return Appearance(
        skin=skin,
        hair=hair,
        iris=IRISES[rng.integers(len(IRISES)) if tone > 0.6 else 0] * np.exp(rng.normal(0.0, 0.2, 3)),
        brow_width=rng.uniform(0.0018, 0.0045),
        brow_strength=rng.uniform(0.25, 0.95),
        brow_lift=rng.normal(0.0, 0.0012),
        lip_colour=skin * np.array([1.0, 0.6, 0.62]) * np.exp(rng.normal(0.0, 0.15, 3)) + np.array([0.05, 0.0, 0.0]) * rng.uniform(0, 2),
        lip_strength=rng.uniform(0.2, 0.9),
        lashes=rng.uniform(0.1, 0.8),
        stubble=max(0.0, rng.uniform(-0.7, 0.6)),
        hairline=rng.uniform(0.045, 0.09) if rng.uniform() < 0.8 else 1.0,
        flush=rng.uniform(0.0, 0.25),
        waves=rng.normal(0.0, 1.0, (WAVES, 3)) * 10 ** rng.uniform(1.3, 3.0, (WAVES, 1)),
        phases=rng.uniform(0.0, 2 * np.pi, WAVES),
        amounts=rng.uniform(0.0, 0.05, WAVES),
    )


class Paint:
    """What the template's places know of brows, lips and lids; made once, for any number of faces."""

    def __init__(self, template: Template):
        self.template = template
        points = template.landmark_points().astype(np.float64)
        brows = points[BROWS]
        self.brows = [_finer(brows[:5]), _finer(brows[5:])]
        self.brow_trees = [cKDTree(line[:, [0, 2]]) for line in self.brows]
        self.lips = points[LIPS_OUTER][:, [0, 2]]
        rims = np.concatenate([template.lid_rims["right_upper"], template.lid_rims["left_upper"]])
        self.lids = cKDTree(template.vertices[rims])
        self.mouth, self.chin = points[LIPS_OUTER].mean(axis=0), points[8]
        self.cheeks = np.array([[-0.035, -0.01, -0.04], [0.035, -0.01, -0.04], points[30]])

    def colours(self, place: np.ndarray, part: np.ndarray, look: Appearance) -> np.ndarray:
        """Linear RGB (N, 3) at places (N, 3) of the template at rest, which belong to parts (N,) (`template.PARTS`)."""
        names = np.array(PART_NAMES)[part]
        out = np.empty((len(place), 3))
        skin = np.isin(names, ("skin", "eye_socket"))
        out[skin] = self._skin(place[skin], look)
        for side, name in enumerate(("eye_right", "eye_left")):
            ball = names == name
            out[ball] = self._eye(place[ball] - self.template.eye_centres[side], look)
        out[names == "mouth_bag"] = [0.12, 0.02, 0.02]
        out[names == "tongue"] = [0.40, 0.13, 0.13]
        teeth = np.isin(names, ("teeth_upper", "teeth_lower"))
        out[teeth] = [0.72, 0.66, 0.55]
        return out

    def _skin(self, place: np.ndarray, look: Appearance) -> np.ndarray:
        uneven = (look.amounts * np.sin(place @ look.waves.T + look.phases)).sum(axis=1)
        colour = look.skin * np.exp(uneven)[:, None]
        near = np.exp(-(((place[:, None] - self.cheeks) ** 2).sum(axis=2) / 0.018**2)).max(axis=1)
        colour *= 1.0 - look.flush * near[:, None] * [0.0, 0.5, 0.5]
        colour = _over(colour, look.lip_colour, look.lip_strength * self._lip(place))
        below = np.clip((self.mouth[2] + 0.012 - place[:, 2]) / 0.02, 0, 1) * (place[:, 1] < 0.03) * (place[:, 2] > self.chin[2] - 0.02)
        colour = _over(colour, look.hair, 0.6 * look.stubble * below * (1.0 - self._lip(place)))
        colour = _over(colour, look.hair, look.brow_strength * self._brow(place, look))
        distance, _ = self.lids.query(place)
        colour = _over(colour, np.array([0.01, 0.008, 0.006]), look.lashes * np.exp(-((distance / 0.0012) ** 2)))
        line = look.hairline + 0.006 * np.sin(60 * place[:, 0] + look.phases[0]) + 0.5 * np.maximum(place[:, 1], 0) * (look.hairline < 0.9)
        scalp = np.clip((place[:, 2] + 1.6 * np.maximum(place[:, 1] - 0.03, 0) - line) / 0.006, 0, 1) * (place[:, 1] > -0.06)
        return _over(colour, look.hair * np.exp(3 * uneven)[:, None], 0.95 * scalp)

    def _brow(self, place: np.ndarray, look: Appearance) -> np.ndarray:
        flat = place[:, [0, 2]] - [0.0, look.brow_lift]
        cover = np.zeros(len(place))
        for line, tree in zip(self.brows, self.brow_trees, strict=True):
            distance, index = tree.query(flat)
            along = np.abs(line[index, 0])
            inner, outer = np.abs(line[:, 0]).min(), np.abs(line[:, 0]).max()
            thin = 1.0 - 0.6 * (along - inner) / (outer - inner)
            hairs = 0.75 + 0.25 * np.sin(9000 * place[:, 0] + 4000 * place[:, 2])
            cover = np.maximum(cover, hairs * np.clip((look.brow_width * thin - distance) / 0.0012 + 0.5, 0, 1))
        return cover * (place[:, 1] < 0.0)

    def _lip(self, place: np.ndarray) -> np.ndarray:
        inside = _signed_distance(place[:, [0, 2]], self.lips)
        return np.clip(inside / 0.0015 + 0.5, 0, 1) * (place[:, 1] < self.mouth[1] + 0.012)

    def _eye(self, offset: np.ndarray, look: Appearance) -> np.ndarray:
        angle = np.arccos(np.clip(-offset[:, 1] / np.maximum(np.linalg.norm(offset, axis=1), 1e-9), -1, 1))
        spokes = 0.85 + 0.15 * np.sin(40 * np.arctan2(offset[:, 2], offset[:, 0]) + look.phases[1])
        colour = np.tile([0.62, 0.58, 0.55], (len(offset), 1))
        colour = _over(colour, look.iris * spokes[:, None], np.clip((IRIS - angle) / 0.02 + 0.5, 0, 1))
        colour = _over(colour, look.iris * 0.3, np.exp(-(((angle - IRIS + LIMBUS / 2) / LIMBUS) ** 2)) * 0.8)
        return _over(colour, np.array([0.004, 0.004, 0.004]), np.clip((PUPIL - angle) / 0.02 + 0.5, 0, 1))


def _over(under: np.ndarray, colour: np.ndarray, cover: np.ndarray) -> np.ndarray:
    return under + np.clip(cover, 0, 1)[:, None] * (colour - under)


def _finer(line: np.ndarray, steps: int = 12) -> np.ndarray:
    """A polyline (N, 3) with `steps` points for each of its spans."""
    at = np.linspace(0, len(line) - 1, steps * (len(line) - 1) + 1)
    return np.stack([np.interp(at, np.arange(len(line)), line[:, k]) for k in range(3)], axis=1)


def _signed_distance(points: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """Distance (N,) of points (N, 2) to a closed polygon (M, 2), positive inside."""
    start, step = polygon, np.roll(polygon, -1, axis=0) - polygon
    offset = points[:, None] - start
    share = np.clip((offset * step).sum(axis=2) / (step**2).sum(axis=1), 0, 1)
    distance = np.linalg.norm(offset - share[..., None] * step, axis=2).min(axis=1)
    above = (start[:, 1] > points[:, 1, None]) != ((start + step)[:, 1] > points[:, 1, None])
    crossing = start[:, 0] + (points[:, 1, None] - start[:, 1]) / np.where(step[:, 1] == 0, 1e-12, step[:, 1]) * step[:, 0]
    inside = ((points[:, 0, None] < crossing) & above).sum(axis=1) % 2 == 1
    return np.where(inside, distance, -distance)
