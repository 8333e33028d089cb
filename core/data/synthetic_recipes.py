"""What a label looks like and how a person performs it: FACS recipes over the 52 ARKit units, person-to-person variation, timing. Seeded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SAMPLES = 31  # neutral, then 30 steps to the apex

# Each label has one or more ways it is commonly done. "mouthSmile" stands for both sides; cheekPuff below zero sucks the cheeks in.
RECIPES: dict[str, tuple[dict[str, float], ...]] = {
    "bareteeth": ({"mouthUpperUp": 0.8, "mouthLowerDown": 0.9, "mouthStretch": 0.5, "noseSneer": 0.25, "cheekSquint": 0.25, "jawOpen": 0.05},),
    "cheeks_in": ({"mouthPucker": 0.8, "cheekPuff": -0.55, "mouthFunnel": 0.15, "jawOpen": 0.04},),
    "eyebrow": ({"browInnerUp": 0.95, "browOuterUp": 0.9, "eyeWide": 0.35},),
    "high_smile": ({"mouthSmile": 0.95, "cheekSquint": 0.8, "mouthUpperUp": 0.4, "mouthDimple": 0.2, "eyeSquint": 0.45, "jawOpen": 0.06},),
    "lips_back": ({"mouthRollLower": 0.6, "mouthRollUpper": 0.55, "mouthStretch": 0.5, "mouthDimple": 0.45},),
    "lips_up": ({"mouthUpperUp": 1.0, "noseSneer": 0.5, "mouthShrugUpper": 0.55, "cheekSquint": 0.3},),
    "mouth_down": ({"mouthFrown": 0.95, "mouthLowerDown": 0.5, "mouthStretch": 0.3, "jawOpen": 0.06},),
    "mouth_extreme": (
        {"jawOpen": 0.95, "mouthStretch": 0.65, "mouthUpperUp": 0.5, "mouthLowerDown": 0.6, "eyeWide": 0.4, "browInnerUp": 0.4},
        {"jawOpen": 0.9, "mouthStretch": 0.6, "mouthUpperUp": 0.6, "mouthLowerDown": 0.6, "eyeSquint": 0.6, "browDown": 0.4, "noseSneer": 0.4},
    ),
    "mouth_middle": ({"mouthPucker": 0.6, "mouthFunnel": 0.65, "jawOpen": 0.1},),
    "mouth_open": ({"jawOpen": 0.75, "mouthLowerDown": 0.1},),
    "mouth_side": ({"mouthLeft": 0.95, "jawLeft": 0.6, "mouthSmileLeft": 0.3},),
    "mouth_up": ({"mouthShrugLower": 0.95, "mouthShrugUpper": 0.6, "mouthPress": 0.4, "mouthFrown": 0.35},),
    "anger": (
        {"browDown": 0.95, "eyeSquint": 0.4, "noseSneer": 0.4, "mouthPress": 0.65, "mouthRollLower": 0.25, "mouthShrugLower": 0.25},
        {"browDown": 0.95, "eyeSquint": 0.3, "noseSneer": 0.5, "mouthUpperUp": 0.35, "mouthLowerDown": 0.6, "mouthStretch": 0.25, "jawOpen": 0.15},
    ),
    "disgust": (
        {"noseSneer": 1.0, "mouthUpperUp": 0.75, "browDown": 0.55, "mouthFrown": 0.4, "cheekSquint": 0.45, "eyeSquint": 0.4},
        {"noseSneer": 0.9, "mouthUpperUp": 0.55, "browDown": 0.4, "mouthShrugLower": 0.5, "mouthFrown": 0.4, "cheekSquint": 0.3},
    ),
    "fear": ({"browInnerUp": 0.9, "browOuterUp": 0.45, "browDown": 0.35, "eyeWide": 0.95, "mouthStretch": 0.8, "mouthLowerDown": 0.35,
              "jawOpen": 0.22},),
    "happiness": (
        {"mouthSmile": 0.8, "cheekSquint": 0.55, "eyeSquint": 0.2, "mouthDimple": 0.15},
        {"mouthSmile": 0.75, "cheekSquint": 0.6, "eyeSquint": 0.2, "mouthUpperUp": 0.25, "jawOpen": 0.14},
    ),
    "sadness": ({"browInnerUp": 0.95, "browDown": 0.3, "mouthFrown": 0.85, "mouthShrugLower": 0.5, "eyeSquint": 0.3, "eyeBlink": 0.15},),
    "surprise": ({"browInnerUp": 0.9, "browOuterUp": 0.9, "eyeWide": 0.8, "jawOpen": 0.55, "mouthFunnel": 0.12},),
}  # fmt: skip

# Units that hinder or help each other when they act together: the second one's effect is multiplied by 1 + factor * weight of the first.
CORRECTIVES = (
    ("jawOpen", "mouthSmile", -0.35),
    ("jawOpen", "mouthStretch", -0.30),
    ("jawOpen", "mouthFrown", -0.40),
    ("jawOpen", "mouthPucker", -0.30),
    ("jawOpen", "mouthShrugLower", -0.50),
    ("jawOpen", "mouthUpperUp", 0.15),
    ("mouthPucker", "mouthSmile", -0.40),
    ("mouthSmile", "mouthUpperUp", -0.20),
    ("mouthSmile", "cheekSquint", 0.20),
    ("noseSneer", "browDown", 0.15),
    ("noseSneer", "mouthUpperUp", -0.20),
    ("browDown", "browInnerUp", -0.35),
    ("eyeSquint", "eyeWide", -0.60),
)
SECOND_WAY = 0.25  # chance that a person does not perform a label in their usual way
SIDES = ("Left", "Right")


def sided(name: str, names: tuple[str, ...]) -> list[int]:
    """Indices of a unit in `names`: one for a unit as named there, both sides for the common stem of a pair."""
    found = [names.index(n) for n in (name, *(name + side for side in SIDES)) if n in names]
    if not found:
        raise KeyError(name)
    return found


@dataclass(frozen=True)
class Person:
    """How one person moves: gain (52,) of every unit, way (labels,) preferred of each recipe, haste and spread of their timing."""

    gain: np.ndarray
    way: np.ndarray
    haste: float
    spread: float


def random_person(names: tuple[str, ...], labels: tuple[str, ...], seed: int) -> Person:
    """A person's habits; the two sides of a pair differ slightly."""
    rng = np.random.default_rng([seed, 0xFAC])
    gain = np.ones(len(names))
    for stem in sorted({n.removesuffix("Left").removesuffix("Right") for n in names}):
        common = np.exp(rng.normal(0.0, 0.10))
        for k in sided(stem, names):
            gain[k] = common * np.exp(rng.normal(0.0, 0.05))
    ways = np.array([rng.integers(len(RECIPES[label])) for label in labels])
    return Person(gain, ways, float(rng.uniform(0.0, 0.15)), float(rng.uniform(0.05, 0.25)))


