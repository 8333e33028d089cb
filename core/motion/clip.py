"""A clip: how the 68 landmarks move, apart from any head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FORMAT = 1


@dataclass(frozen=True)
class Clip:
    """times (F,) s; displacement (F, 68, 3) m from neutral in canonical space; label; seed; origin (what made it)."""

    times: np.ndarray
    displacement: np.ndarray
    label: str
    seed: int
    origin: str
