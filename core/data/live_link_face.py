"""Recordings of the iPhone app Live Link Face: 52 ARKit weights a frame, with the head's and the eyes' rotation, as CSV (plain or gzipped)."""

from __future__ import annotations

import csv
import gzip
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import FileError
from ..head.template import load_template

ROTATIONS = tuple(f"{part}{turn}" for part in ("Head", "LeftEye", "RightEye") for turn in ("Yaw", "Pitch", "Roll"))
TIMECODE = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})[:;](\d{1,3}(?:\.\d+)?)")
RATES = (24.0, 25.0, 30.0, 60.0)  # frames a second that timecodes count in
DAY = 24 * 3600.0
QUIET, SMALL, WINDOW = 0.15, 0.5, 0.5  # share of the frames that move least; share of those that are smallest; s that quiet must last
GAZE = "eyeLook"


@dataclass(frozen=True)
class Recording:
    """times (F,) s from the first frame, ascending; names (52,) of the ARKit units; weights (F, 52); rotations (F, 9) rad, ROTATIONS."""

    times: np.ndarray
    names: tuple[str, ...]
    weights: np.ndarray
    rotations: np.ndarray

    @property
    def fps(self) -> float:
        """Frames a second, from the median step."""
        return float(1.0 / np.median(np.diff(self.times)))

    def quiet(self) -> np.ndarray:
        """Mask (F,) of frames in which the face rests: the 15 % that move least over half a second, and of those the half with the smallest
        weights, as a held grimace is as still as a neutral face. Gaze has no say."""
        face = self.weights[:, [not name.startswith(GAZE) for name in self.names]]
        speed = np.abs(np.gradient(face, axis=0)).sum(axis=1)
        length = min(max(1, round(WINDOW * self.fps)), len(speed))
        speed = np.convolve(speed, np.full(length, 1.0 / length), mode="same")
        calm = speed <= np.quantile(speed, QUIET)
        size = face.sum(axis=1)
        return calm & (size <= np.quantile(size[calm], SMALL))

    def neutral(self) -> np.ndarray:
        """Weights (52,) of the face at rest, which are not zero: the median of the quiet frames."""
        return np.median(self.weights[self.quiet()], axis=0)

    def from_neutral(self, names: tuple[str, ...]) -> np.ndarray:
        """Weights (F, 52) beyond the face at rest, in the order of `names`, within [0, 1]; gaze units stay 0."""
        beyond = np.clip(self.weights - self.neutral(), 0.0, 1.0)
        beyond[:, [name.startswith(GAZE) for name in self.names]] = 0.0
        return beyond[:, [self.names.index(name) for name in names]]

    def largest_rise(self) -> tuple[int, int]:
        """Frames of the last rest before the largest expression, and of that expression."""
        size = np.linalg.norm(self.from_neutral(self.names), axis=1)
        quiet = self.quiet()
        peak = int(np.where(np.cumsum(quiet) > 0, size, -1.0)[1:].argmax()) + 1
        return int(np.flatnonzero(quiet[:peak])[-1]), peak


def read_recording(path: Path) -> Recording:
    """A recording as the app exports it. FileError, naming file and line, where it is missing, empty, no such CSV, or damaged."""
    rows = _rows(path)
    header = [name.strip() for name in rows[0]]
    names = load_template().arkit_names
    column = {name[:1].lower() + name[1:]: k for k, name in enumerate(header)}
    wanted = (*names, *(name[:1].lower() + name[1:] for name in ROTATIONS))
    missing = [name for name in ("timecode", *wanted) if name not in column]
    if missing:
        listed = ", ".join(missing[:5]) + (" ..." if len(missing) > 5 else "")
        raise FileError(f"{path} lacks {len(missing)} columns of a Live Link Face recording ({listed}). Export it from the app again.")
    numbers = np.empty((len(rows) - 1, len(wanted)))
    codes = []
    for line, row in enumerate(rows[1:], start=2):
        try:
            if len(row) != len(header):
                raise ValueError(f"{len(row)} values under {len(header)} columns")
            codes.append(_timecode(row[column["timecode"]]))
            numbers[line - 2] = [float(row[column[name]]) for name in wanted]
            if not np.isfinite(numbers[line - 2]).all():
                raise ValueError("a value that is no finite number")
        except ValueError as error:
            raise FileError(f"{path}, line {line}: {error}. Export the recording again, or remove the line.") from None
    return Recording(_times(np.array(codes), path), names, numbers[:, : len(names)], numbers[:, len(names) :])


def _rows(path: Path) -> list[list[str]]:
    """Cells of a CSV file, line by line, at least two lines of data."""
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8-sig")
        rows = [row for row in csv.reader(text.splitlines()) if row]
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise FileError(f"{path} cannot be read as CSV ({error}). Give a recording that Live Link Face exported.") from error
    if len(rows) < 3:
        raise FileError(f"{path} holds {max(len(rows) - 1, 0)} frames; a recording has at least 2. Record again.")
    return rows


def _timecode(text: str) -> tuple[float, float]:
    """Seconds of the day without the frames, and the frames, of hours:minutes:seconds:frames."""
    found = TIMECODE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"timecode '{text}' is not of the form hours:minutes:seconds:frames")
    hours, minutes, seconds, frames = (float(part) for part in found.groups())
    return hours * 3600.0 + minutes * 60.0 + seconds, frames


def _times(codes: np.ndarray, path: Path) -> np.ndarray:
    """Times (F,) s from the first frame; the timecode's rate is the lowest usual one that its frame numbers (codes (F, 2)) fit in."""
    whole, frames = codes.T
    rate = next((rate for rate in RATES if frames.max() < rate), None)
    if rate is None:
        raise FileError(f"{path} counts {frames.max():g} frames to the second in its timecodes; at most {RATES[-1]:g} are expected.")
    times = np.unwrap(whole + frames / rate, period=DAY)
    if (np.diff(times) <= 0.0).any():
        line = int(np.flatnonzero(np.diff(times) <= 0.0)[0]) + 3
        raise FileError(f"{path}, line {line}: the timecode does not go on from the line before. Export the recording again.")
    return times - times[0]
