"""Sheets of predicted sequences to look at: what a person did, what several seeds have them do, and ways to a target; needs Pillow."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..data.coefficient_sequences import CoefficientSequences
from ..head.template import load_template
from ..image.files import write_png
from ..morphable.camera import FRONT, Pose
from ..morphable.model import MorphableModel, load_model
from ..runtime.backend import Backend
from ..video.dynamics import POSE, predict, towards
from .figures import make_folder
from .sheets import COLUMNS, colours, picture, titled
from .sheets import FRONT as AHEAD

PEOPLE, SEEDS, LENGTH, EVERY = 2, 3, 72, 8  # frames of a row, and how many are between two pictures


def film(frames: np.ndarray, first: np.ndarray, model: MorphableModel) -> np.ndarray:
    """Pictures in a row (PX, n PX, 3) of coefficients (n, 62) as the camera sees them, at the size and place of a first frame (62,)."""
    template, start = load_template(), Pose.of_matrix(first[:POSE])
    colour, made = colours(template), []
    for frame in frames:
        pose = Pose.of_matrix(frame[:POSE])
        place = np.append(pose.translation - start.translation, 0.0) / start.scale
        seen = pose.scale / start.scale * model.vertices(frame).astype(float) @ pose.rotation.T + place
        made.append(picture(seen @ FRONT, template, colour, AHEAD))
    return np.concatenate(made, axis=1)


def write(folder: Path, sequences: CoefficientSequences, backend: Backend) -> None:
    """dynamics.png in `folder`: for each person what they did, what several seeds and the expectation make of the first frame alone, and a way to the
    last frame."""
    make_folder(folder)
    model, rows, titles = load_model(), [], []
    held = np.flatnonzero(sequences.held)
    for number, chosen in enumerate(held[:: max(1, len(held) // PEOPLE)][:PEOPLE]):
        true = sequences.coefficients(np.array([chosen]), slice(60, 60 + LENGTH + 1))[0].astype(float)
        first = true[0]
        futures = {"recorded": true[1:]}
        futures |= {f"seed {seed}": predict(first, LENGTH, seed, backend=backend) for seed in range(SEEDS)}
        futures["expected"] = predict(first, LENGTH, None, backend=backend)
        futures["towards the last"] = towards(first, true[-1], LENGTH, 0, backend=backend)
        for name, frames in futures.items():
            rows.append(film(np.concatenate([first[None], frames[EVERY - 1 :: EVERY]]), first, model))
            titles += [f"person {number + 1}, {name}", *[""] * (COLUMNS - 1)]
    write_png(folder / "dynamics.png", titled(rows, titles))
