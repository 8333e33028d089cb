"""Commands that make videos of a photo: retarget."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .. import api
from ..video.files import open_video
from ..video.writing import write_frames, write_video
from .shared import progress

Command = Callable[..., argparse.ArgumentParser]
RECORDINGS = (".csv", ".gz")


def retarget(options: argparse.Namespace) -> None:
    image = api.read_photo(options.photo)
    given: dict[str, Any] = {
        "name": options.photo.name,
        "driver_name": options.driver.name,
        "face": options.face,
        "pose": not options.face_only,
        "keep_expression": options.keep_expression,
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
        if options.out.suffix:
            write_video(options.out, made.frames, made.fps, audio_from=sound)
        else:
            write_frames(options.out, made.frames)
    print(options.out)
    print(f"{made.count} frames at {made.fps:g} a second")


def add_to(command: Command) -> None:
    """Adds the commands to the command line; `command` makes a parser of a function and a help text."""
    sub = command(retarget, "A photo that does what a face in a video, or a face recording, does.", head=False)
    sub.add_argument("--photo", type=Path, required=True, help="a photo of the face that shall move")
    sub.add_argument("--driver", type=Path, required=True, help="a video of a face, or a Live Link Face recording (csv, csv.gz)")
    sub.add_argument(
        "--out", type=Path, required=True, help="the video to write (mp4, mov, mkv), with the driver's sound; or a folder, for PNG frames"
    )
    sub.add_argument("--face", type=int, help="which face of the photo, counted from 0 at the left; default: the largest")
    sub.add_argument("--face-only", action="store_true", help="leave the head where it is; only the face moves")
    sub.add_argument("--keep-expression", action="store_true", help="add the driver's expression to the photo's own")
    sub.add_argument("--fps", type=float, default=30.0, help="frames a second made of a recording; default: %(default)g")
