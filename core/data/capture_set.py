"""The set that capture learns from: pictures of rendered people whose ARKit weights are known, and what the landmark network finds in them.

`python -m core.data.capture_set` makes it, person by person, outside the repository; stopped, it goes on where it was. The same seed gives the
same set.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..head.template import Template
from ..image.detector import crop_of, landmarks_in, mesh_in, region_of
from ..npz import read_npz
from ..runtime.backend import Backend
from .face_appearance import random_appearance
from .face_finding import ABOVE, PRESENT, square_about
from .face_renders import Person
from .face_shots import Shot, random_shot
from .rendered_sets import files_in, make_files, read_cast
from .synthetic import default_cache
from .synthetic_rig import FaceRig, Units

VERSION = 5
SIZE, CROP = 320, 192  # px of a picture, and of what the landmark network sees of it
NEUTRALS = 4  # pictures of each person at rest
TURN, RESTING_TURN = 0.5, 0.25  # rad, farthest to either side; of faces at rest
STORED = {"crops": np.uint8, "features": np.float16, "points": np.float32, "weights": np.float32}
GAZE = ("eyeLookUp", "eyeLookDown", "eyeLookIn", "eyeLookOut")
EITHER = (  # of these pairs one at a time
    ("mouthLeft", "mouthRight"),
    ("jawLeft", "jawRight"),
    ("mouthSmile", "mouthFrown"),
    ("mouthPucker", "mouthStretch"),
    ("eyeWide", "eyeSquint"),
    ("browDown", "browOuterUp"),
    ("mouthRollLower", "mouthShrugLower"),
)
TOGETHER = (  # what moves together in most faces; sides alike
    ("browInnerUp", "browOuterUp"),
    ("browInnerUp",),
    ("browInnerUp", "browOuterUp", "eyeWide", "jawOpen"),
    ("browDown", "eyeSquint", "noseSneer"),
    ("browDown", "browInnerUp", "mouthFrown"),
    ("mouthSmile", "cheekSquint", "eyeSquint"),
    ("mouthSmile", "cheekSquint", "mouthUpperUp", "jawOpen", "mouthDimple"),
    ("mouthSmile", "cheekSquint", "mouthUpperUp", "mouthLowerDown"),  # teeth together
    ("mouthSmile",),
    ("mouthPucker", "mouthFunnel"),
    ("mouthFunnel", "jawOpen"),
    ("mouthPress", "mouthRollLower", "mouthRollUpper", "mouthShrugLower"),
    ("mouthFrown", "mouthShrugLower", "mouthStretch"),
    ("mouthUpperUp", "noseSneer", "cheekSquint"),
    ("mouthLowerDown", "mouthStretch", "jawOpen"),
    ("mouthLowerDown", "mouthUpperUp", "mouthStretch"),
    ("jawOpen",),
    ("eyeBlink",),
    ("eyeBlink", "cheekSquint", "browDown"),
)
NATURAL = 0.5  # share of faces made of these
ACTIVE, BLINKING, RESTING, ONE_SIDED = 0.16, 0.25, 0.05, 0.3  # chances: of a unit, of both lids, of a face at rest, of one side alone
HIDDEN = ("tongueOut", "cheekPuff")  # what points on the skin hardly tell; rarer


@dataclass(frozen=True)
class CaptureSet:
    """crops (N, CROP, CROP, 3) uint8, of faces; features (N, 2, 128, 116) half floats that the landmark network has of each, and of it mirrored;
    points (N, 478, 3) px in crops; weights (N, 52) in the template's order; person (N,); the first NEUTRALS of each are at rest."""

    crops: np.ndarray
    features: np.ndarray
    points: np.ndarray
    weights: np.ndarray
    person: np.ndarray


def random_weights(names: tuple[str, ...], rng: np.random.Generator) -> np.ndarray:
    """Weights (52,) of a face as people make them: some units together, sides mostly alike, eyes that look the same way."""
    if rng.uniform() < RESTING:
        return np.zeros(len(names))
    if rng.uniform() < NATURAL:
        return _natural(names, rng)
    chosen: dict[str, float] = {}
    stems = dict.fromkeys(name.removesuffix("Left").removesuffix("Right") for name in names if not name.startswith(GAZE))
    for stem in stems:
        paired = f"{stem}Left" in names and stem not in ("mouth", "jaw")
        for unit in [stem] if paired or stem in names else [f"{stem}Left", f"{stem}Right"]:
            chance = BLINKING if unit == "eyeBlink" else 0.4 * ACTIVE if unit in HIDDEN else ACTIVE
            if rng.uniform() < chance:
                chosen[unit] = rng.beta(1.0, 1.0)
    for first, second in EITHER:
        if first in chosen and second in chosen:
            del chosen[str(rng.choice([first, second]))]
    if "mouthClose" in chosen:
        chosen["mouthClose"] *= chosen.get("jawOpen", 0.0)
    weights = dict.fromkeys(names, 0.0)
    for unit, weight in chosen.items():
        if unit in weights:
            weights[unit] = weight
            continue
        left, right = weight * np.clip(rng.normal(1.0, 0.08, 2), 0, 1.2)
        if rng.uniform() < ONE_SIDED:
            left, right = (left, 0.3 * right * rng.uniform()) if rng.uniform() < 0.5 else (0.3 * left * rng.uniform(), right)
        weights[f"{unit}Left"], weights[f"{unit}Right"] = min(left, 1.0), min(right, 1.0)
    _gaze(weights, rng)
    return np.array([weights[name] for name in names])


