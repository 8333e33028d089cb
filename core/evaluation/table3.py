"""Table 3: how good generated motion is, on the weights that ship or trained anew; landmarks as generated and as re-read from meshes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..data.performances import Performances, interleaved, landmark_displacement
from ..data.synthetic import default_cache
from ..errors import ValueRangeError
from ..motion.motion3dgan import NAME, Generator, load
from . import cross_validation, motion_samples, networks
from .cross_validation import Record
from .metrics import Predict
from .motion_samples import TITLES, Sampler
from .motion_scores import Judge, frechet
from .paper import TABLE_3
from .tables import Cell, Table

Progress = Callable[[float, str], None]

DRAWS, SAMPLES, SEEDS = 5, 2160, 3
RE_READ = 360  # motions that are carried to meshes and read again
FRAMES_AT_ONCE = 128
WEIGHTS = networks.MODELS / NAME / f"{NAME}.safetensors"
RECORD = "cross_validation.json"
MEASURES = {
    "accuracy": "accuracy", "diversity_mm": "diversity, mm", "jitter": "jitter", "fid_like": "FID-like", "precision": "precision",
    "recall": "recall", "nearest_mm": "nearest training motion, mm",
}  # fmt: skip
NOTES = (
    "Accuracy and the FID-like distance (64 features, against the held-out motions) are of an LSTM that knows real training motions only. "
    "Precision and recall: k nearest neighbours, k = 3. Real training motions are the floor: they are measured like generated ones.",
)
RE_READ_NOTE = "Gen-LM: landmarks as generated; Det-LM: read again from the meshes of held-out people that S2D-Dec makes of them."

Scores = dict[str, dict[str, float]]


def _part(progress: Progress, start: float, end: float) -> Progress:
    return lambda fraction, what: progress(start + (end - start) * fraction, what)


@dataclass(frozen=True)
class Setting:
    """A generator, the clips it was trained on and those it never saw (masks (C,))."""

    performances: Performances
    generator: Generator
    chosen: np.ndarray
    held: np.ndarray
    seed: int = 0

    def part(self, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Curves and labels of the clips in a mask that move at all."""
        rows = np.flatnonzero(mask)
        rows = rows[self.performances.curves[rows, -1].any(axis=(1, 2))]
        return self.performances.curves[rows], self.performances.label[rows].astype(np.int64)


def samplers(setting: Setting) -> dict[str, Sampler]:
    """Everything that makes motion, by row of the table."""
    generator, count = setting.generator, len(setting.performances.labels)
    training = motion_samples.training_of(generator, setting.performances, setting.chosen)
    curves, labels = setting.part(setting.chosen)
    fitted = motion_samples.fitted_start(generator, training, setting.seed)
    return {
        "real_train": motion_samples.real(curves, labels),
        "motion3dgan": motion_samples.network(generator, training),
        "fitted_start": motion_samples.network(fitted, training),
        "class_gaussian": motion_samples.class_gaussian(generator, training),
        "class_mean": motion_samples.class_mean(generator, training),
        "lstm": motion_samples.lstm(curves, labels, count, setting.seed),
    }


def measure(setting: Setting, made: dict[str, Sampler], draws: int, samples: int, progress: Progress) -> tuple[Scores, Scores, Judge]:
    """Means and standard deviations over the draws, by row and measure; labels occur as often as among held-out motions."""
    train, held = setting.part(setting.chosen), setting.part(setting.held)
    if len(np.unique(train[1])) < len(setting.performances.labels) or len(held[1]) < 4:
        raise ValueRangeError(f"{setting.performances.name} has too few clips to score motion: every label must occur in training.")
    progress(0.0, "Training the classifier on real motions")
    judge = Judge(train, held, len(setting.performances.labels), setting.seed)
    wanted = np.resize(held[1], samples)
    found = {"held_out": [judge.scores(*held)]} | {name: [] for name in made}
    for draw in range(draws):
        for k, (name, sampler) in enumerate(made.items()):
            progress(0.3 + 0.7 * (draw + k / len(made)) / draws, f"Draw {draw + 1} of {draws}: {TITLES[name]}")
            found[name].append(judge.scores(sampler(wanted, 1000 * setting.seed + draw), wanted, real=name == "real_train"))
    mean = {name: {key: float(np.mean([one[key] for one in all_])) for key in all_[0]} for name, all_ in found.items()}
    std = {name: {key: float(np.std([one[key] for one in all_])) for key in all_[0]} for name, all_ in found.items()}
    return mean, std, judge


