"""What the calls of core.api share: how progress is said, what is checked, and how a motion becomes keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..errors import MeshError, ModelError, ValueRangeError
from ..head.adaptation import Adaptation, adapt_template, frame_from_landmarks, landmark_trust
from ..head.detect import detect_landmarks as detect
from ..head.frame import HeadFrame
from ..head.landmarks import Landmarks
from ..head.mesh import HeadMesh
from ..head.template import ID as TEMPLATE
from ..head.template import load_template
from ..head.validate import validate
from ..head.winding import outward
from ..keys import Keys
from ..motion.clip import Clip
from ..performance import onto_keys
from ..performance.carry import Carried, carry_landmarks
from ..performance.performance import Performance
from ..runtime.backend import Backend

Progress = Callable[[float, str], None]
TOLERANCE_MM = 0.25  # largest error the few shape keys may leave, at life size
MAX_FRAMES = 10_000


@dataclass(frozen=True)
class Wanted:
    """The keys that a performance is asked to be, and whether every vertex is wanted too: the four arguments that `generate` explains."""

    onto: Keys | None
    signed: bool = False
    tolerance_mm: float = TOLERANCE_MM
    dense: bool = False

    def checked(self, mesh: HeadMesh) -> Wanted:
        """This. MeshError for keys of another mesh, ValueRangeError for a tolerance that is none."""
        onto = self.onto
        if onto is not None and onto.deltas.shape != (len(onto.names), len(mesh.vertices), 3):
            raise MeshError(
                f"The keys to play on '{mesh.name}' are an array of {onto.deltas.shape}; expected ({len(onto.names)}, {len(mesh.vertices)}, "
                "3): a displacement of every vertex for each name. Read the keys from this mesh again."
            )
        if not (np.isfinite(self.tolerance_mm) and self.tolerance_mm > 0):
            raise ValueRangeError(f"tolerance_mm is {self.tolerance_mm}; it must be above 0: the error in mm that the keys may leave.")
        return self


def quiet(_fraction: float, _what: str) -> None:
    """A progress that says nothing. A progress callback may raise `Cancelled` to stop the work."""


def adapt(mesh: HeadMesh, landmarks: Landmarks | None = None, *, progress: Progress = quiet) -> Adaptation:
    """Fits the template to a head of any topology. Takes seconds; keep the result for as long as the mesh stays as it is."""
    validate(mesh)
    if landmarks is None:
        landmarks = detect(mesh, part_of(progress, 0.0, 0.4))[0]
    frame = frame_of(mesh, landmarks)
    made = adapt_template(*outward(mesh, landmarks, frame.rotation), frame, load_template(), part_of(progress, 0.4, 1.0))
    return replace(made, landmarks=landmarks)


def part_of(progress: Progress, start: float, end: float) -> Progress:
    """A progress for a part of the work, from `start` to `end` of the whole."""
    return lambda fraction, what: progress(start + (end - start) * fraction, what)


def frame_of(mesh: HeadMesh, landmarks: Landmarks) -> HeadFrame:
    """The similarity to canonical space that a head's landmarks give."""
    return frame_from_landmarks(landmarks.points(mesh.vertices, mesh.triangles), landmark_trust(landmarks), load_template())


def outward_pair(adaptation: Adaptation, mesh: HeadMesh) -> tuple[Adaptation, HeadMesh]:
    """Both for triangles that face outward, as the transfer needs them."""
    turned, landmarks = outward(mesh, adaptation.landmarks, adaptation.frame.rotation)
    return replace(adaptation, landmarks=landmarks), turned


def fitting(mesh: HeadMesh, landmarks: Landmarks | None, adaptation: Adaptation | None, progress: Progress) -> Adaptation:
    """The adaptation given, if it is this mesh's; otherwise a new one."""
    if adaptation is None:
        return adapt(mesh, landmarks, progress=part_of(progress, 0.0, 0.8))
    validate(mesh)
    if adaptation.template != TEMPLATE:
        raise ModelError(
            f"The adaptation of '{mesh.name}' was made for the template {adaptation.template}; this Mimica has {TEMPLATE}. "
            "Leave the adaptation out, so that it is made again."
        )
    if len(adaptation.kind) != len(mesh.vertices):
        raise MeshError(
            f"The adaptation was made for a mesh of {len(adaptation.kind)} vertices; '{mesh.name}' has {len(mesh.vertices)}. "
            "Leave the adaptation out, so that it is made again."
        )
    return adaptation


def perform(
    mesh: HeadMesh,
    adaptation: Adaptation,
    clip: Clip,
    arkit: np.ndarray | None,
    fps: float,
    backend: Backend,
    progress: Progress,
    wanted: Wanted,
) -> Performance:
    """A clip of landmarks, with weights (F, 52) of ARKit units beside it or None, as the keys that are wanted; the last fifth of the work."""
    done = part_of(progress, 0.8, 0.95)
    said = "Carrying the expression to the head"
    carried = carry_landmarks(*outward_pair(adaptation, mesh), clip.displacement, arkit, backend, lambda share: done(share, said))
    made = keyed(mesh, adaptation, carried, clip, fps, wanted)
    progress(1.0, "Done")
    return made


def keyed(mesh: HeadMesh, adaptation: Adaptation, carried: Carried, clip: Clip, fps: float, wanted: Wanted) -> Performance:
    """Motion of a head as the keys that are wanted."""
    if wanted.onto is None:
        keys, (largest, p95), tolerance = onto_keys.few_keys(mesh, adaptation, carried, clip.label, wanted.tolerance_mm)
    else:
        limits = (-1.0 if wanted.signed else 0.0, 1.0)
        keys, (largest, p95), tolerance = onto_keys.weights_onto(adaptation, carried, wanted.onto, limits)
    motion = carried.spread(carried.motion) if wanted.dense else None
    return Performance(keys, clip, float(fps), clip.label, largest, p95, tolerance, adaptation, motion)


def check_range(frames: int, fps: float, intensity: float, seed: int) -> None:
    """ValueRangeError for what is outside what is possible."""
    if not 2 <= frames <= MAX_FRAMES:
        raise ValueRangeError(f"frames is {frames}; it must be from 2 to {MAX_FRAMES}.")
    if not (np.isfinite(fps) and 0 < fps <= 1000):
        raise ValueRangeError(f"fps is {fps}; it must be above 0 and at most 1000.")
    if not (np.isfinite(intensity) and 0 <= intensity <= 2):
        raise ValueRangeError(f"intensity is {intensity}; it must be from 0 (neutral) to 2 (twice as strong).")
    if not 0 <= seed < 2**31:
        raise ValueRangeError(f"seed is {seed}; it must be a whole number from 0 to {2**31 - 1}.")
