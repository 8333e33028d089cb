"""Faces in photos: the fit of a morphable model, and texture priors."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..morphable import photo_fit
from ..morphable.model import load_model
from ..morphable.photo_fit import PhotoFit
from ..runtime.backend import Backend
from .shared import (
    Progress,
    quiet,
)


def fit(
    image: np.ndarray,
    *,
    name: str = "photo",
    face: int | None = None,
    focal: float | None = None,
    shading: bool = True,
    model: Path | None = None,
    backend: Backend | None = None,
    progress: Progress = quiet,
) -> PhotoFit:
    """The face of a photo (H, W, 3) uint8 RGB: 62 coefficients, a head on the template's topology, and the camera that sees it so.

    face: which of several, counted from 0 at the left, by default the largest; focal: px, by default found from the face's proportions; shading: the
    photo's shading refines the shape; model: a morphable model of the user's own. `name` is used in messages.
    """
    morphable = load_model(None if model is None else Path(model))
    return photo_fit.fit_photo(image, morphable, name=name, index=face, focal=focal, shading=shading, backend=backend, progress=progress)


def prior(
    image: np.ndarray, coefficients: np.ndarray, targets: np.ndarray, *, interval: int = 1, model: Path | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """FaceAnime's texture priors (F, H, W, 3) uint8 and where they show a face (F, H, W) bool: the photo's face, of coefficients (62,), with those
    of targets (62,) or (F, 62); interval n drops n of every n + 2 vertices, 0 is dense."""
    morphable = load_model(None if model is None else Path(model))
    return photo_fit.priors(image, coefficients, targets, morphable, interval=interval)
