"""The set that capture learns from: what the face-landmark network sees on rendered people whose ARKit weights are known.

`python -m core.data.capture_set` makes it, person by person, outside the repository; stopped, it goes on where it was. The same seed gives the
same set.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import FileError
from ..head.template import Template, load_template
from ..image.detector import landmarks_in, region_of
from ..npz import read_npz
from ..runtime.backend import Backend, OnnxBackend
from .face_appearance import random_appearance
from .face_renders import Person
from .face_shots import camera_of, random_shot
from .identities import random_identity, read_shape_space
from .makehuman import fetch
from .synthetic import default_cache
from .synthetic_rig import FaceRig, Units

VERSION = 1
SIZE = 224  # px of a picture
NEUTRALS = 4  # pictures of each person at rest
TURN = 0.6  # rad, farthest to either side
PRESENT = 0.5
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
ACTIVE, BLINKING, RESTING, ONE_SIDED = 0.16, 0.25, 0.05, 0.3  # chances: of a unit, of both lids, of a face at rest, of one side alone
HIDDEN = ("tongueOut", "cheekPuff")  # what points on the skin hardly tell; rarer


@dataclass(frozen=True)
class CaptureSet:
    """points (N, 478, 3) px of a picture; weights (N, 52) in the template's order; person (N,); the first NEUTRALS of each are at rest."""

    points: np.ndarray
    weights: np.ndarray
    person: np.ndarray


def random_weights(names: tuple[str, ...], rng: np.random.Generator) -> np.ndarray:
    """Weights (52,) of a face as people make them: some units together, sides mostly alike, eyes that look the same way."""
    if rng.uniform() < RESTING:
        return np.zeros(len(names))
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


def _gaze(weights: dict[str, float], rng: np.random.Generator) -> None:
    across, up = np.clip(rng.normal(0.0, 0.35, 2), -1, 1)
    weights["eyeLookOutLeft" if across > 0 else "eyeLookInLeft"] = abs(across)
    weights["eyeLookInRight" if across > 0 else "eyeLookOutRight"] = abs(across)
    for side in ("Left", "Right"):
        weights[f"eyeLook{'Up' if up > 0 else 'Down'}{side}"] = abs(up)


def photograph(vertices: np.ndarray, template: Template, seen_as: Person, rng: np.random.Generator, backend: Backend) -> np.ndarray | None:
    """The 478 points (478, 3) px that the network sees on a picture of a head (V, 3) m, as in a video that is followed; None where it sees none."""
    shot = random_shot(rng, TURN)
    image = seen_as.render(vertices, shot, SIZE, samples=1)
    seen, _ = camera_of(shot, SIZE).project(template.landmark_points(vertices))
    low, high = seen.min(axis=0), seen.max(axis=0)
    size = 1.6 * float((high - low).max()) * rng.uniform(0.9, 1.1)
    middle = (low + high) / 2 + rng.normal(0.0, 0.03, 2) * size - [0.0, 0.08 * size]
    points, presence = landmarks_in(image, middle, size, shot.roll, backend=backend)
    points, presence = landmarks_in(image, *region_of(points), backend=backend)
    return points if presence > PRESENT else None


def make_person(units: Units, neutral: np.ndarray, samples: int, seed: int, backend: Backend) -> tuple[np.ndarray, np.ndarray]:
    """points (N, 478, 3) px and weights (N, 52) of one person with neutral (V, 3) m: NEUTRALS at rest, then `samples` expressions."""
    rng = np.random.default_rng([seed, VERSION])
    rig = FaceRig(units, neutral)
    seen_as = Person(units.template, random_appearance(rng), rig.neutral)
    points: list[np.ndarray] = []
    weights: list[np.ndarray] = []
    while len(points) < NEUTRALS + samples:
        chosen = np.zeros(len(units.names)) if len(points) < NEUTRALS else random_weights(units.names, rng)
        vertices = rig.neutral + rig.displacement(chosen[None])[0]
        seen = photograph(vertices, units.template, seen_as, rng, backend)
        if seen is not None:
            points.append(seen)
            weights.append(chosen)
    return np.array(points, np.float32), np.array(weights, np.float32)


def build(folder: Path, people: int, samples: int, seed: int) -> None:
    """Writes one npz a person into `folder`; persons that are there are kept."""
    template = load_template()
    units, backend = Units(template), OnnxBackend()
    space = read_shape_space(fetch(default_cache()), template)
    folder.mkdir(parents=True, exist_ok=True)
    for person in range(people):
        path = folder / f"{seed}_{samples}_{person:04d}.npz"
        if path.exists():
            continue
        neutral = random_identity(space, template, seed * 100_003 + person)
        points, weights = make_person(units, neutral, samples, seed * 100_003 + person, backend)
        beside = path.with_suffix(".part.npz")
        np.savez(beside, points=points, weights=weights)
        os.replace(beside, path)
        print(f"\r{person + 1} of {people} people", end="", flush=True)
    print()


def load(folder: Path) -> CaptureSet:
    """Every person in `folder`. FileError where there is none."""
    paths = sorted(path for path in folder.glob("*_*_*.npz") if ".part" not in path.name)
    if not paths:
        raise FileError(f"There is no capture set in {folder}. Make it with `python -m core.data.capture_set`.")
    points, weights, person = [], [], []
    for number, path in enumerate(paths):
        data = read_npz(path)
        points.append(data["points"])
        weights.append(data["weights"])
        person.append(np.full(len(data["points"]), number))
    return CaptureSet(np.concatenate(points), np.concatenate(weights), np.concatenate(person))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m core.data.capture_set", description=__doc__)
    parser.add_argument("--people", type=int, default=400)
    parser.add_argument("--samples", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=default_cache() / "capture")
    options = parser.parse_args()
    build(options.out, options.people, options.samples, options.seed)


if __name__ == "__main__":
    main()
