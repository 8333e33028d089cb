"""PNG files with the standard library alone, since Blender's Python has no image library."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np

from ..atomic import replacing
from ..errors import FileError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # PNG colour type -> samples a pixel
COLOUR_TYPES = {1: 0, 3: 2, 4: 6}
BACKDROP = 128  # grey behind what is transparent: it neither brightens nor darkens the edge of hair
HELP = "Save the picture again as a plain 8-bit PNG."


def write_png(path: str | Path, image: np.ndarray) -> None:
    """Write image (H, W), (H, W, 1), (H, W, 3) or (H, W, 4) uint8; beside first, then renamed. FileError where it cannot be written."""
    path = Path(path)
    pixels = image[..., None] if image.ndim == 2 else image
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in COLOUR_TYPES or pixels.size == 0:
        raise FileError(f"{path}: expected an image (H, W, 1, 3 or 4) of uint8 to write, found {image.shape} of {image.dtype}.")
    height, width, channels = pixels.shape
    rows = np.zeros((height, 1 + width * channels), np.uint8)  # filter type 0 before every row
    rows[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, COLOUR_TYPES[channels], 0, 0, 0)
    data = SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows.tobytes(), 6)) + _chunk(b"IEND", b"")
    with replacing(path) as beside:
        beside.write_bytes(data)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def read_png(path: str | Path) -> np.ndarray:
    """The image as RGB (H, W, 3) uint8; grey and palette are expanded, what is transparent lies over mid-grey, 16 bits are cut to 8.

    FileError otherwise.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror}). Check the path.") from error
    if not data.startswith(SIGNATURE):
        raise FileError(f"{path} is not a PNG file. {HELP}")
    try:
        chunks = _chunks(data)
        width, height, depth, kind, _, _, interlace = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
        raw = zlib.decompress(chunks[b"IDAT"])
    except (KeyError, struct.error, zlib.error, ValueError) as error:
        raise FileError(f"{path} is a damaged PNG file ({error}). {HELP}") from error
    if depth not in (8, 16) or kind not in CHANNELS or interlace:
        raise FileError(f"{path}: PNG with {depth} bits, colour type {kind}, interlace {interlace} is not read here. {HELP}")
    size = CHANNELS[kind] * depth // 8
    if len(raw) != height * (1 + width * size) or height * width == 0:
        raise FileError(f"{path} is a truncated PNG file: {len(raw)} bytes of pixels, {height * (1 + width * size)} expected. {HELP}")
    rows = np.frombuffer(raw, np.uint8).reshape(height, -1)
    pixels = _unfilter(rows[:, 0], rows[:, 1:], size, path).reshape(height, width, size)
    return _to_rgb(pixels[..., :: depth // 8], kind, chunks.get(b"PLTE", b""), path)


def _chunks(data: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    at = len(SIGNATURE)
    while at < len(data) and b"IEND" not in found:
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body, check = data[at + 8 : at + 8 + length], data[at + 8 + length : at + 12 + length]
        if len(body) != length or check != struct.pack(">I", zlib.crc32(kind + body)):
            raise ValueError(f"chunk {kind.decode('latin-1')} is cut short or altered")
        found[kind] = found.get(kind, b"") + body
        at += 12 + length
    if b"IEND" not in found:
        raise ValueError("no end chunk")
    return found


def _unfilter(filters: np.ndarray, rows: np.ndarray, size: int, path: Path) -> np.ndarray:
    """Undo PNG's row filters (PNG specification, section 9): 0 none, 1 left, 2 above, 3 average, 4 Paeth; `size` bytes a pixel."""
    out = np.zeros((len(rows), rows.shape[1] // size, size), np.uint8)
    above = np.zeros(out.shape[1:], np.uint8)
    for i, kind in enumerate(filters):
        row = rows[i].reshape(-1, size)
        if kind == 0:
            out[i] = row
        elif kind == 1:
            out[i] = np.cumsum(row, axis=0, dtype=np.uint64).astype(np.uint8)
        elif kind == 2:
            out[i] = row + above
        elif kind in (3, 4):
            out[i] = _unfilter_serial(int(kind), row, above)
        else:
            raise FileError(f"{path} is a damaged PNG file (row filter {kind}). {HELP}")
        above = out[i]
    return out


def _unfilter_serial(kind: int, row: np.ndarray, above: np.ndarray) -> np.ndarray:
    """Average and Paeth depend on the pixel just decoded, so channel by channel, pixel by pixel."""
    out = np.zeros_like(row)
    for c in range(row.shape[1]):
        left = corner = 0
        decoded = []
        for value, up in zip(row[:, c].tolist(), above[:, c].tolist(), strict=True):
            if kind == 3:
                guess = (left + up) // 2
            else:
                to_left, to_up, to_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
                guess = left if to_left <= to_up and to_left <= to_corner else up if to_up <= to_corner else corner
            left, corner = (value + guess) & 255, up
            decoded.append(left)
        out[:, c] = decoded
    return out


def _to_rgb(pixels: np.ndarray, kind: int, palette: bytes, path: Path) -> np.ndarray:
    if kind == 3:
        colours = np.frombuffer(palette, np.uint8).reshape(-1, 3)
        if pixels.max() >= len(colours):
            raise FileError(f"{path} is a damaged PNG file (colour {pixels.max()} of a palette of {len(colours)}). {HELP}")
        return colours[pixels[..., 0]]
    colours = pixels[..., :3] if kind in (2, 6) else np.repeat(pixels[..., :1], 3, axis=2)
    if kind not in (4, 6):
        return np.ascontiguousarray(colours)
    alpha = pixels[..., -1:].astype(np.uint16)
    return ((colours * alpha + BACKDROP * (255 - alpha) + 127) // 255).astype(np.uint8)
