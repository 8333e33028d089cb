"""Pairs of heads that do the same, each on a mesh of its own, where what each vertex does is known: for transfers and for neutral faces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from ..data.identities import random_identity, read_shape_space
from ..data.synthetic_recipes import apex_weights
from ..data.synthetic_rig import FaceRig, Units
from ..data.synthetic_style import random_person
from ..head.template import load_template
from ..labels import LABELS
from ..motion.live_link_face import read_recording
from . import head_cases as cases
from .head_known import identity
from .head_remesh import remesh
from .head_subjects import Subject, template_subject

SEED = cases.OWN_SEED + 100  # neither of the training set nor of `evaluate heads`
STYLE = 5  # whose way of moving everybody has here
CAPTURED = 8  # frames of each recording, among those with much expression
LARGE = 0.5  # of a recording's largest expression
MESHES = ("decimated", "subdivided", "voxels")
FACE = 0.095  # m from the tip of the nose, at life size
OWN, ICT = "own", "ICT"


@dataclass(frozen=True)
class Mover:
    """A neutral head and what it does: displacement (F, V, 3) in its own space."""

    subject: Subject
    motion: np.ndarray

    def face(self) -> np.ndarray:
        """Mask (V,) of the skin around the nose."""
        mesh = self.subject.mesh
        tip = self.subject.landmarks.points(mesh.vertices, mesh.triangles)[30]
        return self.subject.outer & (np.linalg.norm(mesh.vertices - tip, axis=1) < FACE * self.size)

    @property
    def size(self) -> float:
        """How large the head is, in the template's size."""
        template = load_template()
        return self.subject.height / float(np.ptp(template.vertices[:, 2]))


def poses(recordings: Path) -> tuple[list[str], np.ndarray]:
    """Names (P,) and ARKit weights (P, 52): the apex of every label, and frames of the real recordings where they are here."""
    template = load_template()
    person = random_person(template.arkit_names, LABELS, template.landmark_points().astype(np.float64), STYLE)
    random = np.random.default_rng(0)
    names = list(LABELS)
    rows = [apex_weights(person, template.arkit_names, LABELS, label, random) for label in LABELS]
    for path in sorted(recordings.glob("*.csv*")):
        beyond = read_recording(path).from_neutral(template.arkit_names)
        size = np.linalg.norm(beyond, axis=1)
        large = np.flatnonzero(size > LARGE * size.max())
        chosen = large[np.linspace(0, len(large) - 1, CAPTURED).astype(int)]
        names += [f"{path.name.split('.')[0]} {frame}" for frame in chosen]
        rows += list(beyond[chosen])
    return names, np.array(rows)


def own(number: int, mesh: str, weights: np.ndarray) -> Mover:
    """One of our random people, whose expressions follow their own shape (core/data/synthetic_rig.py)."""
    template = load_template()
    rig = FaceRig(Units(template), random_identity(read_shape_space(cases.makehuman(), template), template, SEED + number))
    shapes = dict(zip(template.arkit_names, rig.displacement(np.eye(len(template.arkit_names))), strict=True))
    head = template_subject(template, f"own {number}", rig.neutral)
    made = remesh(head, shapes, cases.OWN_MESHES[mesh], cases.OWN_PIECES, f"own {number} {mesh}")
    return Mover(made.subject, np.stack([made.carry(field) for field in rig.displacement(weights)]))


def ict(number: int, mesh: str, weights: np.ndarray) -> Mover:
    """One of ICT-FaceKit's people at one standard deviation, who do what the artist's shapes do."""
    names = load_template().arkit_names
    head = identity(cases.ict(), SEED + number, 1.0)
    made = remesh(head, head.shapes, cases.ICT_MESHES[mesh], cases.ICT_PIECES, f"ICT {number} {mesh}")
    shapes = [(k, made.carry(head.shapes[name])) for k, name in enumerate(names) if name in head.shapes]
    return Mover(made.subject, np.stack([sum(row[k] * shape for k, shape in shapes) for row in weights]))


def pairs(people: int, recordings: Path) -> list[tuple[str, Callable[[], Mover], Callable[[], Mover]]]:
    """Kind, and what makes two movers with different faces on different meshes: `people` of each kind."""
    weights = poses(recordings)[1]
    found: list[tuple[str, Callable[[], Mover], Callable[[], Mover]]] = []
    for kind, make in ((OWN, own), (ICT, ict)):
        for number in range(people):
            mesh, other = MESHES[number % len(MESHES)], MESHES[(number + 1) % len(MESHES)]
            found.append((kind, partial(make, 2 * number, mesh, weights), partial(make, 2 * number + 1, other, weights)))
    return found
