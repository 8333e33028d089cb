"""Pictures of moved photos to look at: real clips beside their truth, and portraits that turn. The clips' are for your own eyes: the rights of the
persons shown are not stated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy import ndimage

from ..front.photos import fit
from ..image.files import write_png
from ..morphable.model import load_model
from ..morphable.photo import face_in
from ..video.photo_targets import CoefficientTargets
from .assets import fetched
from .figures import make_folder
from .photo_guards import OPENED, TURNS, photos, posed
from .reenactment import CLIPS, MARGIN, METHODS, Clip, box_of, read_clip

FRAMES, SIDE = 6, 260  # rows of a clip's sheet, px of a picture
BRIGHTER = 3  # times, of a difference
AROUND = 0.35  # of the face's size about a portrait


def write(folder: Path) -> None:
    """reenactment_<clip>.png: photo, plain warp, dense warp, truth and three times the dense warp's difference from it, a frame a row;
    portraits.png and astronaut.png: portraits, then the turns of TURNS."""
    make_folder(folder)
    for name, (asset, step) in CLIPS.items():
        write_png(folder / f"reenactment_{name}.png", clip_sheet(read_clip(fetched(asset), name, step)))
    rows = [portrait_row(image, name) for name, image in photos().items()]
    write_png(folder / "portraits.png", np.vstack(rows))
    write_png(folder / "astronaut.png", rows[0])


def clip_sheet(clip: Clip) -> np.ndarray:
    photo, points = clip.frames[0], clip.points[0]
    plain, dense = (METHODS[name](photo, clip.fitted, points) for name in ("plain warp", "dense warp"))
    rows = []
    for k in np.linspace(1, len(clip.frames) - 1, FRAMES).astype(int):
        wanted, truth = clip.points[k], clip.frames[k]
        made = dense(wanted)
        off = np.clip(BRIGHTER * np.abs(made.astype(int) - truth), 0, 255).astype(np.uint8)
        box = box_of(wanted, truth.shape, 2 * MARGIN)
        rows.append(
            np.hstack(
                [_fitted(photo[box_of(points, photo.shape, 2 * MARGIN)]), *(_fitted(x[box]) for x in (plain(wanted), made, truth, off))]
            )
        )
    return np.vstack(rows)


def portrait_row(image: np.ndarray, name: str) -> np.ndarray:
    points, fitted = face_in(image, name).points, fit(image, name=name)
    targets = CoefficientTargets(points, fitted.coefficients, load_model())
    method, box = METHODS["dense warp"](image, fitted, points), box_of(points, image.shape, AROUND)
    poses = [posed(fitted.coefficients.astype(float), yaw, pitch, OPENED * (k % 2)) for k, (yaw, pitch) in enumerate(TURNS.values())]
    return np.hstack([_fitted(image[box]), *(_fitted(method(targets(pose))[box]) for pose in poses)])


def _fitted(image: np.ndarray) -> np.ndarray:
    """A picture (SIDE, SIDE, 3), squeezed into the square."""
    times = (SIDE / image.shape[0], SIDE / image.shape[1])
    smooth = ndimage.gaussian_filter(image.astype(np.float32), (*(max(0.0, 0.45 / t - 0.45) for t in times), 0))
    made = ndimage.zoom(smooth, (*times, 1), order=1, grid_mode=True, mode="nearest")
    return np.clip(made[:SIDE, :SIDE] + 0.5, 0, 255).astype(np.uint8)
