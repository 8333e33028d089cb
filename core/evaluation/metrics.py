"""Errors of dense predictions, gathered frame by frame so that no set is too large: mean, spread, percentiles, curves and maps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..data.performances import MM, MOVING, Frames

Predict = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Landmark displacement (n, 68, 3) m and neutral vertices (n, V, 3) m to vertex displacement (n, V, 3) m."""

BIN = 1e-3  # mm; what percentiles and curves are exact to
TOP = 60.0  # mm; greater errors count as this in percentiles and curves, never in means
CHUNK = 128  # frames predicted at a time


class Errors:
    """Per-vertex Euclidean errors in mm of a mesh of V vertices, over any number of frames."""

    def __init__(self, vertices: int):
        self.count = self.total = self.squares = 0.0
        self.moving_count = self.moving_total = 0.0
        self.per_vertex = np.zeros(vertices)
        self.frames = 0
        self.histogram = np.zeros(round(TOP / BIN) + 1, np.int64)
        self.moving_histogram = np.zeros_like(self.histogram)

    def add(self, error: np.ndarray, moving: np.ndarray) -> None:
        """error (n, V) mm; moving (n, V) bool, the vertices that are visible and moving in frames near the apex."""
        self.count += error.size
        self.total += float(error.sum(dtype=np.float64))
        self.squares += float(np.square(error, dtype=np.float64).sum())
        self.per_vertex += error.sum(axis=0, dtype=np.float64)
        self.frames += len(error)
        self.histogram += _histogram(error.ravel())
        chosen = error[moving]
        self.moving_count += chosen.size
        self.moving_total += float(chosen.sum(dtype=np.float64))
        self.moving_histogram += _histogram(chosen)

    @property
    def mean(self) -> float:
        """mm, over all vertices and frames, as in the paper's Table 1."""
        return self.total / self.count

    @property
    def std(self) -> float:
        """mm, over all vertices and frames, as in the paper's Table 1."""
        return float(np.sqrt(max(self.squares / self.count - self.mean**2, 0.0)))

    @property
    def moving(self) -> float:
        """mm, mean over moving visible vertices near the apex; NaN where there are none."""
        return self.moving_total / self.moving_count if self.moving_count else float("nan")

    def percentile(self, share: float) -> float:
        """mm, of moving visible vertices near the apex, to BIN."""
        if not self.moving_count:
            return float("nan")
        return float(np.searchsorted(np.cumsum(self.moving_histogram), share / 100.0 * self.moving_count) * BIN)

    def curve(self, at: np.ndarray) -> np.ndarray:
        """Share of vertices (0 to 1) with an error below each of `at` mm, over all vertices and frames: Fig. 3."""
        below = np.concatenate([[0], np.cumsum(self.histogram)]) / self.count
        return below[np.clip(np.round(np.asarray(at) / BIN).astype(int), 0, len(self.histogram))]

    def map(self) -> np.ndarray:
        """Mean error (V,) mm of every vertex: Fig. 4."""
        return self.per_vertex / max(self.frames, 1)

    def scores(self) -> dict[str, float]:
        """The numbers of a row."""
        return {"mean": self.mean, "std": self.std, "moving": self.moving, "p99": self.percentile(99.0)}


def _histogram(error: np.ndarray) -> np.ndarray:
    top = round(TOP / BIN)
    return np.bincount(np.minimum(error * np.float32(1.0 / BIN), top).astype(np.int32), minlength=top + 1)


def distance(made: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Euclidean error (n, V) mm of displacements (n, V, 3) m."""
    apart = made - true
    return np.sqrt(np.einsum("nvk,nvk->nv", apart, apart)) * np.float32(MM)


def moving_vertices(true: np.ndarray, visible: np.ndarray, near_apex: np.ndarray) -> np.ndarray:
    """Mask (n, V) of the visible vertices (V,) that move in `true` (n, V, 3) m, in frames (n,) near the apex."""
    moved = np.einsum("nvk,nvk->nv", true, true) > MOVING**2
    return moved & visible & near_apex[:, None]


def measure(models: dict[str, Predict], frames: Frames, visible: np.ndarray) -> dict[str, Errors]:
    """Errors of several models on the same frames; visible (V,) bool."""
    found = {name: Errors(len(visible)) for name in models}
    for start in range(0, len(frames.landmarks), CHUNK):
        rows = slice(start, start + CHUNK)
        true = frames.displacement(rows)
        moving = moving_vertices(true, visible, frames.near_apex[rows])
        neutral = frames.neutral[frames.person[rows]]
        for name, predict in models.items():
            found[name].add(distance(predict(frames.landmarks[rows], neutral), true), moving)
    return found
