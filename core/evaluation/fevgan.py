"""FEV-GAN on people it has not seen: the paper's scores and its ablation (Tables 1 and 3), whether the expression can be told, and real photos.

PSNR and SSIM are over the whole frame, as in the paper, so that what does not move counts for a picture that is simply held still: it is in the
table, and so is the last quarter of the frames by itself. ACD and ACD-I are distances of SFace's unit vectors; the paper's are OpenFace's.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from ..data.expression_clips import ExpressionClips, folder_of, load
from ..data.synthetic import default_cache
from ..errors import FileError, ModelError
from ..front.express import express
from ..image.detector import mesh_in, region_of
from ..labels import BASIC
from ..morphable.photo import face_in, follow
from ..runtime import store
from ..runtime.backend import Backend, OnnxBackend
from ..training import fevgan as training
from ..training import loop
from ..video.fevgan import AROUND, FRAMES, NAME, PhotoExpression, paint
from ..video.fevgan_network import Generator, composed
from ..video.fevgan_network import load as load_network
from .assets import SFACE, fetched
from .photo_guards import photos
from .picture_scores import judges, ssim
from .reenactment import face_of
from .sface import Identity
from .tables import Cell, Table, write_text

Progress = Callable[[float, str], None]
Method = Callable[[np.ndarray, int, float], np.ndarray]  # a picture (S, S, 3), a label, an intensity -> a clip (FRAMES, S, S, 3) uint8

PEOPLE = 12  # held out, that are looked at, each with six clips
TAUGHT = 300  # clips that the judge of expressions learns from
RIDGE = 0.1  # of its features' mean square
LATE = FRAMES * 3 // 4  # frames from here on are near the apex
VARIANTS = {
    "FEV-GAN": "",
    "without the spatial encoder": "spatial",
    "without the identity encoder": "identity",
    "without mask and flow": "composition",
    "one code, no identity encoder (conditional VGAN)": "all",
}
SHORT = "short"  # the preset that variants are held against each other with
COLUMNS = ("PSNR", "SSIM", "PSNR near the apex", "ACD", "ACD-I", "expression %")


def still(image: np.ndarray, _label: int, _intensity: float) -> np.ndarray:
    """The picture, held."""
    return np.repeat(image[None], FRAMES, axis=0)


def made_by(network: Generator) -> Method:
    """Clips of a network."""

    def method(image: np.ndarray, label: int, intensity: float) -> np.ndarray:
        given = torch.from_numpy(image.astype(np.float32) / 127.5 - 1.0).permute(2, 0, 1)[None]
        told = torch.zeros(1, len(BASIC))
        told[0, label] = intensity
        with torch.inference_mode():
            clip = composed(given, *network(given, told))[0].permute(1, 2, 3, 0)
        return np.clip(127.5 * (clip.numpy() + 1.0) + 0.5, 0, 255).astype(np.uint8)

    return method


def points_in(frame: np.ndarray, backend: Backend) -> np.ndarray:
    """The 478 points (478, 3) px of the face that a frame was cut about."""
    side = len(frame)
    region = region_of(mesh_in(frame, np.full(2, side / 2), 1.5 / AROUND * side, 0.0, backend=backend).points)
    return mesh_in(frame, *region, backend=backend).points


class ExpressionJudge:
    """Tells which of BASIC a clip shows, by how the face's points have moved from its first frame to its last: ridge regression on clips of rendered
    people."""

    def __init__(self, clips: ExpressionClips, rows: np.ndarray, backend: Backend):
        self.backend = backend
        features = np.array([self.features(clips.frames[row]) for row in rows])
        self.mean = features.mean(axis=0)
        centred = features - self.mean
        gram = centred @ centred.T
        wanted = np.eye(len(BASIC))[clips.label[rows]]
        self.offset = wanted.mean(axis=0)
        self.weights = centred.T @ np.linalg.solve(gram + RIDGE * np.trace(gram) / len(gram) * np.eye(len(gram)), wanted - self.offset)

    def features(self, clip: np.ndarray) -> np.ndarray:
        first, last = (points_in(frame, self.backend)[:, :2] for frame in (clip[0], clip[-1]))
        return ((last - last.mean(axis=0)) - (first - first.mean(axis=0))).ravel() / np.sqrt(np.prod(np.ptp(first, axis=0)))

    def __call__(self, clip: np.ndarray) -> int:
        return int(np.argmax((self.features(clip) - self.mean) @ self.weights + self.offset))


def content_distances(clip: np.ndarray, points: np.ndarray, identity: Identity) -> tuple[float, float]:
    """ACD, between frames that follow each other, and ACD-I, to the first picture, of a clip whose head is still and has points (478, 2) px."""
    vectors = np.array([identity.vector(frame, points) for frame in clip])
    apart, off = np.diff(vectors, axis=0), vectors - vectors[0]
    return float(np.linalg.norm(apart, axis=1).mean()), float(np.linalg.norm(off, axis=1).mean())


def scores(clips: ExpressionClips, rows: np.ndarray, method: Method, judge: ExpressionJudge, progress: Progress) -> dict[str, float]:
    """What COLUMNS says, and the share of each expression that is told, of a method on some clips."""
    _, identity = judges()
    found, told = [], []
    for done, row in enumerate(rows):
        progress(done / len(rows), "Measuring clips")
        true, label = clips.frames[row], int(clips.label[row])
        made = method(true[0], label, float(clips.intensity[row]))
        points = points_in(true[0], judge.backend)[:, :2]
        squares = np.mean((made.astype(float) - true) ** 2, axis=(1, 2, 3))
        decibels = 10.0 * np.log10(255.0**2 / np.maximum([squares.mean(), squares[LATE:].mean()], 1e-4))
        likeness = np.mean([ssim(a, b) for a, b in zip(made, true, strict=True)])
        first = np.concatenate([true[:1], made[1:]])
        distances = content_distances(first, points, identity)
        found.append(list(map(float, (decibels[0], likeness, decibels[1], *distances))))
        told.append(judge(first) == label)
    values = dict(zip(COLUMNS, (*np.mean(found, axis=0), 100.0 * np.mean(told)), strict=True))
    of = [np.array(told)[clips.label[rows] == k] for k in range(len(BASIC))]
    each = {name: 100.0 * one.mean() if len(one) else np.nan for name, one in zip(BASIC, of, strict=True)}
    return {key: float(value) for key, value in (values | each).items()}


def trained(clips: ExpressionClips, part: str, folder: Path, progress: Progress) -> Generator:
    """The network without a part, after the short preset; goes on where it was stopped."""
    chosen = training.preset(SHORT)
    if part:
        chosen = replace(chosen, config=training.without(chosen.config, part))
    recipe = training.FevGanRecipe(clips, chosen, 0, fetched(SFACE))
    loop.run(recipe, folder, loop.Plan(every=100), resume=True, progress=progress, name=part or NAME)
    return recipe.model.eval()


def shipped() -> Generator | None:
    """The network that comes with Mimica, or None where none does."""
    try:
        return load_network(store.find(NAME, ".safetensors")).eval()
    except ModelError:
        return None


def fevgan(full: bool, record: Path, work: Path, progress: Progress) -> list[Table]:
    """Table 1's and Table 3's scores on held-out people, and real photos; `full` trains the variants first, whose scores are kept in `record`."""
    backend, clips = OnnxBackend(), load(folder_of(default_cache(), 64))
    people = np.unique(clips.person[clips.held])[:PEOPLE]
    rows = np.flatnonzero(np.isin(clips.person, people))
    known = np.flatnonzero(~clips.held)
    judge = ExpressionJudge(clips, known[np.linspace(0, len(known) - 1, min(TAUGHT, len(known))).astype(int)], backend)
    found = {"true clips": scores(clips, rows, _true(clips, rows), judge, progress)}
    found["the picture held still"] = scores(clips, rows, still, judge, progress)
    network = shipped()
    if network is not None:
        found["FEV-GAN as it ships"] = scores(clips, rows, made_by(network), judge, progress)
    if full:
        for number, (title, part) in enumerate(VARIANTS.items()):
            if title not in _read(record):
                made = trained(clips, part, work / (part or "whole"), progress)
                progress(number / len(VARIANTS), title)
                _add(record, title, scores(clips, rows, made_by(made), judge, progress))
    tables = [_table(found, _read(record), len(rows)), _told(found | _read(record))]
    return [*tables, real_photos(backend, progress)] if network is not None else tables


def _true(clips: ExpressionClips, rows: np.ndarray) -> Method:
    """The true clips, in the order of rows."""
    following = iter(rows)
    return lambda _image, _label, _intensity: clips.frames[next(following)].copy()


def _table(found: dict[str, dict[str, float]], variants: dict[str, dict[str, float]], count: int) -> Table:
    body: list[tuple[Cell, ...]] = [(name, *(one[key] for key in COLUMNS)) for name, one in found.items()]
    body += [(f"{name}, {SHORT} training", *(one[key] for key in COLUMNS)) for name, one in variants.items()]
    metrics = {f"fevgan/{name}/{key}": one[key] for name, one in (found | variants).items() for key in COLUMNS}
    notes = (
        f"{count} clips of held-out rendered people, 64 px, intensity told. Expression: share of clips whose expression is told by how the "
        "points of the face have moved.",
        "In the paper (MUG, OpenFace's distances): FEV-GAN 27.10 dB, 0.91, ACD 0.09, ACD-I 0.23; conditional VGAN 22.30 dB, 0.83, 0.09, 0.73.",
    )
    return Table("FEV-GAN: held-out people", ("method", *COLUMNS), tuple(body), metrics, notes)


def _told(found: dict[str, dict[str, float]]) -> Table:
    body: tuple[tuple[Cell, ...], ...] = tuple((name, *(one[label] for label in BASIC)) for name, one in found.items())
    metrics = {f"fevgan_told/{name}/{label}": one[label] for name, one in found.items() for label in BASIC}
    notes = ("An expression that is not told on the true clips says nothing about a method.",)
    return Table("Clips whose expression is told, %", ("method", *BASIC), body, metrics, notes)


def _read(record: Path) -> dict[str, dict[str, float]]:
    try:
        return json.loads(record.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise FileError(f"{record} cannot be read ({error}). Remove it and run evaluate with --full again.") from error


def _add(record: Path, title: str, values: dict[str, float]) -> None:
    record.parent.mkdir(parents=True, exist_ok=True)
    rounded = {key: round(value, 4) for key, value in values.items()}
    write_text(record, json.dumps(_read(record) | {title: rounded}, indent=1) + "\n")


def real_photos(backend: Backend, progress: Progress) -> Table:
    """A row a photo: SFace cosine of its six expressions at their height to the photo, and whether their faces are found."""
    _, identity = judges()
    rows: list[tuple[str | float, ...]] = []
    every: list[float] = []
    for name, image in photos().items():
        progress(len(rows) / 6, name)
        points = face_in(image, name, backend=backend).points
        own, cosines, seen = identity.vector(image, points[:, :2]), [], 0
        for label in BASIC:
            made = PhotoExpression(image, points, label, 1.0, backend).frame(1.0)
            again = follow(made, face_of(points), backend)
            if again is not None:
                seen += 1
                cosines.append(float(own @ identity.vector(made, again.points[:, :2])))
        every += cosines
        rows.append((name, float(np.median(cosines)), float(min(cosines)), seen / len(BASIC), *_seconds(image, backend)))
    metrics = {"fevgan_photos/cosine": float(np.median(every)), "fevgan_photos/least cosine": float(min(every)), **_speed(backend)}
    columns = ("photo", "SFace cosine", "least", "faces found", "s a clip", "s a frame of it")
    notes = (f"Median of all {metrics['fevgan_photos/cosine']:.3f}; a clip of 64 px {metrics['fevgan/seconds a clip']:.2f} s.",)
    return Table("FEV-GAN: real photos, six expressions at their height", columns, tuple(rows), metrics, notes)


def _seconds(image: np.ndarray, backend: Backend) -> tuple[float, float]:
    """Of a whole clip from a photo, and of drawing a frame."""
    began = time.perf_counter()
    moving = express(image, "surprise", backend=backend)
    drawn = time.perf_counter()
    for _ in moving.frames:
        pass
    ended = time.perf_counter()
    return ended - began, (ended - drawn) / moving.count


def _speed(backend: Backend) -> dict[str, float]:
    crop = np.full((64, 64, 3), 128.0, np.float32)
    paint(crop, "surprise", 1.0, backend)
    began = time.perf_counter()
    paint(crop, "surprise", 1.0, backend)
    return {"fevgan/seconds a clip": time.perf_counter() - began}
