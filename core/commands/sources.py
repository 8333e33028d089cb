"""Commands that take motion or a pose from elsewhere: transfer, neutralise."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .. import api
from ..errors import FileError, ValueRangeError
from ..head.files import read_head
from ..head.mesh import HeadMesh
from ..motion.clip import Clip, load_clip
from ..npz import WHOLE, check_array, read_npz, write_npz
from ..performance.mesh_sequence import CACHE, CAPTURED
from ..performance.performance import HeadMotion
from .performances import add_common, asked, write_performance
from .shared import given_landmarks, progress

Command = Callable[..., argparse.ArgumentParser]
RECORDINGS = (".csv", ".gz")
WRITTEN = ("vertices", "neutral", "triangles", "fps", "label")  # by the commands that make a head move


def transfer(options: argparse.Namespace) -> None:
    source: Path = options.source
    if source.suffix.lower() in RECORDINGS:
        _recording(options, source)
        return
    motion = _motion(options, source)
    mesh = read_head(options.head)
    marks = given_landmarks(options.source_landmarks, motion.mesh) if isinstance(motion, HeadMotion) else None
    write_performance(options, mesh, api.transfer(mesh, motion, fps=options.fps, source_landmarks=marks, **asked(options, mesh)))


def _motion(options: argparse.Namespace, source: Path) -> HeadMotion | Clip:
    """What a source other than a recording holds."""
    if source.suffix.lower() == ".npz":
        return read_motion(source)
    mesh = read_head(options.source_head) if options.source_head else None
    if source.suffix.lower() == CACHE and mesh is None:
        raise ValueRangeError(f"{source} is a point cache, which has no faces. Name its mesh with --source-head.")
    read = api.read_mesh_sequence(source, fps=options.source_fps, mesh=mesh, neutral=options.neutral_frame, progress=progress)
    if read.missing:
        print(f"{len(read.missing)} frames had no file and were bridged, the first: {read.missing[0]}")
    return read.head


def _recording(options: argparse.Namespace, source: Path) -> None:
    """A Live Link Face recording on ARKit keys made for the head."""
    recording = api.read_recording(source)
    mesh = read_head(options.head)
    played = api.play(recording, fps=options.fps or round(recording.fps), from_rest=options.from_rest)
    rig = api.arkit_keys(mesh, landmarks=given_landmarks(options.landmarks, mesh), progress=progress)
    rows = [rig.keys.names.index(name) for name in played.names]
    arrays = {
        "neutral": mesh.vertices,
        "triangles": mesh.triangles,
        "fps": np.array(played.fps),
        "label": np.array(source.name.split(".")[0]),
        "key_names": np.array(played.names),
        "key_deltas": rig.keys.deltas[rows],
        "key_weights": played.weights,
        "rotations": played.rotations,
        "timecode": np.array(played.timecode),
    }
    write_npz(options.out, arrays)
    print(options.out)


def neutralise(options: argparse.Namespace) -> None:
    mesh = read_head(options.head)
    made = api.neutralise(mesh, landmarks=given_landmarks(options.landmarks, mesh), progress=progress)
    write_npz(options.out, {"vertices": made, "triangles": mesh.triangles})
    print(options.out)


def read_motion(path: Path) -> HeadMotion | Clip:
    """A moving head as `generate` and its like write it, or a clip of landmarks. FileError where the npz is neither, or damaged."""
    try:
        data = read_npz(path)
    except (OSError, ValueError) as error:
        raise FileError(f"{path} cannot be read ({error}). Choose an npz that `python -m core generate` wrote.") from error
    if "displacement" in data:
        return load_clip(path)
    missing = [key for key in WRITTEN if key not in data]
    if missing:
        raise FileError(f"{path} lacks {', '.join(missing)}. Choose an npz that `python -m core generate` wrote, or make it again.")
    try:
        vertices, neutral, fps = (check_array(data, key) for key in ("vertices", "neutral", "fps"))
        triangles = check_array(data, "triangles", kinds=WHOLE)
    except ValueError as error:
        raise FileError(f"{path}: {error}. Choose an npz that `python -m core generate` wrote, or make it again.") from error
    fits = neutral.ndim == 2 and neutral.shape[1] == 3 and triangles.ndim == 2 and triangles.shape[1] == 3 and fps.size == 1
    if not fits or vertices.shape[1:] != neutral.shape or triangles.min(initial=0) < 0 or triangles.max(initial=0) >= len(neutral):
        raise FileError(
            f"{path} holds vertices {vertices.shape}, neutral {neutral.shape} and triangles {triangles.shape}; expected (F, V, 3), "
            "(V, 3) and (T, 3) that count from 0 to V - 1. Make it again."
        )
    mesh = HeadMesh(neutral.astype(np.float64), triangles.astype(np.int32), path.name)
    return HeadMotion(mesh, vertices.astype(np.float32), float(fps.item()), str(data["label"]))


def add_to(command: Command) -> None:
    """Adds the commands to the command line; `command` makes a parser of a function and a help text."""
    sub = command(transfer, "The motion of another head, or a face recording, on a head.")
    sub.add_argument(
        "--source", type=Path, required=True, help="a Live Link Face csv, an npz from generate, a clip, a pc2, or a folder of frames"
    )
    sub.add_argument("--source-head", type=Path, help="the mesh that a pc2 belongs to, or the resting face of a folder")
    sub.add_argument("--source-landmarks", type=Path, help="of the other head, from the landmarks command, instead of finding them")
    sub.add_argument("--source-fps", type=float, default=CAPTURED, help="frames a second of a folder or a pc2; default: %(default)g")
    sub.add_argument(
        "--neutral-frame", type=int, help="which frame of a folder or pc2 rests, from 0; default: the stillest at the beginning"
    )
    sub.add_argument("--from-rest", action="store_true", help="of a recording: only what the face does beyond its own rest")
    add_common(sub)
    sub.set_defaults(fps=None)
    sub = command(neutralise, "The resting face of a head that shows an expression.")
    sub.add_argument("--landmarks", type=Path, help="a file from the landmarks command, instead of finding them")
