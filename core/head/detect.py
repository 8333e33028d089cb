"""The 68 landmarks of a head, found by itself: render, detect a face in the picture, put the points back on the surface.

The head may face any way and have any unit: the six axes (then all 24 right-angled turns) are tried, and the view is refined from the first
landmarks found. Lid points snap to the rim of the eyeball, inner-lip points to the seam of the lips.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

from ..errors import LandmarkError
from ..image.detector import Face, detect_faces, face_landmarks
from ..image.raster import Camera, Raster, look_at, rasterise, shade
from .frame import HeadFrame, umeyama
from .landmarks import BROWS, CONTOUR, COUNT, EYE_LEFT, EYE_RIGHT, LIPS_INNER, Landmarks
from .mesh import HeadMesh
from .parts import EYE_L, EYE_R, MOUTH, SKIN, find_parts
from .snap import inner_lips_apart, lids_apart, snap_lids, snap_lips
from .surface import Surface, face_normals, vertex_normals
from .template import load_template

# MediaPipe's 478 points -> iBUG's 68: contour, brows, nose, eyes, outer lips, inner lips
FROM_MEDIAPIPE = (
    127, 234, 93, 132, 58, 136, 150, 176, 152, 400, 379, 365, 288, 361, 323, 454, 356,
    70, 63, 105, 66, 107, 336, 296, 334, 293, 300,
    168, 197, 5, 4, 98, 97, 2, 326, 327,
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
    61, 40, 37, 0, 267, 270, 291, 321, 314, 17, 84, 91,
    78, 81, 13, 311, 308, 402, 14, 178,
)  # fmt: skip
ENOUGH = 0.5  # of the detector's score
COARSE, CLOSE = 384, 640  # pixels
FACE_EXTENT = 0.26  # m of canonical space in a close view
CLOSE_YAWS = (0.0, -12.0, 12.0)  # degrees; the median of these views is taken
MOUTH_OPEN, EYES_CLOSED = 0.14, 0.09  # of the mouth's and the eye's width

Progress = Callable[[float, str], None]


def facings() -> list[np.ndarray]:
    """All 24 right-angled rotations (3, 3) from a head's own axes to Z up, -Y forward; the usual ones first."""
    turns = []
    for axes in itertools.permutations(range(3)):
        for signs in itertools.product((1.0, -1.0), repeat=3):
            matrix = np.zeros((3, 3))
            matrix[range(3), axes] = signs
            if np.linalg.det(matrix) > 0:
                turns.append(matrix)

    def unusual(matrix: np.ndarray) -> tuple[int, int, float]:
        up, forward = matrix[2], -matrix[1]
        usual = [(2, 1.0), (1, 1.0)].index((int(np.abs(up).argmax()), float(up.sum()))) if up.sum() > 0 and up[0] == 0 else 2
        expected = ((1, -1.0), (2, 1.0), (1, -1.0))[usual]
        return usual, int((int(np.abs(forward).argmax()), float(forward.sum())) != expected), -float(forward.sum())

    return sorted(turns, key=unusual)


def detect_landmarks(mesh: HeadMesh, progress: Progress) -> tuple[Landmarks, HeadFrame]:
    """Landmarks of a neutral head in its own vertex order, and its similarity to canonical space.

    LandmarkError where no face, or more than one, is seen from any side, or where the mouth is open or the eyes are closed.
    """
    goal = load_template().landmark_points().astype(np.float64)
    trust = np.where(np.arange(COUNT) >= CONTOUR.stop, 1.0, 0.0)
    trust[BROWS] = 0.2
    points, triangles = _first_sight(mesh, progress)
    for step in range(2):
        progress(0.5 + 0.2 * step, "Reading the landmarks from close by")
        frame = umeyama(points, goal, trust)
        canonical = frame.to_canonical(mesh.vertices)
        kind = find_parts(canonical, mesh.triangles, frame.to_canonical(points), triangles).kind
        close, triangles = _close_views(canonical, mesh.triangles, kind, mesh.name)
        points = frame.from_canonical(close)
    frame = umeyama(points, goal, trust)
    canonical = frame.to_canonical(mesh.vertices)
    wanted = frame.to_canonical(points)
    wanted[CONTOUR] = goal[CONTOUR]
    progress(0.95, "Putting the landmarks on the surface")
    skin = (kind == SKIN)[mesh.triangles].all(axis=1)
    triangles, weights, distance = Surface(canonical, mesh.triangles, skin).closest(wanted, neighbours=24)
    confidence = np.clip(1.0 - distance / 0.01, 0.0, 1.0)
    confidence[CONTOUR] *= 0.2
    confidence[BROWS] *= 0.7
    progress(1.0, "Landmarks found")
    return Landmarks(triangles.astype(np.int32), weights, confidence), frame


def _first_sight(mesh: HeadMesh, progress: Progress) -> tuple[np.ndarray, np.ndarray]:
    """Rough landmarks (68, 3) in the mesh's own space and their triangles (68,), from the first facing that shows an upright face."""
    turns = facings()
    for index, turn in enumerate(turns):
        progress(0.02 + 0.45 * index / len(turns), "Looking for the face")
        vertices = mesh.vertices @ turn.T
        for camera in _coarse_cameras(vertices):
            raster, image = _picture(vertices, mesh.triangles, camera)
            upright = [face for face in detect_faces(image) if face.score >= ENOUGH and _upright(face)]
            if len(upright) > 1:
                raise LandmarkError(
                    f"'{mesh.name}' shows {len(upright)} faces. Separate the heads (Edit Mode: Mesh > Separate > By Loose Parts) and pick one."
                )
            if upright:
                pixels, presence = face_landmarks(image, upright[0])
                points, triangles, seen = _on_surface(pixels[list(FROM_MEDIAPIPE), :2], raster, vertices, mesh.triangles)
                if presence >= ENOUGH and seen[CONTOUR.stop :].mean() > 0.9:
                    return points @ turn, triangles
    raise LandmarkError(
        f"No face was found on '{mesh.name}' from any of its sides. Mimica needs one neutral head with eyes, nose and mouth; "
        "hide hair or clothes that cover it, or pick the head's own mesh."
    )


