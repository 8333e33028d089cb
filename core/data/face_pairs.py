"""Pairs of pictures that networks which move photos learn from: a rendered person's photo, and the same person with another face and turn.

Beside each pair: what the landmark network finds in both, registered as a driver's points are, the photo's dense warp to those points, and
FaceAnime's texture priors.
`python -m core.data.face_pairs` makes them, person by person, outside the repository; stopped, it goes on where it was. The same seed gives the
same pairs.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..errors import FileError, LandmarkError
from ..morphable.model import load_model
from ..morphable.photo_fit import fit_photo
from ..morphable.texture import Drawn
from ..npz import read_npz
from ..runtime.backend import Backend
from ..video.face_crop import FaceCrop
from ..video.photo_warp import PhotoWarp, Target
from ..video.portrait import SIDE, TexturePriors
from ..video.registration import Registration
from .capture_set import random_weights
from .face_appearance import random_appearance
from .face_finding import points_in
from .face_renders import Person
from .face_shots import random_shot
from .rendered_sets import files_in, make_files, read_cast
from .synthetic import default_cache
from .synthetic_rig import FaceRig, Units

VERSION = 2
PICTURE = 224  # px
TARGETS = 10  # pictures that a photo shall become
TURN, MORE = 0.45, 0.3  # rad, farthest to either side of the photo; of the others, against it
INTERVALS = (0, 1, 2, 3)  # of the sparse texture mapping; a bit each in the masks
RESTING = 0.5  # chance of a photo at rest
HELD = 8  # one person in so many is held out
STORED = {
    "source": np.uint8, "source_mask": np.uint8, "source_points": np.float32, "source_coefficients": np.float32,
    "target": np.uint8, "warp": np.uint8, "confidence": np.uint8, "dense": np.uint8, "mask": np.uint8,
    "points": np.float32, "coefficients": np.float32,
}  # fmt: skip


@dataclass(frozen=True)
class FacePairs:
    """Crops (SIDE, SIDE) of P people: source (P, S, S, 3) uint8, each one's photo; target (P, K, S, S, 3), the same face otherwise; warp like it, the
    photo warped to the target's points, and confidence (P, K, S, S) uint8 of it; dense like it, the photo's texture on the target's fit;
    source_mask (P, S, S) and mask (P, K, S, S): bit n is set where the texture mapping of INTERVALS[n] draws a triangle;
    source_points (P, 478, 3) and points (P, K, 478, 3) px, source_coefficients (P, 62) and coefficients (P, K, 62), in crops."""

    source: np.ndarray
    source_mask: np.ndarray
    source_points: np.ndarray
    source_coefficients: np.ndarray
    target: np.ndarray
    warp: np.ndarray
    confidence: np.ndarray
    dense: np.ndarray
    mask: np.ndarray
    points: np.ndarray
    coefficients: np.ndarray

    @property
    def held(self) -> np.ndarray:
        """(P,) bool: people that training leaves out."""
        return np.arange(len(self.source)) % HELD == HELD - 1


def _told(drawn: list[Drawn]) -> tuple[np.ndarray, np.ndarray]:
    """Of priors at INTERVALS: the dense one (S, S, 3) uint8, and the masks (S, S) of all."""
    bits = sum(one.mask.astype(np.uint8) << k for k, one in enumerate(drawn))
    return (drawn[0].image + np.float32(0.5)).astype(np.uint8), np.asarray(bits, np.uint8)


def make_person(units: Units, neutral: np.ndarray, seed: int, backend: Backend) -> dict[str, np.ndarray] | None:
    """The arrays of one person of FacePairs, with neutral (V, 3) m; None where the landmark network does not see the face."""
    rng = np.random.default_rng([seed, VERSION])
    rig, place = FaceRig(units, neutral), random_shot(rng, TURN)
    person = Person(units.template, random_appearance(rng), rig.neutral)

    def picture(number: int) -> tuple[np.ndarray, np.ndarray] | None:
        resting = number == 0 and rng.uniform() < RESTING
        chosen = np.zeros(len(units.names)) if resting else random_weights(units.names, rng)
        shot = place if number == 0 else replace(
            place, yaw=place.yaw + rng.uniform(-MORE, MORE), pitch=place.pitch + rng.uniform(-MORE, MORE) / 2,
            roll=place.roll + rng.normal(0.0, 0.1), shift=place.shift + rng.normal(0.0, 0.008, 2),
        )  # fmt: skip
        vertices = rig.neutral + rig.displacement(chosen[None])[0]
        image = person.render(vertices, shot, PICTURE, frame=number)
        found = points_in(image, vertices, units.template, shot, backend)
        return None if found is None else (image, found)

    first = picture(0)
    if first is None:
        return None
    photo, points = first
    try:
        fitted = fit_photo(photo, load_model(), shading=False, backend=backend)
    except LandmarkError:
        return None
    warp, exact, crop = PhotoWarp(photo, fitted, points), Registration(photo, points), FaceCrop.about(points, SIDE)
    seen = crop.of(photo)
    priors = TexturePriors(seen, crop.points(points), INTERVALS)
    own = priors.fitted.coefficients
    made: dict[str, list[np.ndarray]] = {key: [] for key in ("target", "warp", "confidence", "dense", "mask", "points", "coefficients")}
    while len(made["target"]) < TARGETS:
        one = picture(1 + len(made["target"]))
        if one is None:
            return None
        image, found = one
        wanted = exact(image, found)
        there, warped = FaceCrop.about(wanted, SIDE), warp.frame(Target(wanted))
        sure = np.repeat(255.0 * warped.confidence[..., None], 3, axis=2).astype(np.float32)
        places = there.points(wanted)
        coefficients = priors.coefficients(places)
        dense, mask = _told(priors.draw_all(coefficients))
        values = (there.of(image), there.of(warped.image), there.of(sure)[..., 0], dense, mask, places, coefficients)
        for key, value in zip(made, values, strict=True):
            made[key].append(value)
    once = {
        "source": seen, "source_mask": _told(priors.draw_all(own))[1], "source_points": crop.points(points),
        "source_coefficients": own,
    }  # fmt: skip
    return {key: _as(np.array(value), STORED[key]) for key, value in (once | made).items()}


def _as(values: np.ndarray, kind: type) -> np.ndarray:
    return np.clip(values + 0.5, 0, 255).astype(kind) if kind is np.uint8 and values.dtype.kind == "f" else values.astype(kind)


def build(folder: Path, people: int, seed: int, first: int = 0) -> None:
    """Writes one npz a person into `folder`, of persons `first` to `people`; persons that are there are kept."""
    cast = read_cast()

    def make(number: int) -> dict[str, np.ndarray] | None:
        for attempt in range(20):  # another look, where the face is not seen
            own = seed * 10_000_019 + number * 20 + attempt
            made = make_person(cast.units, cast.neutral(own), own, cast.backend)
            if made is not None:
                return made
        return None

    make_files(folder, f"{seed}_{{:05d}}.npz", range(first, people), make, "people")


def load(folder: Path) -> FacePairs:
    """Every person in `folder`. FileError where there is none."""
    paths = files_in(folder, "*_*.npz", "pairs of faces", "face_pairs")
    whole: dict[str, np.ndarray] = {}
    for number, path in enumerate(paths):
        try:
            one = read_npz(path, STORED)
            for key, kind in STORED.items():
                whole.setdefault(key, np.empty((len(paths), *one[key].shape), kind))[number] = one[key]
        except ValueError as error:
            raise FileError(
                f"{path} is no pair of faces ({error}). Delete it and make it again with `python -m core.data.face_pairs`."
            ) from error
    return FacePairs(**whole)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m core.data.face_pairs", description=__doc__)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first to make; several processes may share the work")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=default_cache() / "face_pairs")
    options = parser.parse_args()
    build(options.out, options.people, options.seed, options.first)


if __name__ == "__main__":
    main()
