"""The command line: `python -m core COMMAND ...`. Progress on stderr, results on stdout; exit 0, 1 (error) or 2 (usage)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from . import api
from .commands import captures, express, performances, photos, reenact, sources, videos
from .commands.shared import given_landmarks, progress
from .errors import MimicaError
from .head.files import read_head, read_nine
from .head.parts import NAMES
from .npz import write_npz

NETWORKS = ("neural3dmm", "published", "product")  # of Table 1


def landmarks(options: argparse.Namespace) -> None:
    mesh = read_head(options.head)
    if options.nine is not None:
        found = api.landmarks_from_nine(mesh, read_nine(options.nine))
    else:
        found = api.detect_landmarks(mesh, facing=options.facing, progress=progress)
    arrays = {
        "points": found.points(mesh.vertices, mesh.triangles),
        "triangles": found.triangles,
        "barycentric": found.barycentric,
        "confidence": found.confidence,
        "head_size": np.array([len(mesh.vertices), len(mesh.triangles)]),
    }
    write_npz(options.out, arrays)
    print(options.out)
    print(f"facing {api.facing_of(mesh, found)}")


def parts(options: argparse.Namespace) -> None:
    mesh = read_head(options.head)
    found = api.find_parts(mesh, given_landmarks(options.landmarks, mesh), progress=progress)
    write_npz(options.out, {"names": np.array(NAMES), "kind": found.kind, "piece": found.piece, "jaw_weight": found.jaw_weight})
    print(options.out)


def arkit(options: argparse.Namespace) -> None:
    mesh = read_head(options.head)
    keys = api.arkit_keys(mesh, landmarks=given_landmarks(options.landmarks, mesh), progress=progress).keys
    write_npz(options.out, {"names": np.array(keys.names), "deltas": keys.deltas, "neutral": mesh.vertices})
    print(options.out)


def train(options: argparse.Namespace) -> None:
    from .training import train as run  # torch is needed here and nowhere else on the command line

    names = ("data", "preset", "seed", "resume", "out", "landmarks", "bad_files", "device", "precision", "tensorboard")
    print(run(options.model, progress, **{name: getattr(options, name) for name in names}))


def benchmark(options: argparse.Namespace) -> None:
    from .evaluation.benchmark import main as run

    run(options.name, options.json)


def evaluate(options: argparse.Namespace) -> None:
    from .evaluation.evaluate import Request
    from .evaluation.evaluate import main as run

    given = {name: getattr(options, name) for name in ("data", "preset", "full", "seeds", "landmarks", "bad_files", "figures", "only")}
    run(options.table, Request(**given, trained=tuple(options.networks)), options.json, progress)


def _of_data(sub: argparse.ArgumentParser) -> None:
    """What train and evaluate both want to know."""
    sub.add_argument("--data", default="synthetic", help="synthetic[:FOLDER], coma:FOLDER, d3dfacs:FOLDER or vocaset:FOLDER")
    sub.add_argument("--landmarks", type=Path, help="the 68 landmarks on the data's mesh, from the landmarks command")
    sub.add_argument("--bad-files", choices=("refuse", "skip"), default="refuse", help="what to do with files of the data that are damaged")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core", description="Mimica without Blender: expressions on any neutral head.")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(function, text: str, *, head: bool = True) -> argparse.ArgumentParser:
        sub = commands.add_parser(function.__name__, help=text, description=text)
        sub.set_defaults(run=function)
        if head:
            sub.add_argument("--head", type=Path, required=True, help="a neutral head: obj, ply, glb, stl or off")
            sub.add_argument("--out", type=Path, required=True, help="the npz to write")
        return sub

    sub = command(landmarks, "The 68 landmarks of a head.")
    sub.add_argument("--facing", default="auto", help="where the face looks and where its top is, such as -Y/+Z; default: found")
    sub.add_argument("--nine", type=Path, help="npz (points) or json: nine points by hand, where no face is found")
    sub = command(parts, "What every vertex of a head is: skin, eyes, teeth, hair ...")
    sub.add_argument("--landmarks", type=Path, help="a file from the landmarks command, instead of finding them")
    sub = command(arkit, "The 52 ARKit shape keys of a head.")
    sub.add_argument("--landmarks", type=Path, help="a file from the landmarks command, instead of finding them")
    performances.add_to(command)
    sources.add_to(command)
    photos.add_to(command)
    captures.add_to(command)
    videos.add_to(command)
    express.add_to(command)
    reenact.add_to(command)
    sub = command(train, "Train a model on the synthetic set or on your own data.", head=False)
    sub.add_argument(
        "model",
        help="motion, s2d, s2d_dec_published (the paper's network), capture (weights from videos), dynamics (what a face does next), pgfg (what "
        "finishes photos that move), fevgan (expressions of photos), or reenactment (pose and expression of another face)",
    )
    _of_data(sub)
    sub.add_argument(
        "--preset", default="cpu", help="what to train for how long: short, cpu, full or published; some models have others, too"
    )
    sub.add_argument("--seed", type=int, default=0, help="the shipped s2d is of seed 0, the shipped motion of seed 1")
    sub.add_argument("--resume", action="store_true", help="go on where the last run of the same data and preset stopped")
    sub.add_argument("--out", type=Path, help="folder for weights; default: the model's own folder under models/, for other data the cache")
    sub.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    sub.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    sub.add_argument("--tensorboard", action="store_true", help="curves for TensorBoard beside log.csv")
    sub = command(benchmark, "Measure speed, as seconds and as ratios in one run.", head=False)
    sub.add_argument("name", nargs="?", help="one benchmark; default: all")
    sub.add_argument("--json", type=Path)
    sub = command(evaluate, "The papers' tables: on the weights that ship, or trained anew on your own data.", head=False)
    sub.add_argument(
        "table",
        help="table1, table2, table3, gate (does the data set reward more than a linear map?), heads (keys on any head), directing "
        "(transitions, keys of captures), keys (of generated clips), transfer, neutral (the expression taken off), fit (faces in photos), "
        "capture (weights from videos), dynamics (what a face does next), faceanime (photos that move, on rendered people), reenactment (the "
        "same on real clips), fevgan (expressions of photos), or oneshot (the pose and expression of another face)",
    )
    _of_data(sub)
    sub.add_argument(
        "--preset", choices=("short", "cpu", "fine", "full", "full_fine", "published"), default="cpu", help="how long to train"
    )
    sub.add_argument("--full", action="store_true", help="train whatever the table has no row of yet; goes on where it was stopped")
    sub.add_argument("--seeds", type=int, default=3, help="trainings of each network and fold; people of each kind (heads)")
    sub.add_argument("--networks", nargs="+", choices=NETWORKS, default=NETWORKS, help="which networks table1 --full trains")
    sub.add_argument(
        "--figures",
        type=Path,
        help="folder for error curves and maps (table1), sheets of generated faces (table3), or of heads with their tables",
    )
    sub.add_argument("--only", choices=("contact", "guard", "known"), help="one block of heads")
    sub.add_argument("--json", type=Path)
    return parser


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except MimicaError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; nothing was written.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
