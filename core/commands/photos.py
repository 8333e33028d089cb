"""Commands that look at a photo: fit, prior."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .. import api
from ..errors import FileError
from ..image.files import write_png
from ..morphable.photo_fit import COEFFICIENTS
from ..npz import check_array, read_npz, write_npz
from ..video.writing import write_frames
from .shared import progress

Command = Callable[..., argparse.ArgumentParser]


def fit(options: argparse.Namespace) -> None:
    image = api.read_photo(options.photo)
    made = api.fit(
        image,
        name=options.photo.name,
        face=options.face,
        focal=options.focal,
        shading=not options.no_shading,
        model=options.model,
        progress=progress,
    )
    arrays = {
        "coefficients": made.coefficients,
        "landmarks": made.landmarks,
        "detected": made.detected,
        "vertices": made.vertices,
        "neutral": made.neutral,
        "triangles": made.triangles,
        "camera_rotation": made.camera.rotation,
        "camera_translation": made.camera.translation,
        "focal": np.array(made.camera.focal),
        "size": np.array([made.camera.width, made.camera.height]),
        "confidence": np.array(made.confidence),
        "residual": np.array(made.residual),
    }
    if options.texture:
        texture = api.face_texture(image, made, size=options.texture_size, progress=progress)
        arrays["uv"] = texture.uv
        write_png(options.texture, texture.image)
        print(options.texture)
    write_npz(options.out, arrays)
    print(options.out)
    print(f"confidence {made.confidence:.2f}, residual {100 * made.residual:.2f} % of the face")


def prior(options: argparse.Namespace) -> None:
    source = read_coefficients(options.fit)
    targets = read_coefficients(options.coefficients or options.fit)
    images, _ = api.prior(api.read_photo(options.photo), source, targets, interval=options.interval, model=options.model)
    if len(images) == 1 and options.out.suffix:
        write_png(options.out, images[0])
    elif options.out.suffix:
        raise FileError(f"{options.out} is one picture; {options.coefficients} holds {len(images)} faces. Name a folder for --out.")
    else:
        write_frames(options.out, images)
    print(options.out)


def read_coefficients(path: Path) -> np.ndarray:
    """The array `coefficients` (62,) or (F, 62) of an npz. FileError where it is missing, damaged or of another shape."""
    try:
        found = check_array(read_npz(path, ["coefficients"]), "coefficients")
    except (OSError, ValueError) as error:
        raise FileError(f"{path} cannot be read ({error}). Choose an npz with coefficients, as `python -m core fit` writes it.") from error
    if found.ndim not in (1, 2) or found.shape[-1] != COEFFICIENTS:
        raise FileError(
            f"{path} holds coefficients {found.shape}; expected ({COEFFICIENTS},) or (F, {COEFFICIENTS}), as the fit command writes."
        )
    return found


def add_to(command: Command) -> None:
    """Adds the commands to the command line; `command` makes a parser of a function and a help text."""
    sub = command(fit, "The face of a photo: 62 coefficients, its mesh and the camera.", head=False)
    sub.add_argument("--photo", type=Path, required=True, help="a photo: JPEG, PNG, WebP, TIFF, BMP or GIF")
    sub.add_argument("--out", type=Path, required=True, help="the npz to write")
    sub.add_argument("--face", type=int, help="which face, counted from 0 at the left; default: the largest")
    sub.add_argument("--focal", type=float, help="focal length in pixels; default: found from the face")
    sub.add_argument("--no-shading", action="store_true", help="leave the shape as the landmarks alone say it")
    sub.add_argument("--model", type=Path, help="a morphable model of your own (npz); default: Mimica's")
    sub.add_argument("--texture", type=Path, help="a png to write: the photo as the head's texture; its coordinates go into --out as uv")
    sub.add_argument("--texture-size", type=int, default=1024, help="pixels; default: %(default)d")
    sub = command(prior, "The face of a photo with other coefficients, as the texture prior of FaceAnime.", head=False)
    sub.add_argument("--photo", type=Path, required=True, help="a photo: JPEG, PNG, WebP, TIFF, BMP or GIF")
    sub.add_argument("--fit", type=Path, required=True, help="the photo's fit, from the fit command")
    sub.add_argument("--coefficients", type=Path, help="npz with coefficients (62,) or (F, 62); default: the photo's own")
    sub.add_argument("--interval", type=int, default=1, help="of the sparse mapping; 0 is dense; default: %(default)d")
    sub.add_argument("--model", type=Path, help="the morphable model of the fit; default: Mimica's")
    sub.add_argument("--out", type=Path, required=True, help="the png to write, or a folder")
