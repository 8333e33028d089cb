"""A mesh sequence from files, as CoMA and VOCASET ship it or as a point cache of a mesh, as a moving head that is held steady."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import FileError, ValueRangeError
from ..head.files import read_head
from ..head.mesh import HeadMesh
from ..motion.pc2 import read_pc2
from .performance import HeadMotion
from .steady import steady

SUFFIXES = (".ply", ".obj")
FRAME = re.compile(r"(?P<clip>.*?)[._ -]?(?P<number>\d{1,9})")
CAPTURED = 60.0  # frames a second of CoMA and VOCASET
BEGINNING = (0.5, 0.25)  # s, and share of the frames, within which a performance is still neutral
MOST_MISSING = 0.5  # of the frames; a sequence with more holes is not one
CACHE = ".pc2"


@dataclass(frozen=True)
class MeshSequence:
    """A sequence read: head, held steady, one frame after another; rotation (F, 3, 3) and translation (F, 3), the head's own motion that was
    taken out (recorded = vertices @ rotation.T + translation); neutral: the frame that was taken as such, None for the mesh given; missing:
    numbers of frames that had no file and lie on the way between their neighbours."""

    head: HeadMotion
    rotation: np.ndarray
    translation: np.ndarray
    neutral: int | None
    missing: tuple[int, ...]


def read_mesh_sequence(
    path: Path,
    *,
    fps: float = CAPTURED,
    mesh: HeadMesh | None = None,
    neutral: int | None = None,
    progress: Callable[[float], None] = lambda _done: None,
) -> MeshSequence:
    """A folder of ply or obj frames of one topology (<clip>.000001.ply), or a PC2 cache with the mesh it belongs to.

    neutral: which frame, from 0, shows the resting face; by default the mesh given, or else the stillest frame at the beginning.
    FileError names the file that is missing, damaged, of another topology, or one too few.
    """
    path = Path(path)
    if not (np.isfinite(fps) and 0 < fps <= 1000):
        raise ValueRangeError(f"fps is {fps}; it must be above 0 and at most 1000.")
    missing: tuple[int, ...] = ()
    if path.suffix.lower() == CACHE:
        vertices, triangles = _of_cache(path, mesh)
    else:
        vertices, triangles, missing = _of_folder(path, progress)
        if mesh is not None and mesh.vertices.shape != vertices.shape[1:]:
            raise FileError(
                f"The frames of {path} have {vertices.shape[1]} vertices; '{mesh.name}', named as their resting face, has "
                f"{len(mesh.vertices)}. Name a mesh of the same topology, or none."
            )
    if neutral is None and mesh is None:
        neutral = stillest(vertices, fps)
    if neutral is not None and not 0 <= neutral < len(vertices):
        raise ValueRangeError(f"Frame {neutral} of {path.name} was named as neutral; it has frames 0 to {len(vertices) - 1}.")
    rest = vertices[neutral].astype(np.float64) if neutral is not None else mesh.vertices  # type: ignore[union-attr]
    held = steady(vertices, rest)
    head = HeadMotion(HeadMesh(rest, triangles, path.name, mesh.part if mesh else None), held.vertices, float(fps), path.stem)
    return MeshSequence(head, held.rotation, held.translation, neutral, missing)


def stillest(vertices: np.ndarray, fps: float) -> int:
    """The frame of least motion at the beginning of vertices (F, V, 3), the head's own shifting aside."""
    count = max(1, min(round(BEGINNING[0] * fps), round(BEGINNING[1] * len(vertices))))
    first = vertices[: count + 2] - vertices[: count + 2].mean(axis=1, keepdims=True)
    speed = np.linalg.norm(np.diff(first, axis=0), axis=2).mean(axis=1)
    around = np.maximum(np.r_[speed[0], speed], np.r_[speed, speed[-1]])
    return int(around[:count].argmin())


def _of_cache(path: Path, mesh: HeadMesh | None) -> tuple[np.ndarray, np.ndarray]:
    if mesh is None:
        raise FileError(f"{path} is a point cache, which has no faces. Name the mesh that it belongs to as well.")
    vertices = read_pc2(path)
    if vertices.shape[1] != len(mesh.vertices) or len(vertices) < 2:
        raise FileError(
            f"{path} holds {len(vertices)} frames of {vertices.shape[1]} points; expected at least 2 of the {len(mesh.vertices)} vertices of "
            f"'{mesh.name}'. Export the cache of this mesh."
        )
    return vertices, mesh.triangles


