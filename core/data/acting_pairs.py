"""Pairs of rendered people who do the same before the same camera: what a face's shape changes in the points that are found in it.

`python -m core.data.acting_pairs` makes them, pair by pair, outside the repository, and learns from them what core/video/shape_transfer.py reads;
stopped, it goes on where it was. The same seed gives the same set.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.linalg import eigh
from scipy.spatial.transform import Rotation

from ..npz import read_npz, write_npz
from ..video.capture import load_reference
from ..video.level import Reference, level
from ..video.point_mesh import load_mesh
from ..video.shape_transfer import PATH, pose_numbers
from .capture_set import random_weights
from .face_appearance import random_appearance
from .face_finding import points_in
from .face_renders import Person
from .face_shots import random_shot
from .rendered_sets import Cast, files_in, make_files, read_cast
from .synthetic import default_cache
from .synthetic_rig import FaceRig

SIZE = 320  # px of a picture
PHOTOS, ACTS = 3, 5  # pictures of each person: as they like, and doing the same as the other
TURN, PHOTO_TURN = 0.6, 0.45  # rad
FIRST_SEED = 30_000_000
MODEST = 0.6  # of an expression, in photos
KEPT, RIDGE = 80, 0.03  # directions of differences that are read; ridge, of their variance
SAME = 0.5  # weight of a person beside themself
MIRRORED_POSE = np.array([-1.0, 1.0, 1.0, 1.0, -1.0])  # of shape_transfer.pose_numbers


def make_pair(cast: Cast, seed: int) -> dict[str, np.ndarray]:
    """points (2, PHOTOS + ACTS, 478, 3) px of two people, NaN where none were found: photos of each, then what both do alike."""
    rng = np.random.default_rng([FIRST_SEED, seed])
    template, names = cast.units.template, cast.units.names
    acts = [(random_weights(names, rng), random_shot(rng, TURN)) for _ in range(ACTS)]
    out = np.full((2, PHOTOS + ACTS, 478, 3), np.nan, np.float32)
    for who in range(2):
        rig = FaceRig(cast.units, cast.neutral(FIRST_SEED + 2 * seed + who))
        person, place = Person(template, random_appearance(rng), rig.neutral), random_shot(rng, PHOTO_TURN)
        photos = [(MODEST * random_weights(names, rng) * (rng.uniform() < 0.5), random_shot(rng, PHOTO_TURN)) for _ in range(PHOTOS)]
        for number, (weights, pose) in enumerate([*photos, *acts]):
            shot = replace(place, yaw=pose.yaw, pitch=pose.pitch, roll=pose.roll, twist=pose.twist, seed=pose.seed)
            vertices = rig.neutral + rig.displacement(weights[None])[0]
            found = points_in(person.render(vertices, shot, SIZE, samples=1), vertices, template, shot, cast.backend)
            if found is not None:
                out[who, number] = found
    return {"points": out}


def build(folder: Path, pairs: int) -> None:
    """Writes one npz a pair into `folder`; pairs that are there are kept."""
    cast = read_cast()
    make_files(folder, "{:04d}.npz", range(pairs), lambda number: make_pair(cast, number), "pairs")


def load(folder: Path) -> np.ndarray:
    """points (P, 2, PHOTOS + ACTS, 478, 3) of every pair in `folder`. FileError where there is none."""
    paths = files_in(folder, "*[0-9].npz", "pairs of people", "acting_pairs")
    return np.stack([read_npz(path, ["points"])["points"] for path in paths])


def learn(points: np.ndarray) -> dict[str, np.ndarray]:
    """The arrays of a ShapeMap, from pairs (P, 2, PHOTOS + ACTS, 478, 3): ridge regression of how the points of one person doing something differ
    from the other's who does the same, on how the first one's photos differ from that; mirrored, too, and nothing for the same person."""
    reference = load_reference()
    apart, poses, change, turns = (np.concatenate(rows) for rows in zip(*(_examples(pair, reference) for pair in points), strict=True))
    mirror = load_mesh().mirror
    apart, change = (np.concatenate([rows, rows[:, mirror] * [-1.0, 1.0, 1.0]]).reshape(2 * len(rows), -1) for rows in (apart, change))
    poses, turns = np.concatenate([poses, poses * MIRRORED_POSE]), np.concatenate([turns, turns * [1.0, -1.0, -1.0]])
    count = apart.shape[1]
    _, directions = eigh(apart.T @ apart, subset_by_index=[count - KEPT, count - 1])
    basis = directions.T[::-1]
    told = np.column_stack([apart @ basis.T, poses])
    size = told.std(axis=0)
    told = told / size
    found = (
        np.linalg.solve(told.T @ told + RIDGE * len(told) * np.eye(len(size)), told.T @ np.column_stack([change, turns])) / size[:, None]
    )
    arrays = {"basis": basis, "to_points": found[:, :-3], "to_turn": found[:, -3:]}
    return {name: values.astype(np.float32) for name, values in arrays.items()}


def _examples(pair: np.ndarray, reference: Reference) -> tuple[np.ndarray, ...]:
    """Of two people (2, PHOTOS + ACTS, 478, 3): what the map reads (levelled points and poses, differences) and shall say."""
    kept = [np.flatnonzero(np.isfinite(own[:, 0, 0])) for own in pair]
    levels = [level(np.where(np.isfinite(own), own, pair[0, kept[0][0]]), reference) for own in pair]
    poses = [pose_numbers(one.turns) for one in levels]
    rows: list[tuple[np.ndarray, ...]] = []
    for who, other in ((0, 1), (1, 0)):
        own, guide = levels[who], levels[other]
        for photo in kept[who][kept[who] < PHOTOS]:
            for act in _acts(kept):
                turn = Rotation.from_matrix(guide.turns[act].T @ own.turns[act]).as_rotvec()
                rows.append(
                    (
                        own.points[photo] - guide.points[act],
                        poses[who][photo] - poses[other][act],
                        own.points[act] - guide.points[act],
                        turn,
                    )
                )
            for act in kept[who][kept[who] >= PHOTOS]:
                same = SAME * (own.points[photo] - own.points[act])
                rows.append((same, SAME * (poses[who][photo] - poses[who][act]), np.zeros_like(same), np.zeros(3)))
    return tuple(np.array(column) for column in zip(*rows, strict=True))


def _acts(kept: list[np.ndarray]) -> np.ndarray:
    both = np.intersect1d(kept[0], kept[1])
    return both[both >= PHOTOS]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m core.data.acting_pairs", description=__doc__)
    parser.add_argument("--pairs", type=int, default=300)
    parser.add_argument("--out", type=Path, default=default_cache() / "acting_pairs")
    options = parser.parse_args()
    build(options.out, options.pairs)
    write_npz(PATH, learn(load(options.out)))


if __name__ == "__main__":
    main()
