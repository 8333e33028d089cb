"""Rendered clips: one person before a fixed camera in one light, whose head turns and whose face moves, frame by frame with known truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ..motion.rotations import matrices
from .face_extras import NECK
from .face_renders import Person
from .face_shots import Shot

SWING = np.radians([14.0, 8.0, 5.0])  # standard deviations of yaw, pitch and roll over a lively clip
SWAY = np.array([0.008, 0.006, 0.006])  # m, of the head's place
SLOW = 0.6  # s; over less time a head hardly changes its course
WANDER = 0.02  # of a camera's exposure over a clip


def random_head_motion(rng: np.random.Generator, frames: int, fps: float) -> tuple[np.ndarray, np.ndarray]:
    """Yaw, pitch, roll (F, 3) rad as in recordings (core/motion/rotations.py) and shifts (F, 3) m of a head that moves smoothly; quiet to lively."""
    lively = rng.beta(1.2, 1.2)
    course = _smooth(rng, frames, 6, SLOW * fps)
    return lively * SWING * course[:, :3], lively * SWAY * course[:, 3:]


def moved(vertices: np.ndarray, angles: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """Heads (F, V, 3) m turned about the neck by angles (F, 3) rad and shifted by (F, 3) m."""
    return (vertices - NECK) @ matrices(angles).transpose(0, 2, 1) + NECK + shifts[:, None]


def frames_of(person: Person, vertices: np.ndarray, shot: Shot, size: int = 256, samples: int = 2) -> Iterator[np.ndarray]:
    """Pictures (size, size, 3) uint8 of heads (F, V, 3) m, which `moved` has turned, one after the other.

    Light, background and faults stay; exposure wanders a little, noise is new in every frame. The same shot, the same clip.
    """
    wander = np.exp(WANDER * _smooth(np.random.default_rng([shot.seed, 1]), len(vertices), 1, 30.0)[:, 0])
    for number, head in enumerate(vertices):
        exposed = replace(shot.faults, exposure=shot.faults.exposure * float(wander[number]))
        yield person.render(head, replace(shot, faults=exposed), size, samples, frame=number)


def clip(person: Person, vertices: np.ndarray, shot: Shot, size: int = 256, samples: int = 2) -> np.ndarray:
    """`frames_of` in one array (F, size, size, 3) uint8."""
    out = np.empty((len(vertices), size, size, 3), np.uint8)
    for number, image in enumerate(frames_of(person, vertices, shot, size, samples)):
        out[number] = image
    return out


def _smooth(rng: np.random.Generator, frames: int, channels: int, over: float) -> np.ndarray:
    """Random courses (F, channels) of about unit variance that change over `over` frames."""
    margin = int(4 * over) + 1
    noise = gaussian_filter1d(rng.normal(size=(frames + 2 * margin, channels)), over, axis=0)
    return noise[margin : margin + frames] * np.sqrt(2.0 * over * np.sqrt(np.pi))
