"""Point caches in PC2 format, which Blender's Mesh Cache modifier, 3ds Max and Maya read: every vertex in every frame.

Layout, little-endian: "POINTCACHE2\\0", version 1 (int32), points (int32), first frame (float32), frames a sample (float32), samples (int32),
then samples x points x 3 float32.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from ..atomic import replacing
from ..errors import FileError, ValueRangeError

SIGNATURE, VERSION = b"POINTCACHE2\0", 1
HEADER = struct.Struct("<12siiffi")
AT_ONCE = 64  # frames converted together


def write_pc2(path: Path, vertices: np.ndarray, start: float = 0.0, rate: float = 1.0) -> None:
    """Writes vertices (F, V, 3) as float32, whole or not at all; start: scene frame of the first; rate: scene frames from one to the next.

    FileError where it cannot be written, ValueRangeError where the vertices are of another shape or not finite.
    """
    path = Path(path)
    if vertices.ndim != 3 or vertices.shape[2] != 3 or not vertices.size or not np.isfinite(vertices).all():
        raise ValueRangeError(f"{path.name} was to hold {vertices.shape} vertices; expected finite ones (F, V, 3), F and V at least 1.")
    with replacing(path) as beside, beside.open("wb") as file:
        file.write(HEADER.pack(SIGNATURE, VERSION, vertices.shape[1], start, rate, len(vertices)))
        for first in range(0, len(vertices), AT_ONCE):
            file.write(np.ascontiguousarray(vertices[first : first + AT_ONCE], "<f4").tobytes())


def read_pc2(path: Path) -> np.ndarray:
    """Vertices (F, V, 3) float32 of every frame. FileError where the file is missing, no PC2, cut short, too long, or not finite."""
    path = Path(path)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(HEADER.size)
            frames, points = _counts(path, head, size)
            vertices = np.fromfile(file, "<f4", frames * points * 3)
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror}). Choose a PC2 point cache.") from error
    if not np.isfinite(vertices).all():
        raise FileError(f"{path} holds vertices that are no finite numbers. Export the cache again.")
    return vertices.reshape(frames, points, 3).astype(np.float32, copy=False)


def _counts(path: Path, head: bytes, size: int) -> tuple[int, int]:
    """Frames and points that the header says, checked against the file's size in bytes."""
    if len(head) < HEADER.size or not head.startswith(SIGNATURE):
        raise FileError(f"{path} is no PC2 point cache: it begins with {head[:12]!r}; expected {SIGNATURE!r}. Choose another file.")
    _, version, points, _, _, frames = HEADER.unpack(head)
    if version != VERSION:
        raise FileError(f"{path} is PC2 version {version}; expected {VERSION}. Export the cache again.")
    expected = HEADER.size + frames * points * 12
    if frames < 1 or points < 1 or size != expected:
        raise FileError(f"{path} says {frames} frames of {points} points, {expected} bytes; it has {size}. Export the cache again.")
    return frames, points
