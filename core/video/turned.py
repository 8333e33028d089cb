"""Which way up a phone held its camera: the rotation that an MP4 or MOV file asks players for (ISO 14496-12, 8.3.2, track header box)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

MOST_BOXES = 10_000
MATRIX = {0: 40, 1: 52}  # bytes of a track header before its matrix, by the box's version


def quarter_turns(path: Path) -> int:
    """Quarter turns clockwise, 0 to 3, that bring a video's frames upright; 0 where the file asks for none or is of another kind."""
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            return _of_video(file, file.tell())
    except (OSError, struct.error, OverflowError):
        return 0


def upright(frame: np.ndarray, turns: int) -> np.ndarray:
    """A frame (H, W, C) turned clockwise."""
    return np.ascontiguousarray(np.rot90(frame, -turns))


def _of_video(file: BinaryIO, end: int) -> int:
    for kind, start, stop in _boxes(file, 0, end):
        if kind != b"moov":
            continue
        for track, first, last in _boxes(file, start, stop):
            if track != b"trak":
                continue
            header = next((at for name, at, _ in _boxes(file, first, last) if name == b"tkhd"), None)
            if header is not None:
                file.seek(header)
                body = file.read(96)
                a, b, _, c, d, *_, width, height = struct.unpack_from(">9i2I", body, MATRIX[min(body[0], 1)])
                if width and height:  # sound tracks have no size
                    return (
                        {(1, 0): 0, (0, 1): 1, (-1, 0): 2, (0, -1): 3}.get((int(np.sign(a)), int(np.sign(b))), 0)
                        if (a, b) == (d, -c)
                        else 0
                    )
    return 0


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of the content of every box between two places of a file."""
    for _ in range(MOST_BOXES):
        if start + 8 > end:
            return
        file.seek(start)
        size, kind = struct.unpack(">I4s", file.read(8))
        content = start + 8
        if size == 1:
            size, content = struct.unpack(">Q", file.read(8))[0], start + 16
        stop = end if size == 0 else start + size
        if stop <= start or stop > end:
            return
        yield kind, content, stop
        start = stop
