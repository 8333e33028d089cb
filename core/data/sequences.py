"""Mesh sequences in folders, as CoMA, D3DFACS and VOCASET ship them: <root>/<person>/<label>/<clip>.<number>.ply.

Nothing is ever written below the root, and nothing outside it is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..errors import FileError, ValueRangeError
from ..head.files import read_head

FRAME = re.compile(r"(?:(?P<clip>.+)[._])?(?P<number>\d+)\.ply", re.IGNORECASE)
BAD_FILES = ("skip", "refuse")
SHOWN = 3  # faults spelled out in a summary


@dataclass
class Faults:
    """What is wrong with a data set: refused at once (FileError), or collected and left out, as `bad_files` says."""

    bad_files: str
    found: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.bad_files not in BAD_FILES:
            raise ValueRangeError(f"bad_files is '{self.bad_files}'; it must be skip or refuse.")

    def add(self, fault: str) -> None:
        """`fault` names the file, what was found and what was expected."""
        if self.bad_files == "refuse":
            raise FileError(f"{fault} Mend or remove it, or leave such files out with --bad-files skip.")
        self.found.append(fault)

    def note(self, oddity: str) -> None:
        """Something owners may well ship, that nothing can be learned from: left out and told in any case."""
        self.found.append(oddity)

    def summary(self) -> str:
        """How many, and the first few by name; empty where there are none."""
        if not self.found:
            return ""
        more = f" ... and {len(self.found) - SHOWN} more" if len(self.found) > SHOWN else ""
        return f"left out {len(self.found)}: {' '.join(self.found[:SHOWN])}{more}"


@dataclass(frozen=True)
class Sequence:
    """The files of one recording in order, with the frame numbers (F,) in their names: numbers may have holes where owners cleaned up."""

    person: str
    label: str
    clip: str
    files: tuple[Path, ...]
    numbers: np.ndarray


def _folders(folder: Path) -> list[Path]:
    return sorted(item for item in folder.iterdir() if item.is_dir() and not item.name.startswith("."))


def _meshes(folder: Path) -> list[Path]:
    return sorted(item for item in folder.iterdir() if item.suffix.lower() == ".ply" and not item.name.startswith("."))


def _clips(folder: Path, root: Path, person: str, label: str, faults: Faults) -> list[Sequence]:
    """The sequences whose frames lie in one folder."""
    clips: dict[str, dict[int, Path]] = {}
    for path in _meshes(folder):
        match = FRAME.fullmatch(path.name)
        if not path.exists() or not path.resolve().is_relative_to(root):
            faults.add(f"{path} is a link that leads nowhere or out of {root}; expected a file in the data set.")
        elif match is None:
            faults.add(f"{path} has no frame number; expected a name such as {label}.000001.ply.")
        elif int(match["number"]) in clips.setdefault(match["clip"] or label, {}):
            faults.add(f"{path} is the second file of frame {int(match['number'])} of {label}; expected one.")
        else:
            clips[match["clip"] or label][int(match["number"])] = path
    return [
        Sequence(person, label, clip, tuple(frames[number] for number in sorted(frames)), np.array(sorted(frames)))
        for clip, frames in sorted(clips.items())
    ]


def find_sequences(root: Path, label_of: Callable[[str], str | None], expected: tuple[str, ...], faults: Faults) -> list[Sequence]:
    """All sequences below `root`, by person, label and clip. label_of: a folder's label, None where its name says none; expected: labels
    that every person must have. FileError where there is no such folder or nothing in it.
    """
    if not root.is_dir():
        raise FileError(f"{root} is not a folder. Name the folder that holds one folder for each person.")
    root = root.resolve()
    found: list[Sequence] = []
    for person in _folders(root):
        labels = set()
        for path in _meshes(person):
            faults.add(f"{path} lies in no expression's folder, so it has no label; expected {person.name}/<expression>/{path.name}.")
        for folder in _folders(person):
            label = label_of(folder.name)
            if label is None:
                faults.add(f"{folder} has no known label; expected {', '.join(expected) or 'a label of this data set'}.")
                continue
            labels.add(label)
            clips = _clips(folder, root, person.name, label, faults)
            if not clips:
                faults.add(f"{folder} is empty; expected frames such as {label}.000001.ply.")
            found += clips
        for missing in sorted(set(expected) - labels):
            faults.add(f"{person / missing} is missing; expected every person to have it.")
    if not found:
        raise FileError(
            f"{root} holds no mesh sequences; expected {root.name}/<person>/<expression>/<clip>.000001.ply. Name another folder."
        )
    return found


class Topology:
    """The one topology that all meshes of a set must have."""

    def __init__(self, sequences: list[Sequence], faults: Faults):
        """It is that of most of the sequences' first frames. FileError where none can be read."""
        self.faults = faults
        read = [mesh for sequence in sequences if (mesh := self._read(sequence.files[0], report=False)) is not None]
        if not read:
            raise FileError(
                f"None of {len(sequences)} meshes could be read, {sequences[0].files[0]} among them. Unpack the data set again."
            )
        counts = [(len(vertices), len(triangles)) for vertices, triangles in read]
        self.triangles = read[counts.index(max(set(counts), key=counts.count))][1]
        self.vertex_count = max(set(counts), key=counts.count)[0]

    def _read(self, path: Path, report: bool = True) -> tuple[np.ndarray, np.ndarray] | None:
        try:
            mesh = read_head(path)
        except FileError as error:
            if report:
                self.faults.add(str(error))
            return None
        return mesh.vertices, mesh.triangles

    def read(self, path: Path) -> np.ndarray | None:
        """Vertices (V, 3) of a frame in its own space, or None where it is faulty (and was skipped)."""
        mesh = self._read(path)
        if mesh is None:
            return None
        vertices, triangles = mesh
        if len(vertices) != self.vertex_count or not np.array_equal(triangles, self.triangles):
            self.faults.add(
                f"{path} has {len(vertices)} vertices and {len(triangles)} triangles; expected {self.vertex_count} and "
                f"{len(self.triangles)}, joined as in the rest of the set."
            )
            return None
        bad = np.flatnonzero(~np.isfinite(vertices).all(axis=1))
        if len(bad):
            self.faults.add(f"{path} has {len(bad)} vertices whose position is not a number (first: vertex {bad[0]}); expected none.")
            return None
        return vertices
