"""Table 1: the error of every method on unseen people and unseen expressions; on the weights that ship, and over the whole cross-validation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..data.performances import Performances
from . import cross_validation, networks, paper
from .baselines import OURS, TITLES, fit_baselines
from .cross_validation import Record, Summary
from .metrics import Errors, Predict, measure
from .tables import Cell, Table

Progress = Callable[[float, str], None]

COLUMNS = ("method", "mean ± std, mm", "moving, mm", "p99 of moving, mm", "mean / best baseline", "moving / best", "p99 / best")
CV_COLUMNS = (*COLUMNS[:1], "mean, mm", *COLUMNS[2:], "runs")
PLAYED_ON = 8  # unseen people that recordings are played on
MEASURES = ("mean", "moving", "p99")
MOVING_NOTE = (
    "moving: visible vertices that move more than 0.5 mm, in frames within 20 % of their clip's apex; the best baseline of each column."
)


def ratios(scores: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Each method's mean, moving and p99 as a multiple of the best baseline's; scores by method."""
    best = {key: min(row[key] for name, row in scores.items() if name not in OURS) for key in MEASURES}
    return {name: {key: row[key] / best[key] if best[key] > 0 else float("nan") for key in MEASURES} for name, row in scores.items()}


def flat(prefix: str, scores: dict[str, dict[str, float]]) -> dict[str, float]:
    """Metrics: <prefix>_<method>_<measure>_mm, and for each of ours <prefix>_<method>_ratio, _moving_ratio and _p99_ratio; without a method
    for the product."""
    made = {f"{prefix}_{name}_{key}_mm": value for name, row in scores.items() for key, value in row.items()}
    compared = ratios(scores)
    for name in OURS:
        if name in compared:
            of = prefix if name == "product" else f"{prefix}_{name}"
            made |= {f"{of}_{key}_ratio".replace("_mean_ratio", "_ratio"): value for key, value in compared[name].items()}
    return made


def error_table(title: str, prefix: str, found: dict[str, Errors], notes: tuple[str, ...]) -> Table:
    """Rows of errors measured on one set of frames."""
    scores = {name: found[name].scores() for name in TITLES if name in found}
    compared = ratios(scores)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            TITLES[name],
            f"{row['mean']:.4f} ± {row['std']:.4f}",
            row["moving"],
            row["p99"],
            *(round(compared[name][key], 3) for key in MEASURES),
        )
        for name, row in scores.items()
    )
    return Table(title, COLUMNS, rows, flat(prefix, scores), notes)


def summary_table(title: str, prefix: str, found: dict[str, Summary]) -> Table:
    """Rows of a cross-validation: means over folds and seeds, ± their standard deviation."""
    scores = {name: {key: value[0] for key, value in row.scores.items()} for name, row in found.items()}
    compared = ratios(scores)

    def spread(row: Summary, key: str) -> str:
        return f"{row.scores[key][0]:.4f} ± {row.scores[key][1]:.4f}"

    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (TITLES[name], *(spread(row, key) for key in MEASURES), *(round(compared[name][key], 3) for key in MEASURES), row.runs)
        for name, row in found.items()
    )
    return Table(title, CV_COLUMNS, rows, flat(prefix, scores), ("± over folds and seeds (closed forms: folds only).",))


@dataclass(frozen=True)
class Live:
    """The tables of `live`, and the errors on unseen people by method."""

    tables: list[Table]
    errors: dict[str, Errors]


def live(performances: Performances, played: Performances | None, progress: Progress) -> Live:
    """The shipped networks and freshly fitted baselines on the people of fold 0, whom none of them has seen; `played`: real recordings on
    those people, or None."""
    test = cross_validation.folds(performances, "identity")[0]
    models: dict[str, Predict] = fit_baselines(performances, ~test, "identity", 0, lambda done, what: progress(0.7 * done, what))
    missing = []
    for name in networks.NETWORKS:
        network = networks.shipped(name, performances.neutral.shape[1])
        if network is None:
            missing.append(TITLES[name])
        else:
            models[name] = network
    notes = (MOVING_NOTE, *((f"No weights of {', '.join(missing)} for this mesh are here.",) if missing else ()))
    progress(0.7, "Measuring on unseen people")
    found = measure(models, performances.frames(test), performances.visible)
    people = len(np.unique(performances.person[test]))
    title = f"Table 1, identity split, {performances.name}: {people} unseen people, {int(test.sum())} clips, the weights that ship"
    tables = [error_table(title, "table1_identity", found, notes)]
    if played is None:
        skipped = ("Skipped: there are no recordings here (../shared/data/arkit_capture).",)
        tables.append(Table("Real recordings on unseen people", COLUMNS, (), notes=skipped))
    else:
        progress(0.9, "Measuring on recordings")
        frames = played.frames(np.ones(len(played.person), bool))
        real = measure(models, frames, played.visible)
        title = f"Real recordings ({len(np.unique(played.take))}) on {len(played.people)} unseen people, the weights that ship"
        tables.append(error_table(title, "table1_recordings", real, notes[:1]))
    progress(1.0, "Done")
    return Live(tables, found)


def recorded(record: Record) -> list[Table]:
    """The rows of the whole cross-validation, as far as it has come, and the paper's own."""
    rows, tables = record.read(), []
    for split in cross_validation.SPLITS:
        found = cross_validation.summary(rows, split)
        title = f"Table 1, {split} split, {record.data}: cross-validation, preset {record.preset}"
        if found:
            tables.append(summary_table(title, f"table1_cv_{split}", found))
        else:
            empty = (f"No rows yet in {record.path.name}: `python -m core evaluate table1 --full` makes them.",)
            tables.append(Table(title, CV_COLUMNS, (), notes=empty))
    return [*tables, paper.TABLE_1]


def recordings(performances: Performances, test: np.ndarray, folder: Path) -> Performances | None:
    """The recordings in `folder` played on the people of the test clips (C,), or None where there are none or the mesh is not the template's."""
    from ..data import synthetic
    from ..motion.live_link_face import read_recording

    paths = sorted(folder.glob("*.csv*"))
    if not paths or not performances.name.startswith("synthetic"):
        return None
    people = np.unique(performances.person[test])[:PLAYED_ON]
    names = [performances.people[p] for p in people]
    played = synthetic.recordings(performances.neutral[people], names, [read_recording(p) for p in paths])
    return replace(played, noise=performances.noise)
