"""What several commands do: say how far they are, take landmarks from a file."""

from __future__ import annotations

import sys
from pathlib import Path

from ..head.files import read_landmarks
from ..head.landmarks import Landmarks
from ..head.mesh import HeadMesh


def progress(fraction: float, what: str) -> None:
    print(f"\r{fraction:4.0%} {what:<50}", end="" if fraction < 1 else "\n", file=sys.stderr, flush=True)


def given_landmarks(path: Path | None, mesh: HeadMesh) -> Landmarks | None:
    if path is None:
        return None
    found = read_landmarks(path, len(mesh.vertices), len(mesh.triangles))
    return Landmarks(found["triangles"], found["barycentric"], found["confidence"])
