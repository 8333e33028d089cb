"""Pairs of rendered people nobody trained on: one in photos, another one who acts for them, and the picture that should come out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..data.capture_set import random_weights
from ..data.face_appearance import Appearance, random_appearance
from ..data.face_faults import CLEAN
from ..data.face_renders import Person
from ..data.face_shots import Shot, random_shot
from ..data.identities import ShapeSpace, random_identity, read_shape_space
from ..data.makehuman import fetch
from ..data.synthetic import default_cache
from ..data.synthetic_rig import FaceRig, Units
from ..errors import LandmarkError
from ..head.template import Template, load_template
from ..morphable.photo import PhotoFace, face_in
from ..runtime.backend import OnnxBackend

Progress = Callable[[float, str], None]
FIRST_SEED = 80_000_000  # of people, far from those of any training set
SIZE = 384  # px
TURN, PHOTO_TURN = 0.5, 0.3  # rad, farthest to either side: of who acts, of photos
SHOTS = 5  # photos of each person
NEUTRAL = 0.5  # share of first photos whose face is at rest; else half an expression


@dataclass(frozen=True)
class Case:
    """photos (SHOTS, SIZE, SIZE, 3) uint8 of a person in one light, whose first is the one shot; guide: of another person; truth: the first photo's
    person, in its light and place, doing what the guide does; rest and guide_rest: both at rest, from the front, which only judges are shown. faces
    and the other faces: as found in them; weights (52,) the guide does."""

    photos: np.ndarray
    faces: list[PhotoFace]
    guide: np.ndarray
    guide_face: PhotoFace
    truth: np.ndarray
    truth_face: PhotoFace
    rest: np.ndarray
    rest_face: PhotoFace
    guide_rest: np.ndarray
    guide_rest_face: PhotoFace
    weights: np.ndarray


class People:
    """Where the people come from, read once."""

    def __init__(self) -> None:
        self.template: Template = load_template()
        self.units, self.backend = Units(self.template), OnnxBackend()
        self.space: ShapeSpace = read_shape_space(fetch(default_cache()), self.template)

    def somebody(self, rng: np.random.Generator, seed: int) -> tuple[FaceRig, Person]:
        rig = FaceRig(self.units, random_identity(self.space, self.template, seed))
        look: Appearance = replace(random_appearance(rng), glasses="none")
        return rig, Person(self.template, look, rig.neutral)

    def case(self, number: int) -> Case | None:
        """The number-th case; None where the detector misses a face."""
        rng = np.random.default_rng([FIRST_SEED, number])
        rig, person = self.somebody(rng, FIRST_SEED + 2 * number)
        other_rig, other = self.somebody(rng, FIRST_SEED + 2 * number + 1)
        weights = random_weights(self.units.names, rng)
        place, acting = (replace(random_shot(rng, turn), faults=CLEAN) for turn in (PHOTO_TURN, TURN))
        first = np.zeros_like(weights) if rng.uniform() < NEUTRAL else 0.5 * random_weights(self.units.names, rng)
        photos = [_picture(rig, person, first, place)]
        for _ in range(SHOTS - 1):
            own = 0.5 * random_weights(self.units.names, rng)
            photos.append(_picture(rig, person, own, _posed(place, random_shot(rng, TURN))))
        guide = _picture(other_rig, other, weights, acting)
        truth = _picture(rig, person, weights, _posed(place, acting))
        none = np.zeros_like(weights)
        rests = [
            _picture(own, who, none, replace(shot, yaw=0.0, pitch=0.0, roll=0.0))
            for own, who, shot in ((rig, person, place), (other_rig, other, acting))
        ]
        others = (guide, truth, *rests)
        try:
            faces = [face_in(image, "case", backend=self.backend) for image in (*photos, *others)]
        except LandmarkError:
            return None
        guide_face, truth_face, rest_face, guide_rest_face = faces[SHOTS:]
        return Case(
            np.stack(photos), faces[:SHOTS], guide, guide_face, truth, truth_face, rests[0], rest_face, rests[1], guide_rest_face, weights
        )


def cases(count: int, progress: Progress) -> Iterator[Case]:
    """`count` cases whose faces are all found."""
    people, number, found = People(), 0, 0
    while found < count:
        progress(found / count, "Rendering people who act for one another")
        case = people.case(number)
        number += 1
        if case is not None:
            found += 1
            yield case


def _picture(rig: FaceRig, person: Person, weights: np.ndarray, shot: Shot) -> np.ndarray:
    return person.render(rig.neutral + rig.displacement(weights[None])[0], shot, SIZE)


def _posed(place: Shot, pose: Shot) -> Shot:
    """The light, distance and place of one shot with the head turned as in another."""
    return replace(place, yaw=pose.yaw, pitch=pose.pitch, roll=pose.roll, twist=pose.twist)
