"""The ffmpeg that imageio-ffmpeg brings: how files are handed to it, and what it says of them."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ..errors import BackendError, FileError

# What is a video by itself: lists of other files (concat, HLS), which may name any file or address, are none
CONTAINERS = "mov,matroska,avi,mpeg,mpegts,mpegvideo,m4v,h264,hevc,asf,flv,ogg,gif,mjpeg,dv,mxf,ivf"
ONLY_FILES = ["-protocol_whitelist", "file"]
HELP = "Give a video that plays in an ordinary player, such as an H.264 MP4."
NTSC = {fps: Fraction(round(fps * 1.001) * 1000, 1001) for fps in (23.98, 29.97, 47.95, 59.94, 119.88)}
USUAL = (24, 25, 30, 50, 60, 120, 240)
EVERY = 60  # frames a second up to which each frame of an uneven video gets a place of its own
NO_CONSOLE: int = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # on Windows none appears


@dataclass(frozen=True)
class Stated:
    """What a file says of its video: fps, even; seconds, 0 where it says nothing; sound: whether it has any."""

    fps: Fraction
    seconds: float
    sound: bool


def program() -> list[str]:
    """The beginning of every command. BackendError where imageio-ffmpeg is missing."""
    try:
        import imageio_ffmpeg

        return [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin"]
    except (ImportError, RuntimeError) as error:
        raise BackendError(
            f"Videos are read and written with imageio-ffmpeg, which is not installed here ({error}): pip install imageio-ffmpeg."
        ) from error


def given(path: Path) -> list[str]:
    """A file as ffmpeg's input: whatever its name looks like (an option, an address), it is that file, and no other is read for it."""
    return [*ONLY_FILES, "-format_whitelist", CONTAINERS, "-i", f"file:{path.resolve()}"]


def probe(path: Path) -> Stated:
    """FileError where the path is no file with a video in it."""
    if not path.is_file():
        raise FileError(f"There is no video {path}. Check the path.")
    answer = subprocess.run(
        [*program(), *given(path)], stdin=subprocess.DEVNULL, capture_output=True, check=False, creationflags=NO_CONSOLE
    )
    text = answer.stderr.decode("utf-8", "replace")
    stream = next((line for line in text.splitlines() if re.match(r"\s*Stream #.*: Video: ", line) and "attached pic" not in line), None)
    sound = re.search(r"^\s*Stream #.*: Audio: ", text, re.M) is not None
    if stream is None:
        found = "it holds sound, but no pictures" if sound else last_line(text)
        raise FileError(f"{path} cannot be read as a video ({found}). {HELP}")
    length = re.search(r"Duration: (\d+):(\d\d):(\d\d\.\d+)", text)
    seconds = sum(float(part) * unit for part, unit in zip(length.groups(), (3600, 60, 1), strict=True)) if length else 0.0
    return Stated(_even_rate(path, stream), seconds, sound)


def _even_rate(path: Path, stream: str) -> Fraction:
    """Frames a second of a stream that ffmpeg describes by a mean rate (fps) and the rate that its time stamps lie on (tbr)."""
    mean, grid = (_rate(stream, name) for name in ("fps", "tbr"))
    mean, grid = mean or grid, grid or mean
    if not mean:
        raise FileError(f"{path} does not say how many frames a second it has. {HELP}")
    fields = "top first" in stream or "bottom first" in stream  # two to a frame
    if mean <= grid <= 1.5 * mean or (grid <= EVERY and not fields):
        return _exact(grid)
    if fields:
        return _exact(mean)
    return Fraction(next((usual for usual in USUAL if usual >= mean), round(mean)))


def _rate(stream: str, name: str) -> float:
    found = re.search(rf"([\d.]+)(k?) {name}\b", stream)
    return float(found[1]) * (1000 if found[2] else 1) if found else 0.0


def _exact(fps: float) -> Fraction:
    """ffmpeg says 29.97 for 30000 / 1001."""
    return NTSC.get(round(fps, 2), Fraction(fps).limit_denominator(1000))


def last_line(text: str) -> str:
    """The line that says what went wrong, short and without ffmpeg's own addresses."""
    lines = [re.sub(r"^(\[[^\]]*\] ?)+", "", line).strip() for line in text.splitlines()]
    said = [line for line in lines if line and not line.startswith("At least one output")]
    return (said[-1] if said else "it says nothing")[:200]
