"""Video files, frame by frame, by the ffmpeg that imageio-ffmpeg brings; inside Blender, frames come from Blender itself."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import BackendError, FileError

MAX_PX = 8192 * 8192  # of a frame
MAX_FPS = 1000.0
HELP = "Give a video that plays in an ordinary player, such as an H.264 MP4."


@dataclass(frozen=True)
class Video:
    """A video that was opened: fps, constant (frames of a file whose rate varies are repeated or left out to keep time); width, height px,
    upright as a player shows it; seconds; frames (H, W, 3) uint8 RGB, to be gone through once."""

    path: Path
    fps: float
    width: int
    height: int
    seconds: float
    frames: Iterator[np.ndarray]


def _ffmpeg():
    try:
        import imageio_ffmpeg
    except ImportError as error:
        raise BackendError(
            "Videos are read and written with imageio-ffmpeg, which is not installed here: pip install imageio-ffmpeg."
        ) from error
    return imageio_ffmpeg


@contextlib.contextmanager
def open_video(path: Path) -> Generator[Video, None, None]:
    """Opens a video for reading; the decoder ends with the context. FileError where it is missing, no video, or damaged from the start."""
    ffmpeg = _ffmpeg()
    if not path.is_file():
        raise FileError(f"There is no video {path}. Check the path.")
    source = ffmpeg.read_frames(str(path), pix_fmt="rgb24", output_params=["-fps_mode", "cfr"])
    try:
        try:
            meta = next(source)
        except (OSError, RuntimeError, StopIteration, IndexError, ValueError) as error:
            raise FileError(f"{path} cannot be read as a video ({_first_line(error)}). {HELP}") from error
        width, height = meta["size"]
        fps = float(meta.get("fps") or 0.0)
        if not (0.0 < fps <= MAX_FPS and 0 < width * height <= MAX_PX):
            raise FileError(f"{path} has {width} x {height} pixels at {fps:g} frames a second, which is no video to work with. {HELP}")
        yield Video(path, fps, width, height, float(meta.get("duration") or 0.0), _frames(source, path, width, height))
    finally:
        source.close()


def _frames(source: Iterator[bytes], path: Path, width: int, height: int) -> Iterator[np.ndarray]:
    """Frames until the file ends; FileError where not even one can be decoded."""
    count = 0
    while True:
        try:
            data = next(source)
        except StopIteration:
            break
        except (OSError, RuntimeError) as error:
            raise FileError(f"{path} is damaged after {count} frames ({_first_line(error)}). {HELP}") from error
        if len(data) != 3 * width * height:
            raise FileError(f"{path} is damaged: frame {count} has {len(data)} bytes, {3 * width * height} expected. {HELP}")
        yield np.frombuffer(data, np.uint8).reshape(height, width, 3)
        count += 1
    if not count:
        raise FileError(f"{path} holds no frame that can be decoded. {HELP}")


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)[:200]
