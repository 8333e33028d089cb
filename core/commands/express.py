"""The command that gives a photo an expression."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from .. import api
from ..errors import ValueRangeError
from ..image.files import write_png
from ..labels import BASIC
from ..video.writing import check_place
from .shared import progress
from .videos import write_moving

Command = Callable[..., argparse.ArgumentParser]


def express(options: argparse.Namespace) -> None:
    if options.out is None and options.grid is None:
        raise ValueRangeError("Nothing to write was named. Give --out for a video, --grid for a sheet of all six expressions, or both.")
    if options.out is not None and options.expression is None:
        raise ValueRangeError(f"Which expression {options.out} shall show was not said. Give --expression, one of {', '.join(BASIC)}.")
    if options.out is not None:
        check_place(options.out)
    image = api.reduced(api.read_photo(options.photo), options.longest)
    given = {"name": options.photo.name, "face": options.face, "progress": progress}
    if options.grid is not None:
        write_png(options.grid, api.expression_sheet(image, options.intensity, **given))
        print(options.grid)
    if options.out is not None:
        made = api.express(image, options.expression, options.intensity, frames=options.frames, fps=options.fps, **given)
        write_moving(options.out, made)


def add_to(command: Command) -> None:
    """Adds the command to the command line; `command` makes a parser of a function and a help text."""
    sub = command(express, "A photo whose face makes one of the six basic expressions.", head=False)
    sub.add_argument("--photo", type=Path, required=True, help="a photo of a face at rest")
    sub.add_argument("--expression", help=", ".join(BASIC))
    sub.add_argument("--out", type=Path, help="the video to write (mp4), or a folder, for PNG frames")
    sub.add_argument("--grid", type=Path, help="a png to write: all six at their height, three a row, in the order above")
    sub.add_argument("--intensity", type=float, default=1.0, help="from 0, the photo, to 1.2; default: %(default)g, full strength")
    sub.add_argument("--frames", type=int, default=32, help="how many from the photo to the expression; default: %(default)d")
    sub.add_argument("--fps", type=float, default=30.0, help="frames a second; default: %(default)g")
    sub.add_argument("--face", type=int, help="which face of the photo, counted from 0 at the left; default: the largest")
    sub.add_argument("--longest", type=int, help="px that the picture's longer side has at most; default: the photo's own size")
