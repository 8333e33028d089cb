"""A synthetic person's face: the ARKit units carried to their own shape, and what keeps a real face from being a sum of them."""

from __future__ import annotations

import numpy as np

from ..head.contact import keep_outside, seam_gap
from ..head.template import Template
from .deformation_transfer import DeformationTransfer
from .soft_tissue import SoftTissue
from .synthetic_recipes import CORRECTIVES, sided

# What each does: units follow the person's shape; the jaw turns about its hinge; slack skin follows late; units that pull the same skin hinder
# or help each other there; soft tissue keeps its volume; lids slide over the eyeball; lips and lids meet.
INGREDIENTS = ("transfer", "jaw", "slack", "pairs", "tissue", "lids", "contact")
STILL = 1e-6  # m
EYE_CLEARANCE, EYE_REACH = 1.005, 2.0  # of the eyeball's radius
LIP_REACH, LID_REACH = 0.006, 0.004  # m; how far around a seam its skin gives way
MEETINGS = 3  # rounds until edges that overlap have parted to 0.02 mm
BLINK_MOST = 1.5  # factor up to which a blink is strengthened to close a large eye
CONDYLE = 0.062  # m from the middle to the jaw joints
SOLVED = 6  # rounds until unit and bulge together are the sculpted unit
SLACK = 0.9  # share of its motion that far skin makes late
PAIR_REACH = 0.35  # of a unit's largest displacement, from which it fully hinders another one at a vertex


