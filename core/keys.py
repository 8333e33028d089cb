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
