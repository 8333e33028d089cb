"""How a person moves: mostly a smooth function of what can be seen of their neutral face, and a little that cannot be seen. Seeded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SIDES = ("Left", "Right")
# Visible measures of a neutral face at the template's size, by landmarks: mean and standard deviation in mm over 160 random identities.
MEASURES = {
    "mouth width": (43.3, 3.3),
    "lip thickness": (20.8, 2.9),
    "brow height": (17.8, 1.7),
    "face width": (129.6, 7.5),
    "nose length": (49.4, 2.1),
    "nose width": (26.7, 3.2),
    "eye opening": (7.5, 1.1),
    "chin length": (24.9, 4.0),
}
TILTS = {"mouth tilt": 0.6, "brow tilt": 0.6}  # mm, standard deviation; height of the left side above the right one
STYLE_SEED = 20  # of the fixed map from measures to gains: part of the set's definition, not of a person
FAR = 2.5  # standard deviations at which a measure's effect levels out
VISIBLE_GAIN, HIDDEN_GAIN = 0.16, 0.03  # standard deviations of the logarithm of a unit's gain
VISIBLE_TILT, HIDDEN_TILT = 0.05, 0.02  # of the logarithm of left over right


@dataclass(frozen=True)
class Person:
    """How one person moves: gain (52,) of every unit; way (labels,) a number in [0, 1) that picks their usual way of a recipe; tempo,
    factor on durations; spread, share of the onset within which the face's regions start; overshoot, share of the apex; blinks a second."""

    gain: np.ndarray
    way: np.ndarray
    tempo: float
    spread: float
    overshoot: float
    blinks: float


def sided(name: str, names: tuple[str, ...]) -> list[int]:
    """Indices of a unit in `names`: one for a unit as named there, both sides for the common stem of a pair."""
    found = [names.index(n) for n in (name, *(name + side for side in SIDES)) if n in names]
    if not found:
        raise KeyError(name)
    return found


def stems(names: tuple[str, ...]) -> list[str]:
    """The units' names with pairs named once, sorted."""
    return sorted({n.removesuffix("Left").removesuffix("Right") for n in names})


def mirror(names: tuple[str, ...]) -> np.ndarray:
    """Index (52,) that swaps the sides: unit k of a mirrored face is unit mirror[k]."""
    swap = {"Left": "Right", "Right": "Left"}
    other = [n[: -len(s)] + swap[s] if (s := next((s for s in SIDES if n.endswith(s)), "")) else n for n in names]
    return np.array([names.index(n) for n in other])


def measured(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The MEASURES (..., 8) and TILTS (..., 2) in mm of neutral landmarks (..., 68, 3) m in canonical space."""

    def apart(a: int, b: int) -> np.ndarray:
        return np.linalg.norm(points[..., a, :] - points[..., b, :], axis=-1)

    height = points[..., 2]
    measures = [
        apart(48, 54),
        apart(51, 62) + apart(66, 57),
        height[..., 17:27].mean(axis=-1) - height[..., 36:48].mean(axis=-1),
        apart(1, 15),
        apart(27, 33),
        apart(31, 35),
        0.25 * (apart(37, 41) + apart(38, 40) + apart(43, 47) + apart(44, 46)),
        apart(57, 8),
    ]
    tilts = [height[..., 54] - height[..., 48], height[..., 22:27].mean(axis=-1) - height[..., 17:22].mean(axis=-1)]
    return 1000.0 * np.stack(measures, axis=-1), 1000.0 * np.stack(tilts, axis=-1)


def visible_gain(points: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Gain (52,) of the units that follows from neutral landmarks (68, 3) m alone.

    log gain of a pair = VISIBLE_GAIN * a . z / |a|, and of left over right VISIBLE_TILT * b . t, where z are the standardised MEASURES and
    t the standardised TILTS, levelled out at FAR, and a and b are fixed random vectors of each unit: wide mouths smile in one way, thin
    lips in another, and a model that sees the neutral face can know it.
    """
    fixed = np.random.default_rng([STYLE_SEED, 0x57])
    measures, tilts = measured(points)
    table = np.array(list(MEASURES.values()))
    seen = FAR * np.tanh((measures - table[:, 0]) / table[:, 1] / FAR)
    tilted = FAR * np.tanh(tilts / np.array(list(TILTS.values())) / FAR)
    gain = np.zeros(len(names))
    for stem in stems(names):
        along, across = fixed.normal(size=len(seen)), fixed.normal(size=len(tilted))
        common = VISIBLE_GAIN * (along @ seen) / np.linalg.norm(along)
        between = VISIBLE_TILT * (across @ tilted) / np.linalg.norm(across)
        for k in sided(stem, names):
            gain[k] = common + 0.5 * between * (names[k].endswith("Left") - int(names[k].endswith("Right")))
    return np.exp(gain)


def random_person(names: tuple[str, ...], labels: tuple[str, ...], points: np.ndarray, seed: int) -> Person:
    """The habits of a person with neutral landmarks `points` (68, 3) m; `seed` decides what the face does not show."""
    rng = np.random.default_rng([seed, 0xFAC])
    hidden = np.zeros(len(names))
    for stem in stems(names):
        common = rng.normal(0.0, HIDDEN_GAIN)
        for k in sided(stem, names):
            hidden[k] = common + rng.normal(0.0, HIDDEN_TILT)
    return Person(
        gain=visible_gain(points, names) * np.exp(hidden),
        way=rng.uniform(size=len(labels)),
        tempo=float(np.exp(rng.normal(0.0, 0.12))),
        spread=float(rng.uniform(0.05, 0.22)),
        overshoot=float(rng.uniform(0.02, 0.07)) if rng.uniform() < 0.35 else 0.0,
        blinks=float(np.clip(rng.normal(0.28, 0.10), 0.1, 0.5)),
    )
