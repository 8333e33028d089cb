"""Faces and their 478 points in a picture, with MediaPipe's networks and MediaPipe's own steps before and after them.

Steps as in MediaPipe's graphs FaceDetectionShortRange and FaceLandmarkFront for a single picture (static_image_mode).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from ..runtime.backend import Backend, OnnxBackend

DETECTOR_SIZE, MESH_SIZE = 128, 192
STRIDES = ((8, 2), (16, 6))  # grid step in pixels, anchors a cell
MIN_SCORE, MIN_OVERLAP = 0.5, 0.3
ROI_SCALE = 1.5
RIGHT_EYE_CORNER, LEFT_EYE_CORNER = 33, 263  # of the 478 points: the outer ones, of the person's eyes


@dataclass(frozen=True)
class Face:
    """score 0..1; box (4,) left, top, width, height; keypoints (6, 2): right eye, left eye, nose tip, mouth, right ear, left ear. Pixels."""

    score: float
    box: np.ndarray
    keypoints: np.ndarray


@dataclass(frozen=True)
class Mesh:
    """points (478, 3): x, y and relative z in pixels of the picture; presence 0..1: how surely it is a face; features (128, 116) float32: what the
    network knows of face, lips, eyes and irises."""

    points: np.ndarray
    presence: float
    features: np.ndarray


@functools.cache
def _anchors() -> np.ndarray:
    """Anchor centres (896, 2) in 0..1."""
    centres = []
    for stride, count in STRIDES:
        side = DETECTOR_SIZE // stride
        y, x = np.mgrid[:side, :side]
        cells = (np.stack([x, y], axis=-1).reshape(-1, 2) + 0.5) / side
        centres.append(np.repeat(cells, count, axis=0))
    return np.concatenate(centres)


def crop_of(image: np.ndarray, centre: np.ndarray, size: float, angle: float, side: int, *, replicate: bool) -> np.ndarray:
    """The square of `size` pixels around `centre` (2,), turned by `angle` rad, as (side, side, 3) float32 in 0..255; beyond the picture's border
    its pixels, or black."""
    height, width = image.shape[:2]
    along = (np.arange(side) / side - 0.5) * size
    cos, sin = np.cos(angle), np.sin(angle)
    x = np.add.outer((-sin * along).astype(np.float32), (centre[0] + cos * along).astype(np.float32))
    y = np.add.outer((cos * along).astype(np.float32), (centre[1] + sin * along).astype(np.float32))
    out = bilinear(np.ascontiguousarray(image), np.clip(x, 0, width - 1), np.clip(y, 0, height - 1))
    if not replicate and (min(x.min(), y.min()) < 0 or x.max() > width - 1 or y.max() > height - 1):
        for at, length in ((x, width), (y, height)):  # a pixel beyond the border the picture has faded away
            out *= np.clip(np.minimum(at + 1, length - at), 0, 1)[..., None]
    return out


def bilinear(image: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Samples (..., C) float32 of image (H, W, C), contiguous, at pixel indices x and y (...) float32 within it.

    One index into the flat picture serves all channels and neighbours, which are views of it from another byte on.
    """
    height, width, channels = image.shape
    column, row = np.minimum(x.astype(np.int32), max(width - 2, 0)), np.minimum(y.astype(np.int32), max(height - 2, 0))
    x, y = x - column.astype(np.float32), y - row.astype(np.float32)
    place = row.astype(np.intp)
    place *= width
    place += column
    place *= channels
    right, below = channels * (width > 1), channels * width * (height > 1)
    flat, out = image.reshape(-1), np.empty((*x.shape, channels), np.float32)
    for channel in range(channels):
        rows = []
        for start in (channel, channel + below):
            before, after = (flat[start + step :].take(place, mode="clip").astype(np.float32, copy=False) for step in (0, right))
            rows.append(_between(before, after, x))
        out[..., channel] = _between(rows[0], rows[1], y)
    return out


def _between(first: np.ndarray, second: np.ndarray, share: np.ndarray) -> np.ndarray:
    """first + share * (second - first), in the memory of both."""
    second -= first
    second *= share
    first += second
    return first


def _turn(angle: float) -> np.ndarray:
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def detect_faces(image: np.ndarray, *, min_score: float = MIN_SCORE, backend: Backend | None = None) -> list[Face]:
    """The faces in image (H, W, 3) uint8 RGB, best first. Faces under about a sixth of the picture's longer side are missed."""
    height, width = image.shape[:2]
    return detect_in(image, np.array([width, height]) / 2, max(height, width), 0.0, min_score=min_score, backend=backend)


