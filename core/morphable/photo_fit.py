"""From a photo to a face: detector, camera, the 62 coefficients, and the head's vertices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..errors import ValueRangeError
from ..head.template import ID as TEMPLATE
from ..runtime.backend import Backend
from .camera import Perspective
from .eyes import looking
from .fit import FittedFace, fit_camera, fit_landmarks
from .model import EXPRESSIONS, SHAPES, MorphableModel
from .photo import PhotoFace, face_in
from .photometric import refine
from .texture import POSE_NUMBERS, render_priors

COEFFICIENTS = POSE_NUMBERS + SHAPES + EXPRESSIONS


@dataclass(frozen=True)
class PhotoFit:
    """coefficients (62,) float32, scaled orthographic in the photo's pixels (FaceAnime, Eqs. 1 and 2); landmarks (68, 2) px as fitted and
    detected (68, 2) px as found; vertices (N, 3) float32 m in canonical space, as in the photo, details included, and neutral (N, 3), without its
    expression; triangles (T, 3); camera: the perspective camera that sees them so; confidence 0..1; residual: median distance of the landmarks
    over the face's size; irises (2, 3) px: x, y and radius of the right and the left one, as found; points (478, 3) px, all that was found
    (morphable.photo.PhotoFace).
    """

    coefficients: np.ndarray
    landmarks: np.ndarray
    detected: np.ndarray
    vertices: np.ndarray
    neutral: np.ndarray
    triangles: np.ndarray
    camera: Perspective
    confidence: float
    residual: float
    irises: np.ndarray
    points: np.ndarray

    @property
    def size(self) -> float:
        """Square root of the area of the landmarks' box, px."""
        return float(np.sqrt(np.prod(np.ptp(self.detected, axis=0))))


def fit_photo(
    image: np.ndarray,
    model: MorphableModel,
    *,
    name: str = "photo",
    index: int | None = None,
    focal: float | None = None,
    shading: bool = True,
    backend: Backend | None = None,
    progress: Callable[[float, str], None] = lambda fraction, what: None,
) -> PhotoFit:
    """The largest face of image (H, W, 3) uint8 RGB, or the index-th from the left; focal: px, or None to find it from the landmarks; shading:
    whether the photo's shading refines the shape. LandmarkError, naming the photo, where there is no face."""
    model = model.as_detected
    progress(0.0, "Looking for the face")
    found = face_in(image, name, index=index, backend=backend)
    marks = found.landmarks()
    progress(0.3, "Fitting the face")
    fit, camera = fit_camera(marks, model, image.shape[1], image.shape[0], focal=focal)
    if shading:
        progress(0.5, "Looking at its shading")
        fit = refine(image, fit, marks, model)
        camera = Perspective.of_pose(fit.pose, camera.focal, image.shape[1], image.shape[0])
    flat = fit_landmarks(marks, model, shape=fit.shape)
    progress(1.0, "Done")
    return _told(fit, flat, camera, found, model)


def _told(fit: FittedFace, flat: FittedFace, camera: Perspective, found: PhotoFace, model: MorphableModel) -> PhotoFit:
    vertices, neutral = fit.vertices(model), fit.vertices(model, neutral=True)
    marks, irises = found.landmarks(), found.irises()
    if model.template == TEMPLATE:
        vertices = looking(vertices, camera, irises, marks)
    confidence = fit.confidence * float(np.clip(found.score, 0.0, 1.0))
    return PhotoFit(
        coefficients=flat.coefficients,
        landmarks=flat.landmarks,
        detected=marks,
        vertices=vertices,
        neutral=neutral,
        triangles=model.triangles,
        camera=camera,
        confidence=confidence,
        residual=flat.residual,
        irises=irises,
        points=found.points,
    )


def priors(
    image: np.ndarray, coefficients: np.ndarray, targets: np.ndarray, model: MorphableModel, *, interval: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Texture priors (F, H, W, 3) uint8 and masks (F, H, W) of targets (F, 62) or (62,), from a photo with coefficients (62,); interval 0 is
    dense."""
    source, targets = np.asarray(coefficients, float), np.atleast_2d(np.asarray(targets, float))
    for given in (source[None] if source.ndim == 1 else source, targets):
        if given.ndim != 2 or given.shape[1] != COEFFICIENTS or (given is not targets and len(given) != 1) or not np.isfinite(given).all():
            raise ValueRangeError(f"Coefficients are an array of {given.shape}; expected {COEFFICIENTS} finite numbers for each face.")
    return render_priors(image, source.ravel(), targets, model, interval=interval)
