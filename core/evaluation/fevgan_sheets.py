"""Pictures of FEV-GAN's clips to look at: held-out rendered people beside the truth, and the six expressions of photos."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from ..data.expression_clips import folder_of, load
from ..data.synthetic import default_cache
from ..front.express import expression_sheet
from ..image.detector import crop_of
from ..image.files import write_png
from ..labels import BASIC
from ..morphable.photo import face_in
from ..video.fevgan import FRAMES, crop_about
from .fevgan import made_by, shipped
from .photo_guards import photos

SHOWN = (0, 8, 14, 20, FRAMES - 1)  # frames of a clip
SIDE = 160  # px of a picture
PHOTOS = 4


def write(folder: Path) -> None:
    """fevgan_people.png: an expression a row, of somebody held out each, the truth and what the network makes, frames SHOWN; fevgan_photos.png: a
    photo a row, then its six expressions. Nothing where no network comes with Mimica."""
    network = shipped()
    if network is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    clips, method, rows = load(folder_of(default_cache(), 64)), made_by(network), []
    for label in range(len(BASIC)):
        row = np.flatnonzero(clips.held & (clips.label == label) & (clips.intensity > 0.8))[label]
        true = clips.frames[row]
        made = method(true[0], label, float(clips.intensity[row]))
        rows.append(np.hstack([_larger(clip[k]) for clip in (true, made) for k in SHOWN]))
    write_png(folder / "fevgan_people.png", np.vstack(rows))
    write_png(folder / "fevgan_photos.png", np.vstack([photo_row(image, name) for name, image in list(photos().items())[:PHOTOS]]))


def photo_row(image: np.ndarray, name: str) -> np.ndarray:
    """The photo's face, then its six expressions (SIDE, 7 * SIDE, 3)."""
    region = crop_about(face_in(image, name).points)
    own = (crop_of(image, *region, 2 * SIDE, replicate=True) + 0.5).astype(np.uint8)
    sheet = expression_sheet(image, name=name)
    side = sheet.shape[0] // 2
    six = [sheet[k // 3 * side :, k % 3 * side :][:side, :side] for k in range(len(BASIC))]
    return np.hstack([_larger(one) for one in (own, *six)])


def _larger(image: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(image).resize((SIDE, SIDE), Image.Resampling.BICUBIC))