def flat(mean: Scores, prefix: str = "motion") -> dict[str, float]:
    """Metrics: <prefix>_<row>_<measure>; and of the network <prefix>_<measure>, with diversity, jitter and nearest as a multiple of held-out
    motion's, FID-like as a multiple of the floor's and of the class Gaussian's."""
    ours, real = mean["motion3dgan"], mean["held_out"]
    made = {f"{prefix}_{name}_{key}": value for name, row in mean.items() for key, value in row.items()}
    made |= {f"{prefix}_{key}": ours[key] for key in ("accuracy", "fid_like", "precision", "recall")}
    made |= {
        f"{prefix}_{key}_ratio": ours[f"{key}{unit}"] / real[f"{key}{unit}"]
        for key, unit in (("diversity", "_mm"), ("jitter", ""), ("nearest", "_mm"))
    }
    for other in ("real_train", "class_gaussian", "fitted_start"):
        made[f"{prefix}_fid_over_{other}"] = ours["fid_like"] / mean[other]["fid_like"]
    return made


def scores_table(title: str, mean: Scores, std: Scores, notes: tuple[str, ...], prefix: str = "motion") -> Table:
    """Rows of the table in their order."""

    def shown(name: str, key: str) -> Cell:
        if key not in mean[name]:
            return None
        return f"{mean[name][key]:.3f} ± {std[name][key]:.3f}" if name != "held_out" else f"{mean[name][key]:.3f}"

    rows = tuple((TITLES[name], *(shown(name, key) for key in MEASURES)) for name in TITLES if name in mean)
    return Table(title, ("motions", *MEASURES.values()), rows, flat(mean, prefix), notes)


def re_read(performances: Performances, curves: np.ndarray, people: np.ndarray, predict: Predict) -> np.ndarray:
    """Landmarks (n, S + 1, 68, 3) m read from the meshes that `predict` makes of curves on the neutral heads of people (n,)."""
    frames = curves.reshape(-1, *curves.shape[2:])
    owner = np.repeat(people, curves.shape[1])
    found = [
        landmark_displacement(
            performances.embedding, performances.triangles,
            predict(frames[k : k + FRAMES_AT_ONCE], performances.neutral[owner[k : k + FRAMES_AT_ONCE]]),
        )
        for k in range(0, len(frames), FRAMES_AT_ONCE)
    ]  # fmt: skip
    return np.concatenate(found).astype(np.float32).reshape(curves.shape)


def re_read_table(setting: Setting, made: dict[str, Sampler], judge: Judge, progress: Progress) -> Table | None:
    """The paper's own layout of Table 3; None where no S2D-Dec for this mesh is here."""
    predict = networks.shipped("product", len(setting.performances.visible))
    if predict is None:
        return None
    moving = setting.held & setting.performances.curves[:, -1].any(axis=(1, 2))
    rows = interleaved(moving, RE_READ)
    labels, people = setting.performances.label[rows].astype(np.int64), setting.performances.person[rows]
    sets = {"held_out": setting.performances.curves[rows]} | {name: made[name](labels, 77) for name in ("motion3dgan", "lstm")}
    metrics: dict[str, float] = {}
    lines: list[tuple[Cell, ...]] = []
    for k, how in enumerate(("Gen-LM", "Det-LM")):
        line: dict[str, tuple[float, float]] = {}
        for j, (name, curves) in enumerate(sets.items()):
            progress((k + j / 3) / 2, f"{how}: {TITLES[name]}")
            features, found = judge.classifier.read(curves if k == 0 else re_read(setting.performances, curves, people, predict))
            line[name] = float((found == labels).mean()), frechet(judge.features, features)
            key = f"motion_{how[:3].lower()}_lm_{name}"
            metrics |= {f"{key}_accuracy": line[name][0], f"{key}_fid_like": line[name][1]}
        lines.append((how, *(line[name][part] for part in (0, 1) for name in sets)))
    columns = ("landmarks", *(f"{what}: {TITLES[name]}" for what in ("accuracy", "FID-like") for name in sets))
    title = f"Table 3 as in the paper, {len(rows)} motions on held-out people"
    return Table(title, columns, tuple(lines), metrics, (RE_READ_NOTE,))


def masks(performances: Performances) -> list[np.ndarray]:
    """Test masks (C,): for the synthetic set four folds of people; for others the paper's, the first sub-sequence of each person and label."""
    first = performances.take == 0
    if performances.name.startswith("synthetic") or first.all():
        return [performances.fold("identity", k, cross_validation.FOLDS) for k in range(cross_validation.FOLDS)]
    return [first]


