"""Pictures of reenactment to look at: rendered pairs beside their truth, and portraits that act after one another. The portraits' are for your own
eyes: the rights of the persons shown are not stated."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..front.reenact import drawer_of
from ..image.files import write_png
from ..morphable.model import load_model
from ..morphable.photo import face_in
from ..morphable.photo_fit import fit_photo
from ..runtime.backend import OnnxBackend
from ..video import pose_guide
from ..video.face_crop import FaceCrop
from ..video.photo_targets import CoefficientTargets
from ..video.photo_warp import Target
from ..video.reenactment import trained
from .oneshot import Progress, each
from .photo_guards import photos

ROWS, SIDE = 6, 200  # of rendered pairs; px of a picture
REFERENCES, GUIDES = 5, 4
AROUND = 1.5  # of the usual crop


def write(folder: Path, progress: Progress) -> None:
    """oneshot.png: photo, guide, what each way makes, truth, a pair a row; oneshot_portraits.png: portraits in a row, guides in a column."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for case, made in each(ROWS, progress):
        rows.append(np.hstack([_fitted(image) for image in (case.photos[0], case.guide, *made.values(), case.truth)]))
    write_png(folder / "oneshot.png", np.vstack(rows))
    write_png(folder / "oneshot_portraits.png", portraits(progress))


def portraits(progress: Progress) -> np.ndarray:
    """Five portraits with the pose and expression of four others, below the guides' own faces beside them."""
    backend, found = OnnxBackend(), photos()
    names = list(found)
    faces = {name: face_in(image, name, backend=backend).points for name, image in found.items()}
    guides = names[-GUIDES:]
    columns = [np.vstack([np.full((SIDE, SIDE, 3), 255, np.uint8), *(_around(found[name], faces[name]) for name in guides)])]
    for number, name in enumerate(names[:REFERENCES]):
        progress(number / REFERENCES, name)
        fitted = fit_photo(found[name], load_model(), name=name, backend=backend)
        targets = CoefficientTargets(fitted.points, fitted.coefficients, load_model())
        drawer = drawer_of(found[name], fitted, backend, trained(backend), True)
        made = [drawer.frame(Target(pose_guide.of_points(targets, faces[guide][None])[0])).image for guide in guides]
        columns.append(np.vstack([_around(image, fitted.points) for image in (found[name], *made)]))
    return np.hstack(columns)


def _around(image: np.ndarray, points: np.ndarray) -> np.ndarray:
    crop = FaceCrop.about(points, SIDE)
    return _rounded(FaceCrop(crop.centre, AROUND * crop.size, 0.0, SIDE).of(image))


def _fitted(image: np.ndarray) -> np.ndarray:
    height, width = image.shape[:2]
    return _rounded(FaceCrop(np.array([width, height]) / 2, float(min(height, width)), 0.0, SIDE).of(image))


def _rounded(picture: np.ndarray) -> np.ndarray:
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)
