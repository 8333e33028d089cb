"""Recordings of the iPhone app Live Link Face: 52 ARKit weights a frame, with the head's and the eyes' rotation, as CSV (plain or gzipped).

A timecode is hours:minutes:seconds:frames, the frames with a fraction; `;` before the frames says that frame numbers are dropped at the full
minute, so that 59.94 or 29.97 frames a second keep to the clock (SMPTE ST 12-1).
"""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..atomic import replacing
from ..errors import FileError, ValueRangeError
from ..head.template import load_template

ROTATIONS = tuple(f"{part}{turn}" for part in ("Head", "LeftEye", "RightEye") for turn in ("Yaw", "Pitch", "Roll"))
TIMECODE = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})([:;])(\d{1,3}(?:\.\d+)?)")
RATES = (24.0, 25.0, 30.0, 60.0)  # frames a second that timecodes count in
DROPPED = {30.0: 2, 60.0: 4}  # frame numbers left out at each full minute, but for every tenth
NTSC = 1000.0 / 1001.0  # of the rate, at which frames are dropped
DAY = 24 * 3600.0
DIGITS = 10  # of a value, as the app writes them
SIDES = ("Left", "Right")
EYES = ("Blink", "LookDown", "LookIn", "LookOut", "LookUp", "Squint", "Wide")
APP_ORDER = (
    *(f"Eye{move}{side}" for side in SIDES for move in EYES),
    *"JawForward JawRight JawLeft JawOpen MouthClose MouthFunnel MouthPucker MouthRight MouthLeft".split(),
    *(f"Mouth{move}{side}" for move in ("Smile", "Frown", "Dimple", "Stretch") for side in SIDES),
    *"MouthRollLower MouthRollUpper MouthShrugLower MouthShrugUpper".split(),
    *(f"Mouth{move}{side}" for move in ("Press", "LowerDown", "UpperUp") for side in SIDES),
    *"BrowDownLeft BrowDownRight BrowInnerUp BrowOuterUpLeft BrowOuterUpRight CheekPuff CheekSquintLeft CheekSquintRight".split(),
    *"NoseSneerLeft NoseSneerRight TongueOut".split(),
)
QUIET, SMALL, WINDOW = 0.15, 0.5, 0.5  # share of the frames that move least; share of those that are smallest; s that quiet must last
GAZE = "eyeLook"


@dataclass(frozen=True)
class Recording:
    """times (F,) s from the first frame, ascending; names (52,) of the ARKit units; weights (F, 52); rotations (F, 9) rad, ROTATIONS.

    timecode: of the first frame; rate: frames to the second that its frame numbers count in, 60 in the app; `;` in it drops frames.
    """

    times: np.ndarray
    names: tuple[str, ...]
    weights: np.ndarray
    rotations: np.ndarray
    timecode: str = "00:00:00:00.000"
    rate: float = 60.0

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
        beyond = self.beyond_rest()
        beyond[:, [name.startswith(GAZE) for name in self.names]] = 0.0
        return beyond[:, [self.names.index(name) for name in names]]

    def beyond_rest(self) -> np.ndarray:
        """Weights (F, 52) beyond the face at rest, within [0, 1]; gaze as recorded."""
        gaze = [name.startswith(GAZE) for name in self.names]
        return np.clip(self.weights - np.where(gaze, 0.0, self.neutral()), 0.0, 1.0)

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
    first = rows[1][column["timecode"]].strip()
    times, rate = _times(np.array(codes), ";" in first, path)
    return Recording(times, names, numbers[:, : len(names)], numbers[:, len(names) :], first, rate)


def write_recording(path: Path, recording: Recording) -> None:
    """Writes a recording as the app exports it (gzipped where the name ends in .gz), whole or not at all; read again it is the same.

    Timecodes go on from the recording's first one. FileError where it cannot be written, ValueRangeError where its arrays do not fit.
    """
    path = Path(path)
    _check(recording)
    column = {name[:1].upper() + name[1:]: k for k, name in enumerate(recording.names)}
    values = np.concatenate([recording.weights[:, [column[name] for name in APP_ORDER]], recording.rotations], axis=1)
    lines = [",".join(("Timecode", "BlendShapeCount", *APP_ORDER, *ROTATIONS))]
    count = f"{len(APP_ORDER) + len(ROTATIONS)}"
    for code, row in zip(timecodes(recording), values, strict=True):
        lines.append(",".join((code, count, *(f"{value:.{DIGITS}f}" for value in row))))
    data = ("\n".join(lines) + "\n").encode()
    with replacing(path) as beside:
        beside.write_bytes(gzip.compress(data, mtime=0) if path.suffix.lower() == ".gz" else data)