def shipped(performances: Performances) -> Generator | None:
    """The generator that ships, if it was trained on data of this kind."""
    if not (performances.name.startswith("synthetic") and WEIGHTS.is_file()):
        return None
    generator = load(WEIGHTS)
    fits = generator.config.labels == performances.labels and generator.config.steps == performances.curves.shape[1] - 1
    return generator if fits else None


def train(performances: Performances, held: np.ndarray, preset: str, seed: int, folder: Path, progress: Progress) -> Generator:
    """A generator of the clips outside `held`; goes on where an interrupted run in `folder` stopped."""
    from ..training import loop, motion

    recipe = motion.MotionRecipe(performances, ~held, held, motion.preset(preset), seed)
    loop.run(recipe, folder, loop.Plan(seed=seed), resume=True, progress=progress, name=NAME)
    return recipe.average.cpu().eval()


def validate(
    performances: Performances, record: Record, work: Path, seeds: int, progress: Progress, draws: int = 1, samples: int = SAMPLES
) -> None:
    """Whatever rows of the cross-validation are missing: every fold and seed trained and scored."""
    jobs = [(seed, k) for seed in range(seeds) for k in range(len(masks(performances)))]
    for done, (seed, k) in enumerate(jobs):
        if record.has("identity", k, seed, "motion3dgan"):
            continue

        def shown(fraction: float, what: str, done: int = done, seed: int = seed, k: int = k) -> None:
            progress((done + fraction) / len(jobs), f"fold {k}, seed {seed}: {what}")

        held = masks(performances)[k]
        generator = train(performances, held, record.preset, seed, work / f"{k}-{seed}", _part(shown, 0.0, 0.8))
        setting = Setting(performances, generator, ~held, held, seed)
        mean, _, _ = measure(setting, samplers(setting), draws, samples, _part(shown, 0.8, 1.0))
        record.add([{"split": "identity", "fold": k, "seed": seed, "method": name, **row} for name, row in mean.items()])


def recorded(record: Record) -> list[Table]:
    """The cross-validation so far as a table; none where there is no row."""
    rows = record.read()
    names = [name for name in TITLES if any(row["method"] == name for row in rows)]
    if not names:
        return []
    values = {name: [row for row in rows if row["method"] == name] for name in names}
    keys = {name: [key for key in MEASURES if key in values[name][0]] for name in names}
    mean = {name: {key: float(np.mean([row[key] for row in values[name]])) for key in keys[name]} for name in names}
    std = {name: {key: float(np.std([row[key] for row in values[name]])) for key in keys[name]} for name in names}
    runs = len(values[names[0]])
    title = f"Table 3 over {runs} trainings (folds of people and seeds), preset {record.preset}: mean ± std over trainings"
    return [scores_table(title, mean, std, (), "motion_cv")]


def table3(
    performances: Performances, *, full: bool = False, preset: str = "cpu", seeds: int = SEEDS, draws: int = DRAWS, samples: int = SAMPLES,
    path: Path | None = None, progress: Progress,
) -> list[Table]:  # fmt: skip
    """The shipped weights on people they have not seen, and the recorded cross-validation; data of another kind is trained on first, and so
    is every fold with `full`. path: the record; default: beside the weights for the synthetic set, in the user's cache for all others."""
    generator = shipped(performances)
    label = "".join(c if c.isalnum() else "-" for c in f"{performances.name}-{preset}")
    work = default_cache() / "evaluation" / label / "table3"
    record = Record(path or (WEIGHTS.parent if generator is not None else work) / RECORD, performances.name, preset)
    if full:
        validate(performances, record, work, seeds, progress)
    held = masks(performances)[0]
    title = "Table 3: generated motion, weights that ship"
    if generator is None:
        generator = train(performances, held, preset, 0, work / "0-0", _part(progress, 0.0, 0.6))
        title = f"Table 3: generated motion, trained with preset {preset}"
    setting = Setting(performances, generator, ~held, held)
    made = samplers(setting)
    mean, std, judge = measure(setting, made, draws, samples, _part(progress, 0.6, 0.8))
    again = re_read_table(setting, made, judge, _part(progress, 0.8, 1.0))
    progress(1.0, "Done")
    notes = (
        *NOTES,
        f"{draws} draws of {samples} motions: mean ± std over draws. {int(held.sum())} held-out clips, {int((~held).sum())} for training.",
    )
    return [scores_table(title, mean, std, notes), *([again] if again else []), TABLE_3, *recorded(record)]
