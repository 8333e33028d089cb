"""Commands that make a head move: generate, direct, interpolate. All write one layout of npz."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .. import api
from ..head.files import read_head
from ..head.mesh import HeadMesh
from ..motion.recipes import read_recipe
from ..npz import write_npz
from ..performance.performance import Performance
from ..runtime.choice import choose
from .shared import given_landmarks, progress

Command = Callable[..., argparse.ArgumentParser]


def generate(options: argparse.Namespace) -> None:
    mesh = read_head(options.head)
    timing = {name: getattr(options, name) for name in ("frames", "fps", "intensity", "seed")}
    write_performance(options, mesh, api.generate(mesh, options.expression, **timing, **asked(options, mesh)))


def direct(options: argparse.Namespace) -> None:
    sequence = read_recipe(options.recipe)
    mesh = read_head(options.head)
    write_performance(options, mesh, api.direct(mesh, sequence, fps=options.fps, **asked(options, mesh)))


def interpolate(options: argparse.Namespace) -> None:
    mesh = read_head(options.head)
    timing = {name: getattr(options, name) for name in ("frames", "fps", "intensity", "seed")}
    write_performance(options, mesh, api.interpolate(mesh, options.expressions, **timing, **asked(options, mesh)))


def asked(options: argparse.Namespace, mesh: HeadMesh) -> dict[str, Any]:
    """What api takes for every performance, from the options that `add_common` adds."""
    landmarks = given_landmarks(options.landmarks, mesh)
    given = {"landmarks": landmarks, "tolerance_mm": options.tolerance, "backend": choose(options.backend), "progress": progress}
    if options.onto == "arkit":
        rig = api.arkit_keys(mesh, landmarks=landmarks, progress=progress)
        given |= {"onto": rig.keys, "adaptation": rig.adaptation}
    return given


def write_performance(options: argparse.Namespace, mesh: HeadMesh, made: Performance) -> None:
    arrays = {
        "vertices": made.keys.vertices(mesh.vertices).astype(np.float32),
        "neutral": mesh.vertices,
        "triangles": mesh.triangles,
        "fps": np.array(made.fps),
        "label": np.array(made.label),
        "key_names": np.array(made.keys.names),
        "key_deltas": made.keys.deltas,
        "key_weights": made.keys.weights,
        "residual_mm": np.array(made.residual_mm),
    }
    write_npz(options.out, arrays)
    print(options.out)


def add_to(command: Command) -> None:
    """Adds the commands to the command line; `command` makes a parser of a function and a help text."""
    sub = command(generate, "An expression on a head, neutral to apex.")
    sub.add_argument("--expression", required=True, help=", ".join(api.labels()))
    sub.add_argument("--frames", type=int, default=30)
    _add_strength(sub)
    add_common(sub)
    sub = command(direct, "A sequence of expressions on a head, from a recipe.")
    sub.add_argument(
        "--recipe", type=Path, required=True, help="JSON that Save Recipe in Blender wrote, or as docs/recipes.md describes it"
    )
    add_common(sub)
    sub = command(interpolate, "From the apex of one expression to that of another on a head, and so on.")
    sub.add_argument("--expressions", nargs="+", required=True, metavar="EXPRESSION", help="two or more of: " + ", ".join(api.labels()))
    sub.add_argument("--frames", type=int, default=60, help="of the whole way")
    _add_strength(sub)
    add_common(sub)


def add_common(sub: argparse.ArgumentParser) -> None:
    """What every performance takes."""
    sub.add_argument("--fps", type=float, default=30.0)
    sub.add_argument("--landmarks", type=Path, help="a file from the landmarks command, instead of finding them")
    sub.add_argument("--onto", choices=("arkit",), help="as weights on the head's ARKit keys, instead of keys of its own")
    sub.add_argument("--tolerance", type=float, default=api.TOLERANCE_MM, help="largest error in mm that keys of its own may leave")
    sub.add_argument("--backend", choices=("auto", "onnx", "torch"), default="onnx")


def _add_strength(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--seed", type=int, default=0)
    sub.add_argument("--intensity", type=float, default=1.0, help="0 is neutral, 1 a typical full performance, at most 2")
