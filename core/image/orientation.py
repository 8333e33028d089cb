"""Which side of a picture is up, as the camera noted it: the tag Orientation of Exif (CIPA DC-008, 4.6.4) in JPEG, PNG, WebP and TIFF files."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np

ORIENTATION, SHORT = 0x0112, 3
UPRIGHT = 1
EXIF = b"Exif\0\0"
MOST_CHUNKS = 100_000  # of a file; more are no picture's


def orientation_of(path: Path) -> int:
    """1 (upright) to 8, as the file states it; 1 where it states none, or is damaged: what decodes it will tell."""
    try:
        with path.open("rb") as file:
            return _stated(file)
    except (OSError, struct.error, OverflowError):
        return UPRIGHT


def upright(image: np.ndarray, orientation: int) -> np.ndarray:
    """The picture (H, W, C) as it is to be seen, contiguous; `orientation` as `orientation_of` gives it."""
    if orientation >= 5:
        image = image.swapaxes(0, 1)
    rows, columns = {2: (1, -1), 3: (-1, -1), 4: (-1, 1), 6: (1, -1), 7: (-1, -1), 8: (-1, 1)}.get(orientation, (1, 1))
    return np.ascontiguousarray(image[::rows, ::columns])


def _stated(file: BinaryIO) -> int:
    head = file.read(12)
    if head.startswith(b"\xff\xd8"):
        return _in_jpeg(file)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return _in_chunks(file, 8, b"eXIf", ">I4s", 4)
    if head[:4] == b"RIFF" and head[8:] == b"WEBP":
        return _in_chunks(file, 12, b"EXIF", "<4sI", 0)
    file.seek(0)
    return _of_tiff(file)


def _in_jpeg(file: BinaryIO) -> int:
    """Looks through the segments before the pixels."""
    file.seek(2)
    for _ in range(MOST_CHUNKS):
        marker, length = struct.unpack(">HH", file.read(4))
        if marker < 0xFFC0 or marker == 0xFFDA:
            break
        after = file.tell() + length - 2
        if marker == 0xFFE1 and file.read(len(EXIF)) == EXIF:
            return _of_tiff(file)
        file.seek(after)
    return UPRIGHT


def _in_chunks(file: BinaryIO, start: int, wanted: bytes, header: str, check: int) -> int:
    """Looks through the chunks of a PNG (length, then name, and a check sum) or a RIFF file (name, then length, padded to even)."""
    file.seek(start)
    for _ in range(MOST_CHUNKS):
        first, second = struct.unpack(header, file.read(8))
        name, length = (second, first) if check else (first, second + second % 2)
        after = file.tell() + length + check
        if name == wanted:
            if file.read(len(EXIF)) != EXIF:  # some write it, though neither format has it
                file.seek(-len(EXIF), 1)
            return _of_tiff(file)
        file.seek(after)
    return UPRIGHT


def _of_tiff(file: BinaryIO) -> int:
    """The tag in the first directory of TIFF data that begin where the file stands."""
    start = file.tell()
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(file.read(4))
    if order is None:
        return UPRIGHT
    (place,) = struct.unpack(order + "I", file.read(4))
    file.seek(start + place)
    (count,) = struct.unpack(order + "H", file.read(2))
    for _ in range(count):
        tag, kind, _, value = struct.unpack(order + "HHIH2x", file.read(12))
        if tag == ORIENTATION:
            return value if kind == SHORT and 1 <= value <= 8 else UPRIGHT
    return UPRIGHT
