"""Sheets to look at: a head's neutral pose and eight poses of its keys, from the front and three-quarter; needs Pillow."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..atomic import replacing
from ..head.landmarks import EYE_LEFT, EYE_RIGHT
from ..head.parts import fit_sphere
from ..head.surface import vertex_normals
from ..image.raster import look_at, rasterise, shade
from .figures import make_folder, pillow
from .head_subjects import Subject
from .sheets import FRONT, IRIS, MOUTH, SKIN, TEETH, WHITE

PX, EXTENT, BELOW, BEHIND, TURNED = 230, 0.72, 0.17, 0.15, 0.7  # px; of H: a picture's extent, its centre below and behind the eyes; rad
IRIS_REACH = 0.94  # of the eyeball's radius, in front of its centre
COLUMNS, SMOOTH, COLOURS = 3, 2, 96  # poses in a row; samples a pixel each way; of a file's palette
POSES: Mapping[str, Mapping[str, float]] = {
    "neutral": {},
    "jawOpen": {"jawOpen": 1.0},
    "smile": {"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0},
    "blink": {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0},
    "pucker": {"mouthPucker": 1.0},
    "funnel": {"mouthFunnel": 1.0},
    "jawOpen + mouthClose": {"jawOpen": 1.0, "mouthClose": 1.0},
    "browDown": {"browDownLeft": 1.0, "browDownRight": 1.0},
    "surprise": {
        "browInnerUp": 1.0,
        "browOuterUpLeft": 1.0,
        "browOuterUpRight": 1.0,
        "eyeWideLeft": 1.0,
        "eyeWideRight": 1.0,
        "jawOpen": 0.6,
    },
}


def colours(subject: Subject) -> np.ndarray:
    """(V, 3) of a head's parts, 0 to 1."""
    vertices = subject.mesh.vertices
    colour = np.tile(np.array(MOUTH), (len(vertices), 1))
    colour[subject.outer] = SKIN
    colour[subject.teeth] = TEETH
    for side in (1, 2):
        ball = subject.eyeball == side
        centre, radius, _ = fit_sphere(vertices[ball])
        colour[ball] = WHITE
        colour[ball & (vertices[:, 1] < centre[1] - IRIS_REACH * radius)] = IRIS
    return colour


def _drawn(subject: Subject, eyes: np.ndarray) -> np.ndarray:
    """Triangles (T, 3) without lashes and tear lines, which would hide the lids' rims."""
    known = subject.skin | subject.teeth | (subject.eyeball > 0)
    low = subject.mesh.vertices[:, 2] < eyes[2] - 0.05 * subject.height
    return subject.triangles_of(known | low)


def looked_at(subject: Subject) -> tuple[np.ndarray, np.ndarray]:
    """The place (3,) that pictures of a head have in their middle, and the triangles (T, 3) that are drawn."""
    marks = subject.landmarks.points(subject.mesh.vertices, subject.mesh.triangles)
    eyes = marks[np.r_[EYE_RIGHT, EYE_LEFT]].mean(axis=0)
    return eyes + subject.height * np.array([0.0, BEHIND, -BELOW]), _drawn(subject, eyes)


def sheet(subject: Subject, keys: Mapping[str, np.ndarray]) -> np.ndarray:
    """The nine POSES of keys (V, 3) m by ARKit name, each from the front and three-quarter, three in a row; an image (H, W, 3)."""
    rest, height = subject.mesh.vertices, subject.height
    (centre, triangles), colour = looked_at(subject), colours(subject)
    pairs = []
    for weights in POSES.values():
        vertices = rest + sum((weight * keys[name] for name, weight in weights.items()), np.zeros_like(rest))
        normals = vertex_normals(vertices, triangles)
        views = []
        for turn in (FRONT, TURNED):
            camera = look_at(centre, size=SMOOTH * PX, extent=EXTENT * height, distance=4 * height, yaw=turn)
            image = shade(rasterise(vertices, triangles, camera), triangles, normals, camera, colours=colour)
            views.append(image.reshape(PX, SMOOTH, PX, SMOOTH, 3).mean(axis=(1, 3)).astype(np.uint8))
        pairs.append(np.hstack(views))
    pil, drawing, fonts = pillow()
    image = pil.fromarray(np.vstack([np.hstack(pairs[k : k + COLUMNS]) for k in range(0, len(pairs), COLUMNS)]))
    draw, font = drawing.Draw(image), fonts.load_default(16)
    for k, name in enumerate(POSES):
        draw.text(
            (6 + (k % COLUMNS) * 2 * PX, 4 + (k // COLUMNS) * PX),
            name,
            fill=(255, 220, 60),
            font=font,
            stroke_width=2,
            stroke_fill=(38, 38, 38),
        )
    return np.asarray(image)


def write(folder: Path, name: str, image: np.ndarray) -> Path:
    """Writes one sheet into a folder, which is made where it is not there. FileError where it cannot be."""
    path = folder / f"{name}.png"
    make_folder(folder)
    with replacing(path) as beside:
        pillow()[0].fromarray(image).quantize(COLOURS, dither=0).save(beside, "PNG", optimize=True)
    return path
