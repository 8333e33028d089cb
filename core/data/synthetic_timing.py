"""When a face moves: a take from neutral to apex and back at 30 frames a second, with blinks and the unrest of a living face. Seeded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.signal import lfilter

from ..motion.timing import minimum_jerk
from .synthetic_style import Person

FPS = 30.0
SHORTEST, LONGEST = 0.25, 0.9  # s, of an onset
# Usual onset in s: a startle is fast, grief is slow, a smile takes about half a second (Ekman 2003; Schmidt, Cohn and Tian 2003); movements
# made on request lie between.
ONSET = {
    "bareteeth": 0.45, "cheeks_in": 0.55, "eyebrow": 0.36, "high_smile": 0.52, "lips_back": 0.50, "lips_up": 0.42,
    "mouth_down": 0.55, "mouth_extreme": 0.50, "mouth_middle": 0.48, "mouth_open": 0.45, "mouth_side": 0.50, "mouth_up": 0.50,
    "anger": 0.48, "disgust": 0.50, "fear": 0.38, "happiness": 0.55, "sadness": 0.75, "surprise": 0.30,
}  # fmt: skip
REGIONS = ("brow", "eye", "cheek", "nose", "mouth", "jaw", "tongue")
HOLD = (0.1, 0.6)  # s
SLOWER = (1.2, 2.2)  # an offset's duration over its onset's
STAGGER, SIDE_LAG = 0.05, 0.015  # share of the onset between units of a region; s between the two sides of a pair
STILL_NOISE, NOISE_TIME = 0.003, 0.20  # of full weight; s over which the unrest forgets itself
DRIFT, SAG = 0.03, 0.08  # of the apex while it is held: unrest, and at most so much slackening
BLINK = (0.15, 0.30)  # s
CLOSING, CLOSED = 0.30, 0.12  # shares of a blink that the lids fall and stay shut; opening takes the rest
BLINK_LAG = 0.005  # s, standard deviation between the two eyes, at most twice that
BLINK_IN_ONSET = 0.13  # chance; few onsets are too short for one


@dataclass(frozen=True)
class Take:
    """weights (F, 52) of the units at FPS, frame 0 all zero; apex: the frame by which the onset is over; end: the first of the return;
    blinks: (start, duration) s of each."""

    weights: np.ndarray
    apex: int
    end: int
    blinks: tuple[tuple[float, float], ...]

    def onset(self, samples: int) -> np.ndarray:
        """Weights (samples, 52) at equal steps of time from neutral to the apex, by monotone cubics: as a faster camera would have it."""
        return PchipInterpolator(np.arange(self.apex + 1), self.weights[: self.apex + 1])(np.linspace(0.0, self.apex, samples))


def unrest(frames: int, units: int, time: float, rng: np.random.Generator) -> np.ndarray:
    """Low-passed noise (frames, units) of unit variance, forgetting over `time` s (two first-order filters), zero at frame 0."""
    keep = np.exp(-1.0 / (FPS * time))
    lead = int(4 * FPS * time)
    white = rng.normal(size=(lead + frames, units))
    for _ in range(2):
        white = lfilter([1.0 - keep], [1.0, -keep], white, axis=0)
    steady = (1.0 - keep) ** 2 * np.sqrt((1.0 + keep**2) / (1.0 - keep**2) ** 3)
    return (white[lead:] - white[lead]) / steady


def blink(time: np.ndarray, duration: float) -> np.ndarray:
    """Closure in [0, 1] at times (...) s after a blink's start: a fast fall, shut for a moment, a slower rise."""
    s = time / duration
    return minimum_jerk(s / CLOSING) * (1.0 - minimum_jerk((s - CLOSING - CLOSED) / (1.0 - CLOSING - CLOSED)))


