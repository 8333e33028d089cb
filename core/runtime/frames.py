"""Messages on a pipe: 8 bytes of length (little-endian), then that many bytes of `wire`."""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

from ..errors import FileError
from . import wire


def encode(message: dict[str, Any]) -> bytes:
    """One message as it goes through the pipe. TypeError where it holds what does not travel."""
    data = wire.pack(message)
    return struct.pack("<Q", len(data)) + data


def read(pipe: BinaryIO, known: wire.Types) -> dict[str, Any] | None:
    """The next message; None at the end of the pipe. FileError where the bytes are no message."""
    head = _exactly(pipe, 8)
    if head is None:
        return None
    (length,) = struct.unpack("<Q", head)
    if length > wire.MAX_BYTES:
        raise FileError(f"A message of {length} bytes was announced; at most {wire.MAX_BYTES} are taken.")
    data = _exactly(pipe, length)
    if data is None:
        return None
    message = wire.unpack(data, known)
    if not isinstance(message, dict) or "kind" not in message:
        raise FileError("A message without its kind came in.")
    return message


def _exactly(pipe: BinaryIO, count: int) -> bytes | None:
    parts = []
    while count:
        part = pipe.read(min(count, 2**20))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