def _natural(names: tuple[str, ...], rng: np.random.Generator) -> np.ndarray:
    """One to three of TOGETHER, each as strong as it comes, its units nearly alike; sometimes more on one side."""
    weights = dict.fromkeys(names, 0.0)
    for k in rng.choice(len(TOGETHER), int(rng.integers(1, 4)), replace=False):
        strength, lean = rng.uniform(), rng.normal(0.0, 0.08 if rng.uniform() > ONE_SIDED else 0.4)
        for unit in TOGETHER[k]:
            own = strength * np.clip(rng.normal(0.9, 0.25), 0.2, 1.2)
            for name, share in ((unit, 1.0), (f"{unit}Left", 1.0 + lean), (f"{unit}Right", 1.0 - lean)):
                if name in weights:
                    weights[name] = float(np.clip(max(weights[name], own * share), 0.0, 1.0))
    _gaze(weights, rng)
    return np.array([weights[name] for name in names])


def _gaze(weights: dict[str, float], rng: np.random.Generator) -> None:
    across, up = np.clip(rng.normal(0.0, 0.35, 2), -1, 1)
    weights["eyeLookOutLeft" if across > 0 else "eyeLookInLeft"] = abs(across)
    weights["eyeLookInRight" if across > 0 else "eyeLookOutRight"] = abs(across)
    for side in ("Left", "Right"):
        weights[f"eyeLook{'Up' if up > 0 else 'Down'}{side}"] = abs(up)


def photograph(
    vertices: np.ndarray, template: Template, person: Person, shot: Shot, rng: np.random.Generator, backend: Backend
) -> dict[str, np.ndarray] | None:
    """A face cut out as in a video that is followed, from a picture of a head (V, 3) m: crops, features and points of one row of a CaptureSet; None
    where the landmark network sees none."""
    image = person.render(vertices, shot, SIZE, samples=1)
    middle, size = square_about(vertices, template, shot, SIZE)
    size *= rng.uniform(0.9, 1.1)
    middle = middle + rng.normal(0.0, 0.03, 2) * size - [0.0, ABOVE * size]
    region = region_of(landmarks_in(image, middle, size, shot.roll, backend=backend)[0])
    mesh = mesh_in(image, *region, backend=backend)
    if mesh.presence <= PRESENT:
        return None
    crop = (crop_of(image, *region, CROP, replicate=True) + 0.5).astype(np.uint8)
    mirrored = mesh_in(crop[:, ::-1], np.full(2, CROP / 2), CROP, 0.0, backend=backend)
    return {"crops": crop, "features": np.stack([mesh.features, mirrored.features]), "points": into_crop(mesh.points, *region)}


def into_crop(points: np.ndarray, centre: np.ndarray, size: float, angle: float) -> np.ndarray:
    """Points (N, 3) px of a picture as px of the crop of the square of `size` px around `centre` (2,), turned by `angle` rad."""
    cosine, sine = np.cos(angle), np.sin(angle)
    flat = (points[:, :2] - centre) @ np.array([[cosine, -sine], [sine, cosine]])
    return np.column_stack([flat + size / 2, points[:, 2]]) * (CROP / size)


def make_person(units: Units, neutral: np.ndarray, samples: int, seed: int, backend: Backend) -> dict[str, np.ndarray]:
    """The arrays of a CaptureSet of one person with neutral (V, 3) m: NEUTRALS at rest, then `samples` expressions, in one light and place, as in a
    clip; the head turns."""
    rng = np.random.default_rng([seed, VERSION])
    rig, place = FaceRig(units, neutral), random_shot(rng, TURN)
    person = Person(units.template, random_appearance(rng), rig.neutral)
    made: dict[str, list[np.ndarray]] = {key: [] for key in STORED}
    while len(made["weights"]) < NEUTRALS + samples:
        resting = len(made["weights"]) < NEUTRALS
        chosen = np.zeros(len(units.names)) if resting else random_weights(units.names, rng)
        pose = random_shot(rng, RESTING_TURN if resting else TURN)
        shot = replace(place, yaw=pose.yaw, pitch=pose.pitch, roll=pose.roll, shift=pose.shift, twist=pose.twist, seed=pose.seed)
        vertices = rig.neutral + rig.displacement(chosen[None])[0]
        seen = photograph(vertices, units.template, person, shot, rng, backend)
        if seen is not None:
            for key, value in (seen | {"weights": chosen}).items():
                made[key].append(value)
    return {key: np.array(values, STORED[key]) for key, values in made.items()}


def build(folder: Path, people: int, samples: int, seed: int) -> None:
    """Writes one npz a person into `folder`; persons that are there are kept."""
    cast = read_cast()

    def make(person: int) -> dict[str, np.ndarray]:
        own = seed * 100_003 + person
        return make_person(cast.units, cast.neutral(own), samples, own, cast.backend)

    make_files(folder, f"{seed}_{samples}_{{:04d}}.npz", range(people), make, "people")


def load(folder: Path) -> CaptureSet:
    """Every person in `folder`. FileError where there is none."""
    people = [read_npz(path, STORED) for path in files_in(folder, "*_*_*.npz", "people of a capture set", "capture_set")]
    person = np.repeat(np.arange(len(people)), [len(one["weights"]) for one in people])
    return CaptureSet(**{key: np.concatenate([one[key] for one in people]) for key in STORED}, person=person)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m core.data.capture_set", description=__doc__)
    parser.add_argument("--people", type=int, default=220)
    parser.add_argument("--samples", type=int, default=36)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=default_cache() / "capture")
    options = parser.parse_args()
    build(options.out, options.people, options.samples, options.seed)


if __name__ == "__main__":
    main()
