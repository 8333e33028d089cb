"""How a head moves while its face performs: slow drift, turns of attention, nods and shakes, and what goes with an expression. Seeded, smooth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ..motion.rotations import matrices
from ..motion.timing import minimum_jerk

NECK = np.array([0.0, 0.06, -0.08])  # m; between the joints a head nods and turns about
DRIFT, SLOW = np.radians([4.0, 2.5, 2.0]), 1.3  # standard deviations of yaw, pitch and roll; s over which a drift changes
SWAY = np.array([0.010, 0.008, 0.006])  # m; of the body, across, to and fro, up
ATTENTION, APART, TURN = np.radians([11.0, 6.0, 4.0]), 2.2, (0.35, 0.9)  # of where a head turns to; s between turns; s of a turn
GESTURE, RATE, TIMES = 5.0, (1.5, 3.0), (1, 4)  # s between gestures; Hz; swings
NOD, SHAKE, SHAKES = np.radians((2.0, 7.0)), np.radians((3.0, 9.0)), 0.3  # rad of a swing; share of gestures that are shakes
LAG = (-0.08, 0.15)  # s by which the head follows the face
SMOOTH = 0.05  # s; no head changes its speed faster
# What a head does at an expression's height: yaw (either way), pitch, roll (either way) in degrees, cm forward.
GOES_WITH = {
    "anger": (2.0, 5.0, 1.0, 1.0), "disgust": (7.0, -4.0, 3.0, -1.5), "fear": (3.0, -4.0, 1.0, -2.0), "happiness": (2.0, -4.0, 4.0, 0.4),
    "high_smile": (2.0, -5.0, 4.0, 0.5), "sadness": (2.0, 8.0, 3.0, -0.3), "surprise": (1.0, -6.0, 1.0, -1.5), "eyebrow": (1.0, -4.0, 1.0, 0.0),
    "mouth_open": (1.0, -4.0, 1.0, 0.0), "mouth_extreme": (1.0, -7.0, 1.0, -0.5), "mouth_side": (4.0, 0.0, 3.0, 0.0),
    "mouth_down": (1.0, 3.0, 1.0, 0.0), "mouth_up": (1.0, 3.0, 2.0, 0.0),
}  # fmt: skip
USUAL = (1.0, -1.0, 1.0, 0.0)


@dataclass(frozen=True)
class Act:
    """An expression that a face performs: its label, when it sets in, is full, begins to leave and is gone (s)."""

    label: str
    start: float
    apex: float
    leaves: float
    end: float

    def level(self, times: np.ndarray) -> np.ndarray:
        """How much of it (F,) there is, 0 to 1."""
        rise, fall = (times - self.start) / (self.apex - self.start), (times - self.leaves) / (self.end - self.leaves)
        return minimum_jerk(rise) * (1.0 - minimum_jerk(fall))


def head_motion(times: np.ndarray, acts: Sequence[Act], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Yaw, pitch and roll (F, 3) rad as in recordings (core/motion/rotations.py) and shifts (F, 3) m at evenly spaced times (F,) s."""
    fps = 1.0 / (times[1] - times[0])
    lively = rng.beta(1.3, 1.3) * 1.4
    angles = lively * DRIFT * wandering(rng, len(times), 3, SLOW * fps)
    shifts = lively * SWAY * wandering(rng, len(times), 3, SLOW * fps)
    angles += lively * (_attention(times, rng) + _gestures(times, rng))
    for act in acts:
        turn, forward = _accompaniment(act, rng)
        level = act.level(times - rng.uniform(*LAG))[:, None]
        angles += level * turn
        shifts += level * forward
    angles, shifts = (gaussian_filter1d(course, SMOOTH * fps, axis=0, mode="nearest") for course in (angles, shifts))
    return angles, shifts


def turned(angles: np.ndarray, shifts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (F, 3, 3) and translations (F, 3) m of heads turned about the neck by angles (F, 3) rad and shifted by (F, 3) m."""
    rotations = matrices(angles)
    return rotations, NECK - rotations @ NECK + shifts


def wandering(rng: np.random.Generator, frames: int, channels: int, over: float) -> np.ndarray:
    """Random courses (frames, channels) of unit variance that change over `over` frames."""
    margin = int(4 * over) + 1
    noise = gaussian_filter1d(rng.normal(size=(frames + 2 * margin, channels)), over, axis=0)
    return noise[margin : margin + frames] * np.sqrt(2.0 * over * np.sqrt(np.pi))


def _attention(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The head rests on a direction, then turns to another (F, 3)."""
    place = ATTENTION * rng.normal(size=3)
    made, start = np.tile(place, (len(times), 1)), rng.exponential(APART)
    while start < times[-1]:
        target, length = ATTENTION * np.clip(rng.normal(size=3), -2.0, 2.0), rng.uniform(*TURN)
        made += minimum_jerk((times - start) / length)[:, None] * (target - place)
        place, start = target, start + length + rng.exponential(APART)
    return made


def _gestures(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Nods and shakes (F, 3)."""
    made, start = np.zeros((len(times), 3)), rng.exponential(GESTURE)
    while start < times[-1]:
        shake = rng.uniform() < SHAKES
        length = rng.integers(*TIMES) / rng.uniform(*RATE)
        swings = max(1, round(length * rng.uniform(*RATE)))
        s = np.clip((times - start) / length, 0.0, 1.0)
        made[:, 0 if shake else 1] += rng.uniform(*(SHAKE if shake else NOD)) * np.sin(2.0 * np.pi * swings * s) * np.sin(np.pi * s)
        start += length + rng.exponential(GESTURE)
    return made


def _accompaniment(act: Act, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Yaw, pitch and roll (3,) rad and shift (3,) m at an expression's height; people differ in how much they move with their face."""
    yaw, pitch, roll, forward = GOES_WITH.get(act.label, USUAL) * np.clip(rng.normal(0.8, 0.5, 4), -0.5, 2.0)
    side = rng.choice([-1.0, 1.0], 2)
    return np.radians([yaw * side[0], pitch, roll * side[1]]), np.array([0.0, -0.01 * forward, 0.0])
