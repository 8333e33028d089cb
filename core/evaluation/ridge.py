"""Ridge regressions from landmarks to the whole surface, their strength chosen on people or labels set aside from the training ones.

Three inputs: the landmarks' displacement; the same with the neutral face's landmarks beside it; and bilinear, the displacement times a few
principal components of the neutral face. One pass over the frames serves all three.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from ..data.performances import MM, STEP, Frames
from ..head.landmarks import Landmarks
from .metrics import distance

STRENGTHS = tuple(10.0 ** np.arange(-6.0, 0.1, 0.5))  # relative to the variance of a standardised input
IDENTITY_COMPONENTS = 8
LANDMARKS = 204
PASS = 1024  # frames of a pass over the data
JUDGED = 400  # frames of the part set aside on which the strength is chosen


@dataclass(frozen=True)
class LinearMap:
    """Landmark displacement to surface by one matrix: landmarks (n, 204) mm @ weight (204, 3 V) + offset (3 V,), in mm."""

    weight: np.ndarray
    offset: np.ndarray

    def predict(self, landmarks: np.ndarray, neutral: np.ndarray) -> np.ndarray:
        """Displacement (n, V, 3) m."""
        x = landmarks.reshape(len(landmarks), -1) * np.float32(MM)
        return ((x @ self.weight + self.offset) / np.float32(MM)).reshape(neutral.shape)


@dataclass(frozen=True)
class Inputs:
    """What the regressions see, standardised on the training frames: the displacement (204,), the neutral landmarks (204,), the neutral
    face's principal components (K,) and their products with the displacement (204 K,), in this order."""

    embedding: Landmarks
    triangles: np.ndarray
    moved: tuple[np.ndarray, np.ndarray]
    still: tuple[np.ndarray, np.ndarray]
    average: np.ndarray
    components: np.ndarray
    mean: np.ndarray

    @staticmethod
    def fit(frames: Frames, embedding: Landmarks, triangles: np.ndarray) -> Inputs:
        people = np.unique(frames.person)
        faces = frames.neutral[people].reshape(len(people), -1).astype(np.float64) * MM
        average = faces.mean(axis=0)
        _, spread, directions = linalg.svd(faces - average, full_matrices=False)
        count = max(1, min(IDENTITY_COMPONENTS, len(people) - 1))
        scale = spread[:count] / np.sqrt(len(people))
        components = directions[:count].T / np.maximum(scale, 1e-9)
        moved = _standard(frames.landmarks.reshape(-1, LANDMARKS) * MM)
        still = _standard(embedding.points(frames.neutral[people], triangles).reshape(-1, LANDMARKS) * MM)
        part = Inputs(
            embedding, triangles, moved, still, average.astype(np.float32), components.astype(np.float32), np.zeros(1, np.float32)
        )
        total = np.zeros(part.width())
        for start in range(0, len(frames.landmarks), PASS):
            rows = slice(start, start + PASS)
            total += part(frames.landmarks[rows], frames.neutral, frames.person[rows]).sum(axis=0, dtype=np.float64)
        mean = (total / len(frames.landmarks)).astype(np.float32)
        return Inputs(embedding, triangles, moved, still, part.average, part.components, mean)

    def width(self) -> int:
        return 2 * LANDMARKS + (1 + LANDMARKS) * self.components.shape[1]

    def columns(self, kind: str) -> np.ndarray:
        """The columns that a regression of this kind uses."""
        first = np.arange(LANDMARKS)
        return {"ridge": first, "ridge_neutral": np.arange(2 * LANDMARKS), "ridge_bilinear": np.arange(self.width())}[kind]

    def __call__(self, landmarks: np.ndarray, neutral: np.ndarray, person: np.ndarray) -> np.ndarray:
        """Inputs (n, width) float32 of landmarks (n, 68, 3) m on people person (n,) of neutral (P, V, 3) m."""
        moved = (landmarks.reshape(-1, LANDMARKS) * MM - self.moved[0]) / self.moved[1]
        points = self.embedding.points(neutral, self.triangles).reshape(-1, LANDMARKS) * MM
        still = ((points - self.still[0]) / self.still[1])[person]
        shape = ((neutral.reshape(len(neutral), -1) * np.float32(MM) - self.average) @ self.components)[person]
        product = (shape[:, :, None] * moved[:, None, :]).reshape(len(moved), -1)
        return np.concatenate([moved, still, shape, product], axis=1).astype(np.float32) - self.mean


