"""Clips that FEV-GAN learns from: rendered people who make each of the six basic expressions, in FRAMES frames from neutral to its apex.

The crop about the face is the one that a photo is cut by (core/video/fevgan.py). A label does not say how a head turns or when it blinks: heads
are still and eyes stay open, and everyone makes an expression in its most usual way, as strongly as `intensity` says. Beside each clip: where every
pixel of the face was in the first frame. `python -m core.data.expression_clips` makes the set, person by person, outside the repository; stopped, it
goes on where it was. The same seed gives the same set.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..head.template import Template
from ..image.detector import mesh_in, region_of
from ..image.raster import Camera
from ..labels import BASIC, LABELS
from ..npz import read_npz
from ..runtime.backend import Backend
from ..video.fevgan import FRAMES, crop_about
from .face_appearance import random_appearance
from .face_faults import Faults
from .face_finding import ABOVE, PRESENT, square_about
from .face_renders import Person
from .face_shots import Shot, camera_of, random_shot
from .rendered_sets import files_in, make_files, read_cast
from .synthetic import default_cache
from .synthetic_recipes import strong_weights
from .synthetic_rig import FaceRig, Units
from .synthetic_style import Person as Habits
from .synthetic_style import random_person
from .synthetic_timing import FPS, perform

SIZE, FINE = 64, 128  # px of a frame; of the larger preset
PEOPLE = 300
GRID, EVERY = 32, 2  # cells a side that the flow is known in, of every so many-th frame
HELD = 5  # one person in so many is held out, a fifth as in the paper
LEAST, MOST, STRONG = 0.1, 1.2, (1.8, 1.0)  # intensity, and the beta distribution it is drawn from
TURN = 0.25  # rad, farthest to either side
LOOK = 192  # px of the picture that the face is found in
LOOSE = np.array([0.015, 0.04, 0.03])  # standard deviations of a crop's place, of its size, and of its angle (rad)
SAME = 0.004  # m; two pixels this near on the head show the same place
STORED = {"frames": np.uint8, "flow": np.float16, "label": np.int64, "intensity": np.float32}


@dataclass(frozen=True)
class ExpressionClips:
    """frames (C, FRAMES, S, S, 3) uint8, the first neutral, the last at the apex; flow (C, FRAMES / EVERY, GRID, GRID, 2) half floats: how far to the
    right and down of each cell's place, in frame EVERY - 1, 2 EVERY - 1 ..., that place was in the first one, in widths of a frame, NaN where the
    first one does not show it; label (C,) index into labels.BASIC; intensity (C,); person (C,)."""

    frames: np.ndarray
    flow: np.ndarray
    label: np.ndarray
    intensity: np.ndarray
    person: np.ndarray

    @property
    def held(self) -> np.ndarray:
        """Mask (C,) of the clips of people that training leaves out."""
        return self.person % HELD == HELD - 1


def aimed(shot: Shot, centre: np.ndarray, size: float, angle: float, side: int) -> Shot:
    """The shot whose whole picture is what the square of `size` px about centre (2,), turned by `angle`, holds of a picture of `side` px."""
    cosine, sine = np.cos(angle), np.sin(angle)
    shift = shot.shift + (np.asarray(centre) - side / 2) * shot.extent / side
    turned = np.array([cosine * shift[0] + sine * shift[1], cosine * shift[1] - sine * shift[0]])
    return replace(shot, extent=shot.extent * size / side, shift=turned, roll=shot.roll + angle)


def random_view(person: Person, neutral: np.ndarray, template: Template, rng: np.random.Generator, backend: Backend) -> Shot:
    """A camera whose picture is the crop about a face, found as in a photo, and a little off."""
    while True:
        shot = random_shot(rng, TURN)
        mild = Faults(**{key: getattr(shot.faults, key) for key in ("exposure", "balance", "contrast", "saturation", "vignette", "veil")})
        shot = replace(shot, faults=replace(mild, blur=0.3 * shot.faults.blur))
        middle, size = square_about(neutral, template, shot, LOOK)
        image = person.render(neutral, shot, LOOK, samples=1)
        about = region_of(mesh_in(image, middle - [0.0, ABOVE * size], size, -shot.roll, backend=backend).points)
        found = mesh_in(image, *about, backend=backend)
        if found.presence > PRESENT:
            centre, size, angle = crop_about(found.points)
            off = LOOSE * rng.normal(size=(2, 3))
            return aimed(shot, centre + size * off[:, 0], size * np.exp(off[0, 1]), angle + off[0, 2], LOOK)


def random_clip(units: Units, habits: Habits, label: str, intensity: float, rng: np.random.Generator) -> np.ndarray:
    """Weights (FRAMES, 52) from neutral to the apex of a take in which nobody blinks."""
    apex = intensity * strong_weights(habits, units.names, LABELS, label, rng, way=0.0)
    while True:
        take = perform(habits, label, apex, units.names, rng)
        if all(start > take.apex / FPS for start, _ in take.blinks):
            return take.onset(FRAMES)


def flow_between(person: Person, before: np.ndarray, after: np.ndarray, shot: Shot) -> np.ndarray:
    """(GRID, GRID, 2): where each pixel's place of the head `after` (V, 3) was `before`, in widths of the picture; the background stays; NaN where
    that place was hidden, or is no part of the head."""
    camera, triangles = camera_of(shot, GRID), person.template.triangles
    then, now = person.maps(before, shot, 2 * GRID), person.maps(after, shot, GRID)
    flow = np.full((GRID, GRID, 2), np.nan)
    flow[now.part == -1] = 0.0
    row, column = np.nonzero(now.triangle >= 0)
    corners = triangles[now.triangle[row, column]]
    weights = _weights(np.stack([column + 0.5, row + 0.5], axis=1), _seen(camera, after)[corners])
    moved = np.einsum("nk,nkd->nd", weights, (_seen(camera, before) - _seen(camera, after))[corners])
    at = np.clip(2.0 * (np.stack([column + 0.5, row + 0.5], axis=1) + moved), 0, 2 * GRID - 1).astype(int)
    apart = np.linalg.norm(then.place[at[:, 1], at[:, 0]] - now.place[row, column], axis=1)
    flow[row, column] = np.where((apart < SAME)[:, None], moved / GRID, np.nan)  # NaN is not below it
    return flow


def _seen(camera: Camera, vertices: np.ndarray) -> np.ndarray:
    return camera.project(np.asarray(vertices, np.float64))[0]


def _weights(at: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Barycentric weights (N, 3) of places (N, 2) in triangles (N, 3, 2)."""
    e, f, o = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0], at - corners[:, 0]
    area = e[:, 0] * f[:, 1] - e[:, 1] * f[:, 0]
    area = np.where(np.abs(area) < 1e-9, 1e-9, area)
    b, c = (o[:, 0] * f[:, 1] - o[:, 1] * f[:, 0]) / area, (e[:, 0] * o[:, 1] - e[:, 1] * o[:, 0]) / area
    return np.stack([1.0 - b - c, b, c], axis=1)


