"""How a movement spends its time."""

from __future__ import annotations

import numpy as np


def minimum_jerk(s: np.ndarray) -> np.ndarray:
    """Flash and Hogan 1985: 0 to 1 with no velocity and no acceleration at either end; clamped outside [0, 1]."""
    s = np.clip(s, 0.0, 1.0)
    return s**3 * (10.0 - 15.0 * s + 6.0 * s**2)


def dying_out(s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What is left (...) at share s of an offset of 1, and of a velocity of 1 (per share): quintics with no acceleration at s = 0 that are
    gone, with velocity and acceleration, from s = 1 on (inertialisation, Bollo 2018)."""
    s = np.clip(s, 0.0, 1.0)
    return 1.0 - minimum_jerk(s), s * (1.0 - s) ** 3 * (1.0 + 3.0 * s)
