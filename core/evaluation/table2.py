"""Table 2: what each loss of S2D-Dec adds, on the published network, with the total weight of the losses held equal.

Without distance weights L_pr is L_dr once more, so the paper's step from S1 to S2 is a change of scale; here the scale is the same in all
three: beta_1 + beta_2 * mean(w) = 1.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..data.performances import Performances
from . import cross_validation, paper
from .cross_validation import Record
from .metrics import Predict, measure
from .tables import Cell, Table

Progress = Callable[[float, str], None]
Train = Callable[[str, Performances, tuple[np.ndarray, np.ndarray], str, int, Path, Progress], Predict]

SPLIT = "ablation"
SHARE = 0.1  # of L_pr beside L_dr, as in the paper
VARIANTS = {"s1": ("S1: L_dr", "none"), "s2": ("S2: L_dr + L_pr, w = 1", "ones"), "s3": ("S3: L_dr + L_pr, w = 1 / d", "inverse")}
"""Title of each variant, and the weights its L_pr has."""


def test_clips(performances: Performances) -> np.ndarray:
    """Mask (C,) of the clips of the first quarter of the people: of CoMA's twelve, the paper's first three."""
    return performances.person < max(1, len(performances.people) // 4)


def betas(weights: str, mean_weight: float) -> tuple[float, float]:
    """beta_1 and beta_2 of a variant: in the paper's proportion, and beta_1 + beta_2 * mean(w) = 1."""
    if weights == "none":
        return 1.0, 0.0
    mean = 1.0 if weights == "ones" else mean_weight
    return 1.0 / (1.0 + SHARE * mean), SHARE / (1.0 + SHARE * mean)


def train(
    name: str, performances: Performances, masks: tuple[np.ndarray, np.ndarray], preset: str, seed: int, folder: Path, progress: Progress
) -> Predict:
    """The published network with one variant's loss."""
    from ..training import loop, s2d

    neutral = performances.neutral.mean(axis=0)
    mean_weight = float(s2d.landmark_weights(neutral, performances.embedding.points(neutral, performances.triangles)).mean())
    weights = VARIANTS[name][1]
    beta_1, beta_2 = betas(weights, mean_weight)
    chosen = replace(s2d.preset(preset), weights=weights, beta_1=beta_1, beta_2=beta_2)
    recipe = s2d.S2DRecipe(performances, masks[0], masks[1], chosen, seed)
    loop.run(recipe, folder, loop.Plan(seed=seed), resume=True, progress=progress, name=name)
    return recipe.predict


def run(performances: Performances, record: Record, work: Path, seeds: int, progress: Progress, train: Train) -> None:
    """Whatever rows are missing, seed by seed; checkpoints in `work`."""
    test = test_clips(performances)
    jobs = [(seed, name) for seed in range(seeds) for name in VARIANTS]
    for done, (seed, name) in enumerate(jobs):
        if record.has(SPLIT, 0, seed, name):
            continue
        began = time.monotonic()

        def shown(fraction: float, what: str, done: int = done, name: str = name) -> None:
            progress((done + fraction) / len(jobs), f"{name}: {what}")

        predict = train(name, performances, (~test, test), record.preset, seed, work / f"{name}-{seed}", shown)
        errors = measure({name: predict}, performances.frames(test), performances.visible)[name]
        record.add([cross_validation.row_of(errors, SPLIT, 0, seed, name, time.monotonic() - began)])


def recorded(record: Record) -> list[Table]:
    """The recorded rows, means over seeds, and the paper's own."""
    rows = record.read()
    body: list[tuple[Cell, ...]] = []
    metrics: dict[str, float] = {}
    for name, (title, _) in VARIANTS.items():
        of = [row for row in rows if row["method"] == name]
        if of:
            mean, std, moving, p99 = (float(np.mean([row[key] for row in of])) for key in ("mean", "std", "moving", "p99"))
            body.append((title, f"{mean:.4f} ± {std:.4f}", moving, p99, float(np.std([row["mean"] for row in of])), len(of)))
            metrics |= {f"table2_{name}_mean_mm": mean, f"table2_{name}_moving_mm": moving, f"table2_{name}_p99_mm": p99}
    note = "Published network, first quarter of the people as test, total weight of the losses equal."
    empty = f"No rows yet in {record.path.name}: `python -m core evaluate table2 --full` makes them."
    columns = ("loss", "mean ± std, mm", "moving, mm", "p99 of moving, mm", "± of the mean over seeds", "seeds")
    title = f"Table 2, {record.data}, preset {record.preset}"
    return [Table(title, columns, tuple(body), metrics, (note,) if body else (empty,)), paper.TABLE_2]
