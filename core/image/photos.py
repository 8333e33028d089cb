"""Photos as people have them, of any common format, as plain upright RGB. With Pillow; without it (in Blender, which reads pictures itself) PNG."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Generator
from pathlib import Path

import numpy as np

from ..errors import BackendError, FileError, MimicaError
from .files import BACKDROP, SIGNATURE, read_png
from .orientation import orientation_of, upright

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")
KNOWN = "JPEG, PNG, WebP, TIFF, BMP or GIF"
MAX_PX = 200_000_000  # 14,000 x 14,000; pixels of a larger one would fill gigabytes
SPACES = {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK"}  # Pillow's mode: what a colour profile calls it
HELP = f"Save it again as {KNOWN}."


def read_photo(path: str | Path) -> np.ndarray:
    """The photo as (H, W, 3) uint8 RGB, upright as its Exif tag says, whatever it is stored as.

    Transparent parts lie over mid-grey, colours are converted to sRGB where the file has a profile, 16 bits and floats are brought to 8, and of
    several pictures in a file the first counts. FileError where there is no such picture, BackendError where Pillow is missing for it.
    """
    path = Path(path)
    start = beginning(path)
    try:
        from PIL import Image
    except ImportError as error:
        if start.startswith(SIGNATURE):
            return upright(read_png(path), orientation_of(path))
        raise BackendError(
            f"{path}: photos other than PNG are read with Pillow, which is not installed here: pip install pillow. Or save it as PNG."
        ) from error
    pixels, orientation = _decoded(path, start, Image)
    return upright(pixels, orientation)


def _decoded(path: Path, start: bytes, module) -> tuple[np.ndarray, int]:
    """The photo as it is stored (H, W, 3) uint8, and its orientation; Pillow's own copy is gone on return."""
    try:
        with _any_size(module), module.open(path, formats=FORMATS) as image:
            width, height = image.size
            if width * height > MAX_PX or width * height == 0:
                raise FileError(f"{path} has {width} x {height} pixels; from 1 to {MAX_PX:,} altogether are read. Save it smaller.")
            image.load()
            return _rgb(image), 1 if image.format == "TIFF" else orientation_of(path)  # Pillow turns TIFF itself
    except MimicaError:
        raise
    except module.UnidentifiedImageError as error:
        raise FileError(f"{path} is no picture that can be read: {looks_like(start)}. {HELP}") from error
    except Exception as error:  # decoders fail on damaged files in ways of their own
        raise FileError(f"{path} is damaged or cut short ({type(error).__name__}: {error}). {HELP}") from error


def beginning(path: Path) -> bytes:
    """The file's first bytes. FileError where there is no file, or nothing in it."""
    if not path.exists():
        raise FileError(f"There is no photo {path}. Check the path.")
    if not path.is_file():
        raise FileError(f"{path} is a folder or a device, not a photo. Name a picture file: {KNOWN}.")
    try:
        with path.open("rb") as file:
            start = file.read(32)
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror}). Check that you may read it.") from error
    if not start:
        raise FileError(f"{path} is empty (0 bytes). Copy or save the photo again.")
    return start


@contextlib.contextmanager
def _any_size(module) -> Generator[None, None, None]:
    """Pillow's own bound on a picture's size off, since ours stands, and its remarks on odd tags unsaid."""
    kept, module.MAX_IMAGE_PIXELS = module.MAX_IMAGE_PIXELS, None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        module.MAX_IMAGE_PIXELS = kept


def looks_like(start: bytes) -> str:
    if start[4:8] == b"ftyp" and start[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"hevc", b"avif"):
        return "it is a HEIC or AVIF picture, as phones make them"
    if start[4:8] == b"ftyp":
        return "it is a video"
    text = start.decode("utf-8", "replace")[:-3]  # the last letter may be cut
    if text and all(letter.isprintable() and letter != "\ufffd" or letter.isspace() for letter in text):
        return f"it is text, '{' '.join(text.split())[:20]}'"
    return f"it begins with {start[:8]!r}"


def _rgb(image) -> np.ndarray:
    if image.mode == "F":
        return np.repeat(_from_floats(np.asarray(image))[..., None], 3, axis=2)
    if image.mode.startswith("I"):
        return np.repeat(_from_integers(np.asarray(image), image.mode != "I")[..., None], 3, axis=2)
    if image.mode == "1":
        image = image.convert("L")
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        image = _over_backdrop(image)
    return np.asarray(_srgb(image))


def _over_backdrop(image):
    from PIL import Image

    straight = image.convert("RGBA")
    flat = Image.new("RGB", straight.size, (BACKDROP,) * 3)
    flat.paste(straight, mask=straight.getchannel("A"))
    flat.info = image.info
    return flat


def _srgb(image):
    """The picture in sRGB, by its colour profile where it has one that can be used."""
    profile = image.info.get("icc_profile")
    image = image if image.mode in SPACES else image.convert("RGB")
    if profile:
        from PIL import ImageCms

        try:
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if given.profile.xcolor_space.strip() == SPACES[image.mode]:
                return ImageCms.profileToProfile(image, given, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (OSError, ImageCms.PyCMSError):  # a damaged profile says nothing of the picture
            pass
    return image if image.mode == "RGB" else image.convert("RGB")  # convert would copy it


def _from_integers(values: np.ndarray, short: bool) -> np.ndarray:
    """Whole numbers (H, W) of 16 bits, where they are short or none is larger, or of 32, as uint8: the upper bits."""
    bits = 16 if short or values.max() < 1 << 16 else 32
    return (np.maximum(values, 0).astype(np.uint32) >> (bits - 8)).astype(np.uint8)


def _from_floats(values: np.ndarray) -> np.ndarray:
    """Floats (H, W) as uint8; white is 1, 255 or 65,535: the least that hardly a pixel exceeds. What is no number is black."""
    values = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=float(np.finfo(np.float32).max), neginf=0.0)
    usual = np.percentile(values, 99.0)
    white = next((white for white in (1.0, 255.0) if usual <= white), 65535.0)
    return np.clip(values * (255.0 / white) + 0.5, 0.0, 255.0).astype(np.uint8)
