"""A dense performance as a few region-local shape keys with weights, the count chosen from a tolerance in millimetres.

Keys are poses an animator can read (brow, lids, mouth ...), not PCA axes: each is the region's displacement at the frame that the keys
chosen so far explain worst. Weights are bounded least squares, so that they stay sliders.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import lsq_linear

from ..keys import Keys
from .landmarks import BROWS, EYE_LEFT, EYE_RIGHT, LIPS_INNER, LIPS_OUTER, NOSE

REGIONS = {
    "brow right": range(BROWS.start, BROWS.start + 5),
    "brow left": range(BROWS.start + 5, BROWS.stop),
    "eye right": range(EYE_RIGHT.start, EYE_RIGHT.stop),
    "eye left": range(EYE_LEFT.start, EYE_LEFT.stop),
    "nose": range(NOSE.start, NOSE.stop),
    "mouth": range(LIPS_OUTER.start, LIPS_INNER.stop),
}
PAIRS = {"brow right": ("brow left", "brows"), "eye right": ("eye left", "eyes")}  # region: that of the other side, and both as one
TOGETHER = 0.95  # cosine between how far two sides move, from which they may be one
WIDTH = 0.010  # m; how softly one region passes into the next
MAX_A_REGION = 4
WEIGHT_LIMIT = 2.0  # sliders of the written keys reach this far either way


def region_weights(canonical: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Partition of unity (R, V) over REGIONS for a head's vertices (V, 3) and landmarks (68, 3) in canonical metres."""
    distance = np.stack([
        np.linalg.norm(canonical[:, None] - points[list(members)], axis=2).min(axis=1) for members in REGIONS.values()
    ])  # fmt: skip
    closeness = -(distance**2) / (2 * WIDTH**2)
    weight = np.exp(np.maximum(closeness - closeness.max(axis=0), -50.0))
    weight[weight < 1e-3] = 0.0
    return weight / weight.sum(axis=0)


def decompose(motion: np.ndarray, regions: np.ndarray, prefix: str, tolerance: float) -> Keys:
    """Keys for motion (F, V, 3) in the head's units.

    regions (R, V) as from `region_weights`; `tolerance` in the head's units. Regions that never move get no key; two sides that do the same at the
    same time are one region.
    """
    names: list[str] = []
    deltas: list[np.ndarray] = []
    weights: list[np.ndarray] = []
    moves = motion.any(axis=(0, 2))
    for region, found in _chosen(motion, dict(zip(REGIONS, regions, strict=True)), moves, tolerance / 2).items():
        for k, pose in enumerate(found.poses):
            delta = np.zeros(motion.shape[1:], np.float32)
            delta[found.members] = pose.reshape(-1, 3)
            names.append(f"{prefix} {region}" + (f" {k + 1}" if len(found.poses) > 1 else ""))
            deltas.append(delta)
            weights.append(found.weights[:, k])
    return Keys(
        tuple(names),
        np.array(deltas, np.float32).reshape(-1, *motion.shape[1:]),
        np.array(weights, np.float32).reshape(len(names), len(motion)).T.copy(),
    )


@dataclass(frozen=True)
class _Found:
    """Poses of a region's members (N,), their weights (F, K), the error that they leave, and how far (F,) the region is from rest."""

    members: np.ndarray
    poses: list[np.ndarray]
    weights: np.ndarray
    error: float
    size: np.ndarray


def _chosen(motion: np.ndarray, regions: dict[str, np.ndarray], moves: np.ndarray, tolerance: float) -> dict[str, _Found]:
    """Poses by region; of two sides that move together as one region, where that takes no more poses than one of them and leaves no larger error."""
    made: dict[str, _Found] = {}
    for region, weight in regions.items():
        made[region] = _poses(motion, weight, moves, tolerance)
    for right, (left, both) in PAIRS.items():
        sides = made[right], made[left]
        if not all(side.poses for side in sides) or _alike(*(side.size for side in sides)) < TOGETHER:
            continue
        one = _poses(motion, regions[right] + regions[left], moves, tolerance)
        if len(one.poses) <= max(len(side.poses) for side in sides) and one.error <= max(tolerance, *(side.error for side in sides)):
            made = {both if region == right else region: found for region, found in made.items() if region != left} | {both: one}
    return made


def _poses(motion: np.ndarray, weight: np.ndarray, moves: np.ndarray, tolerance: float) -> _Found:
    """Greedy choice of poses of motion (F, V, 3), where weight (V,) is above 0, each the residual at the worst frame."""
    members = np.flatnonzero((weight > 0) & moves)
    rows = (motion[:, members] * weight[members, None]).reshape(len(motion), -1)
    poses: list[np.ndarray] = []
    weights = np.zeros((len(rows), 0))
    residual = rows
    error = 0.0
    while rows.size:
        points = residual.reshape(len(rows), -1, 3)
        off = np.einsum("fnd,fnd->fn", points, points).max(axis=1)
        error = float(np.sqrt(off.max()))
        if error <= tolerance or len(poses) == MAX_A_REGION:
            break
        poses.append(residual[int(off.argmax())].copy())
        weights = _solve(np.array(poses), rows)
        residual = rows - weights @ np.array(poses)
    return _Found(members, poses, weights, error, np.linalg.norm(rows, axis=1))


def _alike(first: np.ndarray, second: np.ndarray) -> float:
    """Cosine between two curves (F,)."""
    return float(first @ second / (np.linalg.norm(first) * np.linalg.norm(second)))


def _solve(poses: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Weights (F, K) within the slider limits that best rebuild rows (F, N) from poses (K, N), by their Gram matrix."""
    gram = poses @ poses.T
    factor = np.linalg.cholesky(gram + 1e-9 * np.trace(gram) * np.eye(len(gram)))
    wanted = np.linalg.solve(factor, poses @ rows.T)
    weights = np.linalg.solve(factor.T, wanted).T
    for frame in np.flatnonzero((np.abs(weights) > WEIGHT_LIMIT).any(axis=1)):  # the others are within the limits as they are
        weights[frame] = lsq_linear(factor.T, wanted[:, frame], bounds=(-WEIGHT_LIMIT, WEIGHT_LIMIT)).x
    return weights
