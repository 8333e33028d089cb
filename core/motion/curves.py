"""Curves for editing: as few keys as a tolerance allows."""

from __future__ import annotations

import numpy as np


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