def detect_in(
    image: np.ndarray, centre: np.ndarray, size: float, angle: float, *, min_score: float = MIN_SCORE, backend: Backend | None = None
) -> list[Face]:
    """The faces in the square of `size` pixels around `centre` (2,), turned by `angle` rad, best first; pixels are the whole image's.

    A box is upright in the turned square: its middle and its extents count.
    """
    crop = crop_of(image, centre, size, angle, DETECTOR_SIZE, replicate=False)
    result = (backend or OnnxBackend()).run("face_detector", {"image": crop[None] / np.float32(127.5) - np.float32(1.0)})
    score = 1.0 / (1.0 + np.exp(-np.clip(result["scores"].reshape(-1).astype(float), -100.0, 100.0)))
    kept = np.flatnonzero(score >= min_score)
    raw = result["boxes"].reshape(len(score), -1)[kept].astype(float) / DETECTOR_SIZE
    anchors = _anchors()[kept]
    middle, extent = raw[:, :2] + anchors, raw[:, 2:4]
    points = raw[:, 4:].reshape(len(kept), 6, 2) + anchors[:, None]
    corners = np.concatenate([middle - extent / 2, middle + extent / 2], axis=1)
    faces = []
    for members in suppress(corners, score[kept]):
        weight = score[kept][members] / score[kept][members].sum()
        low, high = np.split(weight @ corners[members], 2)
        keypoints = np.einsum("n,nkd->kd", weight, points[members])
        around, *keypoints = centre + (np.vstack([(low + high) / 2, keypoints]) - 0.5) * size @ _turn(angle).T
        box = np.concatenate([around - (high - low) * size / 2, (high - low) * size])
        faces.append(Face(float(score[kept][members].max()), box, np.array(keypoints)))
    return faces


def suppress(corners: np.ndarray, score: np.ndarray) -> list[np.ndarray]:
    """Groups of overlapping boxes (N, 4), best first (BlazeFace's blending in place of non-maximum suppression)."""
    groups = []
    left = np.argsort(-score, kind="stable")
    area = np.prod(np.maximum(corners[:, 2:] - corners[:, :2], 0.0), axis=1)
    while len(left):
        best = corners[left[0]]
        extent = np.minimum(corners[left, 2:], best[2:]) - np.maximum(corners[left, :2], best[:2])
        shared = np.prod(np.maximum(extent, 0.0), axis=1)
        overlap = shared / np.maximum(area[left] + area[left[0]] - shared, 1e-12)
        same = overlap > MIN_OVERLAP
        same[0] = True
        groups.append(left[same])
        left = left[~same]
    return groups


def face_landmarks(image: np.ndarray, face: Face, *, backend: Backend | None = None) -> tuple[np.ndarray, float]:
    """The 478 points (x, y, relative z; pixels, (478, 3)) of a detected face in image (H, W, 3) uint8 RGB, and how surely it is a face, 0..1."""
    right_eye, left_eye = face.keypoints[:2]
    angle = float(np.arctan2(left_eye[1] - right_eye[1], left_eye[0] - right_eye[0]))
    return landmarks_in(image, face.box[:2] + face.box[2:] / 2, ROI_SCALE * float(face.box[2:].max()), angle, backend=backend)


def landmarks_in(
    image: np.ndarray, centre: np.ndarray, size: float, angle: float, *, backend: Backend | None = None
) -> tuple[np.ndarray, float]:
    """As `face_landmarks`, for the face in the square of `size` pixels around `centre` (2,), turned by `angle` rad."""
    mesh = mesh_in(image, centre, size, angle, backend=backend)
    return mesh.points, mesh.presence


def mesh_in(image: np.ndarray, centre: np.ndarray, size: float, angle: float, *, backend: Backend | None = None) -> Mesh:
    """As `landmarks_in`, with all that the network says."""
    crop = crop_of(image, centre, size, angle, MESH_SIZE, replicate=True)
    result = (backend or OnnxBackend()).run("face_landmark", {"image": crop[None] / np.float32(255.0)})
    points = result["landmarks"].reshape(-1, 3).astype(float) / MESH_SIZE * size
    points[:, :2] = centre + (points[:, :2] - size / 2) @ _turn(angle).T
    return Mesh(points, float(result["presence"].reshape(-1)[0]), result["features"][0])


def region_of(points: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Centre (2,), size and angle of the square to look for the same face's points in, from points (478, 3) found before (in the picture
    or in the one before it): MediaPipe's graph FaceLandmarkLandmarksToRoi."""
    right_eye, left_eye = points[RIGHT_EYE_CORNER, :2], points[LEFT_EYE_CORNER, :2]
    angle = float(np.arctan2(left_eye[1] - right_eye[1], left_eye[0] - right_eye[0]))
    upright = points[:, :2] @ _turn(angle)
    low, high = upright.min(axis=0), upright.max(axis=0)
    return (low + high) / 2 @ _turn(angle).T, ROI_SCALE * float((high - low).max()), angle
