"""A contact sheet of rendered training faces, and how long they take: `python -m core.data.face_sheet sheet.png`."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from PIL import Image

from ..head.template import load_template
from .capture_set import TURN, random_weights
from .face_appearance import random_appearance
from .face_renders import Person
from .face_shots import random_shot
from .identities import random_identity, read_shape_space
from .makehuman import fetch
from .synthetic import default_cache
from .synthetic_rig import FaceRig, Units

FIRST = 7_000  # seeds of people who are in no other set


def sheet(rows: int, columns: int, size: int, seed: int) -> tuple[np.ndarray, list[float], list[float]]:
    """The sheet (rows * size, columns * size, 3) uint8; seconds of the processor to make each person ready, and to render each."""
    template = load_template()
    space, units = read_shape_space(fetch(default_cache()), template), Units(template)
    pictures: list[np.ndarray] = []
    readied: list[float] = []
    rendered: list[float] = []
    for k in range(rows * columns):
        rng = np.random.default_rng([seed, FIRST + k])
        rig = FaceRig(units, random_identity(space, template, FIRST + 1_000 * seed + k))
        vertices = rig.neutral + rig.displacement(random_weights(template.arkit_names, rng)[None])[0]
        start = time.process_time()
        person = Person(template, random_appearance(rng), rig.neutral)
        ready = time.process_time()
        pictures.append(person.render(vertices, random_shot(rng, TURN), size))
        readied.append(ready - start)
        rendered.append(time.process_time() - ready)
    whole = np.concatenate([np.concatenate(pictures[k : k + columns], axis=1) for k in range(0, len(pictures), columns)])
    return whole, readied, rendered


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m core.data.face_sheet", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, default=4)
    parser.add_argument("--columns", type=int, default=6)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    whole, readied, rendered = sheet(given.rows, given.columns, given.size, given.seed)
    Image.fromarray(whole).save(given.out, quality=88)
    print(f"a person {1000 * np.median(readied):.0f} ms, a picture {1000 * np.median(rendered):.1f} ms (medians of {len(rendered)})")


if __name__ == "__main__":
    main()
