"""A head as it stands: landmarks, parts, adaptation, ARKit keys, its neutral."""

from __future__ import annotations

import numpy as np

from ..errors import ValueRangeError
from ..head import nine_points
from ..head import parts as part_set
from ..head.adaptation import Adaptation
from ..head.arkit import arkit_deltas
from ..head.detect import detect_landmarks as detect
from ..head.facing import AUTO, facing_name
from ..head.landmarks import Landmarks
from ..head.mesh import HeadMesh
from ..head.parts import Parts
from ..head.template import load_template
from ..head.validate import validate
from ..head.visibility import visible_triangles
from ..head.winding import outward
from ..keys import Keys
from ..performance import neutral
from ..performance.performance import Rig
from ..performance.variants import LARGEST, SMALLEST
from ..performance.variants import portrait as draw_portrait
from ..runtime.backend import Backend, OnnxBackend
from .shared import (
    Progress,
    fitting,
    frame_of,
    outward_pair,
    part_of,
    quiet,
)


def detect_landmarks(mesh: HeadMesh, *, facing: str = AUTO, progress: Progress = quiet) -> Landmarks:
    """The 68 landmarks of a neutral head, found on renders of it. MeshError or LandmarkError say why a mesh will not do.

    facing: "auto", or where the face looks and where its top is in the mesh's own axes, such as "-Y/+Z".
    """
    validate(mesh)
    return detect(mesh, progress, facing)[0]


def landmarks_at(mesh: HeadMesh, points: np.ndarray, confidence: np.ndarray | None = None) -> Landmarks:
    """Points (68, 3) of the mesh's own space put onto the nearest skin; confidence (68,), by default 1: placed by hand."""
    validate(mesh)
    return nine_points.onto_skin(mesh, points, confidence)


def landmarks_from_nine(mesh: HeadMesh, points: np.ndarray) -> Landmarks:
    """All 68 landmarks from nine (9, 3) placed by hand, in the order of `landmarks.NINE`; for heads on which no face is found."""
    validate(mesh)
    return nine_points.from_nine(mesh, points)


def mirror_landmarks(mesh: HeadMesh, landmarks: Landmarks, side: str) -> Landmarks:
    """The landmarks with the other side's points mirrored from `side`, "right" or "left" of the person, over the face's middle plane."""
    validate(mesh)
    return nine_points.mirrored(mesh, landmarks, side)


def facing_of(mesh: HeadMesh, landmarks: Landmarks) -> str:
    """Where the face looks and where its top is, as nearest axes of the mesh: such as "-Y/+Z"."""
    return facing_name(frame_of(mesh, landmarks).rotation)


def find_parts(mesh: HeadMesh, landmarks: Landmarks | None = None, *, progress: Progress = quiet) -> Parts:
    """What every vertex of a head is (`parts.NAMES`), the user's own corrections included."""
    validate(mesh)
    if landmarks is None:
        landmarks = detect(mesh, part_of(progress, 0.0, 0.8))[0]
    progress(0.8, "Telling parts apart")
    frame = frame_of(mesh, landmarks)
    mesh, landmarks = outward(mesh, landmarks, frame.rotation)
    canonical = frame.to_canonical(mesh.vertices)
    points = landmarks.points(canonical, mesh.triangles)
    visible = visible_triangles(canonical, mesh.triangles)
    found = part_set.find_parts(canonical, mesh.triangles, points, landmarks.triangles, given=mesh.part, visible=visible)
    progress(1.0, "Done")
    return found


def arkit_keys(
    mesh: HeadMesh, *, landmarks: Landmarks | None = None, adaptation: Adaptation | None = None, progress: Progress = quiet
) -> Rig:
    """The 52 exactly named ARKit keys on a head of any topology, with no animation (weights (0, 52))."""
    adaptation = fitting(mesh, landmarks, adaptation, progress)
    template = load_template()
    deltas = arkit_deltas(
        *outward_pair(adaptation, mesh), template, lambda done: progress(0.8 + 0.2 * done, "Carrying the 52 keys to the head")
    )
    progress(1.0, "Done")
    return Rig(Keys(template.arkit_names, deltas, np.zeros((0, len(deltas)), np.float32)), adaptation)


def neutralise(
    mesh: HeadMesh, *, landmarks: Landmarks | None = None, backend: Backend | None = None, progress: Progress = quiet
) -> np.ndarray:
    """The vertices (V, 3) of a head that shows an expression, such as a scan, with the expression taken off.

    landmarks: of the head as it is, expression and all; by default they are found on it.
    """
    validate(mesh)
    if landmarks is None:
        landmarks = detect(mesh, part_of(progress, 0.0, 0.4), posed=True)[0]
    made = neutral.neutralise(
        mesh, landmarks, backend or OnnxBackend(), lambda done: progress(0.4 + 0.6 * done, "Taking the expression off")
    )
    progress(1.0, "Done")
    return made


def portrait(
    mesh: HeadMesh,
    displacement: np.ndarray,
    *,
    size: int = 256,
    landmarks: Landmarks | None = None,
    adaptation: Adaptation | None = None,
    progress: Progress = quiet,
) -> np.ndarray:
    """A picture (size, size, 4) uint8 of the head moved by displacement (V, 3), on nothing."""
    adaptation = fitting(mesh, landmarks, adaptation, progress)
    if displacement.shape != mesh.vertices.shape or not SMALLEST <= size <= LARGEST:
        raise ValueRangeError(
            f"A picture of {size} pixels of '{mesh.name}' moved by {displacement.shape} was asked for; {SMALLEST} to {LARGEST} pixels are "
            f"possible, and a displacement {mesh.vertices.shape}."
        )
    return draw_portrait(*outward_pair(adaptation, mesh), displacement, size)
