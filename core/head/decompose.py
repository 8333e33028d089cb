"""A dense performance as a few region-local shape keys with weights, the count chosen from a tolerance in millimetres.

Keys are poses an animator can read (brow, lids, mouth ...), not PCA axes: each is the region's displacement at the frame that the keys
chosen so far explain worst. Weights are bounded least squares, so that they stay sliders.
"""

from __future__ import annotations

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


def decompose(motion: np.ndarray, regions: np.ndarray, prefix: str, tolerance: float) -> tuple[Keys, float]:
    """Keys for motion (F, V, 3) in the head's units, and the largest error of any vertex in any frame, same units.

    regions (R, V) as from `region_weights`; `tolerance` in the head's units. Regions that never move get no key.
    """
    names: list[str] = []
    deltas: list[np.ndarray] = []
    weights: list[np.ndarray] = []
    moves = motion.any(axis=(0, 2))
    for region, weight in zip(REGIONS, regions, strict=True):
        members = np.flatnonzero((weight > 0) & moves)
        part = motion[:, members] * weight[members, None]
        poses, sliders = _poses(part.reshape(len(part), -1), tolerance / 2)
        for k, pose in enumerate(poses):
            delta = np.zeros(motion.shape[1:], np.float32)
            delta[members] = pose.reshape(-1, 3)
            names.append(f"{prefix} {region}" + (f" {k + 1}" if len(poses) > 1 else ""))
            deltas.append(delta)
            weights.append(sliders[:, k])
    keys = Keys(
        tuple(names),
        np.array(deltas, np.float32).reshape(-1, *motion.shape[1:]),
        np.array(weights, np.float32).reshape(len(names), len(motion)).T.copy(),
    )
    return keys, keys.largest_error(motion)


def _poses(rows: np.ndarray, tolerance: float) -> tuple[list[np.ndarray], np.ndarray]:
    """Greedy choice of poses among rows (F, 3N), each the residual at the worst frame, and their weights (F, K)."""
    poses: list[np.ndarray] = []
    weights = np.zeros((len(rows), 0))
    residual = rows
    while len(poses) < MAX_A_REGION and rows.size:
        points = residual.reshape(len(rows), -1, 3)
        error = np.einsum("fnd,fnd->fn", points, points).max(axis=1)
        if error.max() <= tolerance**2:
            break
        poses.append(residual[int(error.argmax())].copy())
        weights = _solve(np.array(poses), rows)
        residual = rows - weights @ np.array(poses)
    return poses, weights


def _solve(poses: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Weights (F, K) within the slider limits that best rebuild rows (F, N) from poses (K, N), by their Gram matrix."""
    gram = poses @ poses.T
    factor = np.linalg.cholesky(gram + 1e-9 * np.trace(gram) * np.eye(len(gram)))
    wanted = np.linalg.solve(factor, poses @ rows.T)
    weights = np.linalg.solve(factor.T, wanted).T
    for frame in np.flatnonzero((np.abs(weights) > WEIGHT_LIMIT).any(axis=1)):  # the others are within the limits as they are
        weights[frame] = lsq_linear(factor.T, wanted[:, frame], bounds=(-WEIGHT_LIMIT, WEIGHT_LIMIT)).x
    return weights
