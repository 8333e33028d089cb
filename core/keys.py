"""Shape keys and their animation, as arrays: what an expression becomes on a head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Keys:
    """names (K,); deltas (K, V, 3) float32 in the head's own units and axes; weights (F, K) float32, frame by frame.

    A head with no animation (ARKit keys) has weights of shape (0, K).
    """

    names: tuple[str, ...]
    deltas: np.ndarray
    weights: np.ndarray

    def vertices(self, neutral: np.ndarray) -> np.ndarray:
        """The performance (F, V, 3) on `neutral` (V, 3); zero weights give the neutral bit for bit."""
        return neutral + np.einsum("fk,kvd->fvd", self.weights, self.deltas, optimize=True)

    def largest_error(self, motion: np.ndarray) -> float:
        """The farthest that any vertex in any frame is from motion (F, V, 3), the displacement that the keys stand for."""
        deltas = self.deltas.reshape(len(self.names), 3 * self.deltas.shape[1])
        off = ((row @ deltas).reshape(-1, 3) - frame for row, frame in zip(self.weights, motion, strict=True))
        return float(np.sqrt(max((np.einsum("vd,vd->v", one, one).max(initial=0.0) for one in off), default=0.0)))
