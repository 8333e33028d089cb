"""A recording at another frame rate: its weights as curves of ARKit keys, its rotations as angles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import correlate1d

from ..errors import ValueRangeError
from .live_link_face import Recording

SAME = 0.95  # of the recording's rate; from there on nothing lies above what the new rate can hold
FINER = 2  # steps, at least, to each frame of the recording while it is filtered
LOBES = 3  # half width of the filter, in frames of the new rate
PASSED = 0.9  # of the new rate's highest frequency


@dataclass(frozen=True)
class Played:
    """A recording in equal steps: names (52,); weights (F, 52) in [0, 1]; rotations (F, 9) rad, `live_link_face.ROTATIONS`, which do not jump
    by full turns; fps; timecode of the first frame, as recorded."""

    names: tuple[str, ...]
    weights: np.ndarray
    rotations: np.ndarray
    fps: float
    timecode: str


def play(recording: Recording, *, fps: float, from_rest: bool = False) -> Played:
    """The recording at `fps`, frame 0 at its first frame: no lag, and nothing quicker than the new rate can hold.

    from_rest: what the face does beyond its own rest (the recording's quiet frames) instead of the weights as recorded; gaze is kept.
    """
    if not (np.isfinite(fps) and 0 < fps <= 1000):
        raise ValueRangeError(f"fps is {fps}; it must be above 0 and at most 1000.")
    weights = recording.beyond_rest() if from_rest else recording.weights
    values = np.concatenate([weights, np.unwrap(recording.rotations, axis=0)], axis=1)
    made = resample(recording.times, values, recording.fps, fps)
    count = len(recording.names)
    return Played(
        recording.names,
        np.clip(made[:, :count], 0.0, 1.0).astype(np.float32),
        made[:, count:].astype(np.float32),
        float(fps),
        recording.timecode,
    )


def resample(times: np.ndarray, values: np.ndarray, rate: float, fps: float) -> np.ndarray:
    """values (F, C), taken at increasing times (F,) s, about `rate` a second and perhaps with gaps, at `fps` from the first to the last.

    Between samples by monotone cubics (Fritsch and Carlson 1980), so that a gap is bridged without overshoot. To a lower rate through a
    windowed sinc (Hann), which has no lag as it is symmetric; beyond the ends the first and the last value stand.
    """
    curve = PchipInterpolator(times, values, axis=0)
    frames = int(np.floor((times[-1] - times[0]) * fps + 1e-6)) + 1
    if fps >= SAME * rate:
        return curve(np.minimum(times[0] + np.arange(frames) / fps, times[-1]))
    finer = int(np.ceil(FINER * rate / fps))
    dense = np.minimum(times[0] + np.arange((frames - 1) * finer + 1) / (finer * fps), times[-1])
    return correlate1d(curve(dense), lowpass(finer), axis=0, mode="nearest")[::finer]


def lowpass(finer: int) -> np.ndarray:
    """Taps (odd,), symmetric, of sum 1, that leave what every `finer`-th sample can hold."""
    reach = LOBES * finer
    offset = np.arange(-reach, reach + 1) / finer
    taps = np.sinc(PASSED * offset) * np.cos(0.5 * np.pi * offset / (LOBES + 1.0 / finer)) ** 2
    return taps / taps.sum()