def make_person(units: Units, neutral: np.ndarray, size: int, seed: int, backend: Backend) -> dict[str, np.ndarray]:
    """The arrays of an ExpressionClips of one person with neutral (V, 3) m: each of BASIC once, each before another camera and in another light."""
    rng = np.random.default_rng([seed, 0xFE])
    rig = FaceRig(units, neutral)
    person = Person(units.template, random_appearance(rng), rig.neutral)
    habits = random_person(units.names, LABELS, units.template.landmark_points(neutral), seed)
    made: dict[str, list] = {key: [] for key in STORED}
    for number, label in enumerate(BASIC):
        intensity = LEAST + (MOST - LEAST) * rng.beta(*STRONG)
        weights = random_clip(units, habits, label, intensity, rng)
        shot = random_view(person, rig.neutral, units.template, rng, backend)
        heads = rig.neutral + rig.displacement(weights)
        made["frames"].append([person.render(head, shot, size) for head in heads])
        made["flow"].append([flow_between(person, heads[0], head, shot) for head in heads[EVERY - 1 :: EVERY]])
        made["label"].append(number)
        made["intensity"].append(intensity)
    return {key: np.array(values, STORED[key]) for key, values in made.items()}


def folder_of(cache: Path, size: int) -> Path:
    """Where the set lies as the command line makes it."""
    return cache / f"expression_clips_{size}"


def build(folder: Path, people: int, size: int, seed: int, first: int = 0) -> None:
    """Writes one npz a person into `folder`; people that are there are kept."""
    cast = read_cast()

    def make(person: int) -> dict[str, np.ndarray]:
        own = seed * 100_003 + person
        return make_person(cast.units, cast.neutral(own), size, own, cast.backend)

    make_files(folder, f"{seed}_{{:04d}}.npz", range(first, first + people), make, "people")


def load(folder: Path) -> ExpressionClips:
    """Everybody in `folder`. FileError where there is nobody."""
    paths = files_in(folder, "*_*.npz", "expression clips", "expression_clips")
    people = [read_npz(path, list(STORED)) for path in paths]
    person = np.repeat([int(path.stem.partition("_")[2]) for path in paths], [len(one["label"]) for one in people])
    return ExpressionClips(**{key: np.concatenate([one[key] for one in people]) for key in STORED}, person=person)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m core.data.expression_clips", description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--first", type=int, default=0, help="number of the first person, to share the work between processes")
    parser.add_argument("--size", type=int, choices=(SIZE, FINE), default=SIZE, help="px of a frame")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    build(given.out or folder_of(default_cache(), given.size), given.people, given.size, given.seed, given.first)


if __name__ == "__main__":
    main()
