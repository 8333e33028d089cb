"""Does a set reward more than a linear map? Known people, an unseen take: ridge against a non-linear model of the same landmarks.

A benchmark on which this ratio is near 1 measures how well a method is a ridge regression. Both models see the landmarks' displacement alone;
both choose their settings on the last of the training takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import linalg

from ..data.performances import MM, STEP, Frames, Performances
from ..errors import ValueRangeError
from .tables import Table

Progress = Callable[[float, str], None]

STRENGTHS = tuple(10.0 ** np.arange(-7.0, 0.1))  # relative to the kernel's mean diagonal
WIDTHS = (0.5, 1.0, 2.0, 4.0, 8.0)  # of the Gaussian, in root mean square distances between frames
BENDS = (0.1, 1.0)  # weight of the Gaussian beside the linear kernel
POOLED = 3000  # frames of all people together that the pooled models are fitted to
CHOSEN_ON = 1000  # of them, those that settings are chosen on
JUDGED = 12  # every so many vertices settings are chosen on
PEOPLE = 12  # evenly spread, that have models of their own
LIMIT = 0.7
TITLES = {
    "person": "one for each person",
    "pooled": "one for all",
    "exact_person": "one for each person, exact landmarks",
    "exact_pooled": "one for all, exact landmarks",
}


@dataclass(frozen=True)
class Kernel:
    """Inner products of frames: linear / size + bend * Gaussian of `width`; bend 0 is ridge regression."""

    size: float
    width: float
    bend: float

    def __call__(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """(N, 204), (M, 204) to (N, M)."""
        inner = a @ b.T
        if not self.bend:
            return inner / self.size
        apart = np.square(a).sum(axis=1)[:, None] + np.square(b).sum(axis=1) - 2.0 * inner
        return inner / self.size + self.bend * np.exp(-0.5 * np.maximum(apart, 0.0) / self.width**2)


@dataclass(frozen=True)
class Sample:
    """Frames of one model: x (N, 204) mm, y (N, 3 V) float32 mm."""

    x: np.ndarray
    y: np.ndarray

    @staticmethod
    def of(frames: Frames, rows: np.ndarray) -> Sample:
        x = frames.landmarks[rows].reshape(len(rows), -1).astype(np.float64) * MM
        return Sample(x, frames.dense[rows].reshape(len(rows), -1).astype(np.float32) * np.float32(STEP * MM))

    def some(self) -> np.ndarray:
        """y of the vertices that settings are chosen on."""
        return np.ascontiguousarray(self.y.reshape(len(self.y), -1, 3)[:, ::JUDGED]).reshape(len(self.y), -1)


def kernel_ridge(kernel: Kernel, known: Sample, x: np.ndarray, strengths: tuple[float, ...]) -> Iterator[np.ndarray]:
    """Kernel ridge predictions (n, 3 V) mm at x (n, 204), one for each strength."""
    mean_x, mean_y = known.x.mean(axis=0), known.y.mean(axis=0)
    centred = known.x - mean_x
    gram = kernel(centred, centred)
    values, basis = linalg.eigh(gram)
    seen = kernel(x - mean_x, centred) @ basis
    turned = basis.T.astype(np.float32) @ (known.y - mean_y)
    scale = np.trace(gram) / len(gram)
    for strength in strengths:
        yield (seen / (np.maximum(values, 0.0) + strength * scale)).astype(np.float32) @ turned + mean_y


def error(made: np.ndarray, true: np.ndarray) -> float:
    """Mean Euclidean error in mm of (n, 3 V) mm."""
    return float(np.linalg.norm((made - true).reshape(len(true), -1, 3), axis=2).mean())


def compare(known: Sample, aside: Sample, test: Sample) -> tuple[float, float]:
    """Errors in mm of ridge and of the best kernel on `test`; settings are chosen on `aside` with models of `known`, then fitted to both."""
    everything = Sample(np.concatenate([known.x, aside.x]), np.concatenate([known.y, aside.y]))
    size = float(np.square(everything.x - everything.x.mean(axis=0)).sum(axis=1).mean())
    kernels = [Kernel(size, 1.0, 0.0)]
    kernels += [Kernel(size, width * np.sqrt(2.0 * size), bend) for width in WIDTHS for bend in BENDS]
    judged, few, true = [], Sample(known.x, known.some()), aside.some()
    for kernel in kernels:
        errors = [error(made, true) for made in kernel_ridge(kernel, few, aside.x, STRENGTHS)]
        judged.append((min(errors), STRENGTHS[int(np.argmin(errors))]))

    def final(k: int) -> float:
        return error(next(kernel_ridge(kernels[k], everything, test.x, (judged[k][1],))), test.y)

    return final(0), final(1 + int(np.argmin([best for best, _ in judged[1:]])))


def parts(performances: Performances, clips: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of some clips (C,) bool: those for fitting, those for choosing settings (the last but one take) and those for the test (the last)."""
    takes = performances.take
    last = int(takes[clips].max())
    if last < 2:
        raise ValueRangeError(f"The gate needs at least 3 takes of every label; {performances.name} has {last + 1}. Use a larger set.")
    return clips & (takes < last - 1), clips & (takes == last - 1), clips & (takes == last)