def _coarse_cameras(vertices: np.ndarray) -> list[Camera]:
    """The whole mesh from the front; for something tall, such as a body, also its top."""
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    size = high - low
    extent = 1.25 * float(max(size[0], size[2]))
    cameras = [look_at((low + high) / 2, size=COARSE, extent=extent, distance=4 * float(size.max()))]
    if size[2] > 2.0 * size[0] or size[2] > 3.0 * size[1]:
        head = 0.22 * size[2]
        top = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, high[2] - 0.45 * head])
        cameras.append(look_at(top, size=COARSE, extent=1.4 * float(head), distance=4 * float(size.max())))
    return cameras


def _picture(vertices: np.ndarray, triangles: np.ndarray, camera: Camera) -> tuple[Raster, np.ndarray]:
    raster = rasterise(vertices, triangles, camera)
    return raster, shade(raster, triangles, vertex_normals(vertices, triangles), camera, light=np.array([-0.25, -0.5, -1.0]))


def _upright(face: Face) -> bool:
    """Eyes side by side, above the mouth: right eye, left eye, nose tip, mouth are the detector's first four key points."""
    right, left, _, mouth = face.keypoints[:4]
    across, down = left - right, mouth - (left + right) / 2
    return bool(across[0] > 2 * abs(across[1]) and down[1] > abs(down[0]))


def _on_surface(
    pixels: np.ndarray, raster: Raster, vertices: np.ndarray, triangles: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Surface points (N, 3) seen at pixels (N, 2), their triangles (N,), and whether the surface was hit (N,); if not, the nearest hit counts."""
    rows, columns = np.nonzero(raster.triangle >= 0)
    column, row = np.clip((pixels).astype(int), 0, np.array(raster.triangle.shape[::-1]) - 1).T
    seen = raster.triangle[row, column] >= 0
    for k in np.flatnonzero(~seen):
        nearest = ((rows - row[k]) ** 2 + (columns - column[k]) ** 2).argmin()
        row[k], column[k] = rows[nearest], columns[nearest]
    hit = raster.triangle[row, column]
    points = np.einsum("nk,nkd->nd", raster.barycentric[row, column].astype(np.float64), vertices[triangles[hit]])
    return points, hit, seen


def _close_views(canonical: np.ndarray, triangles: np.ndarray, kind: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Landmarks (68, 3) in canonical space, the median over close views, and triangles (68,); lids and lips as snapped from the front.

    Only skin, eyeballs and mouth are drawn: lashes, brows and hair would hide the rims that the points snap to.
    """
    shown = np.flatnonzero((kind[triangles] <= MOUTH).all(axis=1))
    drawn = triangles[shown]
    found = []
    for yaw in np.radians(CLOSE_YAWS):
        camera = look_at(np.array([0.0, -0.02, -0.03]), size=CLOSE, extent=FACE_EXTENT, distance=1.0, yaw=float(yaw))
        raster, image = _picture(canonical, drawn, camera)
        faces = detect_faces(image)
        pixels, presence = face_landmarks(image, faces[0]) if faces else (np.zeros((478, 3)), 0.0)
        if presence < ENOUGH:
            continue
        wanted = pixels[list(FROM_MEDIAPIPE), :2].astype(np.float64)
        if not found:
            _check_neutral(wanted, name)
            wanted = _snap(wanted, raster, canonical, drawn, kind)
        found.append(_on_surface(wanted, raster, canonical, drawn)[:2])
    if not found:
        raise LandmarkError(
            f"The face of '{name}' was seen from afar but not from close by. Hide what covers it, or pick the head's own mesh."
        )
    points = np.median([each[0] for each in found], axis=0)
    for exact in (EYE_RIGHT, EYE_LEFT, LIPS_INNER):
        points[exact] = found[0][0][exact]
    return points, shown[found[0][1]]


def _snap(pixels: np.ndarray, raster: Raster, canonical: np.ndarray, triangles: np.ndarray, kind: np.ndarray) -> np.ndarray:
    hit = raster.triangle
    shown = np.where(hit >= 0, kind[triangles[hit, 0]], 255)
    upward = np.where(hit >= 0, face_normals(canonical, triangles)[hit, 2], 0.0)
    return snap_lips(snap_lids(pixels, np.isin(shown, (EYE_R, EYE_L)), shown == SKIN), upward)


def _check_neutral(pixels: np.ndarray, name: str) -> None:
    if inner_lips_apart(pixels) > MOUTH_OPEN:
        raise LandmarkError(
            f"The mouth of '{name}' is open. Mimica starts from a neutral face: close the mouth (or pick the neutral shape key)."
        )
    if lids_apart(pixels) < EYES_CLOSED:
        raise LandmarkError(
            f"The eyes of '{name}' are closed. Mimica starts from a neutral face: open them (or pick the neutral shape key)."
        )
