"""Curves for editing: as few keys as a tolerance allows."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solveh_banded

STILL = 4  # equal values in a row that count as standing still
SAME = 1e-9  # of the largest value: what differs by less is equal
PINNED = 1e9  # weight of what least squares must not move
PATIENT = 4  # rounds of adding one key to a span before two are added
TOWARDS = 1e-3  # weight of the slope that the values themselves show, which decides where nothing else does
HOPEFUL = 1.5  # times the tolerance: a key whose loss alone would cost no more may be spared when its neighbours move


@dataclass(frozen=True)
class Fitted:
    """Keys of a cubic Bezier F-curve: frames (M,) int ascending, values (M,), and each key's handles left and right (M, 2): frame, value.

    Handles lie a third of the span away in time, so that each span is a cubic polynomial in time, and on one line through their key.
    """

    frames: np.ndarray
    values: np.ndarray
    left: np.ndarray
    right: np.ndarray

    def at(self, frames: np.ndarray) -> np.ndarray:
        """The curve's values (N,) at frames (N,) from the first to the last key, as Blender evaluates them."""
        if len(self.frames) == 1:
            return np.full(len(frames), self.values[0])
        span = np.clip(np.searchsorted(self.frames, frames, side="right") - 1, 0, len(self.frames) - 2)
        s = (frames - self.frames[span]) / (self.frames[span + 1] - self.frames[span])
        corners = (self.values[span], self.right[span, 1], self.left[span + 1, 1], self.values[span + 1])
        weights = ((1 - s) ** 3, 3 * s * (1 - s) ** 2, 3 * s**2 * (1 - s), s**3)
        return np.sum([w * c for w, c in zip(weights, corners, strict=True)], axis=0)


def fit(values: np.ndarray, tolerance: float) -> Fitted:
    """A smooth F-curve within `tolerance` (in the values' unit, >= 0) of values (F,), F >= 1, at every frame, with few keys.

    Keys are added where the error is largest, then taken away where the others can do without. Between, the values and slopes at all keys
    are those of least squares (a cubic Hermite spline). The first and the last value are kept; where values stand still, so does the curve.
    """
    values = np.asarray(values, np.float64)
    if len(values) == 1:
        return Fitted(np.zeros(1, int), values.copy(), *(np.array([[frame, values[0]]]) for frame in (-1 / 3, 1 / 3)))
    curve = _Curve(values, tolerance)
    knots = curve.thinned(curve.refined())
    return _bezier(knots, *curve.solved(knots)[:2])