def _thinned(performances: Performances, clips: np.ndarray, most: int) -> Sample:
    frames = performances.frames(clips)
    rows = np.sort(np.random.default_rng(0).permutation(len(frames.landmarks))[:most])
    return Sample.of(frames, rows)


def per_person(performances: Performances, people: np.ndarray) -> tuple[float, float]:
    """Mean errors in mm of ridge and kernel, one model for each person."""
    found = []
    for person in people:
        known, aside, test = parts(performances, performances.person == person)
        found.append(compare(*(_thinned(performances, clips, POOLED) for clips in (known, aside, test))))
    ridge, bent = np.mean(found, axis=0)
    return float(ridge), float(bent)


def pooled(performances: Performances) -> tuple[float, float]:
    """Errors in mm of ridge and kernel, one model for all people."""
    known, aside, test = parts(performances, np.ones(len(performances.person), bool))
    return compare(
        _thinned(performances, known, POOLED - CHOSEN_ON), _thinned(performances, aside, CHOSEN_ON), _thinned(performances, test, CHOSEN_ON)
    )


def ablated(performances: Performances, people: np.ndarray, takes: int, progress: Progress) -> list[tuple[str, float, float]]:
    """The same people made again without one ingredient of the rig each: (ingredient, ridge, kernel), in mm, one model for each person."""
    from ..data.synthetic_person import perform_person
    from ..data.synthetic_rig import INGREDIENTS, Units
    from ..head.template import load_template

    found = []
    for done, name in enumerate(("", *INGREDIENTS)):
        progress(done / (len(INGREDIENTS) + 1), f"Without {name}" if name else "As it is")
        units = Units(load_template(), without=(name,) if name else ())
        made = [perform_person(units, performances.neutral[p], int(p), takes) for p in people]
        labels = len(performances.labels)
        again = replace(
            performances,
            neutral=performances.neutral[people],
            person=np.repeat(np.arange(len(people)), labels * takes),
            label=np.tile(np.repeat(np.arange(labels), takes), len(people)),
            take=np.tile(np.arange(takes), labels * len(people)),
            curves=np.concatenate([each.curves for each in made]),
            frame_landmarks=np.concatenate([each.frame_landmarks for each in made]),
            dense=np.concatenate([each.dense for each in made]),
        )
        found.append((name, *per_person(again, np.arange(len(people)))))
    return found


def gate(performances: Performances, progress: Progress, ablation_people: int = 4) -> list[Table]:
    """The gate's tables; the second, of the rig's ingredients, for the synthetic set alone."""
    columns = ("models", "ridge, mm", "non-linear, mm", "ratio")
    exact, count = replace(performances, noise=0.0), len(performances.neutral)
    some = np.unique(np.linspace(0, count - 1, min(PEOPLE, count)).astype(int))
    sets = {"": performances} | ({"exact_": exact} if performances.noise else {})
    found = {}
    for done, (which, of) in enumerate(sets.items()):
        progress(0.15 * done, "Models of single people")
        found[f"{which}person"] = per_person(of, some)
        progress(0.15 * done + 0.05, "Models of all people")
        found[f"{which}pooled"] = pooled(of)
    rows = tuple((TITLES[name], *of, of[1] / of[0]) for name, of in found.items())
    metrics = {f"gate_{name}_ratio": of[1] / of[0] for name, of in found.items()}
    notes = (f"Known people, unseen take. The aim is a ratio of at most {LIMIT}: the set then rewards more than a linear map.",)
    tables = [Table(f"Data gate, {performances.name}", columns, rows, metrics, notes)]
    if performances.name.startswith("synthetic"):
        people = np.unique(np.linspace(0, count - 1, ablation_people).astype(int))
        takes = int(performances.take.max()) + 1
        made = ablated(exact, people, takes, lambda done, what: progress(0.3 + 0.7 * done, what))
        rows = tuple((f"without {name}" if name else "all ingredients", a, b, b / a) for name, a, b in made)
        metrics = {f"gate_without_{name}_ratio" if name else "gate_all_ratio": b / a for name, a, b in made}
        title = f"Ingredients of the set, {len(people)} people, exact landmarks, one model for each person"
        tables.append(Table(title, columns, rows, metrics))
    progress(1.0, "Done")
    return tables
