"""Commands that look at a video: capture."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from .. import api
from ..video.files import open_video
from .shared import progress

Command = Callable[..., argparse.ArgumentParser]


def capture(options: argparse.Namespace) -> None:
    with open_video(options.video) as video:
        made = api.capture(
            video.frames,
            video.fps,
            name=options.video.name,
            count=round(video.seconds * video.fps),
            rest=options.rest,
            smoothing=not options.no_smoothing,
            progress=progress,
        )
    api.write_recording(options.out, made.recording)
    print(options.out)
    frames, found = len(made.found), int(made.found.sum())
    print(f"{found} of {frames} frames show the face, at rest at {made.rest:.2f} s; jitter {100 * made.jitter:.2f} % of the face a frame")


def add_to(command: Command) -> None:
    """Adds the commands to the command line; `command` makes a parser of a function and a help text."""
    sub = command(capture, "A video of a face as a Live Link Face recording: 52 ARKit weights, head and eye rotation.", head=False)
    sub.add_argument("--video", type=Path, required=True, help="a video of one person")
    sub.add_argument("--out", type=Path, required=True, help="the csv to write, or csv.gz")
    sub.add_argument("--rest", type=float, help="the second at which the face is at rest; default: found")
    sub.add_argument("--no-smoothing", action="store_true", help="leave the noise in faces that are nearly still")
