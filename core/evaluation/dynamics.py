"""`python -m core evaluate dynamics`: what 3DDP predicts against what happened, beside three ways to predict without a network.

On people of the synthetic set that training left out, and on two recordings that no training has seen, played on another such person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..data import coefficient_sequences
from ..data.coefficient_sequences import CoefficientSequences
from ..data.identities import random_identity, read_shape_space
from ..data.makehuman import fetch
from ..data.synthetic import default_cache
from ..head.template import load_template
from ..morphable.camera import Pose
from ..morphable.model import load_model
from ..motion.live_link_face import read_recording
from ..runtime.backend import Backend, OnnxBackend
from ..training.dynamics import Skin, windows
from ..video.dynamics import EXPRESSION, LATENT, MOVED, POSE, SPREAD, WINDOW, latents_of, rollout
from ..video.dynamics_network import upright
from .tables import Cell, Table

Progress = Callable[[float, str], None]
SAMPLES, SEEDS = 400, 5  # windows of each kind of data; futures drawn of each
STEP = 12  # frames between the windows of a recording, at least
LONG, LONG_STARTS, FAR = 600, 24, 99  # frames of a long prediction, how many of them, and the percentile that is told of them
RECORDED_PERSON, CAMERAS = 990_001, 4
TASKS = (("predict", 10), ("predict", 1), ("towards", 10), ("towards", 1))
COLUMNS = ("coefficients", "vertices, mm", "vertices rms, mm", "last vertices, mm", "expression, mm", "acceleration")


@dataclass(frozen=True)
class Windows:
    """true (B, 10 + 24, 62) normalised coefficients of one kind of data."""

    name: str
    key: str
    true: Tensor


def held_out(sequences: CoefficientSequences) -> list[Windows]:
    """Random windows of the people that training left out, lively and quiet ones."""
    found = []
    for name, key, quiet in (("held-out people", "held_out", False), ("held-out people, quiet", "held_out_quiet", True)):
        rng = np.random.default_rng(0)
        rows = rng.choice(np.flatnonzero(sequences.held & (sequences.quiet == quiet)), SAMPLES)
        starts = rng.integers(sequences.moving.shape[1] - 10 - WINDOW + 1, size=SAMPLES)
        found.append(Windows(name, key, windows(sequences, rows, starts, 10, WINDOW)))
    return found


def recorded(folder: Path, progress: Progress) -> list[Windows]:
    """Windows of every recording in a folder, evenly spread."""
    found = []
    for path in sorted(folder.glob("*.csv*")):
        progress(0.3, f"Playing {path.name}")
        template = load_template()
        neutral = random_identity(read_shape_space(fetch(default_cache()), template), template, RECORDED_PERSON)
        made = coefficient_sequences.of_recording(read_recording(path), neutral, CAMERAS, seed=1)
        starts = np.arange(0, made.moving.shape[1] - 10 - WINDOW + 1, STEP)
        rows = np.arange(len(starts)) % CAMERAS
        name = path.name.partition(".")[0]
        found.append(Windows(f"recording {name}", name, windows(made, rows, starts, 10, WINDOW)))
    return found


def baselines(seen: Tensor, target: Tensor | None) -> dict[str, Tensor]:
    """Futures (B, 24, 62) without a network after seen (B, F0, 62), their poses true ones: the last frame again; the line to the target or, without
    one, the line through what was seen (least squares); the last frame's velocity."""
    last, time = seen[:, -1:], torch.arange(1.0, WINDOW + 1)[None, :, None]
    velocity = seen[:, -1:] - seen[:, -2:-1] if seen.shape[1] > 1 else torch.zeros_like(last)
    slope = velocity
    if seen.shape[1] > 1:
        at = torch.arange(seen.shape[1]) - (seen.shape[1] - 1) / 2
        slope = ((at[None, :, None] * seen).sum(dim=1) / (at**2).sum())[:, None]
    line = last + time * slope if target is None else last + time / WINDOW * (target[:, None] - last)
    made = {"repeat last": last.expand(-1, WINDOW, -1), "linear": line, "constant velocity": last + time * velocity}
    return {name: upright(each.flatten(0, 1)).unflatten(0, each.shape[:2]) for name, each in made.items()}


