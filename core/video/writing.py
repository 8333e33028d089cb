"""Frames to files: a video that plays everywhere, or a folder of PNG. Whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np

from ..atomic import no_place, temporary
from ..errors import FileError, ValueRangeError
from ..image.files import write_png
from .ffmpeg import NO_CONSOLE, given, last_line, probe, program

SUFFIXES = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
QUALITY = 18  # libx264's constant rate factor: no difference to be seen
# The matrix, and a note of it, that players take for granted in anything of today
COLOURS = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709"
PICTURE = ".png"  # what a single picture's name ends in
FRAME = re.compile(r"\d{5,}\.png")


def check_place(path: str | Path, *, folder: bool | None = None) -> None:
    """FileError where `write_frames` (folder; by default where the name has no suffix) or else `write_video` could not write there: to be asked
    before long work."""
    path = Path(path)
    if path.suffix if folder is None else not folder:
        _kind(path)
        if path.is_dir():
            raise no_place(path, IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)))
    else:
        _check_folder(path)
    with temporary(path) as beside, _placing(path):
        beside.touch()


def write_video(path: str | Path, frames: Iterable[np.ndarray], fps: float, *, audio_from: str | Path | None = None) -> int:
    """Writes frames (H, W, 3) uint8 RGB, all of one size, as H.264; returns how many. A last column or row is doubled where a side is odd, as
    the format wants even ones. audio_from: a video whose sound is kept, cut to the length of the frames, if it has any.

    Written beside and renamed: where `frames` raises, or nothing can be written (FileError), nothing is left and what was there before stays.
    """
    path = Path(path)
    kind = _kind(path)
    if not (np.isfinite(fps) and 0 < fps <= 1000):
        raise ValueRangeError(f"fps is {fps}; it must be above 0 and at most 1000.")
    sound = audio_from is not None and probe(Path(audio_from)).sound
    rate = Fraction(fps).limit_denominator(1001)
    with temporary(path) as silent, temporary(silent) as joined:
        count = _encode(silent, path, frames, rate, kind)
        if sound:
            _join(silent, Path(str(audio_from)), joined, kind, count / rate, path)
        with _placing(path):
            os.replace(joined if sound else silent, path)
    return count


def write_frames(folder: str | Path, frames: Iterable[np.ndarray]) -> int:
    """Writes frames (H, W, 3) uint8 as 00000.png, 00001.png ... into a new folder, an empty one, or in place of such frames; returns how many.

    As `write_video`: whole or not at all.
    """
    folder = Path(folder)
    _check_folder(folder)
    with temporary(folder) as beside:
        with _placing(folder):
            beside.mkdir()
        count = 0
        for frame in frames:
            _write_frame(beside, folder, count, frame)
            count += 1
        if not count:
            raise ValueRangeError(f"There is no frame to write to {folder}.")
        if folder.exists():
            shutil.rmtree(folder)
        with _placing(folder):
            os.replace(beside, folder)
    return count


def write_picture(path: str | Path, frames: Iterable[np.ndarray], count: int) -> None:
    """Writes the one frame (H, W, 3) uint8 of so many as a PNG file. ValueRangeError where there are more, before they are drawn."""
    if count != 1:
        raise ValueRangeError(f"{path} is one picture; there are {count} frames. Name a video (mp4) or a folder.")
    write_png(path, next(iter(frames)))


def even(frame: np.ndarray) -> np.ndarray:
    """The frame (H, W, 3) with its last row or column doubled where a side is odd."""
    return np.pad(frame, ((0, frame.shape[0] % 2), (0, frame.shape[1] % 2), (0, 0)), mode="edge")


def _kind(path: Path) -> str:
    """ffmpeg's name of a video's format."""
    kind = SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise FileError(f"{path} ends in '{path.suffix}'; a video is written as {', '.join(SUFFIXES)}. Choose one of these.")
    return kind


def _check_folder(folder: Path) -> None:
    if folder.exists() and not (folder.is_dir() and all(FRAME.fullmatch(entry.name) for entry in folder.iterdir())):
        raise FileError(f"{folder} is not a folder that is empty or holds nothing but numbered frames. Name a new folder.")


def _write_frame(beside: Path, folder: Path, number: int, frame: np.ndarray) -> None:
    try:
        write_png(beside / f"{number:05d}.png", frame)
    except FileError as error:
        raise FileError(str(error).replace(str(beside), str(folder))) from error


def _encode(beside: Path, path: Path, frames: Iterable[np.ndarray], rate: Fraction, kind: str) -> int:
    """How many frames were encoded."""
    encoder: subprocess.Popen | None = None
    shape: tuple[int, ...] = ()
    count, taken = 0, True
    with tempfile.TemporaryFile() as said:
        try:
            for frame in frames:
                shape = shape or frame.shape
                _check(frame, shape, count, path)
                whole = even(frame)
                encoder = encoder or _encoder(beside, whole.shape, rate, kind, said)
                taken = _taken(encoder, whole)
                if not taken:
                    break
                count += 1
            if encoder is None:
                raise ValueRangeError(f"There is no frame to write to {path}.")
            encoder.communicate()
            if encoder.returncode or not taken:
                said.seek(0)
                raise _failed(path, said.read())
        finally:
            if encoder is not None:
                encoder.kill()
                encoder.wait()
    return count


def _taken(encoder: subprocess.Popen, frame: np.ndarray) -> bool:
    """False where the encoder has ended before its input has."""
    assert encoder.stdin is not None
    try:
        encoder.stdin.write(np.ascontiguousarray(frame).data)
    except OSError:
        return False
    return True


def _encoder(beside: Path, shape: tuple[int, ...], rate: Fraction, kind: str, said) -> subprocess.Popen:
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", f"{shape[1]}x{shape[0]}", "-framerate", str(rate), "-i", "pipe:0"]
    coded = ["-vf", COLOURS, "-c:v", "libx264", "-crf", str(QUALITY)]
    command = [*program(), "-v", "error", *source, *coded, *_target(beside, kind)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, creationflags=NO_CONSOLE)


def _join(video: Path, audio: Path, joined: Path, kind: str, seconds: Fraction, path: Path) -> None:
    """The pictures of one file with the sound of another, of the pictures' length."""
    kept = ["-map", "0:v:0", "-map", "1:a:0", "-c:v", "copy", "-c:a", "aac", "-b:a", "192k", "-t", f"{float(seconds):.6f}"]
    command = [*program(), "-v", "error", "-i", f"file:{video.resolve()}", *given(audio), *kept, *_target(joined, kind)]
    answer = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, creationflags=NO_CONSOLE)
    if answer.returncode:
        raise _failed(path, answer.stderr)


def _target(beside: Path, kind: str) -> list[str]:
    return [*(["-movflags", "+faststart"] if kind != "matroska" else []), "-f", kind, "-y", f"file:{beside.resolve()}"]


def _check(frame: np.ndarray, shape: tuple[int, ...], count: int, path: Path) -> None:
    if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3 or frame.shape != shape or not frame.size:
        raise ValueRangeError(
            f"Frame {count} for {path} is an array {frame.shape} of {frame.dtype}; expected (height, width, 3) of uint8, like the first: {shape}."
        )


@contextmanager
def _placing(path: Path) -> Iterator[None]:
    """FileError for what fails to be written; `atomic.replacing` would take an error of the frames' source for one of these."""
    try:
        yield
    except OSError as error:
        raise no_place(path, error) from error


def _failed(path: Path, said: bytes) -> FileError:
    text = said.decode("utf-8", "replace")
    full = os.strerror(errno.ENOSPC)
    return no_place(path, OSError(errno.EIO, full if full in text else last_line(text)))
