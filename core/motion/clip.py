"""A clip: how the 68 landmarks move, apart from any head."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.interpolate import PchipInterpolator

from ..errors import FileError, ValueRangeError
from ..head.landmarks import COUNT
from ..npz import read_npz, write_npz

FORMAT = 1


@dataclass(frozen=True)
class Clip:
    """times (F,) s; displacement (F, 68, 3) m from neutral in canonical space; label; seed; origin (what made it)."""

    times: np.ndarray
    displacement: np.ndarray
    label: str
    seed: int
    origin: str

    def retimed(self, frames: int, fps: float) -> Clip:
        """The same motion in `frames` frames at `fps`, first and last pose kept; its shape in normalised time stays. frames >= 2, fps > 0.

        Monotone cubic interpolation (Fritsch and Carlson 1980): a landmark that moves one way between two frames does so in between.
        """
        if frames < 2 or not (np.isfinite(fps) and fps > 0):
            raise ValueRangeError(f"A clip of {frames} frames at {fps} fps was asked for; it needs at least 2 frames and fps above 0.")
        return Clip(np.arange(frames) / fps, resample(self.times, self.displacement, frames), self.label, self.seed, self.origin)

    def scaled(self, intensity: float) -> Clip:
        """The motion with every displacement times `intensity`; 0 is exactly neutral."""
        return replace(self, displacement=self.displacement * intensity)


def resample(times: np.ndarray, values: np.ndarray, frames: int) -> np.ndarray:
    """values (F, ...) given at increasing times (F,), at `frames` equal steps from the first to the last time."""
    if len(times) == frames and np.allclose(np.diff(times), (times[-1] - times[0]) / (frames - 1)):
        return values.copy()
    wanted = np.linspace(times[0], times[-1], frames)
    return np.ascontiguousarray(PchipInterpolator(times, values, axis=0)(wanted), dtype=values.dtype)


def save_clip(path: Path, clip: Clip) -> None:
    """Writes a clip as npz, whole or not at all. FileError where it cannot be written."""
    arrays = {
        "format_version": np.array(FORMAT),
        "times": clip.times,
        "displacement": clip.displacement,
        "label": np.array(clip.label),
        "seed": np.array(clip.seed),
        "origin": np.array(clip.origin),
    }
    write_npz(path, arrays)


def load_clip(path: Path) -> Clip:
    """Reads a clip. FileError names what is missing, damaged, of another format, or not finite."""
    try:
        data = read_npz(path)
    except (OSError, ValueError) as error:
        raise FileError(f"Clip {path} cannot be read ({error}). Choose an npz that Mimica wrote.") from error
    missing = {"format_version", "times", "displacement", "label", "seed", "origin"} - data.keys()
    if missing:
        raise FileError(f"{path} is not a clip: {', '.join(sorted(missing))} missing. Choose an npz that Mimica wrote.")
    if int(data["format_version"]) != FORMAT:
        raise FileError(
            f"Clip {path} has format {int(data['format_version'])}; this Mimica reads {FORMAT}. Update Mimica or make it again."
        )
    times, displacement = data["times"], data["displacement"]
    if displacement.shape != (len(np.atleast_1d(times)), COUNT, 3) or len(times) < 2:
        raise FileError(
            f"Clip {path} has displacement {displacement.shape} for times {times.shape}; expected (F, {COUNT}, 3) and (F,), F >= 2."
        )
    if not (np.isfinite(displacement).all() and np.isfinite(times).all() and (np.diff(times) > 0).all()):
        raise FileError(f"Clip {path} holds values that are not finite, or times that do not increase. Make it again.")
    return Clip(times, displacement, str(data["label"]), int(data["seed"]), str(data["origin"]))
