"""From a recorded sequence to sub-sequences, neutral to apex (sparse_to_dense, Sect. 4.1).

The paper divided by hand; here apexes are prominent peaks of the landmarks' motion and each begins where the quiet before it ends.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

SMOOTH = 1.5  # frames
HEIGHT = 0.5  # of the sequence's largest amplitude; a lower peak is no apex
PROMINENCE = 0.4  # of the same; what a peak must rise above the valleys beside it
QUIET = 0.1  # of the rise from the valley to the apex; below it lies the quiet
SHORTEST = 4  # frames from neutral to apex
BRIDGED = 10  # frame numbers; over a longer hole in a recording nothing is said about the motion
STILL = 0.5e-3  # m; a sequence whose amplitude stays below this shows no expression


def amplitude(landmarks: np.ndarray) -> np.ndarray:
    """Root mean square (F,) m over the landmarks of their displacement (F, 68, 3) m."""
    return np.sqrt((landmarks**2).sum(axis=2).mean(axis=1))


def pieces(numbers: np.ndarray) -> list[slice]:
    """Runs of a sequence without a hole too long to bridge; numbers (F,) rise."""
    ends = [*(np.flatnonzero(np.diff(numbers) > BRIDGED) + 1).tolist(), len(numbers)]
    return [slice(start, end) for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def _onset(curve: np.ndarray, first: int, apex: int) -> int:
    """The last quiet frame between `first` and `apex`."""
    before = curve[first : apex + 1]
    quiet = before.min() + QUIET * (curve[apex] - before.min())
    return first + int(np.flatnonzero(before <= quiet)[-1])


def activations(size: np.ndarray, numbers: np.ndarray) -> list[tuple[int, int]]:
    """(onset, apex) frames of each activation, in order. size (F,) m, the amplitude; numbers (F,), frame numbers.

    At least one where the sequence moves and its largest amplitude does not lie at its very start. Recordings that begin or end at an apex
    count that end as a peak.
    """
    found: list[tuple[int, int]] = []
    largest = float(size.max(initial=0.0))
    if largest < STILL:
        return found
    for piece in pieces(numbers):
        if piece.stop - piece.start <= SHORTEST:
            continue
        curve = gaussian_filter1d(size[piece], SMOOTH, mode="nearest")
        padded = np.concatenate([[curve.min()], curve, [curve.min()]])
        peaks = find_peaks(padded, height=HEIGHT * largest, prominence=PROMINENCE * largest)[0] - 1
        previous = 0
        for apex in peaks.tolist():
            onset = _onset(curve, previous, apex)
            previous = apex
            if apex - onset >= SHORTEST:
                found.append((piece.start + onset, piece.start + apex))
    return found


def at_numbers(curve: np.ndarray, numbers: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """curve (F, ...), known at the rising numbers (F,), linearly between them at `wanted` (S,), which lie within."""
    after = np.clip(np.searchsorted(numbers, wanted), 1, len(numbers) - 1)
    share = (wanted - numbers[after - 1]) / (numbers[after] - numbers[after - 1])
    share = share.reshape(-1, *[1] * (curve.ndim - 1))
    return (1.0 - share) * curve[after - 1] + share * curve[after]


def nearest(numbers: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Indices (S,) of the frames whose numbers (F,) lie nearest to `wanted` (S,)."""
    return np.abs(numbers[None] - wanted[:, None]).argmin(axis=1)