def _check(recording: Recording) -> None:
    frames, wanted = len(recording.times), sorted(load_template().arkit_names)
    shapes = (recording.weights.shape, recording.rotations.shape)
    if frames < 2 or shapes != ((frames, len(wanted)), (frames, len(ROTATIONS))) or sorted(recording.names) != wanted:
        raise ValueRangeError(
            f"A recording of {frames} times, {len(recording.names)} names, weights {shapes[0]} and rotations {shapes[1]} was to be written; "
            f"expected at least 2 times, the {len(wanted)} ARKit names, weights (F, {len(wanted)}) and rotations (F, {len(ROTATIONS)})."
        )
    arrays = (recording.times, recording.weights, recording.rotations)
    if not all(np.isfinite(array).all() for array in arrays) or (np.diff(recording.times) <= 0).any():
        raise ValueRangeError("The recording to be written has times that do not increase, or values that are no finite numbers.")


def timecodes(recording: Recording) -> list[str]:
    """The timecode of every frame, counted on from the recording's first one in its own rate and way."""
    whole, frames, drop = _timecode(recording.timecode)
    rate, sign = recording.rate, ";" if drop else ":"
    start = _seconds(np.array([whole]), np.array([frames]), rate, drop)[0]
    number = (start + recording.times) % _day(rate, drop) * rate * (NTSC if drop else 1.0)
    number = np.round(number, 3)  # to a thousandth of a frame, as the app
    if drop:
        number += _left_out(number, rate)
    seconds, rest = (number // rate).astype(int), np.round(number % rate, 3)
    return [f"{s // 3600 % 24:02d}:{s // 60 % 60:02d}:{s % 60:02d}{sign}{f:06.3f}" for s, f in zip(seconds, rest, strict=True)]


def _rows(path: Path) -> list[list[str]]:
    """Cells of a CSV file, line by line, at least two lines of data."""
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8-sig")
        rows = [row for row in csv.reader(text.splitlines()) if row]
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise FileError(f"{path} cannot be read as CSV ({error}). Give a recording that Live Link Face exported.") from error
    if len(rows) < 3:
        raise FileError(f"{path} holds {max(len(rows) - 1, 0)} frames; a recording has at least 2. Record again.")
    return rows


def _timecode(text: str) -> tuple[float, float, bool]:
    """Seconds of the day without the frames, the frames, and whether frames are dropped, of hours:minutes:seconds:frames."""
    found = TIMECODE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"timecode '{text}' is not of the form hours:minutes:seconds:frames")
    hours, minutes, seconds = (float(part) for part in found.groups()[:3])
    return hours * 3600.0 + minutes * 60.0 + seconds, float(found[5]), found[4] == ";"


def _day(rate: float, drop: bool) -> float:
    """Seconds until a timecode begins again; a little less than a day where frames are dropped."""
    return float(_seconds(np.array([DAY]), np.zeros(1), rate, drop)[0])


def _seconds(whole: np.ndarray, frames: np.ndarray, rate: float, drop: bool) -> np.ndarray:
    """Seconds of the day (F,) of timecodes: whole seconds (F,) and frames (F,)."""
    if not drop:
        return whole + frames / rate
    minutes = whole // 60
    return (whole * rate + frames - DROPPED[rate] * (minutes - minutes // 10)) / (rate * NTSC)


def _left_out(number: np.ndarray, rate: float) -> np.ndarray:
    """How many frame numbers (F,) were dropped up to the frames that are `number` (F,) of the day."""
    each = DROPPED[rate]
    minute, ten = 60 * rate - each, 600 * rate - 9 * each
    within = number % ten
    return each * (9 * (number // ten) + np.maximum((within - each) // minute, 0.0))


def _times(codes: np.ndarray, drop: bool, path: Path) -> tuple[np.ndarray, float]:
    """Times (F,) s from the first frame, and the timecode's rate: the lowest usual one that its frame numbers (codes (F, 3)) fit in, or the
    app's where no second is passed, so that they do not tell."""
    whole, frames, _ = codes.T
    rates = RATES[-1:] if whole[0] == whole[-1] else DROPPED if drop else RATES
    rate = next((rate for rate in rates if frames.max() < rate), None)
    if rate is None:
        raise FileError(f"{path} counts {frames.max():g} frames to the second in its timecodes; at most {RATES[-1]:g} are expected.")
    times = np.unwrap(_seconds(whole, frames, rate, drop), period=_day(rate, drop))
    if (np.diff(times) <= 0.0).any():
        line = int(np.flatnonzero(np.diff(times) <= 0.0)[0]) + 3
        raise FileError(f"{path}, line {line}: the timecode does not go on from the line before. Export the recording again.")
    return times - times[0], rate
