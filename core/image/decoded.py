"""Photos that somebody else has decoded, such as Blender: from its floats, bottom row first, to plain upright RGB."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import FileError
from .files import BACKDROP
from .orientation import orientation_of, upright
from .photos import HELP, MAX_PX, beginning, looks_like

BLOCK = 4_000_000  # numbers worked on at a time: a photo may have a hundred times as many
TOE, SLOPE, GAMMA = 0.0031308, 12.92, 2.4  # sRGB's transfer curve (IEC 61966-2-1)


def check_file(path: Path) -> None:
    """FileError where there is no file, or nothing in it."""
    beginning(path)


def refuse(path: Path) -> FileError:
    """The error for a file that could not be decoded; it says what the file is."""
    return FileError(f"{path} is no picture that Blender can read: {looks_like(beginning(path))}. {HELP}")


def check_size(path: Path, width: int, height: int) -> None:
    """FileError for more pixels than Mimica works on."""
    if width * height > MAX_PX:
        raise FileError(f"{path} has {width} x {height} pixels; up to {MAX_PX:,} altogether are read. Save it smaller.")


def photo_of(path: Path, pixels: np.ndarray, linear: bool) -> np.ndarray:
    """The photo (H, W, 3) uint8 sRGB, upright as the file's Exif tag says, of pixels (H, W, C) float32, bottom row first, grey, RGB or RGBA, in 0..1.

    linear: values are linear light with alpha multiplied in, as of 16-bit and float files; otherwise they are sRGB with straight alpha.
    """
    height, width, channels = pixels.shape
    made = np.empty((height, width, 3), np.uint8)
    step = max(1, BLOCK // (width * channels))
    turned = pixels[::-1]
    for start in range(0, height, step):
        made[start : start + step] = _rgb(turned[start : start + step], linear)
    return upright(made, orientation_of(path))


def _rgb(pixels: np.ndarray, linear: bool) -> np.ndarray:
    """sRGB (h, W, 3) uint8 of pixels (h, W, C)."""
    colour = np.repeat(pixels[..., :1], 3, axis=2) if pixels.shape[2] < 3 else pixels[..., :3]
    alpha = pixels[..., 3:] if pixels.shape[2] == 4 else np.ones((1, 1, 1), np.float32)
    colour = np.nan_to_num(colour, nan=0.0, posinf=1.0, neginf=0.0)
    if (alpha < 1.0).any():
        colour = colour * (1.0 if linear else alpha) + (1.0 - alpha) * (_linear(BACKDROP / 255) if linear else BACKDROP / 255)
    colour = np.clip(colour, 0.0, 1.0)
    return ((_srgb(colour) if linear else colour) * 255 + 0.5).astype(np.uint8)


def _srgb(light: np.ndarray) -> np.ndarray:
    return np.where(light <= TOE, SLOPE * light, 1.055 * light ** (1 / GAMMA) - 0.055)


def _linear(value: float) -> float:
    return ((value + 0.055) / 1.055) ** GAMMA
