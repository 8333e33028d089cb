"""Faces in photos: the fit of a morphable model, and texture priors."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import ValueRangeError
from ..image.photos import read_photo
from ..image.sizing import at_most
from ..morphable import photo_fit
from ..morphable.model import load_model
from ..morphable.photo_fit import PhotoFit
from ..morphable.unwrap import FaceTexture, unwrap
from ..runtime.backend import Backend
from .shared import Progress, quiet

__all__ = ["face_texture", "fit", "prior", "read_photo", "reduced"]


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
    photo's shading refines the shape; model: a morphable model of the user's own. `name` is used in messages. LandmarkError where there is no
    face, ValueRangeError for what is no picture.
    """
    check_photo(image, name)
    if face is not None and (isinstance(face, bool) or not isinstance(face, int | np.integer)):
        raise ValueRangeError(f"face is {face!r}; it must be a whole number: which of the faces of '{name}', counted from 0 at the left.")
    morphable = load_model(None if model is None else Path(model))
    return photo_fit.fit_photo(image, morphable, name=name, index=face, focal=focal, shading=shading, backend=backend, progress=progress)


def reduced(image: np.ndarray, longest: int | None) -> np.ndarray:
    """The photo (H, W, 3) uint8 with a longer side of at most `longest` px; itself for None."""
    return image if longest is None else at_most(image, longest)


def face_texture(image: np.ndarray, fitted: PhotoFit, *, size: int = 1024, progress: Progress = quiet) -> FaceTexture:
    """The photo (H, W, 3) uint8 RGB of a fit as a texture (size, size) of its head: what the photo does not show is completed from the face's other
    side and from what lies around it."""
    return unwrap(image, fitted, size, progress)


def prior(
    image: np.ndarray, coefficients: np.ndarray, targets: np.ndarray, *, interval: int = 1, model: Path | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """FaceAnime's texture priors (F, H, W, 3) uint8 and where they show a face (F, H, W) bool: the photo's face, of coefficients (62,), with those
    of targets (62,) or (F, 62); interval n drops n of every n + 2 vertices, 0 is dense."""
    check_photo(image, "photo")
    morphable = load_model(None if model is None else Path(model))
    return photo_fit.priors(image, coefficients, targets, morphable, interval=interval)


def check_photo(image: np.ndarray, name: str) -> None:
    """ValueRangeError for what is no picture."""
    if not isinstance(image, np.ndarray) or image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
        found = f"an array {image.shape} of {image.dtype}" if isinstance(image, np.ndarray) else f"a {type(image).__name__}"
        raise ValueRangeError(
            f"'{name}' is {found}; a picture is an array (height, width, 3) of uint8: red, green and blue from 0 to 255. Read a file with read_photo."
        )
