"""Pictures of moved photos to look at: real clips beside their truth, and portraits that turn. The clips' are for your own eyes: the rights of the
persons shown are not stated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from scipy import ndimage

from ..front.photos import fit
from ..image.files import write_png
from ..morphable.model import load_model
from ..morphable.photo import face_in
from ..video.photo_targets import CoefficientTargets
from ..video.writing import write_video
from .assets import fetched
from .photo_guards import OPENED, TURNS, photos, posed
from .reenactment import CLIPS, MARGIN, Clip, Maker, box_of, copy, methods, read_clip

FRAMES, SIDE = 6, 260  # rows of a clip's sheet, px of a picture
FPS = 10.0  # of a film
BRIGHTER = 3  # times, of a difference
AROUND = 0.35  # of the face's size about a portrait


def write(folder: Path) -> None:
    """reenactment_<clip>.png: photo, what methods make of it, truth and three times the last method's difference from it, a frame a row, and the
    same as a film, reenactment_<clip>.mp4; portraits.png and astronaut.png: portraits, then the turns of TURNS."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {name: maker for name, maker in methods().items() if maker is not copy}
    for name, (asset, step) in CLIPS.items():
        clip = read_clip(fetched(asset), name, step)
        rows = list(film(clip, drawn))
        write_png(folder / f"reenactment_{name}.png", np.vstack([rows[k - 1] for k in shown(clip)]))
        write_video(folder / f"reenactment_{name}.mp4", rows, FPS)
    last = list(drawn.values())[-1]
    portraits = [portrait_row(image, name, last) for name, image in photos().items()]
    write_png(folder / "portraits.png", np.vstack(portraits))
    write_png(folder / "astronaut.png", portraits[0])


def shown(clip: Clip) -> np.ndarray:
    """Frames of a clip's sheet."""
    return np.linspace(1, len(clip.frames) - 1, FRAMES).astype(int)


def film(clip: Clip, makers: Mapping[str, Maker]) -> Iterator[np.ndarray]:
    """A picture in a row (SIDE, n SIDE, 3) of every frame but the photo."""
    photo, points = clip.frames[0], clip.points[0]
    drawn = [maker(photo, clip.fitted, points) for maker in makers.values()]
    before = squared(photo[box_of(points, photo.shape, 2 * MARGIN)])
    for truth, wanted in zip(clip.frames[1:], clip.points[1:], strict=True):
        made = [method(wanted) for method in drawn]
        off = np.clip(BRIGHTER * np.abs(made[-1].astype(int) - truth), 0, 255).astype(np.uint8)
        box = box_of(wanted, truth.shape, 2 * MARGIN)
        yield np.hstack([before, *(squared(image[box]) for image in (*made, truth, off))])


def portrait_row(image: np.ndarray, name: str, maker: Maker) -> np.ndarray:
    points, fitted = face_in(image, name).points, fit(image, name=name)
    targets = CoefficientTargets(points, fitted.coefficients, load_model())
    method, box = maker(image, fitted, points), box_of(points, image.shape, AROUND)
    poses = [posed(fitted.coefficients.astype(float), yaw, pitch, OPENED * (k % 2)) for k, (yaw, pitch) in enumerate(TURNS.values())]
    return np.hstack([squared(image[box]), *(squared(method(targets(pose))[box]) for pose in poses)])


def squared(image: np.ndarray) -> np.ndarray:
    """A picture (SIDE, SIDE, 3), squeezed into the square."""
    times = (SIDE / image.shape[0], SIDE / image.shape[1])
    smooth = ndimage.gaussian_filter(image.astype(np.float32), (*(max(0.0, 0.45 / t - 0.45) for t in times), 0))
    made = ndimage.zoom(smooth, (*times, 1), order=1, grid_mode=True, mode="nearest")
    return np.clip(made[:SIDE, :SIDE] + 0.5, 0, 255).astype(np.uint8)