class Judge:
    """Errors of futures (B, 24, 62) against the true one."""

    def __init__(self, true: Tensor):
        self.skin = Skin(load_model())
        self.before, self.true = true[:, 8:10], true[:, 10:]

    def distances(self, made: Tensor) -> Tensor:
        """(B, 24) mm, mean over vertices."""
        return (self.skin(made) - self.skin(self.true)).norm(dim=-1).mean(dim=-1)

    def coefficients(self, made: Tensor) -> Tensor:
        """(B,) root mean square over frames and the 22 coefficients that move."""
        return ((made - self.true)[..., torch.as_tensor(MOVED)] ** 2).mean(dim=(1, 2)).sqrt()

    def expression(self, made: Tensor) -> Tensor:
        """(B, 24) mm, mean over vertices, both seen from the true pose."""
        return self.distances(torch.cat([self.true[..., :POSE], made[..., POSE:]], dim=-1))

    def acceleration(self, made: Tensor) -> float:
        """Root mean square of the vertices' second differences over that of the true future; the first ones reach back to what was seen."""
        sizes = [
            torch.diff(self.skin(torch.cat([self.before, each], dim=1)), n=2, dim=1).pow(2).mean().sqrt() for each in (made, self.true)
        ]
        return float(sizes[0] / sizes[1])

    def row(self, made: Tensor) -> tuple[float, ...]:
        """The numbers of COLUMNS."""
        distances = self.distances(made)
        return (
            float(self.coefficients(made).mean()),
            float(distances.mean()),
            float((self.skin(made) - self.skin(self.true)).pow(2).sum(dim=-1).mean().sqrt()),
            float(distances[:, -1].mean()),
            float(self.expression(made).mean()),
            self.acceleration(made),
        )


def drawn(seen: Tensor, target: Tensor | None, seeds: range, backend: Backend) -> Tensor:
    """Futures (S, B, 24, 62) of several seeds."""
    aim = None if target is None else target.numpy()
    given = [np.array([latents_of(seed * len(seen) + k, WINDOW) for k in range(len(seen))]) for seed in seeds]
    return torch.from_numpy(np.array([rollout(seen.numpy(), aim, WINDOW, latents, backend) for latents in given]))


def _task(data: Windows, task: str, seen: int, backend: Backend) -> Table:
    judge, before = Judge(data.true), data.true[:, 10 - seen : 10]
    target = data.true[:, -1] if task == "towards" else None
    nothing = np.zeros((len(before), 1, LATENT), np.float32)
    aim = None if target is None else target.numpy()
    expected = torch.from_numpy(rollout(before.numpy(), aim, WINDOW, nothing, backend))
    futures = drawn(before, target, range(SEEDS), backend)
    rows = {"3DDP, expected": judge.row(expected)}
    each = np.array([judge.row(future) for future in futures])
    rows["3DDP, a seed"] = tuple(map(float, each.mean(axis=0)))
    distances = torch.stack([judge.distances(future).mean(dim=1) for future in futures])
    best = futures[distances.argmin(dim=0), torch.arange(len(before))]
    rows[f"3DDP, best of {SEEDS} seeds"] = judge.row(best)
    plain = baselines(before, target)
    rows |= {name: judge.row(made) for name, made in plain.items()}
    key = f"{data.key}_{task}_{seen}"
    least = [min(rows[name][k] for name in plain) for k in (0, 1, 2)]
    metrics = {f"{key}_coefficients": rows["3DDP, expected"][0], f"{key}_vertices_mm": rows["3DDP, expected"][1]}
    metrics |= {f"{key}_coefficients_over_best_baseline": rows["3DDP, expected"][0] / least[0]}
    metrics |= {f"{key}_vertices_over_best_baseline": rows["3DDP, expected"][1] / least[1]}
    metrics |= {f"{key}_vertices_rms_over_best_baseline": rows["3DDP, expected"][2] / least[2]}
    middle = judge.skin(futures.mean(dim=0))
    spread = float(np.mean([(judge.skin(future) - middle).norm(dim=-1).mean() for future in futures]))
    metrics[f"{key}_seeds_apart_mm"] = spread
    what = "towards a target" if target is not None else "what comes next"
    title = f"{data.name}: {what}, 24 frames after {seen} seen ({len(before)} windows)"
    note = f"Seeds lie {spread:.2f} mm from their mean."
    return Table(title, ("prediction", *COLUMNS), tuple((name, *values) for name, values in rows.items()), metrics, (note,))


