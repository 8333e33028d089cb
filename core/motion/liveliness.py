"""What a face does besides its expressions: it blinks, and it never stands quite still. Both as weights of ARKit units, drawn by a seed.

Times are drawn in seconds, so that another frame rate gives the same performance.
"""

from __future__ import annotations

import numpy as np

from ..head.landmarks import EYE_LEFT, EYE_RIGHT
from ..head.template import load_template
from .sequence import Sequence
from .timing import minimum_jerk

# Blinks. Rest 17 a minute, talk 26, reading 5 (Bentivoglio et al. 1997); about a third of a second, lids falling more than twice as fast as
# they rise (VanderWerf et al. 2003; Trutoiu et al. 2011 find that this asymmetry is what makes them look natural).
DURATION, SPREAD, SHORTEST, LONGEST = 0.30, 0.05, 0.20, 0.42  # s
CLOSING, CLOSED = 0.27, 0.05  # shares of a blink in which the lids fall, and stay down
EARLY = 0.7  # they rise fastest before the middle of their way
UNEVEN = 0.6  # standard deviation of the logarithm of the time between two blinks
APART = 0.25  # s, at least, from the end of a blink to the next but for a second one that follows at once
TWICE, AT_ONCE = 0.08, (0.04, 0.12)  # chance of a second blink, s after which it follows
DEPTH = (0.92, 1.0)
QUIET = 0.4  # s at the start and end of a performance without blinks
SHUT = 0.35  # of the resting face's opening: eyes that an expression has shut that far do not blink
WIDEST = 1.5  # an eye opened wide has farther to close, up to this

# Idle motion: what goes up and what goes down by one slow noise, at full liveliness.
SWAY = (
    (("browInnerUp",), ("browDownLeft", "browDownRight"), 0.10),
    (("browOuterUpLeft",), (), 0.06),
    (("browOuterUpRight",), (), 0.06),
    (("eyeWideLeft", "eyeWideRight"), ("eyeSquintLeft", "eyeSquintRight"), 0.12),
    (("mouthSmileLeft",), ("mouthFrownLeft",), 0.07),
    (("mouthSmileRight",), ("mouthFrownRight",), 0.07),
    (("mouthPressLeft", "mouthPressRight"), ("mouthShrugLower",), 0.10),
    (("mouthLeft",), ("mouthRight",), 0.05),
    (("jawLeft",), ("jawRight",), 0.03),
    (("noseSneerLeft", "noseSneerRight"), (), 0.05),
)
WAVES, SLOWEST, FASTEST = 10, 0.1, 0.7  # sine waves of a noise; Hz
FIXATION, GLANCE = 1.1, 0.045  # s for which the eyes rest on a point, on average; s of the jump to the next
GAZE = (0.16, 0.07)  # standard deviation of where they look, sideways and up or down, of a whole look
SIDEWAYS = (("eyeLookOutLeft", "eyeLookInRight"), ("eyeLookInLeft", "eyeLookOutRight"))
UPRIGHT = (("eyeLookUpLeft", "eyeLookUpRight"), ("eyeLookDownLeft", "eyeLookDownRight"))
FADE = 0.7  # s, at most a quarter of the performance, over which idle motion sets in and ends
BLINKS, IDLE = 1, 2  # streams of random numbers


def liveliness(sequence: Sequence, displacement: np.ndarray, fps: float) -> np.ndarray | None:
    """Weights (F, 52) of the template's ARKit units beside landmark displacement (F, 68, 3) m of a sequence; None where it asks for neither.

    Zero in the first and the last frame; idle motion stays within 0 to 1; a blink of eyes opened wide may exceed 1.
    """
    if not (sequence.blinks or sequence.idle):
        return None
    names = load_template().arkit_names
    times = np.arange(len(displacement)) / fps
    weights = idle(times, sequence.seed, sequence.idle) if sequence.idle else np.zeros((len(times), len(names)))
    if sequence.blinks:
        opening = eye_opening(displacement)
        closed = blinks(times, opening.min(axis=1), sequence.blinks, sequence.seed)[:, None]
        lids = [names.index("eyeBlinkRight"), names.index("eyeBlinkLeft")]
        beside = [names.index(unit + side) for unit in ("eyeWide", "eyeSquint") for side in ("Left", "Right")]
        weights[:, beside] *= 1.0 - closed
        weights[:, lids] = closed * np.clip(opening, 0.0, WIDEST)
    return weights


