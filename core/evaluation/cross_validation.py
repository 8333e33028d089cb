"""The protocol of Table 1: which clips each fold tests on, and every method trained and measured on every fold, row by row into a file."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..data.performances import Performances
from ..errors import FileError
from . import baselines, networks
from .metrics import Errors, Predict, measure
from .tables import write_text

SPLITS = ("identity", "expression")
FOLDS = 4
D3DFACS_PEOPLE, D3DFACS_LABELS = 3, 11  # the paper tests on the first 3 of 10 people, and on the first 11 expressions (Sect. 4.1)
CURVE = np.round(np.concatenate([np.arange(0.0, 0.5, 0.01), np.arange(0.5, 3.01, 0.05)]), 3)  # mm, at which cumulative curves are kept
FORMAT = 1

Progress = Callable[[float, str], None]
Train = Callable[[str, Performances, tuple[np.ndarray, np.ndarray], str, int, Path, Progress], Predict]


def folds(performances: Performances, split: str) -> list[np.ndarray]:
    """Test masks (C,) of a split by the paper's protocol: four folds, or for D3DFACS its one."""
    if performances.name.upper().startswith("D3DFACS"):
        return [performances.person < D3DFACS_PEOPLE if split == "identity" else performances.label < D3DFACS_LABELS]
    return [performances.fold(split, k, FOLDS) for k in range(FOLDS)]


@dataclass(frozen=True)
class Record:
    """The rows of a cross-validation in a file: {"split", "fold", "seed", "method", "mean", "std", "moving", "p99", "curve", "seconds"}."""

    path: Path
    data: str
    preset: str

    def read(self) -> list[dict]:
        """Rows so far; none where there is no file, or where it is of other data or another preset."""
        try:
            found = json.loads(self.path.read_text())
            same = (found["format_version"], found["data"], found["preset"]) == (FORMAT, self.data, self.preset)
            return found["rows"] if same else []
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise FileError(f"{self.path} cannot be read ({error}). Remove it and run evaluate with --full again.") from error

    def add(self, rows: list[dict]) -> None:
        """Appends rows; the file is whole at any time."""
        stated = {"format_version": FORMAT, "data": self.data, "preset": self.preset, "curve_mm": CURVE.tolist()}
        lines = ",\n".join(json.dumps(row) for row in [*self.read(), *rows])
        head = "".join(f'"{key}": {json.dumps(value)},\n' for key, value in stated.items())
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_text(self.path, f'{{{head}"rows": [\n{lines}\n]}}\n')

    def has(self, split: str, fold: int, seed: int, method: str) -> bool:
        return any((row["split"], row["fold"], row["seed"], row["method"]) == (split, fold, seed, method) for row in self.read())


def row_of(errors: Errors, split: str, fold: int, seed: int, method: str, seconds: float) -> dict:
    """A row of the record."""
    curve = [round(float(share), 5) for share in errors.curve(CURVE)]
    scores = {name: round(value, 6) for name, value in errors.scores().items()}
    return {"split": split, "fold": fold, "seed": seed, "method": method, **scores, "curve": curve, "seconds": round(seconds, 1)}


def run(
    performances: Performances,
    record: Record,
    work: Path,
    seeds: int,
    progress: Progress,
    train: Train,
    trained: tuple[str, ...] = networks.NETWORKS,
) -> None:
    """Whatever rows are missing, seed by seed over all folds, so that a stopped run has seen every fold as often; checkpoints in `work`."""
    jobs = [(seed, k, split) for seed in range(seeds) for k in range(len(folds(performances, "identity"))) for split in SPLITS]
    for done, (seed, k, split) in enumerate(jobs):
        test = folds(performances, split)[k]
        where = f"{split} split, fold {k}, seed {seed}"

        def shown(fraction: float, what: str, done: int = done, where: str = where) -> None:
            progress((done + fraction) / len(jobs), f"{where}: {what}")

        if seed == 0 and not record.has(split, k, 0, "ridge"):
            began = time.monotonic()
            fitted = baselines.fit_baselines(performances, ~test, split, seed, shown)
            found = measure(fitted, performances.frames(test), performances.visible)
            each = (time.monotonic() - began) / len(found)
            record.add([row_of(errors, split, k, 0, name, each) for name, errors in found.items()])
        for name in trained:
            if record.has(split, k, seed, name):
                continue
            began = time.monotonic()
            predict = train(name, performances, (~test, test), record.preset, seed, work / f"{split}-{k}-{seed}-{name}", shown)
            errors = measure({name: predict}, performances.frames(test), performances.visible)[name]
            record.add([row_of(errors, split, k, seed, name, time.monotonic() - began)])


@dataclass(frozen=True)
class Summary:
    """One method over the folds and seeds of a split: scores, name to (mean, standard deviation); curve (len(CURVE),); runs, their number."""

    scores: dict[str, tuple[float, float]]
    curve: np.ndarray
    runs: int


def summary(rows: list[dict], split: str) -> dict[str, Summary]:
    """By method, in the order of the tables."""
    made = {}
    for method in baselines.TITLES:
        of = [row for row in rows if row["split"] == split and row["method"] == method]
        if of:
            scores = {key: np.array([row[key] for row in of], float) for key in ("mean", "std", "moving", "p99")}
            curve = np.mean([row["curve"] for row in of], axis=0)
            made[method] = Summary({key: (float(v.mean()), float(v.std())) for key, v in scores.items()}, curve, len(of))
    return made