def _of_folder(path: Path, progress: Callable[[float], None]) -> tuple[np.ndarray, np.ndarray, tuple[int, ...]]:
    """Vertices (F, V, 3) float32 of evenly numbered frames, triangles (T, 3), and the numbers that had no file."""
    files = frame_files(path)
    numbers = np.array(sorted(files))
    gap, often = np.unique(np.diff(numbers), return_counts=True)
    step = int(gap[often.argmax()])
    odd = np.flatnonzero(np.diff(numbers) % step)
    if len(odd):
        raise FileError(
            f"{files[int(numbers[odd[0] + 1])]}: frames of {path} go in steps of {step}, this one does not. Renumber or remove it."
        )
    count = int(numbers[-1] - numbers[0]) // step + 1
    if count - len(numbers) > MOST_MISSING * count:
        hole = int(numbers[np.flatnonzero(np.diff(numbers) > step)[0]]) + step
        raise FileError(f"{path} has {len(numbers)} of {count} frames (first missing: {hole}). Copy the whole sequence.")
    every = numbers[0] + step * np.arange(count)
    missing = tuple(int(n) for n in np.setdiff1d(every, numbers))
    read, triangles = _read_all([files[int(number)] for number in numbers], progress)
    place = (every - numbers[0]) / step
    known = (numbers - numbers[0]) / step
    after = np.clip(np.searchsorted(known, place), 1, len(known) - 1)
    share = ((place - known[after - 1]) / (known[after] - known[after - 1])).astype(np.float32)[:, None, None]
    return (read if not missing else read[after - 1] * (1 - share) + read[after] * share), triangles, missing


def frame_files(folder: Path) -> dict[int, Path]:
    """The files of one sequence by frame number. FileError where the folder is none, or holds fewer than two frames or two sequences."""
    if not folder.is_dir():
        raise FileError(f"{folder} is not a folder. Name one with frames such as smile.000001.ply, or a {CACHE} file.")
    meshes = sorted(item for item in folder.iterdir() if item.suffix.lower() in SUFFIXES and not item.name.startswith("."))
    clips: dict[str, dict[int, Path]] = {}
    for item in meshes:
        match = FRAME.fullmatch(item.stem)
        if match is None:
            raise FileError(f"{item} has no frame number; expected a name such as smile.000001.ply. Rename it or take it out.")
        clip = clips.setdefault(match["clip"] + item.suffix.lower(), {})
        if int(match["number"]) in clip:
            raise FileError(f"{item} is the second file of frame {int(match['number'])}; expected one. Take it out.")
        clip[int(match["number"])] = item
    if len(clips) > 1:
        raise FileError(f"{folder} holds {len(clips)} sequences ({', '.join(sorted(clips)[:3])}). Give each a folder of its own.")
    if len(meshes) < 2:
        raise FileError(f"{folder} holds {len(meshes)} ply or obj frames; a sequence has at least 2. Name another folder.")
    return next(iter(clips.values()))


def _read_all(files: list[Path], progress: Callable[[float], None]) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (F, V, 3) float32 and the triangles (T, 3) that all files share."""
    first = read_head(files[0])
    made = np.empty((len(files), *first.vertices.shape), np.float32)
    for k, file in enumerate(files):
        progress(k / len(files))
        mesh = read_head(file) if k else first
        if mesh.vertices.shape != first.vertices.shape or not np.array_equal(mesh.triangles, first.triangles):
            raise FileError(
                f"{file} has {len(mesh.vertices)} vertices and {len(mesh.triangles)} triangles; expected {len(first.vertices)} and "
                f"{len(first.triangles)}, joined as in {files[0].name}. Take it out, or export the sequence with one topology."
            )
        bad = np.flatnonzero(~np.isfinite(mesh.vertices).all(axis=1))
        if len(bad):
            raise FileError(f"{file} has {len(bad)} vertices that are no finite numbers (first: {bad[0]}). Export this frame again.")
        made[k] = mesh.vertices
    return made, first.triangles
