"""Commands that make videos of a photo: retarget, predict, towards."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .. import api
from ..video.files import open_video
from ..video.writing import check_place, write_frames, write_video
from .shared import progress

Command = Callable[..., argparse.ArgumentParser]
RECORDINGS = (".csv", ".gz")


def retarget(options: argparse.Namespace) -> None:
    image = _photo(options)
    given: dict[str, Any] = {
        "name": options.photo.name,
        "driver_name": options.driver.name,
        "face": options.face,
        "pose": not options.face_only,
        "keep_expression": options.keep_expression,
        "network": not options.warp_only,
        "progress": progress,
    }
    with contextlib.ExitStack() as opened:
        if options.driver.suffix.lower() in RECORDINGS:
            made = api.retarget(image, api.read_recording(options.driver), options.fps, **given)
            sound = None
        else:
            video = opened.enter_context(open_video(options.driver))
            made = api.retarget(image, video.frames, video.fps, count=round(video.seconds * video.fps), **given)
            sound = options.driver
        write_moving(options.out, made, sound)


def predict(options: argparse.Namespace) -> None:
    write_moving(options.out, api.predict(_photo(options), **_ahead(options)))


def towards(options: argparse.Namespace) -> None:
    image, target = _photo(options), api.read_photo(options.target)
    write_moving(options.out, api.towards(image, target, target_name=options.target.name, **_ahead(options)))


def _ahead(options: argparse.Namespace) -> dict[str, Any]:
    """What predict and towards take alike."""
    return {
        "frames": options.frames, "seed": options.seed, "name": options.photo.name, "face": options.face, "network": not options.warp_only,
        "progress": progress,
    }  # fmt: skip


def _photo(options: argparse.Namespace) -> np.ndarray:
    """The photo, once it is sure that what is made of it can be written."""
    check_place(options.out)
    return api.reduced(api.read_photo(options.photo), options.longest)


def write_moving(out: Path, made: api.Moving, sound: Path | None = None) -> None:
    """A video, or PNG frames where `out` has no suffix."""
    if out.suffix:
        write_video(out, made.frames, made.fps, audio_from=sound)
    else:
        write_frames(out, made.frames)
    print(out)
    print(f"{made.count} frames at {made.fps:g} a second")


def add_to(command: Command) -> None:
    """Adds the commands to the command line; `command` makes a parser of a function and a help text."""
    sub = command(retarget, "A photo that does what a face in a video, or a face recording, does.", head=False)
    sub.add_argument("--driver", type=Path, required=True, help="a video of a face, or a Live Link Face recording (csv, csv.gz)")
    sub.add_argument("--face-only", action="store_true", help="leave the head where it is; only the face moves")
    sub.add_argument("--keep-expression", action="store_true", help="add the driver's expression to the photo's own")
    sub.add_argument("--fps", type=float, default=30.0, help="frames a second made of a recording; default: %(default)g")
    _common(sub)
    sub = command(predict, "What the face of a photo may do next.", head=False)
    _length(sub)
    _common(sub)
    sub = command(towards, "A photo on its way to the expression and turn of another one.", head=False)
    sub.add_argument(
        "--target", type=Path, required=True, help="a photo of any face; its expression and turn are reached in the last frame"
    )
    _length(sub)
    _common(sub)


def _length(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--frames", type=int, default=24, help="how many, 30 a second; default: %(default)d")
    sub.add_argument("--seed", type=int, default=0, help="another seed is another way; default: %(default)d")


def _common(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--photo", type=Path, required=True, help="a photo of the face that shall move")
    sub.add_argument("--out", type=Path, required=True, help="the video to write (mp4), with a driver's sound; or a folder, for PNG frames")
    sub.add_argument("--face", type=int, help="which face of the photo, counted from 0 at the left; default: the largest")
    sub.add_argument("--longest", type=int, help="px that the video's longer side has at most; default: the photo's own size")
    sub.add_argument("--warp-only", action="store_true", help="leave out the network that finishes the warp: faster")
