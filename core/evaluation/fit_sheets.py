"""Pictures of fits to look at: photo with landmarks, the fitted mesh laid over it, its sparse prior, and the prior turned."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..data.face_appearance import random_appearance
from ..data.face_renders import Person
from ..data.face_shots import portrait
from ..head.surface import vertex_normals
from ..head.template import load_template
from ..image.files import write_png
from ..morphable.camera import Perspective, Pose, turned
from ..morphable.fit import FittedFace, fit_camera, fit_landmarks
from ..morphable.model import MorphableModel, load_model
from ..morphable.photo import face_in
from ..morphable.texture import rasterise, render_priors
from .figures import make_folder

GIVEN, FITTED = (60, 255, 60), (255, 60, 60)  # colours of landmarks
TURN = 25.0  # degrees, of the last picture of a row
SIZE, DOT = 320, 2  # px


def row(image: np.ndarray, model: MorphableModel) -> np.ndarray:
    """One photo's row (H, 5 W, 3) uint8: landmarks found (green) and fitted (red), mesh, its prior dense, sparse, and turned by TURN."""
    height, width = image.shape[:2]
    marks = face_in(image, "photo").landmarks()
    fit, camera = fit_camera(marks, model, width, height)
    flat = fit_landmarks(marks, model)
    pose = Pose(turned(np.radians([0.0, TURN, 0.0])) @ flat.pose.rotation, flat.pose.scale, flat.pose.translation)
    other = np.concatenate([pose.matrix().ravel(), flat.coefficients[12:]])
    dense = render_priors(image, flat.coefficients, flat.coefficients[None], model, interval=0)[0][0]
    sparse = render_priors(image, flat.coefficients, flat.coefficients[None], model, interval=1)[0][0]
    new = render_priors(image, flat.coefficients, other[None], model, interval=0)[0][0]
    return np.concatenate([dotted(image, marks, fit.landmarks), laid_over(image, fit, camera, model), dense, sparse, new], axis=1)


def dotted(image: np.ndarray, given: np.ndarray, fitted: np.ndarray) -> np.ndarray:
    out = image.copy()
    for marks, colour in ((given, GIVEN), (fitted, FITTED)):
        for x, y in np.clip(np.round(marks - DOT / 2).astype(int), 0, [image.shape[1] - DOT, image.shape[0] - DOT]):
            out[y : y + DOT, x : x + DOT] = colour
    return out


def laid_over(image: np.ndarray, fit: FittedFace, camera: Perspective, model: MorphableModel) -> np.ndarray:
    """The fitted face, shaded, half transparent over the photo."""
    vertices = fit.vertices(model).astype(float)
    facing = np.clip(-(vertex_normals(vertices, model.triangles) @ camera.rotation[2]), 0.0, 1.0)
    pixels, depth = camera.project(vertices)
    corners = tuple(model.triangles[:, k].astype(np.intp) for k in range(3))
    at, triangle, weights = rasterise(pixels, depth, corners, image.shape[:2])  # type: ignore[arg-type]
    grey = sum(w * facing[corner[triangle]] for w, corner in zip(weights, corners, strict=True))
    out = image.reshape(-1, 3).astype(float)
    out[at] = 0.35 * out[at] + 0.65 * np.array([255.0, 235.0, 210.0]) * (0.2 + 0.8 * grey[:, None])
    return out.reshape(image.shape).astype(np.uint8)


def write(folder: Path, people: list[np.ndarray], poses: tuple[tuple[int, int], ...]) -> None:
    """fit_poses.png: one row a pose, of people (P, V, 3) in turn; fit_photo.png: the astronaut, where skimage has it."""
    make_folder(folder)
    template, model, rows = load_template(), load_model().as_detected, []
    for k, (yaw, pitch) in enumerate(poses):
        vertices, rng = people[k % len(people)], np.random.default_rng(k)
        image = Person(template, random_appearance(rng), vertices).render(vertices, portrait(yaw, pitch, rng=rng), SIZE)
        rows.append(row(image, model))
    write_png(folder / "fit_poses.png", np.concatenate(rows))
    try:
        from skimage import data
    except ImportError:
        return
    write_png(folder / "fit_photo.png", row(np.ascontiguousarray(data.astronaut()[:SIZE, 64 : 64 + SIZE]), model))