def rotate(points: np.ndarray, axis: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Points (..., 3) turned about a unit axis (3,) through the origin by angles (...) rad (Rodrigues)."""
    along = (points @ axis)[..., None] * axis
    cosine, sine = np.cos(angle)[..., None], np.sin(angle)[..., None]
    return along + cosine * (points - along) + sine * np.cross(axis, points)


class Units:
    """The template's units prepared once: the jaw's share of every vertex, and the fields to carry to each person.

    `without` leaves ingredients out, to measure what each is worth.
    """

    def __init__(self, template: Template, without: tuple[str, ...] = ()):
        self.template = template
        self.has = {name: name not in without for name in INGREDIENTS}
        self.names = template.arkit_names
        self.jaw = self.names.index("jawOpen")
        self.tissue = SoftTissue(template)
        original = template.arkit_fields().astype(np.float64)
        fields = original.copy()
        neutral = template.vertices.astype(np.float64)
        if self.has["tissue"]:  # the sculpted units hold the bulge at full weight; it is made anew wherever skin is squeezed
            thickness = self.tissue.thickness(neutral)
            for _ in range(SOLVED):
                fields = original - self.tissue.bulge(neutral, fields, thickness)
        self.jaw_share = self._jaw_share(original[self.jaw], neutral)
        if self.has["jaw"]:
            offset = neutral - template.jaw_hinge
            back = rotate(offset + fields[self.jaw], template.jaw_axis, -self.jaw_share * template.jaw_open_angle)
            fields[self.jaw] = back - offset
        self.fields = fields
        size = np.linalg.norm(original, axis=2)
        relative = size / np.maximum(size.max(axis=1, keepdims=True), STILL)
        self.slack = SLACK * (1.0 - relative) ** 2 * self.has["slack"]
        self.pairs = self._pairs(relative)
        self.soft = template.is_part("skin", "mouth_bag", "eye_socket")
        body = np.flatnonzero(self.soft)
        place = np.full(len(neutral), -1)
        place[body] = np.arange(len(body))
        triangles = place[template.triangles]
        triangles = triangles[(triangles >= 0).all(axis=1)]
        self.body = body
        self.carry = DeformationTransfer(neutral[body], triangles, size.max(axis=0)[body] < STILL, fields[:, body])

    def _jaw_share(self, field: np.ndarray, neutral: np.ndarray) -> np.ndarray:
        """How far (V,) in [0, 1] each vertex turns with the jaw: the rotation's share in the sculpted opening."""
        offset = neutral - self.template.jaw_hinge
        opened = rotate(offset, self.template.jaw_axis, np.full(len(offset), self.template.jaw_open_angle)) - offset
        return np.clip((field * opened).sum(axis=1) / np.maximum((opened**2).sum(axis=1), 1e-8), 0.0, 1.0)

    def _pairs(self, relative: np.ndarray) -> list[tuple[list[int], int, np.ndarray]]:
        """Causes, unit, and the part (V,) of the unit's field that is added for each full weight of cause and unit together."""
        found = []
        for first, second, amount in CORRECTIVES if self.has["pairs"] else ():
            causes, effects = sided(first, self.names), sided(second, self.names)
            for k, unit in enumerate(effects):
                acting = [causes[k]] if len(causes) == len(effects) else causes
                where = np.minimum(relative[acting].max(axis=0) / PAIR_REACH, 1.0)
                found.append((acting, unit, amount * where))
        return found


class FaceRig:
    """One person: neutral (V, 3) m on the template's topology, and its displacement for any weights of the 52 units."""

    def __init__(self, units: Units, neutral: np.ndarray):
        template = units.template
        self.units, self.neutral = units, np.asarray(neutral, np.float64)
        self.fields = units.fields.copy()  # eyes, teeth and tongue keep the template's motion: heads are at its size
        if units.has["transfer"]:
            self.fields[:, units.body] = units.carry.onto(self.neutral[units.body])
        self.seams = [Seam(self, template.lip_seams["upper"], template.lip_seams["lower"], LIP_REACH, units.jaw_share > 0.5)]
        for side in ("right", "left"):
            upper, lower = template.lid_rims[f"{side}_upper"], template.lid_rims[f"{side}_lower"]
            below = self.neutral[:, 2] < 0.5 * (self.neutral[upper, 2].mean() + self.neutral[lower, 2].mean())
            self.seams.append(Seam(self, upper, lower, LID_REACH, below))
        self._close_blinks()
        late = units.slack[..., None] * self.fields
        pairs = [part[:, None] * self.fields[unit] for _, unit, part in units.pairs]
        self.basis = np.concatenate([self.fields - late, late, np.reshape(pairs, (-1, *late.shape[1:]))]).astype(np.float32)
        self.thickness = units.tissue.thickness(self.neutral)
        joints = template.jaw_hinge + np.array([[-CONDYLE, 0.0, 0.0], [CONDYLE, 0.0, 0.0]])
        skin = np.flatnonzero(template.is_part("skin"))
        distance = np.linalg.norm(template.vertices[skin, None] - joints, axis=2)
        near = skin[np.unique(np.argsort(distance, axis=0)[:12])]
        self.hinge = template.jaw_hinge + (self.neutral[near] - template.vertices[near]).mean(axis=0) * [0.0, 1.0, 1.0]
        self.eyes = [self._eye(template.is_part(name)) for name in ("eye_right", "eye_left")]

    def _eye(self, ball: np.ndarray) -> tuple[np.ndarray, float]:
        centre = self.neutral[ball].mean(axis=0)
        return centre, float(np.linalg.norm(self.neutral[ball] - centre, axis=1).mean())

    def _close_blinks(self) -> None:
        """Blinks that would leave a large eye open close it; lids that then overlap meet."""
        for seam, unit in zip(self.seams[1:], ("eyeBlinkRight", "eyeBlinkLeft"), strict=True):
            field = self.fields[self.units.names.index(unit)]
            wide = seam.rest > 0.5 * seam.rest.max()
            fallen = seam.rest - seam.gap(self.neutral + field)
            field *= np.clip((seam.rest / np.maximum(fallen, STILL))[wide].max(), 1.0, BLINK_MOST)

    def displacement(self, weights: np.ndarray) -> np.ndarray:
        """Displacement (F, V, 3) m from neutral for weights (F, 52) of the units; zero weights give exactly zero."""
        template, units = self.units.template, self.units
        together = [weights[:, causes].mean(axis=1).clip(0.0, 1.0) * weights[:, unit] for causes, unit, _ in units.pairs]
        late = weights * np.minimum(np.abs(weights), 1.0)
        acting = np.concatenate([weights, late, np.reshape(together, (-1, len(weights))).T], axis=1).astype(np.float32)
        moved = (acting @ self.basis.reshape(len(self.basis), -1)).reshape(len(weights), -1, 3).astype(np.float64)
        if units.has["jaw"]:
            offset = self.neutral + moved - self.hinge
            angle = np.maximum(weights[:, units.jaw], 0.0)[:, None] * template.jaw_open_angle * units.jaw_share
            moved = rotate(offset, template.jaw_axis, angle) + self.hinge - self.neutral
        if units.has["tissue"]:
            moved += units.tissue.bulge(self.neutral, moved, self.thickness)
        if units.has["contact"]:
            for seam in self.seams:
                seam.part(moved)
        if units.has["lids"]:
            for centre, radius in self.eyes:
                keep_outside(moved, self.neutral, units.soft, centre, radius, clearance=EYE_CLEARANCE, reach=EYE_REACH)
        moved[~weights.any(axis=1)] = 0.0
        return moved


class Seam:
    """Two edges that close on each other, such as lips or lids, in one person's face."""

    def __init__(self, rig: FaceRig, upper: np.ndarray, lower: np.ndarray, reach: float, below: np.ndarray):
        """upper, lower: vertex ids along the edges; reach m around them; below (V,) mask of what belongs to the lower side."""
        self.neutral, self.upper, self.lower = rig.neutral, upper, lower
        nearest = [np.linalg.norm(rig.neutral[:, None] - rig.neutral[edge], axis=2).min(axis=1) for edge in (upper, lower)]
        side = np.where(below, -1.0, 1.0)
        side[upper], side[lower] = 1.0, -1.0
        self.pull = side * np.exp(-((np.minimum(*nearest) / reach) ** 2)) * rig.units.soft
        self.rest = self.gap(rig.neutral)

    def gap(self, vertices: np.ndarray) -> np.ndarray:
        """Height (lower edge,) m of the upper edge above each vertex of the lower one."""
        return seam_gap(vertices, self.upper, self.lower)

    def part(self, moved: np.ndarray) -> None:
        """Edges that would pass through each other meet half way, in place (F, V, 3); a neutral overlap is left as it is."""
        for frame in (frame for frame in moved for _ in range(MEETINGS)):
            overlap = np.maximum(np.minimum(self.rest, 0.0) - self.gap(self.neutral + frame), 0.0)
            if overlap.any():
                place = self.neutral[:, 0] + frame[:, 0]
                order = np.argsort(place[self.lower])
                frame[:, 2] += 0.5 * self.pull * np.interp(place, place[self.lower][order], overlap[order])
