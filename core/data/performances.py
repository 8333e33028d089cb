"""What every model is trained on and held against: people of one mesh topology who perform labelled expressions, neutral to apex (and back).

The synthetic set, CoMA, D3DFACS and VOCASET all become `Performances`; from here on nothing knows which of them it has.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import FileError, ValueRangeError
from ..head.landmarks import Landmarks
from ..npz import read_npz

FORMAT = 2
STEP = 2e-6  # m; dense displacement is stored as int16 multiples of it, up to 65 mm
MM = 1000.0
NEAR_APEX = 0.8  # share of a clip's largest landmark displacement from which a frame is near the apex
NOISE_SEED = 68
MOVING = 0.5e-3  # m; a vertex that moves more than this in a frame is moving


@dataclass(frozen=True)
class Frames:
    """Single frames: landmarks (N, 68, 3) float32 m displacement, dense (N, V, 3) int16 in steps of STEP, may be a memory map behind
    an index; neutral (P, V, 3) of all people; person, clip (N,) indices; near_apex (N,) bool."""

    landmarks: np.ndarray
    dense: np.ndarray
    neutral: np.ndarray
    person: np.ndarray
    clip: np.ndarray
    near_apex: np.ndarray

    def displacement(self, rows: slice | np.ndarray) -> np.ndarray:
        """True displacement (n, V, 3) float32 m of some frames."""
        return self.dense[rows].astype(np.float32) * np.float32(STEP)


@dataclass(frozen=True)
class Performances:
    """C clips of P people on one topology of V vertices.

    name: what the data are; people, labels: names; triangles (T, 3) int32; embedding: the 68 landmarks on it; visible (V,) bool, vertices
    that a viewer sees; neutral (P, V, 3) float32 m; person, label, take (C,) int, take 0 is a subject's first clip of a label;
    curves (C, S + 1, 68, 3) float32 m, landmark displacement from neutral to apex in equal steps of time; frame_landmarks (C, K, 68, 3)
    float32 m and dense (C, K, V, 3) int16 in steps of STEP, the frames kept with all vertices, from anywhere in the clip.
    noise m: what `frames` adds to the landmarks of synthetic frames, since nobody captures them exactly (scanned ones have their own).
    """

    name: str
    people: tuple[str, ...]
    labels: tuple[str, ...]
    triangles: np.ndarray
    embedding: Landmarks
    visible: np.ndarray
    neutral: np.ndarray
    person: np.ndarray
    label: np.ndarray
    take: np.ndarray
    curves: np.ndarray
    frame_landmarks: np.ndarray
    dense: np.ndarray
    noise: float = 0.0

    def frames(self, clips: np.ndarray, every: int = 1, exact: bool = False) -> Frames:
        """The densely kept frames of some clips (mask (C,) or indices), every so many of them; the landmarks as captured, or exact."""
        chosen = np.flatnonzero(clips) if clips.dtype == bool else np.asarray(clips)
        kept = self.dense.shape[1]
        size = np.linalg.norm(self.frame_landmarks.reshape(len(self.person), kept, -1), axis=2)
        largest = np.maximum(size.max(axis=1), np.linalg.norm(self.curves[:, -1].reshape(len(size), -1), axis=1))
        near = size >= NEAR_APEX * largest[:, None]
        row = (chosen[:, None] * kept + np.arange(kept)).ravel()[::every]
        clip, frame = row // kept, row % kept
        dense = self.dense.reshape(-1, *self.dense.shape[2:])
        landmarks = self.frame_landmarks[clip, frame]
        if self.noise and not exact:
            landmarks = landmarks + self._captured()[clip, frame]
        return Frames(landmarks, dense[row], self.neutral, self.person[clip], clip, near[clip, frame])

    def _captured(self) -> np.ndarray:
        """What capture adds to frame_landmarks: the same whenever it is asked for."""
        random = np.random.default_rng(NOISE_SEED)
        return random.standard_normal(self.frame_landmarks.shape, dtype=np.float32) * np.float32(self.noise)

    def fold(self, split: str, index: int, count: int = 4) -> np.ndarray:
        """Mask (C,) of the clips that fold `index` of `count` tests on: of unseen people ("identity") or of unseen labels ("expression")."""
        if split not in ("identity", "expression") or not 0 <= index < count:
            raise ValueRangeError(f"Fold {index} of {count} by '{split}' was asked for. Give identity or expression, and 0 to {count - 1}.")
        return (self.person if split == "identity" else self.label) % count == index


def interleaved(clips: np.ndarray, count: int) -> np.ndarray:
    """At most `count` of the clips in mask (C,), evenly spread, as indices."""
    chosen = np.flatnonzero(clips)
    return chosen[:: max(1, -(-len(chosen) // count))]


ARRAYS = ("triangles", "visible", "neutral", "person", "label", "take", "curves", "frame_landmarks")


def save(folder: Path, made: Performances, stated: dict[str, object]) -> None:
    """Writes a set; `folder` appears only when it is whole. `stated` is kept beside it (seed, recipe, source)."""
    beside = folder.with_name(folder.name + ".part")
    beside.mkdir(parents=True, exist_ok=True)
    if not (beside / "dense.npy").is_file():
        np.save(beside / "dense.npy", made.dense)
    np.savez(
        beside / "arrays.npz",
        **{key: getattr(made, key) for key in ARRAYS},
        embedding_triangles=made.embedding.triangles,
        embedding_barycentric=made.embedding.barycentric,
    )
    head = {"format_version": FORMAT, "name": made.name, "people": made.people, "labels": made.labels, "noise": made.noise}
    (beside / "set.json").write_text(json.dumps(head | {"stated": stated}, indent=1))
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(beside, folder)


def load(folder: Path, make: str, labels: Sequence[str] | None = None) -> Performances:
    """Reads what `save` wrote. FileError, ending in `make` (how to make it), where it is missing, damaged, of another format or labels."""
    try:
        head = json.loads((folder / "set.json").read_text())
        found = (head.get("format_version"), tuple(head.get("labels", ())))
        expected = (FORMAT, tuple(labels) if labels is not None else found[1])
        if found != expected:
            raise FileError(f"Data set {folder} is of format and labels {found}; expected {expected}. {make}")
        arrays: dict[str, Any] = read_npz(folder / "arrays.npz")
        embedding = Landmarks(arrays.pop("embedding_triangles"), arrays.pop("embedding_barycentric"), np.ones(68))
        dense = np.lib.format.open_memmap(folder / "dense.npy", mode="r")
        rest = {"embedding": embedding, "dense": dense, "noise": float(head.get("noise", 0.0))}
        return Performances(head["name"], tuple(head["people"]), tuple(head["labels"]), **rest, **arrays)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileError(f"Data set {folder} cannot be read ({error}). {make}") from error


def quantised(displacement: np.ndarray) -> np.ndarray:
    """Displacement m as int16 in steps of STEP."""
    return np.clip(np.rint(displacement / STEP), -32767, 32767).astype(np.int16)


def landmark_displacement(embedding: Landmarks, triangles: np.ndarray, displacement: np.ndarray) -> np.ndarray:
    """Displacement (..., 68, 3) of the landmarks for that of the vertices (..., V, 3): an embedding is linear."""
    return embedding.points(displacement, triangles)


def evenly(curve: np.ndarray, samples: int) -> np.ndarray:
    """A curve (F, ...) at `samples` equal steps from its first to its last frame, linearly between them."""
    place = np.linspace(0.0, len(curve) - 1.0, samples)
    low = np.minimum(place.astype(int), len(curve) - 2)
    share = (place - low).reshape(-1, *[1] * (curve.ndim - 1))
    return (1.0 - share) * curve[low] + share * curve[low + 1]
