"""Landmarks that a person has placed or moved: put onto the skin, mirrored, or all 68 from nine points."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import RBFInterpolator

from ..errors import LandmarkError
from . import parts
from .adaptation import frame_from_landmarks, landmark_trust
from .frame import HeadFrame, umeyama
from .landmarks import BROWS, CONTOUR, COUNT, EYE_LEFT, EYE_RIGHT, LIPS_INNER, MIRROR, NINE, RIGHT, Landmarks
from .mesh import HeadMesh
from .snap import opening, snap_eye, snap_lips
from .surface import Surface
from .template import load_template
from .views import make_scene

NINE_OF_68 = (36, 39, 42, 45, 30, 48, 54)  # the lips' two are the seam between 62 and 66
SEAM = (62, 66)
GIVEN, NEAR, FITTED = 1.0, 0.6, 0.3  # confidence: placed by hand, fitted within the face, fitted at its edge
SNAP_WITHIN = 0.002  # m; a rim farther than this from a fitted point is another edge
NO_FACE = 0.28  # of the distance between the outer eye corners: a point farther off than this is another point


def check_points(points: np.ndarray, count: int, name: str) -> np.ndarray:
    """Points (count, 3) as float64. LandmarkError where they are another number, or not finite."""
    points = np.asarray(points, np.float64)
    if points.shape != (count, 3):
        raise LandmarkError(f"The landmarks of '{name}' are an array of {points.shape}; expected ({count}, 3), one point a row.")
    if not np.isfinite(points).all():
        raise LandmarkError(f"The landmarks of '{name}' hold positions that are not a number. Place those points again.")
    return points


def onto_skin(mesh: HeadMesh, points: np.ndarray, confidence: np.ndarray | None = None) -> Landmarks:
    """Points (68, 3) of the mesh's own space on the nearest skin; confidence (68,), by default that of points placed by hand."""
    points = check_points(points, COUNT, mesh.name)
    sure = np.full(COUNT, GIVEN) if confidence is None else np.asarray(confidence, float)
    first = _attached(mesh, points, np.ones(len(mesh.triangles), bool), sure)
    frame = frame_from_landmarks(points, np.maximum(landmark_trust(first), 1e-3), load_template())
    canonical, at = frame.to_canonical(mesh.vertices), frame.to_canonical(points)
    found = parts.find_parts(canonical, mesh.triangles, at, first.triangles, given=mesh.part)
    return _attached(mesh, points, (found.kind == parts.SKIN)[mesh.triangles].all(axis=1), sure)


def mirrored(mesh: HeadMesh, landmarks: Landmarks, side: str) -> Landmarks:
    """The landmarks with the points of the other side mirrored from `side` ("right" or "left", the person's own) over the face's plane.

    The plane is the median one of all left and right pairs, so that one point dragged away does not tilt it. Middle points stay.
    """
    if side not in ("right", "left"):
        raise LandmarkError(f"Landmarks are mirrored from 'right' or 'left', not from '{side}'.")
    points = landmarks.points(mesh.vertices, mesh.triangles)
    across = points[MIRROR] - points
    normal = np.median(across[RIGHT] / np.linalg.norm(across[RIGHT], axis=1, keepdims=True), axis=0)
    normal /= np.linalg.norm(normal)
    offset = float(np.median((points + points[MIRROR]) @ normal / 2))
    source = RIGHT if side == "right" else MIRROR[RIGHT]
    moved, sure = points.copy(), landmarks.confidence.copy()
    moved[MIRROR[source]] = points[source] - 2.0 * (points[source] @ normal - offset)[:, None] * normal
    sure[MIRROR[source]] = sure[source]
    placed = onto_skin(mesh, moved, sure)
    keep = np.setdiff1d(np.arange(COUNT), MIRROR[source])
    placed.triangles[keep], placed.barycentric[keep] = landmarks.triangles[keep], landmarks.barycentric[keep]
    return placed


def from_nine(mesh: HeadMesh, nine: np.ndarray) -> Landmarks:
    """All 68 from nine points (9, 3) in the order of NINE, placed by hand: the template's, warped through them, on the skin, snapped to rims.

    A similarity, then a thin-plate warp (in space, |r|) that ends far from the points in the similarity. LandmarkError where the points
    cannot be a face: not nine, coincident, or in another order.
    """
    nine = check_points(nine, len(NINE), mesh.name)
    target = np.concatenate([nine[:7], nine[7:].mean(axis=0, keepdims=True)])
    template = load_template().landmark_points().astype(np.float64)
    source = np.concatenate([template[list(NINE_OF_68)], template[list(SEAM)].mean(axis=0, keepdims=True)])
    with np.errstate(divide="ignore", invalid="ignore"):  # points all in one place have no scale; the check below says so
        frame = umeyama(target, source)
    _check_face(mesh.name, source, frame.to_canonical(target))
    warp = RBFInterpolator(source, frame.to_canonical(target) - source, kernel="linear", degree=0)
    points = template + warp(template)
    points[list(NINE_OF_68)] = frame.to_canonical(nine[:7])
    sure = np.full(COUNT, NEAR)
    sure[CONTOUR], sure[BROWS], sure[list(NINE_OF_68)] = FITTED, FITTED, GIVEN
    landmarks = onto_skin(mesh, frame.from_canonical(points), sure)
    return _snapped(mesh, frame, landmarks)


def _check_face(name: str, source: np.ndarray, placed: np.ndarray) -> None:
    size = float(np.linalg.norm(source[0] - source[3]))
    off = np.linalg.norm(placed - source, axis=1)
    if not np.isfinite(off).all() or off.max() > NO_FACE * size:
        worst = NINE[int(np.nan_to_num(off, nan=np.inf).argmax())]
        raise LandmarkError(
            f"The nine points on '{name}' do not make a face ('{worst}' is farthest from where the others expect it). "
            f"Place them in this order, right and left as the face's own: {', '.join(NINE)}."
        )


def _snapped(mesh: HeadMesh, frame: HeadFrame, landmarks: Landmarks) -> Landmarks:
    """Lid and inner-lip points, but those placed by hand, on the rim where one is seen close by."""
    canonical = frame.to_canonical(mesh.vertices)
    points = landmarks.points(canonical, mesh.triangles)
    scene = make_scene(canonical, mesh.triangles, parts.find_parts(canonical, mesh.triangles, points, landmarks.triangles, given=mesh.part))
    spots = [spot for group in (EYE_RIGHT, EYE_LEFT) for spot in snap_eye(scene, points[group], *opening(scene, points[group]))]
    spots += snap_lips(scene, points[LIPS_INNER])
    triangles, weights, sure = landmarks.triangles.copy(), landmarks.barycentric.copy(), landmarks.confidence.copy()
    for k, spot in zip([*range(EYE_RIGHT.start, EYE_LEFT.stop), *range(LIPS_INNER.start, LIPS_INNER.stop)], spots, strict=True):
        if spot is None or k in NINE_OF_68:
            continue
        place = spot.weights @ canonical[scene.triangles[spot.triangle]]
        if np.linalg.norm(place - points[k]) < SNAP_WITHIN:
            triangles[k], weights[k], sure[k] = scene.ids[spot.triangle], spot.weights / spot.weights.sum(), GIVEN
    return Landmarks(triangles, weights, sure)


def _attached(mesh: HeadMesh, points: np.ndarray, mask: np.ndarray, confidence: np.ndarray) -> Landmarks:
    ids, weights, _ = Surface(mesh.vertices, mesh.triangles, mask).closest(points)
    return Landmarks(ids.astype(np.int32), weights, confidence.copy())