def apex_weights(person: Person, names: tuple[str, ...], labels: tuple[str, ...], label: str, rng: np.random.Generator) -> np.ndarray:
    """Weights (52,) of the units at the apex of one take."""
    ways = RECIPES[label]
    way = person.way[labels.index(label)] if rng.uniform() > SECOND_WAY else rng.integers(len(ways))
    weights = np.zeros(len(names))
    for stem, strength in ways[int(way)].items():
        common = strength * np.exp(rng.normal(0.0, 0.08))
        for k in sided(stem, names):
            weights[k] = max(weights[k], 0.0) + common * person.gain[k] * np.exp(rng.normal(0.0, 0.05))
    if label == "mouth_side" and rng.uniform() < 0.5:
        weights = weights[mirror(names)]
    return weights * np.clip(rng.normal(0.95, 0.12), 0.65, 1.15)


def mirror(names: tuple[str, ...]) -> np.ndarray:
    """Index (52,) that swaps the sides: unit k of a mirrored face is unit mirror[k]."""
    swap = {"Left": "Right", "Right": "Left"}
    other = [n[: -len(s)] + swap[s] if (s := next((s for s in SIDES if n.endswith(s)), "")) else n for n in names]
    return np.array([names.index(n) for n in other])


def minimum_jerk(s: np.ndarray) -> np.ndarray:
    """Flash and Hogan 1985: 0 to 1 with no velocity and no acceleration at either end; clamped outside [0, 1]."""
    s = np.clip(s, 0.0, 1.0)
    return s**3 * (10.0 - 15.0 * s + 6.0 * s**2)


def timed_weights(person: Person, apex: np.ndarray, names: tuple[str, ...], rng: np.random.Generator) -> np.ndarray:
    """Weights (SAMPLES, 52) from neutral to `apex` (52,); brows, eyes, cheeks, mouth and jaw start apart, and units within them a little."""
    time = np.linspace(0.0, 1.0, SAMPLES)
    region = {prefix: rng.uniform(0.0, person.spread) for prefix in ("brow", "eye", "cheek", "nose", "mouth", "jaw", "tongue")}
    start = np.array([next(v for p, v in region.items() if n.startswith(p)) for n in names]) + rng.uniform(0.0, 0.05, len(names))
    end = 1.0 - person.haste - rng.uniform(0.0, 0.12) - rng.uniform(0.0, 0.03, len(names))
    return apex * minimum_jerk((time[:, None] - start) / (end - start))


def corrected(weights: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Weights (..., 52) after the pair correctives, each side acting on its own side."""
    factor = np.ones_like(weights)
    for first, second, amount in CORRECTIVES:
        cause, effect = sided(first, names), sided(second, names)
        for k, unit in enumerate(effect):
            acting = weights[..., cause[k if len(cause) == len(effect) else 0]] if len(effect) > 1 else weights[..., cause].mean(axis=-1)
            factor[..., unit] *= 1.0 + amount * np.clip(acting, 0.0, 1.0)
    return weights * factor
