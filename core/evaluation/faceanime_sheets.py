"""Pictures of held-out rendered people to look at: photo, truth, and what each method makes; and eyes that open or shut."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..data.face_pairs import FacePairs
from ..image.files import write_png
from .faceanime import EACH, blinking, clips_of, single
from .reenactment import Clip, Maker, copy
from .reenactment_sheets import squared

PEOPLE, EYES = 10, 10  # rows of the sheets


def write(folder: Path, pairs: FacePairs, methods: Mapping[str, Maker]) -> None:
    """held_out.png and eyes.png in `folder`: photo, truth, then the methods but the copy, in their order, a person a row."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {name: maker for name, maker in methods.items() if maker is not copy}
    people = [clip for clip, _ in zip(clips_of(pairs), range(PEOPLE), strict=False)]
    write_png(folder / "held_out.png", np.vstack([row(clip, 1 + number % EACH, drawn) for number, clip in enumerate(people)]))
    eyes = [single(pairs, person, which) for person, which in blinking(pairs)[:EYES]]
    if eyes:
        write_png(folder / "eyes.png", np.vstack([row(clip, 1, drawn) for clip in eyes]))


def row(clip: Clip, number: int, methods: Mapping[str, Maker]) -> np.ndarray:
    """Photo, the number-th frame, and what methods make of the photo at its points."""
    made = [maker(clip.frames[0], clip.fitted, clip.points[0])(clip.points[number]) for maker in methods.values()]
    return np.hstack([squared(image) for image in (clip.frames[0], clip.frames[number], *made)])
