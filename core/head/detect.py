"""The 68 landmarks of a neutral head of any topology, unit and axes, found on pictures of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..errors import LandmarkError
from ..image.detector import detect_faces, face_landmarks
from . import parts
from .adaptation import frame_from_landmarks, landmark_trust
from .facing import AUTO, Sighting, find_face, is_half, no_face
from .frame import HeadFrame
from .landmarks import COUNT, EYE_LEFT, EYE_RIGHT, LIPS_INNER, LIPS_OUTER, NOSE, Landmarks
from .mesh import HeadMesh
from .proxy import DENSE
from .snap import Spot, opening, snap_eye, snap_lips
from .surface import Surface
from .template import load_template
from .views import Scene, View, back_project, look, make_scene, onto_face, picture

Progress = Callable[[float, str], None]
Eye = tuple[np.ndarray, View, np.ndarray]  # detected points (6, 3), close-up, mask of what shows between the lids
EYES = slice(36, 48)
# MediaPipe's points whose mean is each of the 68, chosen by distance on two heads with known landmarks
MESH_POINTS = np.array([
    (234, 234), (93, 93), (132, 132), (58, 58), (172, 172), (150, 150), (176, 176), (148, 148), (152, 152),
    (377, 377), (400, 400), (379, 379), (397, 397), (288, 288), (361, 361), (323, 323), (454, 454),
    (63, 68), (104, 105), (52, 69), (65, 108), (107, 107), (336, 336), (295, 337), (282, 299), (333, 334), (293, 298),
    (168, 168), (6, 6), (195, 197), (4, 4), (240, 240), (97, 97), (2, 2), (326, 326), (460, 460),
    (33, 33), (160, 160), (158, 158), (155, 173), (153, 153), (144, 144),
    (382, 398), (385, 385), (387, 387), (263, 263), (373, 373), (380, 380),
    (61, 61), (39, 40), (37, 37), (0, 0), (267, 267), (269, 270), (291, 291), (321, 405), (314, 314), (17, 17), (84, 84), (91, 181),
    (62, 62), (81, 81), (13, 13), (311, 311), (292, 292), (402, 402), (14, 14), (178, 178),
])  # fmt: skip
CONFIDENCE = np.repeat([0.2, 0.5, 0.9], [17, 10, 41])
UNSNAPPED = 0.4  # an eye or inner-lip point whose edge was not found
YAWS = (-14.0, 0.0, 14.0)  # degrees
LIGHTS = ((0.0, 0.0, -1.0), (0.0, -0.6, -0.8))  # from the camera, and from above it
FACE_BOX = np.array([[-0.15, -0.25, -0.21], [0.15, 0.085, 0.15]])  # m; a dense mesh is looked at closely within it only
EXTENT = 0.27  # m of the picture around a head of the template's size
OPEN_MOUTH = 0.16  # gap between the lips over the mouth's width, above which a mouth is not neutral
IMPLAUSIBLE, STRANGE = 0.25, 0.11  # rms distance of nose, eyes and mouth from the template's, in interocular distances
CLOSED_EYE = 0.13  # lid gap over the eye's width, below which an eye is not open


def detect_landmarks(mesh: HeadMesh, progress: Progress, facing: str = AUTO, posed: bool = False) -> tuple[Landmarks, HeadFrame]:
    """Landmarks of the mesh, and the similarity that takes it to canonical space.

    LandmarkError: no face, several faces, or a face that shows an expression (mouth open, eyes closed), unless it may be `posed`.
    """
    progress(0.0, "Looking for the face")
    sighting = find_face(mesh, lambda fraction, what: progress(0.4 * fraction, what), facing)
    frame = _first_frame(mesh, sighting)
    progress(0.4, "Finding landmarks")
    face, kept = _face_of(mesh, frame)
    landmarks, frame = _on_face(face, frame, progress, posed)
    return replace(landmarks, triangles=kept[landmarks.triangles].astype(np.int32)), frame


def _face_of(mesh: HeadMesh, frame: HeadFrame) -> tuple[HeadMesh, np.ndarray]:
    """What of a dense mesh lies about the face, and which of its triangles (T,) that is; a lighter mesh as it is."""
    if len(mesh.vertices) < DENSE:
        return mesh, np.arange(len(mesh.triangles))
    canonical = frame.to_canonical(mesh.vertices)
    near = ((canonical > FACE_BOX[0]) & (canonical < FACE_BOX[1])).all(axis=1)
    kept = np.flatnonzero(near[mesh.triangles].all(axis=1))
    used, corners = np.unique(mesh.triangles[kept], return_inverse=True)
    part = None if mesh.part is None else mesh.part[used]
    return HeadMesh(mesh.vertices[used], corners.reshape(-1, 3), mesh.name, part), kept


def _on_face(mesh: HeadMesh, frame: HeadFrame, progress: Progress, posed: bool) -> tuple[Landmarks, HeadFrame]:
    """Landmarks found on pictures of a face whose place is roughly known, and the frame that follows from them."""
    points = _seen_points(make_scene(frame.to_canonical(mesh.vertices), mesh.triangles), mesh, (0.0,), LIGHTS[:1])
    landmarks, frame = _attach(mesh, frame, np.arange(len(mesh.triangles)), points)
    progress(0.6, "Finding landmarks on skin, with eyes")
    canonical = frame.to_canonical(mesh.vertices)
    at = landmarks.points(canonical, mesh.triangles)
    scene = make_scene(canonical, mesh.triangles, parts.find_parts(canonical, mesh.triangles, at, landmarks.triangles, given=mesh.part))
    points = _seen_points(scene, mesh, YAWS, LIGHTS)
    eyes = [(points[group], *opening(scene, points[group])) for group in (EYE_RIGHT, EYE_LEFT)]
    progress(0.9, "Snapping to lids and lips")
    skin = scene.ids[scene.kind == parts.SKIN]
    landmarks, frame = _attach(mesh, frame, skin, points)
    landmarks = _snapped(landmarks, scene, points, eyes)
    placed = landmarks.points(mesh.vertices, mesh.triangles)
    if not posed:
        refuse_posed(mesh.name, points, placed, landmarks.confidence, eyes)
    frame = frame_from_landmarks(placed, landmark_trust(landmarks), load_template())
    refuse_implausible(mesh, frame.to_canonical(placed), landmarks.confidence, posed)
    progress(1.0, "Done")
    return landmarks, frame


def _first_frame(mesh: HeadMesh, sighting: Sighting) -> HeadFrame:
    """A similarity good enough to take the next pictures."""
    detected = sighting.points[MESH_POINTS, :2].mean(axis=1)
    pixels = onto_face(sighting.camera, sighting.raster, detected)
    points = back_project(sighting.camera, sighting.raster, sighting.vertices, sighting.triangles, pixels)
    seen = np.isfinite(points).all(axis=1)
    seen[:27] = False  # outline and brows
    if seen.sum() < 20:
        raise no_face(mesh)
    return frame_from_landmarks(np.nan_to_num(points) @ sighting.rotation, seen.astype(float), load_template())


def _seen_points(scene: Scene, mesh: HeadMesh, yaws: tuple[float, ...], lights: tuple[tuple[float, float, float], ...]) -> np.ndarray:
    """The 68 points (68, 3) canonical m: the median over views and lights of the detected pixels laid back onto the surface."""
    target = np.array([0.0, 0.0, -0.03])
    seen = []
    for yaw in yaws:
        view = look(scene, target, EXTENT, yaw=np.radians(yaw))
        for light in lights:
            image = picture(scene, view, light)
            faces = detect_faces(image)
            if not faces:
                continue
            points, presence = face_landmarks(image, faces[0])
            if presence < 0.5:
                continue
            pixels = onto_face(view.camera, view.raster, points[MESH_POINTS, :2].mean(axis=1))
            seen.append(back_project(view.camera, view.raster, scene.vertices, scene.triangles, pixels))
    if not seen:
        raise no_face(mesh)
    points = np.nanmedian(np.array(seen), axis=0)
    if not np.isfinite(points[27:]).all():
        raise no_face(mesh)
    return points


def _attach(mesh: HeadMesh, frame: HeadFrame, triangles: np.ndarray, points: np.ndarray) -> tuple[Landmarks, HeadFrame]:
    """Points (68, 3) canonical m on the nearest of the listed triangles, and the frame that follows from them."""
    mask = np.zeros(len(mesh.triangles), bool)
    mask[triangles] = True
    found = np.isfinite(points).all(axis=1)
    placed = np.where(found[:, None], points, points[30])
    canonical = frame.to_canonical(mesh.vertices)
    surface = Surface(canonical, mesh.triangles, mask)
    ids, weights, _ = surface.closest(placed)
    landmarks = Landmarks(ids.astype(np.int32), weights, np.where(found, CONFIDENCE, 0.0))
    at = landmarks.points(mesh.vertices, mesh.triangles)
    return landmarks, frame_from_landmarks(at, landmark_trust(landmarks), load_template())


def _snapped(landmarks: Landmarks, scene: Scene, points: np.ndarray, eyes: list[Eye]) -> Landmarks:
    """The landmarks with eye and inner-lip points on their edges; where an edge is not seen they stay, with little confidence."""
    triangles, weights, confidence = landmarks.triangles.copy(), landmarks.barycentric.copy(), landmarks.confidence.copy()
    spots: list[Spot | None] = [spot for eye in eyes for spot in snap_eye(scene, *eye)]
    spots += snap_lips(scene, points[LIPS_INNER])
    for k, spot in zip([*range(COUNT)[EYES], *range(COUNT)[LIPS_INNER]], spots, strict=True):
        if spot is None:
            confidence[k] = UNSNAPPED
        else:
            triangles[k], weights[k], confidence[k] = scene.ids[spot.triangle], spot.weights, 1.0
    return Landmarks(triangles, weights / weights.sum(axis=1, keepdims=True), confidence)


def refuse_posed(name: str, points: np.ndarray, snapped: np.ndarray, confidence: np.ndarray, eyes: list[Eye]) -> None:
    """LandmarkError where the mouth is open or an eye is closed, by the detected points (68, 3) and those on the edges of the lips.

    A detector sees a closed mouth as a little open from some sides: its word is taken where the lips' edges were not found.
    """
    advice = "Mimica starts from a neutral face: mouth closed, eyes open. Set shape keys and pose to rest, or neutralise the scan first."
    gap = _lip_gap(points)
    if confidence[LIPS_INNER].min() > UNSNAPPED:
        gap = min(gap, _lip_gap(snapped))
    if gap > OPEN_MOUTH:
        raise LandmarkError(f"The mouth of '{name}' is open (gap {gap:.0%} of its width). {advice}")
    for side, (eye, _, hole) in zip(("right", "left"), eyes, strict=True):
        ratio = _eye_gap(eye, hole)
        if ratio < CLOSED_EYE:
            raise LandmarkError(f"The {side} eye of '{name}' is closed (gap {ratio:.0%} of its width). {advice}")


def refuse_implausible(mesh: HeadMesh, points: np.ndarray, confidence: np.ndarray, posed: bool = False) -> None:
    """LandmarkError where points (68, 3) canonical m are not laid out like a face, or nearly so but with hardly an edge of lids and lips.

    posed: the mouth may be anywhere, and edges of shut lids are not to be seen.
    """
    usual = load_template().landmark_points().astype(np.float64)
    inner = slice(NOSE.start, LIPS_OUTER.start if posed else COUNT)
    off = np.sqrt(((points - usual)[inner] ** 2).sum(axis=1).mean()) / _interocular(usual)
    vague = (confidence[[*range(COUNT)[EYES], *range(COUNT)[LIPS_INNER]]] <= UNSNAPPED).mean() > 0.5
    if off > (STRANGE if vague and not posed else IMPLAUSIBLE):
        if is_half(mesh):
            raise no_face(mesh)
        raise LandmarkError(
            f"What was found on '{mesh.name}' is not laid out like a face (off by {off:.0%} of the distance between the eyes). "
            "Say which way the head faces, hide what covers the face, or place nine points by hand."
        )


def _interocular(points: np.ndarray) -> float:
    return float(np.linalg.norm(points[EYE_RIGHT].mean(axis=0) - points[EYE_LEFT].mean(axis=0)))


def _lip_gap(points: np.ndarray) -> float:
    """Mean gap between the lips over the mouth's width."""
    gap = np.linalg.norm(points[61:64] - points[[67, 66, 65]], axis=1).mean()
    return float(gap / np.linalg.norm(points[64] - points[60]))


def _eye_gap(eye: np.ndarray, hole: np.ndarray) -> float:
    """Gap over width between the lids of one eye (6, 3): measured on the opening where one is seen, else on the detected points."""
    if hole.any():
        columns = hole.sum(axis=0)
        return float(columns.max() / max((columns > 0).sum(), 1))
    width = np.linalg.norm(eye[3] - eye[0])
    return float(np.linalg.norm(eye[[1, 2]] - eye[[5, 4]], axis=1).mean() / width)