def _phase(
    person: Person, time: np.ndarray, length: float, used: np.ndarray, names: tuple[str, ...], rng: np.random.Generator
) -> np.ndarray:
    """Progress (F, 52) in [0, 1] at times (F,) s into a phase of `length` s; the last of the used units (52,) finishes at its end.

    Brows, eyes, cheeks, nose, mouth and jaw start and finish apart, units of a region a little, the sides of a pair by milliseconds.
    """
    region = np.array([next(k for k, prefix in enumerate(REGIONS) if n.startswith(prefix)) for n in names])
    lag = float(np.clip(rng.normal(0.0, SIDE_LAG), -2 * SIDE_LAG, 2 * SIDE_LAG)) / length
    late = np.array([max(lag, 0.0) if n.endswith("Left") else max(-lag, 0.0) if n.endswith("Right") else 0.0 for n in names])
    start = rng.uniform(0.0, person.spread, len(REGIONS))[region] + rng.uniform(0.0, STAGGER, len(names)) + late
    finish = 1.0 - rng.uniform(0.0, 0.15, len(REGIONS))[region] - rng.uniform(0.0, STAGGER, len(names)) + late
    finish += 1.0 - finish[used].max()
    return minimum_jerk((time[:, None] / length - start) / (finish - start))


def _blink_times(person: Person, apex: float, length: float, rng: np.random.Generator) -> tuple[tuple[float, float], ...]:
    """Blinks of a take of `length` s: at the person's rate after the apex is reached, now and then one before it."""
    found = []
    duration = rng.uniform(*BLINK)
    if rng.uniform() < BLINK_IN_ONSET and duration + 2.0 / FPS < apex:
        found.append((rng.uniform(0.0, apex - duration), duration))
    first = apex + 2.0 / FPS + rng.exponential(1.0 / person.blinks)
    while first + BLINK[1] < length:
        found.append((first, rng.uniform(*BLINK)))
        first += BLINK[1] + rng.exponential(1.0 / person.blinks)
    return tuple(found)


def add_blinks(weights: np.ndarray, times: np.ndarray, blinks: tuple[tuple[float, float], ...], names: tuple[str, ...],
               rng: np.random.Generator) -> None:  # fmt: skip
    """Closes the lids in weights (F, 52), in place: fully, whatever they did, both sides within 10 ms; wide or narrowed eyes give way."""
    for start, duration in blinks:
        lag = float(np.clip(rng.normal(0.0, BLINK_LAG), -2 * BLINK_LAG, 2 * BLINK_LAG))
        for side, late in (("Left", max(lag, 0.0)), ("Right", max(-lag, 0.0))):
            shut = blink(times - start - late, duration)
            lid = names.index("eyeBlink" + side)
            weights[:, lid] += shut * (1.0 - weights[:, lid])
            for other in ("eyeWide", "eyeSquint"):
                weights[:, names.index(other + side)] *= 1.0 - shut


def perform(person: Person, label: str, apex: np.ndarray, names: tuple[str, ...], rng: np.random.Generator) -> Take:
    """A take that goes from neutral to the weights `apex` (52,), holds and comes back."""
    onset = float(np.clip(ONSET[label] * person.tempo * np.exp(rng.normal(0.0, 0.10)), SHORTEST, LONGEST))
    hold, offset = rng.uniform(*HOLD), onset * rng.uniform(*SLOWER)
    length = onset + hold + offset
    times = np.arange(int(np.ceil(length * FPS)) + 2) / FPS
    rise = _phase(person, times, onset, apex != 0.0, names, rng)
    fall = _phase(person, times - onset - hold, offset, apex != 0.0, names, rng)
    held = minimum_jerk((times - onset) / (hold + 0.5 * offset))[:, None]
    level = 1.0 + person.overshoot * (1.0 - minimum_jerk((times - onset) / 0.2))[:, None] - rng.uniform(0.0, SAG) * held
    level = level + DRIFT * unrest(len(times), len(names), 0.3, rng) * np.clip((times - onset) / 0.2, 0.0, 1.0)[:, None]
    weights = apex * rise * (1.0 - fall) * level
    noise = STILL_NOISE * unrest(len(times), len(names), NOISE_TIME, rng)
    free = np.array([not n.startswith(("eyeLook", "tongue", "jawOpen", "eyeBlink")) for n in names])
    weights = weights + noise * free
    blinks = _blink_times(person, onset, length, rng)
    add_blinks(weights, times, blinks, names, rng)
    apex_frame = int(np.ceil(onset * FPS))
    return Take(weights, apex_frame, max(int(np.ceil((onset + hold) * FPS)), apex_frame + 2), blinks)
