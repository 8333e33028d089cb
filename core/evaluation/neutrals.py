"""`python -m core evaluate neutral`: how near a neutralised head comes to the person's true neutral."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import MimicaError
from ..head.detect import detect_landmarks
from ..head.landmarks import Landmarks
from ..head.mesh import HeadMesh
from ..head.template import load_template
from ..head.transfer import Transfer
from ..performance.carry import decode
from ..performance.neutral import neutralise
from ..runtime.backend import OnnxBackend
from .heads import adapted
from .moving_heads import Mover, pairs, poses
from .tables import Cell, Table

Progress = Callable[[float, str], None]
POSES = ("neutral", "mouth_extreme", "happiness", "surprise", "anger")  # and one frame of each recording
WAYS = {
    "nothing": "nothing done",
    "paper": "S2D-Dec from the template's landmarks (paper)",
    "ours": "ours",
    "automatic": "ours, automatic landmarks",
}


def paper(mesh: HeadMesh, landmarks: Landmarks) -> np.ndarray:
    """Sect. 4.4: the displacement between the neutral template's landmarks and the head's, through S2D-Dec, taken off."""
    template = load_template()
    adaptation = adapted(mesh, landmarks, template)
    points = landmarks.points(adaptation.frame.to_canonical(mesh.vertices), mesh.triangles)
    field = decode(adaptation, (points - template.landmark_points())[None], OnnxBackend())
    return mesh.vertices - Transfer(adaptation, mesh, template).in_own_space(field)[0]


def automatic(mesh: HeadMesh) -> np.ndarray | None:
    """Ours with landmarks found on the posed head; None where none are found."""
    try:
        landmarks = detect_landmarks(mesh, lambda _done, _what: None, posed=True)[0]
    except MimicaError:
        return None
    return neutralise(mesh, landmarks, OnnxBackend())


def errors(mover: Mover, pose: np.ndarray) -> tuple[list[float | None], list[float | None]]:
    """Mean and 95th percentile in mm over the face, of every one of WAYS, for displacement pose (V, 3)."""
    subject = mover.subject
    mesh = replace(subject.mesh, vertices=subject.mesh.vertices + pose)
    found = (mesh.vertices, paper(mesh, subject.landmarks), neutralise(mesh, subject.landmarks, OnnxBackend()), automatic(mesh))
    face, truth = mover.face(), subject.mesh.vertices
    off = [None if made is None else 1000.0 * np.linalg.norm(made - truth, axis=1)[face] / mover.size for made in found]
    return [None if e is None else float(e.mean()) for e in off], [None if e is None else float(np.percentile(e, 95)) for e in off]


def neutrals(people: int, recordings: Path, progress: Progress) -> list[Table]:
    """`people` of each kind in POSES and a frame of each recording."""
    names = poses(recordings)[0]
    captured = [k for k, name in enumerate(names) if k + 1 == len(names) or name.split()[0] != names[k + 1].split()[0]]
    chosen = [-1, *map(names.index, POSES[1:]), *(k for k in captured if " " in names[k])]
    found: dict[tuple[str, str], list] = {}
    todo = pairs(people, recordings)
    for k, (kind, make, _) in enumerate(todo):
        mover = make()
        for j, row in enumerate(chosen):
            progress((k + j / len(chosen)) / len(todo), f"Neutral of {mover.subject.name}")
            name = "neutral" if row < 0 else names[row].split()[0]
            pose = np.zeros_like(mover.motion[0]) if row < 0 else mover.motion[row]
            found.setdefault((kind, "recording" if name not in POSES else name), []).append(errors(mover, pose))
    rows: list[tuple[Cell, ...]] = []
    metrics: dict[str, float] = {}
    for (kind, pose), each in found.items():
        means = [_mean([one[0][k] for one in each]) for k in range(len(WAYS))]
        rows.append((f"{kind}: {pose}", len(each), *means, _mean([one[1][2] for one in each])))
        metrics |= {f"neutral.{kind.lower()}.{pose}.{way}": value for way, value in zip(WAYS, means, strict=True) if value is not None}
    columns = ("people: pose", "heads", *WAYS.values(), "ours, p95")
    note = "Mean error in mm at life size over the face, within 95 mm of the nose. Landmarks are given but in the last column but one."
    return [Table("Neutral face from an expressive one", columns, tuple(rows), metrics, (note,))]


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