def _standard(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values = values.astype(np.float64)
    return values.mean(axis=0), np.maximum(values.std(axis=0), 1e-3)


@dataclass(frozen=True)
class Ridge:
    """One regression: inputs (n, columns) @ weight (columns, 3 V) + offset (3 V,), in mm; strength, the one chosen."""

    inputs: Inputs
    columns: np.ndarray
    weight: np.ndarray
    offset: np.ndarray
    strength: float

    def predict(self, landmarks: np.ndarray, neutral: np.ndarray) -> np.ndarray:
        """Displacement (n, V, 3) m."""
        x = self.inputs(landmarks, neutral, np.arange(len(neutral)))[:, self.columns]
        return ((x @ self.weight + self.offset) / np.float32(MM)).reshape(neutral.shape)


@dataclass(frozen=True)
class Moments:
    """Sums over frames: gram (F, F) of the inputs and cross (F, 3 V) of inputs and targets in steps; frames, their number."""

    gram: np.ndarray
    cross: np.ndarray
    frames: int


def _moments(frames: Frames, rows: np.ndarray, inputs: Inputs, mean: np.ndarray) -> Moments:
    width = inputs.width()
    gram, cross = np.zeros((width, width)), np.zeros((width, mean.size), np.float32)
    for start in range(0, len(rows), PASS):
        part = rows[start : start + PASS]
        x = inputs(frames.landmarks[part], frames.neutral, frames.person[part])
        y = frames.dense[part].reshape(len(part), -1) - mean
        cross += x.T @ y
        exact = x.astype(np.float64)  # what is small in the inputs' products decides where little is known
        gram += exact.T @ exact
    return Moments(gram, cross, len(rows))


def fit_ridges(frames: Frames, aside: np.ndarray, embedding: Landmarks, triangles: np.ndarray, kinds: tuple[str, ...]) -> dict[str, Ridge]:
    """Regressions of some kinds ("ridge", "ridge_neutral", "ridge_bilinear") on training frames; aside (N,) marks those on which the
    strength is chosen, before it is fitted again to all of them."""
    inputs = Inputs.fit(frames, embedding, triangles)
    sums = [frames.dense[k : k + PASS].sum(axis=0, dtype=np.float64).ravel() for k in range(0, len(frames.dense), PASS)]
    mean = (np.sum(sums, axis=0) / len(frames.dense)).astype(np.float32)
    first = _moments(frames, np.flatnonzero(~aside), inputs, mean)
    second = _moments(frames, np.flatnonzero(aside), inputs, mean)
    rows = np.flatnonzero(aside)
    rows = rows[:: max(1, -(-len(rows) // JUDGED))]
    x = inputs(frames.landmarks[rows], frames.neutral, frames.person[rows])
    unit = np.float32(STEP * MM)
    made = {}
    for kind in kinds:
        columns = inputs.columns(kind)
        strength = _choose(first, columns, x[:, columns], mean, frames.displacement(rows))
        gram = (first.gram + second.gram)[np.ix_(columns, columns)] / len(frames.dense)
        cross = (first.cross[columns] + second.cross[columns]) / np.float32(len(frames.dense))
        weight = _solve(gram, cross, strength) * unit
        made[kind] = Ridge(inputs, columns, weight, mean * unit, strength)
    return made


def _solve(gram: np.ndarray, cross: np.ndarray, strength: float) -> np.ndarray:
    factor = linalg.cho_factor(gram + strength * np.eye(len(gram)))
    solved = [linalg.cho_solve(factor, cross[:, k : k + PASS]).astype(np.float32) for k in range(0, cross.shape[1], PASS)]
    return np.concatenate(solved, axis=1)


def _choose(moments: Moments, columns: np.ndarray, x: np.ndarray, mean: np.ndarray, true: np.ndarray) -> float:
    """The strength with the least mean error on inputs x (n, F), true (n, V, 3) m."""
    values, basis = linalg.eigh(moments.gram[np.ix_(columns, columns)] / moments.frames)
    turned = basis.T.astype(np.float32) @ (moments.cross[columns] / np.float32(moments.frames))
    seen = x @ basis
    errors = []
    for strength in STRENGTHS:
        steps = (seen / (np.maximum(values, 0.0) + strength)).astype(np.float32) @ turned + mean
        errors.append(float(distance(steps.reshape(true.shape) * np.float32(STEP), true).mean()))
    return STRENGTHS[int(np.argmin(errors))]
