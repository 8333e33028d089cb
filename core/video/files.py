"""Video files, frame by frame, by the ffmpeg that imageio-ffmpeg brings; inside Blender, frames come from Blender itself."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from ..errors import FileError
from .ffmpeg import HELP, NO_CONSOLE, given, last_line, probe, program

MAX_PX = 8192 * 8192  # of a frame
MAX_FPS = 1000
HEADER = 64  # bytes that a frame's header has at most


@dataclass(frozen=True)
class Video:
    """A video that was opened: fps, even (frames of a file whose rate varies are repeated or left out to keep time); width, height px, upright
    and in square pixels as a player shows it; seconds, 0 where the file does not say; frames (H, W, 3) uint8 RGB, read-only, to be gone through
    once."""

    path: Path
    fps: float
    width: int
    height: int
    seconds: float
    frames: Iterator[np.ndarray]


@contextlib.contextmanager
def open_video(path: str | Path) -> Generator[Video, None, None]:
    """Opens a video for reading; the decoder ends with the context, and no more than a frame is held. FileError where it is missing, no video, or
    damaged from the start; of one that is cut short, the frames that are there come."""
    path = Path(path)
    stated = probe(path)
    if not 0 < stated.fps <= MAX_FPS:
        raise FileError(f"{path} states {float(stated.fps):g} frames a second, which is no video to work with. {HELP}")
    # Each frame as PPM tells its own size, turned and stretched as the file wants it shown
    shown = ["-map", "0:V:0", "-vf", "scale=iw*sar:ih,setsar=1", "-r", str(stated.fps), "-fps_mode", "cfr"]
    command = [*program(), "-v", "error", *given(path), *shown, "-pix_fmt", "rgb24", "-c:v", "ppm", "-f", "image2pipe", "pipe:1"]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, creationflags=NO_CONSOLE)
        assert process.stdout is not None
        try:
            frames = _frames(process.stdout, path)
            first = next(frames, None)
            if first is None:
                process.wait()
                said.seek(0)
                raise FileError(f"{path} holds no frame that can be decoded ({last_line(said.read().decode('utf-8', 'replace'))}). {HELP}")
            height, width = first.shape[:2]
            yield Video(path, float(stated.fps), width, height, stated.seconds, _chained(first, frames))
        finally:
            process.kill()
            process.stdout.close()
            process.wait()


def _chained(first: np.ndarray, rest: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    yield first
    yield from rest


def _frames(stream: IO[bytes], path: Path) -> Iterator[np.ndarray]:
    """Pictures of a stream of PPM files (P6, width and height, 255), until it ends or is closed."""
    while not stream.closed:
        kind, size, most = (stream.readline(HEADER) for _ in range(3))
        if kind != b"P6\n" or most != b"255\n":
            return
        width, height = map(int, size.split())
        if width * height > MAX_PX:
            raise FileError(f"{path} has {width} x {height} pixels; at most {MAX_PX:,} altogether are read. Give a smaller video.")
        data = stream.read(3 * width * height)
        if len(data) < 3 * width * height:
            return
        yield np.frombuffer(data, np.uint8).reshape(height, width, 3)