def long_run(sequences: CoefficientSequences, backend: Backend) -> Table:
    """How far faces go, and how restlessly, in long predictions from single frames, beside the real sequences of the same length of frames."""
    rng = np.random.default_rng(1)
    rows = rng.choice(np.flatnonzero(sequences.held & ~sequences.quiet), LONG_STARTS, replace=False)
    whole = windows(sequences, rows, np.zeros(len(rows), int), 1, sequences.moving.shape[1] - 1)
    latents = np.array([latents_of(int(seed), LONG) for seed in range(len(rows))])
    made = torch.from_numpy(rollout(whole[:, :1].numpy(), None, LONG, latents, backend))
    table: list[tuple[Cell, ...]] = []
    metrics: dict[str, float] = {}
    for name, key, each in (
        ("real", "real", whole),
        ("3DDP, first 300 frames", "first", made[:, :300]),
        ("3DDP, frames 301 to 600", "last", made[:, 300:]),
    ):
        values = _ranges(each, whole[:, 0])
        table.append((name, *values))
        metrics |= {
            f"long_{key}_{what}": value for what, value in zip(("turn", "scale", "expression", "acceleration"), values, strict=True)
        }
    columns = ("sequences", "turn, degrees", "size, %", "expression, sd", "acceleration, mm")
    return Table(f"Long predictions of {len(rows)} held-out people from one frame each", columns, tuple(table), metrics,
                 ("99th percentiles: of the turn from the first frame, of the change in size, of the largest expression coefficient; "
                  "root mean square of the vertices' second differences.",))  # fmt: skip


def _ranges(values: Tensor, start: Tensor) -> tuple[float, ...]:
    """Of normalised coefficients (B, F, 62) that came from frames `start` (B, 62): what the columns of `long_run` say."""
    begun = [Pose.of_matrix(frame[:POSE].numpy()).angles() for frame in start]
    poses = [[Pose.of_matrix(frame.numpy()) for frame in each] for each in values[..., :POSE]]
    turns = [np.degrees(np.linalg.norm(pose.angles() - at)) for at, each in zip(begun, poses, strict=True) for pose in each]
    sizes = [100.0 * abs(pose.scale - 1.0) for each in poses for pose in each]
    largest = SPREAD * values[..., EXPRESSION].abs().amax(dim=-1).numpy()
    second = torch.diff(Skin(load_model())(values), n=2, dim=1).pow(2).sum(dim=-1).mean().sqrt()
    return float(np.percentile(turns, FAR)), float(np.percentile(sizes, FAR)), float(np.percentile(largest, FAR)), float(second)


def sequences(progress: Progress) -> CoefficientSequences:
    """The set that 3DDP was trained on, made first where it is not there yet."""
    return coefficient_sequences.made_once(default_cache(), progress)


def dynamics(folder: Path, progress: Progress, backend: Backend | None = None) -> list[Table]:
    """All tables; recordings where the folder has any."""
    backend = backend or OnnxBackend()
    people = sequences(progress)
    data = [*held_out(people), *recorded(folder, progress)]
    found = []
    for number, (each, (task, seen)) in enumerate((each, task) for each in data for task in TASKS):
        progress(0.4 + 0.5 * number / (len(data) * len(TASKS)), f"{each.name}: {task}")
        found.append(_task(each, task, seen, backend))
    return [*found, long_run(people, backend)]
