"""`python -m core evaluate transfer`: the same performance on two people is known; how near a transfer from one to the other comes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..head.adaptation import Adaptation, frame_from_landmarks, landmark_trust
from ..head.frame import HeadFrame
from ..head.surface import Surface, vertex_normals
from ..head.template import load_template
from ..performance.carry import carry_landmarks
from ..performance.retarget import Reader
from ..runtime.backend import OnnxBackend
from .heads import adapted
from .moving_heads import Mover, pairs
from .tables import Cell, Table

Progress = Callable[[float, str], None]
MOVES = 0.5e-3  # m; vertices that move less in all poses are not looked at
PART = 0.05  # of a pose's largest displacement; what moves less in it has no say in its relative error


def copied(source: Mover, target: Mover) -> np.ndarray:
    """The line to beat: displacement (F, V, 3) of the closest point, after the landmarks' similarity."""
    frames = [_frame(source), _frame(target)]
    one, other = (frame.to_canonical(mover.subject.mesh.vertices) for frame, mover in zip(frames, (source, target), strict=True))
    triangles = source.subject.mesh.triangles
    surface = Surface(one, triangles, source.subject.skin[triangles].all(axis=1))
    ids, weights, _ = surface.closest(other, vertex_normals(other, target.subject.mesh.triangles), neighbours=24, min_cosine=0.2)
    moved = frames[0].displacement_to_canonical(source.motion)
    return frames[1].displacement_from_canonical(sum(weights[:, k, None] * moved[:, triangles[ids, k]] for k in range(3)))


def by_landmarks(source: Mover, target: Mover, adaptations: tuple[Adaptation, Adaptation]) -> np.ndarray:
    """The paper's way (Sect. 4.4): the landmarks' displacement of one through S2D-Dec onto the other."""
    moved = adaptations[0].landmarks.points(source.motion, source.subject.mesh.triangles)
    displacement = adaptations[0].frame.displacement_to_canonical(moved)
    carried = carry_landmarks(adaptations[1], target.subject.mesh, displacement, None, OnnxBackend(), lambda _done: None)
    return carried.spread(carried.motion)


def by_surface(source: Mover, target: Mover, adaptations: tuple[Adaptation, Adaptation]) -> np.ndarray:
    """Ours."""
    reader = Reader(adaptations[0], source.subject.mesh, OnnxBackend())
    carried = reader.read(source.motion, lambda _done: None).carried(adaptations[1], target.subject.mesh, lambda _done: None)
    return carried.spread(carried.motion)


def scores(made: np.ndarray, target: Mover) -> tuple[float, float, float]:
    """Mean and 95th percentile of the error in mm at life size, and the median over poses of error over size where the pose moves."""
    size = np.linalg.norm(target.motion, axis=2)
    seen = target.subject.outer & (size.max(axis=0) > MOVES * target.size)
    error, size = np.linalg.norm(made - target.motion, axis=2)[:, seen], size[:, seen]
    moving = size > PART * size.max(axis=1, keepdims=True)
    relative = [e[m].mean() / s[m].mean() for e, s, m in zip(error, size, moving, strict=True)]
    mm = 1000.0 * error / target.size
    return float(mm.mean()), float(np.percentile(mm, 95)), float(np.median(relative))


def transfers(people: int, recordings: Path, progress: Progress) -> list[Table]:
    """`people` pairs of each kind, every pose of `moving_heads.poses`."""
    template = load_template()
    found: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
    todo = pairs(people, recordings)
    for k, (kind, first, second) in enumerate(todo):
        progress(k / len(todo), f"Transfer, {kind} people")
        source, target = first(), second()
        adaptations = tuple(adapted(mover.subject.mesh, mover.subject.landmarks, template) for mover in (source, target))
        ways = {
            "closest point": copied(source, target),
            "landmarks, S2D-Dec (paper)": by_landmarks(source, target, adaptations),  # type: ignore[arg-type]
            "surface (ours)": by_surface(source, target, adaptations),  # type: ignore[arg-type]
        }
        for way, made in ways.items():
            found.setdefault((kind, way), []).append(scores(made, target))
    rows: list[tuple[Cell, ...]] = []
    metrics = {}
    for (kind, way), each in found.items():
        mean, p95, relative = map(float, np.mean(each, axis=0))
        rows.append((f"{kind}: {way}", len(each), mean, p95, relative))
        metrics[f"transfer.{kind.lower()}.{way.split()[0].strip(',')}.mean_mm"] = mean
    columns = ("people: way", "pairs", "mean mm", "p95 mm", "error over size, median")
    return [Table("Transfer to another person on another mesh", columns, tuple(rows), metrics, ("Landmarks of both heads are given.",))]


def _frame(mover: Mover) -> HeadFrame:
    mesh, landmarks = mover.subject.mesh, mover.subject.landmarks
    return frame_from_landmarks(landmarks.points(mesh.vertices, mesh.triangles), landmark_trust(landmarks), load_template())