def eye_opening(displacement: np.ndarray) -> np.ndarray:
    """How far the right and the left eye are open (F, 2), 1 as in the resting face, under landmark displacement (F, 68, 3) m."""
    rest = load_template().landmark_points()
    made = np.empty((len(displacement), 2))
    for k, eye in enumerate((EYE_RIGHT, EYE_LEFT)):
        heights = [(points[..., eye, 2] @ [0.0, 0.5, 0.5, 0.0, -0.5, -0.5]) for points in (rest + displacement, rest)]
        made[:, k] = heights[0] / heights[1]
    return made


def blinks(times: np.ndarray, opening: np.ndarray, rate: float, seed: int) -> np.ndarray:
    """How far blinks shut the eyes (F,), 0 to 1, at evenly spaced times (F,) s; opening (F,) of the more closed eye; rate a minute."""
    rng = np.random.default_rng([seed, BLINKS])
    closed = np.zeros(len(times))
    mean = 60.0 / rate * (1.0 + TWICE) - DURATION * (1.0 + TWICE)
    start = rng.uniform(0.0, 1.0) * mean
    while start < times[-1]:
        duration = float(np.clip(rng.normal(DURATION, SPREAD), SHORTEST, LONGEST))
        depth, wait = rng.uniform(*DEPTH), mean * np.exp(rng.normal(0.0, UNEVEN) - 0.5 * UNEVEN**2)
        again = rng.uniform(*AT_ONCE) if rng.uniform() < TWICE else max(wait, APART)
        shown = _on_a_frame(start, duration, times)
        awake = np.interp(shown + duration * CLOSING, times, opening) > SHUT
        if shown > QUIET and shown + duration < times[-1] - QUIET and awake:
            closed = np.maximum(closed, depth * closure((times - shown) / duration))
        start += duration + again
    return closed


def closure(s: np.ndarray) -> np.ndarray:
    """How far (...) the lids are down at share s of a blink: a fast fall, shut for a moment, a slower rise."""
    rising = np.clip((s - CLOSING - CLOSED) / (1.0 - CLOSING - CLOSED), 0.0, 1.0)
    return minimum_jerk(s / CLOSING) * (1.0 - minimum_jerk(rising**EARLY))


def _on_a_frame(start: float, duration: float, times: np.ndarray) -> float:
    """The start moved by less than half a frame so that the eyes are shut in a frame, and not only between two."""
    shut = start + duration * (CLOSING + 0.5 * CLOSED)
    return start + float(times[np.abs(times - shut).argmin()]) - shut


def idle(times: np.ndarray, seed: int, strength: float) -> np.ndarray:
    """Weights (F, 52) of a face that does nothing in particular at times (F,) s; strength 0 to 1."""
    names = load_template().arkit_names
    weights = np.zeros((len(times), len(names)))

    def add(units: tuple[str, ...], values: np.ndarray) -> None:
        weights[:, [names.index(unit) for unit in units]] += strength * values[:, None]

    for k, (up, down, size) in enumerate(SWAY):
        noise = slow_noise(times, np.random.default_rng([seed, IDLE, k]))
        add(up, size * one_sided(noise))
        add(down, size * one_sided(-noise))
    for (up, down), place in zip((SIDEWAYS, UPRIGHT), gaze(times, np.random.default_rng([seed, IDLE, len(SWAY)])).T, strict=True):
        add(up, np.maximum(place, 0.0))
        add(down, np.maximum(-place, 0.0))
    fade = min(FADE, 0.25 * times[-1])
    return np.clip(weights, 0.0, 1.0) * (minimum_jerk(times / fade) * minimum_jerk((times[-1] - times) / fade))[:, None]


def slow_noise(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A smooth wandering (F,) of unit variance."""
    hertz = np.exp(rng.uniform(np.log(SLOWEST), np.log(FASTEST), WAVES))
    phase = rng.uniform(0.0, 2.0 * np.pi, WAVES)
    return np.sqrt(2.0 / WAVES) * np.sin(2.0 * np.pi * hertz * times[:, None] + phase).sum(axis=1)


def one_sided(noise: np.ndarray) -> np.ndarray:
    """0 where the noise is below 0, towards 1 above, with no kink."""
    squared = np.maximum(noise, 0.0) ** 2
    return squared / (1.0 + squared)


def gaze(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Where the eyes look (F, 2), to the person's left and up: they rest on a point, then jump to another, mostly a small way."""
    place, made, start = np.zeros(2), np.zeros((len(times), 2)), 0.0
    while start < times[-1]:
        start += 0.2 + rng.gamma(2.0, 0.5 * (FIXATION - 0.2))
        target = np.clip(rng.normal(0.0, 1.0, 2), -2.0, 2.0) * GAZE
        made += minimum_jerk((times - start) / GLANCE)[:, None] * (target - place)
        place = target
    return made
