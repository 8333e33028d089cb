"""Heads and what belongs to them from files: the command line's way in."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import trimesh

from ..errors import FileError
from ..npz import NUMBERS, WHOLE, check_array, read_npz
from .landmarks import COUNT, NINE
from .mesh import HeadMesh

SUFFIXES = (".obj", ".ply", ".glb", ".gltf", ".stl", ".off")
MAX_BYTES = 2_000_000_000
LANDMARK_ARRAYS: dict[str, tuple[tuple[int, ...], str]] = {
    "triangles": ((COUNT,), WHOLE), "barycentric": ((COUNT, 3), NUMBERS), "confidence": ((COUNT,), NUMBERS), "head_size": ((2,), WHOLE),
}  # fmt: skip


def read_head(path: Path) -> HeadMesh:
    """The mesh in a file, vertex order kept for obj and ply. FileError where it is missing, unreadable or holds no triangles."""
    path = Path(path)
    if not path.is_file():
        raise FileError(f"{path} is not a file. Name a mesh: {', '.join(SUFFIXES)}.")
    if path.suffix.lower() not in SUFFIXES:
        raise FileError(f"{path} ends in '{path.suffix}'; a head is read from {', '.join(SUFFIXES)}. Export it to one of these.")
    if path.stat().st_size > MAX_BYTES:
        raise FileError(f"{path} is larger than {MAX_BYTES // 10**9} GB. Decimate the mesh first.")
    try:
        vertices, triangles = _read_obj(path) if path.suffix.lower() == ".obj" else _read_other(path)
    except Exception as error:  # parsers of foreign formats fail in their own ways; all of them mean the same to the user
        raise FileError(f"{path} cannot be read as {path.suffix[1:]} ({type(error).__name__}: {error}). Export it again.") from error
    if not len(triangles):
        raise FileError(f"{path} holds {len(vertices)} vertices but no faces. Export the mesh with its faces.")
    return HeadMesh(vertices, triangles, path.name)


def _read_obj(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Positions and faces only: trimesh splits vertices at UV seams and materials, which would break the vertex order."""
    vertices: list[list[float]] = []
    triangles: list[tuple[int, int, int]] = []
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            key, *rest = line.split() or [""]
            if key == "v":
                vertices.append([float(x) for x in rest[:3]])
            elif key == "f":
                corner = [int(item.split("/")[0]) for item in rest]
                corner = [c - 1 if c > 0 else len(vertices) + c for c in corner]
                triangles += [(corner[0], corner[k], corner[k + 1]) for k in range(1, len(corner) - 1)]
    return np.array(vertices, np.float64).reshape(-1, 3), np.array(triangles, np.int32).reshape(-1, 3)


def _read_other(path: Path) -> tuple[np.ndarray, np.ndarray]:
    mesh = trimesh.load(path, force="mesh", process=path.suffix.lower() == ".stl")  # an STL has no shared vertices until merged
    if not isinstance(mesh, trimesh.Trimesh):
        raise ValueError(f"it holds a {type(mesh).__name__}, not a mesh")
    return np.asarray(mesh.vertices, np.float64), np.asarray(mesh.faces, np.int32)


def read_landmarks(path: Path, vertex_count: int, triangle_count: int) -> dict[str, np.ndarray]:
    """triangles (68,), barycentric (68, 3) and confidence (68,) of a landmark file written by `landmarks`, checked against the head it is used on."""
    try:
        data = read_npz(path, LANDMARK_ARRAYS)
        found = {name: check_array(data, name, shape, kinds) for name, (shape, kinds) in LANDMARK_ARRAYS.items()}
    except (OSError, ValueError) as error:
        raise FileError(f"{path} is no landmark file ({error}). Make one with: python -m core landmarks --head H --out {path}") from error
    size = tuple(int(x) for x in found["head_size"])
    if size != (vertex_count, triangle_count):
        raise FileError(
            f"{path} was made for a head of {size[0]} vertices and {size[1]} triangles; this one has {vertex_count} and {triangle_count}. "
            "Find the landmarks again."
        )
    if found["triangles"].min() < 0 or found["triangles"].max() >= triangle_count:
        raise FileError(f"{path} has landmarks on triangles outside 0 to {triangle_count - 1}. Find the landmarks again.")
    return found


def read_nine(path: Path) -> np.ndarray:
    """Nine points (9, 3) by hand: `points` of an npz, or a json list of nine positions or table of names (`landmarks.NINE`) to positions."""
    try:
        if Path(path).suffix.lower() == ".json":
            found = json.loads(Path(path).read_text(encoding="utf-8"))
            return np.array([found[name] for name in NINE] if isinstance(found, dict) else found, np.float64)
        return np.asarray(read_npz(path, ["points"])["points"], np.float64)
    except Exception as error:
        raise FileError(
            f"{path} holds no nine points ({type(error).__name__}: {error}). Write a json table of {', '.join(NINE)} to [x, y, z]."
        ) from error