class _Curve:
    """The fit of one curve. Knots (M,) are the frames of keys, ascending."""

    def __init__(self, values: np.ndarray, tolerance: float) -> None:
        self.values, self.tolerance = values, tolerance + 1e-12 * np.abs(values).max()
        self.slopes, self.least, self.most = np.gradient(values), values.min(), values.max()
        self.still = _standing_still(values)
        self.fixed = self.still.copy()
        self.fixed[[0, -1]] = True

    def refined(self) -> np.ndarray:
        """Knots enough for the tolerance: in each span over it one more at the worst frame, after a few rounds another half way."""
        knots = np.flatnonzero(self.fixed)
        for turn in itertools.count():
            error = np.abs(self.solved(knots)[2] - self.values)
            bad = self.spans_over(error, knots)
            inside = error.copy()
            inside[knots] = -1.0
            starts, ends = knots[:-1][bad], knots[1:][bad]
            worst = np.array([start + int(inside[start:end].argmax()) for start, end in zip(starts, ends, strict=True)], int)
            if not (inside[worst] >= 0.0).any():
                return knots
            knots = np.unique(np.r_[knots, worst, (starts + ends) // 2 if turn >= PATIENT else []].astype(int))
        raise AssertionError("every frame is a knot at last")

    def thinned(self, knots: np.ndarray) -> np.ndarray:
        """Knots without those that the tolerance does not need."""
        needed = self.fixed[knots]
        while True:
            cost = np.where(needed, np.inf, self.cost_of_loss(knots))
            least = (cost <= np.r_[np.inf, cost[:-1]]) & (cost < np.r_[cost[1:], np.inf])
            lost = least & (cost <= HOPEFUL * self.tolerance)
            if not lost.any():
                return knots
            kept = self.without(knots, lost)
            needed = (needed | lost)[np.isin(knots, kept)] if len(kept) > len(knots) - lost.sum() else needed[~lost]
            knots = kept

    def without(self, knots: np.ndarray, lost: np.ndarray) -> np.ndarray:
        """Knots less those `lost` (M,), of which the ones that turn out to be missed are put back."""
        kept = ~lost
        while not kept.all():
            bad = self.spans_over(np.abs(self.solved(knots[kept])[2] - self.values), knots[kept])
            if not bad.any():
                break
            spans = np.cumsum(kept) - 1
            missed = ~kept & bad[np.minimum(spans, len(bad) - 1)]
            kept |= missed if missed.any() else ~kept
        return knots[kept]

    def cost_of_loss(self, knots: np.ndarray) -> np.ndarray:
        """The error (M,) that the loss of each knot alone would make if its neighbours stayed as they are; inf at both ends."""
        at, slope, _ = self.solved(knots)
        cost = np.full(len(knots), np.inf)
        for first in (0, 1):  # every other knot is lost at once: no two of them are neighbours
            rest = np.unique(np.r_[0, np.arange(first, len(knots), 2), len(knots) - 1])
            error = np.abs(_blended(*_basis(knots[rest], len(self.values)), at[rest], slope[rest]) - self.values)
            top = np.maximum.reduceat(error, knots[rest[:-1]])
            gone = np.setdiff1d(np.arange(len(knots)), rest)
            cost[gone] = top[np.searchsorted(rest, gone) - 1]
        return cost

    def spans_over(self, error: np.ndarray, knots: np.ndarray) -> np.ndarray:
        """Mask (M - 1,) of the spans, their ends among them, in which error (F,) is over the tolerance."""
        over = error > self.tolerance
        return np.maximum.reduceat(over, knots[:-1]) | over[knots[1:]]

    def solved(self, knots: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Values and slopes (M,), slopes a frame, at the knots by least squares over all frames, and the curve (F,).

        Normal equations of bandwidth 3.
        """
        rows, span = _basis(knots, len(self.values))
        sums = np.add.reduceat(rows * self.values, knots[:-1], axis=1)
        bands, right = np.zeros((4, 2 * len(knots))), np.zeros(2 * len(knots))
        for i in range(4):
            right[i : i + sums.shape[1] * 2 : 2] += sums[i]
            products = np.add.reduceat(rows[i:] * rows[i], knots[:-1], axis=1)
            for j, product in enumerate(products, start=i):
                bands[3 - (j - i), j : j + 2 * len(product) : 2] += product
        fixed, still = self.fixed[knots], self.still[knots]
        weight = np.column_stack([PINNED * fixed, np.where(still, PINNED, TOWARDS)]).ravel()
        bands[3] += weight
        right += weight * np.column_stack([self.values[knots], np.where(still, 0.0, self.slopes[knots])]).ravel()
        at, slope = solveh_banded(bands, right, overwrite_ab=True, overwrite_b=True, check_finite=False).reshape(-1, 2).T
        at = np.where(fixed, self.values[knots], np.clip(at, self.least, self.most))
        slope = np.where(still, 0.0, slope)
        return at, slope, _blended(rows, span, at, slope)


def _standing_still(values: np.ndarray) -> np.ndarray:
    """Mask (F,) of the first and last frames of runs of at least STILL equal values."""
    same = np.abs(np.diff(values)) <= SAME * np.abs(values).max()
    edges = np.diff(np.r_[0, same.astype(int), 0])
    starts, ends = np.flatnonzero(edges > 0), np.flatnonzero(edges < 0)
    long = ends - starts + 1 >= STILL
    mask = np.zeros(len(values), bool)
    mask[starts[long]] = mask[ends[long]] = True
    return mask


def _basis(knots: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Hermite's cubics (4, count) at every frame, weights of value and slope at the knot before and at the knot after; which span (count,)."""
    width = np.diff(knots)
    span = np.repeat(np.arange(len(width)), width)
    span = np.r_[span, len(width) - 1][:count]
    width = width[span]
    s = (np.arange(count) - knots[span]) / width
    r = 1.0 - s
    return np.stack([(1 + 2 * s) * r * r, width * s * r * r, s * s * (3 - 2 * s), -width * s * s * r]), span


def _blended(rows: np.ndarray, span: np.ndarray, at: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """The curve (F,) of `_basis` and the values and slopes (M,) at the knots."""
    return rows[0] * at[span] + rows[1] * slope[span] + rows[2] * at[span + 1] + rows[3] * slope[span + 1]


def _bezier(knots: np.ndarray, at: np.ndarray, slope: np.ndarray) -> Fitted:
    third = np.diff(knots) / 3.0
    before, after = np.r_[third[0], third], np.r_[third, third[-1]]
    return Fitted(knots, at, np.column_stack([knots - before, at - before * slope]), np.column_stack([knots + after, at + after * slope]))


def thin(values: np.ndarray, tolerance: float) -> np.ndarray:
    """Frames to keep (M,) int, ascending, first and last among them, of a curve values (F,) sampled at equal steps.

    Straight lines between the kept frames are within `tolerance` (in the values' unit, >= 0) of every value left out.
    Douglas and Peucker 1973, with the error measured along the value axis, as a key's error is.
    """
    last = len(values) - 1
    if last <= 0:
        return np.arange(len(values))
    keep = np.zeros(len(values), bool)
    keep[[0, last]] = True
    spans = [(0, last)]
    while spans:
        start, end = spans.pop()
        line = np.interp(np.arange(start, end + 1), (start, end), (values[start], values[end]))
        error = np.abs(values[start : end + 1] - line)
        worst = int(error.argmax())
        if error[worst] > tolerance:
            keep[start + worst] = True
            spans += [(start, start + worst), (start + worst, end)]
    return np.flatnonzero(keep)
