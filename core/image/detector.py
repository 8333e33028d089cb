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


@dataclass(frozen=True)
class Face:
    """score 0..1; box (4,) left, top, width, height; keypoints (6, 2): right eye, left eye, nose tip, mouth, right ear, left ear. Pixels."""

    score: float
    box: np.ndarray
    keypoints: np.ndarray


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


def _sample(image: np.ndarray, xy: np.ndarray, *, replicate: bool) -> np.ndarray:
    """Bilinear samples (..., 3) float64 of image (H, W, 3) at pixel indices xy (..., 2); beyond the border its pixels, or black."""
    height, width = image.shape[:2]
    base = np.floor(xy).astype(np.int64)
    x_part, y_part = np.moveaxis(xy - base, -1, 0)
    out = np.zeros((*xy.shape[:-1], 3))
    for step_x, step_y in ((0, 0), (1, 0), (0, 1), (1, 1)):
        x, y = base[..., 0] + step_x, base[..., 1] + step_y
        weight = (x_part if step_x else 1.0 - x_part) * (y_part if step_y else 1.0 - y_part)
        if not replicate:
            weight = weight * ((x >= 0) & (x < width) & (y >= 0) & (y < height))
        out += weight[..., None] * image[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]
    return out


def _crop(image: np.ndarray, centre: np.ndarray, size: float, angle: float, side: int, *, replicate: bool) -> np.ndarray:
    """The square of `size` pixels around `centre` (2,), turned by `angle` rad, as (side, side, 3) float64 in 0..255."""
    y, x = np.mgrid[:side, :side]
    local = (np.stack([x, y], axis=-1) / side - 0.5) * size
    return _sample(image, centre + local @ _turn(angle).T, replicate=replicate)


def _turn(angle: float) -> np.ndarray:
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def detect_faces(image: np.ndarray, *, min_score: float = MIN_SCORE, backend: Backend | None = None) -> list[Face]:
    """The faces in image (H, W, 3) uint8 RGB, best first. Faces under about a sixth of the picture's longer side are missed."""
    height, width = image.shape[:2]
    side = max(height, width)
    centre = np.array([width, height]) / 2
    crop = _crop(image, centre, side, 0.0, DETECTOR_SIZE, replicate=False) / 127.5 - 1.0
    result = (backend or OnnxBackend()).run("face_detector", {"image": crop[None].astype(np.float32)})
    score = 1.0 / (1.0 + np.exp(-np.clip(result["scores"].reshape(-1).astype(float), -100.0, 100.0)))
    kept = np.flatnonzero(score >= min_score)
    raw = result["boxes"].reshape(len(score), -1)[kept].astype(float) / DETECTOR_SIZE
    anchors = _anchors()[kept]
    middle, extent = raw[:, :2] + anchors, raw[:, 2:4]
    points = raw[:, 4:].reshape(len(kept), 6, 2) + anchors[:, None]
    corners = np.concatenate([middle - extent / 2, middle + extent / 2], axis=1)
    offset = centre - side / 2
    faces = []
    for members in _suppress(corners, score[kept]):
        weight = score[kept][members] / score[kept][members].sum()
        box = weight @ corners[members] * side
        keypoints = np.einsum("n,nkd->kd", weight, points[members]) * side + offset
        faces.append(Face(float(score[kept][members].max()), np.concatenate([box[:2] + offset, box[2:] - box[:2]]), keypoints))
    return faces


def _suppress(corners: np.ndarray, score: np.ndarray) -> list[np.ndarray]:
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
    centre, size = face.box[:2] + face.box[2:] / 2, ROI_SCALE * float(face.box[2:].max())
    crop = _crop(image, centre, size, angle, MESH_SIZE, replicate=True) / 255.0
    result = (backend or OnnxBackend()).run("face_landmark", {"image": crop[None].astype(np.float32)})
    points = result["landmarks"].reshape(-1, 3).astype(float) / MESH_SIZE * size
    points[:, :2] = centre + (points[:, :2] - size / 2) @ _turn(angle).T
    return points, float(result["presence"].reshape(-1)[0])
