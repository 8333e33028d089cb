"""A clip: how the 68 landmarks move, apart from any head."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.interpolate import PchipInterpolator

from ..errors import FileError, ValueRangeError
from ..head.landmarks import COUNT
from ..npz import WHOLE, check_array, read_npz, write_npz

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
    try:
        version, seed = (int(check_array(data, name, (), WHOLE)) for name in ("format_version", "seed"))
        times, displacement = (check_array(data, name) for name in ("times", "displacement"))
    except ValueError as error:
        raise FileError(f"Clip {path}: {error}. Choose an npz that Mimica wrote.") from error
    if version != FORMAT:
        raise FileError(f"Clip {path} has format {version}; this Mimica reads {FORMAT}. Update Mimica or make it again.")
    if times.ndim != 1 or displacement.shape != (len(times), COUNT, 3) or len(times) < 2:
        raise FileError(
            f"Clip {path} has displacement {displacement.shape} for times {times.shape}; expected (F, {COUNT}, 3) and (F,), F >= 2."
        )
    if not (np.diff(times) > 0).all():
        raise FileError(f"Clip {path} has times that do not increase. Make it again.")
    return Clip(times, displacement, str(data["label"]), seed, str(data["origin"]))
