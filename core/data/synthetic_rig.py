"""A synthetic person's face: the ARKit units carried to their shape, the jaw as a rotation, lids over the eyeballs, lips in contact."""

from __future__ import annotations

import numpy as np

from ..head.contact import keep_outside
from ..head.template import Template
from .deformation_transfer import DeformationTransfer
from .synthetic_recipes import corrected

STILL = 1e-6  # m
EYE_CLEARANCE, EYE_REACH = 1.005, 2.0  # of the eyeball's radius
LIP_REACH = 0.006  # m; how far around the seam a lip gives way
CONDYLE = 0.062  # m from the middle to the jaw joints


def rotate(points: np.ndarray, axis: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Points (..., 3) turned about a unit axis (3,) through the origin by angles (...) rad (Rodrigues)."""
    along = (points @ axis)[..., None] * axis
    cosine, sine = np.cos(angle)[..., None], np.sin(angle)[..., None]
    return along + cosine * (points - along) + sine * np.cross(axis, points)


class Units:
    """The template's units prepared once: the jaw's share of every vertex, and the fields to carry to each person."""

    def __init__(self, template: Template):
        self.template = template
        self.names = template.arkit_names
        self.jaw = self.names.index("jawOpen")
        fields = template.arkit_fields().astype(np.float64)
        neutral = template.vertices.astype(np.float64)
        offset = neutral - template.jaw_hinge
        opened = rotate(offset, template.jaw_axis, np.full(len(offset), template.jaw_open_angle)) - offset
        share = (fields[self.jaw] * opened).sum(axis=1) / np.maximum((opened**2).sum(axis=1), 1e-8)
        self.jaw_share = np.clip(share, 0.0, 1.0)
        turned = rotate(offset, template.jaw_axis, self.jaw_share * template.jaw_open_angle) - offset
        fields[self.jaw] -= turned
        self.fields = fields
        self.soft = template.is_part("skin", "mouth_bag", "eye_socket")
        body = np.flatnonzero(self.soft)
        place = np.full(len(neutral), -1)
        place[body] = np.arange(len(body))
        triangles = place[template.triangles]
        triangles = triangles[(triangles >= 0).all(axis=1)]
        fixed = np.linalg.norm(template.arkit_fields(), axis=2).max(axis=0)[body] < STILL
        self.body = body
        self.carry = DeformationTransfer(neutral[body], triangles, fixed, fields[:, body])


class FaceRig:
    """One person: neutral (V, 3) m on the template's topology, and its displacement for any weights of the 52 units."""

    def __init__(self, units: Units, neutral: np.ndarray):
        template = units.template
        self.units, self.neutral = units, np.asarray(neutral, np.float64)
        self.fields = units.fields.copy()  # eyes, teeth and tongue keep the template's motion: heads are at its size
        self.fields[:, units.body] = units.carry.onto(self.neutral[units.body])
        joints = template.jaw_hinge + np.array([[-CONDYLE, 0.0, 0.0], [CONDYLE, 0.0, 0.0]])
        skin = np.flatnonzero(template.is_part("skin"))
        distance = np.linalg.norm(template.vertices[skin, None] - joints, axis=2)
        near = skin[np.unique(np.argsort(distance, axis=0)[:12])]
        self.hinge = template.jaw_hinge + (self.neutral[near] - template.vertices[near]).mean(axis=0) * [0.0, 1.0, 1.0]
        self.eyes = [self._eye(template.is_part(name)) for name in ("eye_right", "eye_left")]
        self.upper, self.lower = template.lip_seams["upper"], template.lip_seams["lower"]
        self.lip_pull = self._lip_pull()

    def _eye(self, ball: np.ndarray) -> tuple[np.ndarray, float]:
        centre = self.neutral[ball].mean(axis=0)
        return centre, float(np.linalg.norm(self.neutral[ball] - centre, axis=1).mean())

    def _lip_pull(self) -> np.ndarray:
        """Share (V,) of a seam's correction that a vertex follows: positive on the upper lip, negative on the lower."""
        upper = np.linalg.norm(self.neutral[:, None] - self.neutral[self.upper], axis=2).min(axis=1)
        lower = np.linalg.norm(self.neutral[:, None] - self.neutral[self.lower], axis=2).min(axis=1)
        side = np.where(self.units.jaw_share > 0.5, -1.0, 1.0)
        side[self.upper], side[self.lower] = 1.0, -1.0
        return side * np.exp(-((np.minimum(upper, lower) / LIP_REACH) ** 2)) * self.units.soft

    def displacement(self, weights: np.ndarray) -> np.ndarray:
        """Displacement (F, V, 3) m from neutral for weights (F, 52) of the units; zero weights give exactly zero."""
        template, units = self.units.template, self.units
        acting = corrected(weights, units.names)
        moved = np.tensordot(acting, self.fields, axes=1)
        offset = self.neutral + moved - self.hinge
        angle = np.maximum(acting[:, units.jaw], 0.0)[:, None] * template.jaw_open_angle * units.jaw_share
        moved = rotate(offset, template.jaw_axis, angle) + self.hinge - self.neutral
        self._part_lips(moved)
        for centre, radius in self.eyes:
            keep_outside(moved, self.neutral, units.soft, centre, radius, clearance=EYE_CLEARANCE, reach=EYE_REACH)
        moved[~weights.any(axis=1)] = 0.0
        return moved

    def _part_lips(self, moved: np.ndarray) -> None:
        """Lips that would pass through each other meet half way, in place; a neutral overlap is left as it is."""
        rest = self._gap(self.neutral)
        for frame in moved:
            overlap = np.maximum(np.minimum(rest, 0.0) - self._gap(self.neutral + frame), 0.0)
            if overlap.any():
                place = self.neutral[:, 0] + frame[:, 0]
                order = np.argsort(place[self.lower])
                frame[:, 2] += 0.5 * self.lip_pull * np.interp(place, place[self.lower][order], overlap[order])

    def _gap(self, vertices: np.ndarray) -> np.ndarray:
        """Height (lower seam,) m of the upper lip's seam above each vertex of the lower one."""
        upper, lower = vertices[self.upper], vertices[self.lower]
        order = np.argsort(upper[:, 0])
        return np.interp(lower[:, 0], upper[order, 0], upper[order, 2]) - lower[:, 2]
