"""A dense performance as weights on keys that a head already has: least squares within the sliders' limits, all frames at once."""

from __future__ import annotations

import numpy as np

from ..keys import Keys

RIDGE = 1e-3  # of the largest key's energy: of two channels that do the same, none runs off against the other
SWEEPS = 500
SETTLED = 1e-5  # change of any weight in a sweep at which it ends
UNSEEN = 0.005  # weight that a channel must reach to be kept


def solve(motion: np.ndarray, onto: Keys, limits: tuple[float, float], unseen: float) -> Keys:
    """The channels of `onto` that rebuild motion (F, V, 3), with their weights (F, K).

    limits: least and largest weight. Channels that move no vertex by more than `unseen`, in the head's units, are left out.
    """
    deltas = onto.deltas.reshape(len(onto.names), -1)
    frames = motion.reshape(len(motion), -1).astype(np.float32)
    reach = np.linalg.norm(onto.deltas, axis=2).max(axis=1, initial=0.0)
    gram, wanted = (deltas @ deltas.T).astype(np.float64), (frames @ deltas.T).astype(np.float64)
    used = np.flatnonzero(reach > 0)
    weights = bounded(gram[np.ix_(used, used)], wanted[:, used], limits)
    size = np.abs(weights).max(axis=0, initial=0.0)
    used = used[(size > UNSEEN) & (size * reach[used] > unseen)]
    weights = bounded(gram[np.ix_(used, used)], wanted[:, used], limits).astype(np.float32)
    return Keys(tuple(onto.names[k] for k in used), onto.deltas[used], weights)


def bounded(gram: np.ndarray, wanted: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    """Weights (F, K) within limits that minimise w gram w / 2 - w wanted, frame by frame; gram (K, K), wanted (F, K).

    Cyclic coordinate descent, which converges for any convex quadratic within bounds (Tseng 2001).
    """
    weights = np.zeros_like(wanted)
    diagonal = np.diagonal(gram) + RIDGE * np.diagonal(gram).max(initial=0.0)
    for _ in range(SWEEPS):
        before = weights.copy()
        for k in range(len(gram)):
            rest = wanted[:, k] - weights @ gram[:, k] + weights[:, k] * gram[k, k]
            weights[:, k] = np.clip(rest / diagonal[k], *limits)
        if np.abs(weights - before).max(initial=0.0) < SETTLED:
            break
    return weights
