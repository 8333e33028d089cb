"""The command that carries the pose and expression of a guide to a photo."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .. import api
from ..errors import FileError
from ..npz import check_array, read_npz
from ..video.files import open_video
from ..video.writing import PICTURE, check_place, write_picture
from .shared import progress
from .videos import RECORDINGS, write_moving

Command = Callable[..., argparse.ArgumentParser]
PHOTOS = (".png", ".jpg", ".jpeg", ".jpe", ".webp", ".bmp", ".tif", ".tiff", ".tga", ".heic", ".heif", ".avif")


def reenact(options: argparse.Namespace) -> None:
    if options.out.suffix.lower() != PICTURE:
        check_place(options.out)
    photos = [api.reduced(api.read_photo(path), options.longest) for path in options.photo]
    given: dict[str, Any] = {
        "name": options.photo[0].name if len(photos) == 1 else "photo",
        "guide_name": options.pose.name,
        "face": options.face,
        "pose": not options.face_only,
        "own_shape": not options.guide_shape,
        "network": False if options.warp_only else None,
        "fusion": not options.no_fusion,
        "progress": progress,
    }
    suffix = options.pose.suffix.lower()
    with contextlib.ExitStack() as opened:
        sound = None
        if suffix in RECORDINGS:
            made = api.reenact(photos, api.read_recording(options.pose), options.fps, **given)
        elif suffix == ".npz":
            made = api.reenact(photos, _coefficients(options.pose), options.fps, **given)
        elif suffix in PHOTOS:
            made = api.reenact(photos, api.read_photo(options.pose), options.fps, **given)
        else:
            video = opened.enter_context(open_video(options.pose))
            made = api.reenact(photos, video.frames, video.fps, count=round(video.seconds * video.fps), **given)
            sound = options.pose
        if options.out.suffix.lower() == PICTURE:
            write_picture(options.out, made.frames, made.count)
            print(options.out)
        else:
            write_moving(options.out, made, sound)


def _coefficients(path: Path):
    try:
        return check_array(read_npz(path, ["coefficients"]), "coefficients").astype(float)
    except (OSError, ValueError) as error:
        raise FileError(f"{path} cannot be read as a pose ({error}). Give a file that the fit command wrote.") from error


def add_to(command: Command) -> None:
    """Adds the command to the command line; `command` makes a parser of a function and a help text."""
    sub = command(reenact, "A photo with the pose and expression of another face.", head=False)
    sub.add_argument(
        "--photo",
        type=Path,
        nargs="+",
        required=True,
        help="a photo of the face; of several of one person the one turned most like the guide is taken",
    )
    sub.add_argument(
        "--pose", "--guide", type=Path, required=True,
        help="who tells pose and expression: a photo, a video, a Live Link Face recording (csv, csv.gz), or coefficients (npz) from fit",
    )  # fmt: skip
    sub.add_argument(
        "--out", type=Path, required=True, help="a picture (png) for a guide of one frame; a video (mp4), or a folder for PNG frames"
    )
    sub.add_argument("--face-only", action="store_true", help="leave the head where it is; only the face moves")
    sub.add_argument(
        "--guide-shape", action="store_true", help="the guide's face shape comes along, as published; default: the photo's stays"
    )
    sub.add_argument("--no-fusion", action="store_true", help="the network draws all of the face; default: skin stays the photo's own")
    sub.add_argument("--warp-only", action="store_true", help="no network: the photo itself, moved")
    sub.add_argument("--fps", type=float, default=30.0, help="frames a second made of a recording or of coefficients; default: %(default)g")
    sub.add_argument("--face", type=int, help="which face of the photo, counted from 0 at the left; default: the largest")
    sub.add_argument("--longest", type=int, help="px that the picture's longer side has at most; default: the photo's own size")
