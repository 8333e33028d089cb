"""What a label looks like: FACS recipes over the 52 ARKit units, with the ways in which people differ. Seeded."""

from __future__ import annotations

import numpy as np

from .synthetic_style import Person, mirror, sided

# Each label has one or more ways it is commonly done, after the FACS manual's (Ekman, Friesen and Hager 2002) predictions for the emotions
# and CoMA's own examples for the others. "mouthSmile" stands for both sides; cheekPuff below zero sucks the cheeks in.
RECIPES: dict[str, tuple[dict[str, float], ...]] = {
    "bareteeth": (
        {"mouthUpperUp": 0.8, "mouthLowerDown": 0.9, "mouthStretch": 0.5, "noseSneer": 0.25, "cheekSquint": 0.25, "jawOpen": 0.05},
        {"mouthUpperUp": 0.7, "mouthLowerDown": 0.95, "mouthSmile": 0.35, "mouthStretch": 0.35, "cheekSquint": 0.3, "jawOpen": 0.03},
    ),
    "cheeks_in": (
        {"mouthPucker": 0.8, "cheekPuff": -0.55, "mouthFunnel": 0.15, "jawOpen": 0.04},
        {"mouthPucker": 0.7, "cheekPuff": -0.65, "jawOpen": 0.09, "eyeSquint": 0.15},
    ),
    "eyebrow": (
        {"browInnerUp": 0.95, "browOuterUp": 0.9, "eyeWide": 0.35},
        {"browInnerUp": 0.85, "browOuterUp": 1.0, "eyeWide": 0.15, "mouthPress": 0.15},
    ),
    "high_smile": (
        {"mouthSmile": 0.95, "cheekSquint": 0.8, "mouthUpperUp": 0.55, "mouthDimple": 0.2, "eyeSquint": 0.45, "jawOpen": 0.06},
        {"mouthSmile": 1.0, "cheekSquint": 0.7, "mouthUpperUp": 0.65, "mouthStretch": 0.2, "eyeSquint": 0.35, "browInnerUp": 0.15},
    ),
    "lips_back": (
        {"mouthRollLower": 0.6, "mouthRollUpper": 0.55, "mouthStretch": 0.5, "mouthDimple": 0.45},
        {"mouthRollLower": 0.55, "mouthRollUpper": 0.6, "mouthStretch": 0.4, "mouthDimple": 0.6, "mouthPress": 0.2},
    ),
    "lips_up": (
        {"mouthUpperUp": 1.0, "noseSneer": 0.5, "mouthShrugUpper": 0.55, "cheekSquint": 0.3},
        {"mouthUpperUp": 0.95, "noseSneer": 0.35, "mouthShrugUpper": 0.7, "mouthShrugLower": 0.2},
    ),
    "mouth_down": (
        {"mouthFrown": 0.95, "mouthLowerDown": 0.5, "mouthStretch": 0.3, "jawOpen": 0.06},
        {"mouthFrown": 1.0, "mouthLowerDown": 0.3, "mouthShrugLower": 0.2, "mouthStretch": 0.2},
    ),
    "mouth_extreme": (
        {"jawOpen": 0.95, "mouthStretch": 0.65, "mouthUpperUp": 0.5, "mouthLowerDown": 0.6, "eyeWide": 0.4, "browInnerUp": 0.4},
        {"jawOpen": 0.9, "mouthStretch": 0.6, "mouthUpperUp": 0.6, "mouthLowerDown": 0.6, "eyeSquint": 0.6, "browDown": 0.4, "noseSneer": 0.4},
    ),
    "mouth_middle": (
        {"mouthPucker": 0.6, "mouthFunnel": 0.65, "jawOpen": 0.1},
        {"mouthPucker": 0.75, "mouthFunnel": 0.45, "jawOpen": 0.05},
    ),
    "mouth_open": (
        {"jawOpen": 0.75, "mouthLowerDown": 0.1},
        {"jawOpen": 0.7, "mouthFunnel": 0.15, "mouthUpperUp": 0.1},
    ),
    "mouth_side": (
        {"mouthLeft": 0.95, "jawLeft": 0.6, "mouthSmileLeft": 0.3},
        {"mouthLeft": 1.0, "jawLeft": 0.35, "mouthDimpleLeft": 0.5, "mouthPress": 0.2},
    ),
    "mouth_up": (
        {"mouthShrugLower": 0.95, "mouthShrugUpper": 0.6, "mouthPress": 0.4, "mouthFrown": 0.35},
        {"mouthShrugLower": 1.0, "mouthShrugUpper": 0.75, "mouthPress": 0.3, "mouthPucker": 0.15},
    ),
    "anger": (
        {"browDown": 0.95, "eyeSquint": 0.4, "noseSneer": 0.4, "mouthPress": 0.65, "mouthRollLower": 0.25, "mouthShrugLower": 0.25},
        {"browDown": 0.95, "eyeSquint": 0.3, "noseSneer": 0.5, "mouthUpperUp": 0.35, "mouthLowerDown": 0.6, "mouthStretch": 0.25, "jawOpen": 0.15},
        {"browDown": 1.0, "eyeWide": 0.3, "noseSneer": 0.3, "mouthPress": 0.5, "mouthFunnel": 0.2, "jawForward": 0.3},
    ),
    "disgust": (
        {"noseSneer": 1.0, "mouthUpperUp": 0.75, "browDown": 0.55, "mouthFrown": 0.4, "cheekSquint": 0.45, "eyeSquint": 0.4},
        {"noseSneer": 0.9, "mouthUpperUp": 0.55, "browDown": 0.4, "mouthShrugLower": 0.5, "mouthFrown": 0.4, "cheekSquint": 0.3},
    ),
    "fear": (
        {"browInnerUp": 0.9, "browOuterUp": 0.45, "browDown": 0.35, "eyeWide": 0.95, "mouthStretch": 0.8, "mouthLowerDown": 0.35, "jawOpen": 0.22},
        {"browInnerUp": 0.95, "browOuterUp": 0.35, "browDown": 0.45, "eyeWide": 0.85, "mouthStretch": 0.9, "mouthLowerDown": 0.2, "jawOpen": 0.08},
    ),
    "happiness": (
        {"mouthSmile": 0.8, "cheekSquint": 0.55, "eyeSquint": 0.2, "mouthDimple": 0.15},
        {"mouthSmile": 0.75, "cheekSquint": 0.6, "eyeSquint": 0.2, "mouthUpperUp": 0.12, "jawOpen": 0.14},
    ),
    "sadness": (
        {"browInnerUp": 0.95, "browDown": 0.3, "mouthFrown": 0.85, "mouthShrugLower": 0.5, "eyeSquint": 0.3, "eyeBlink": 0.15},
        {"browInnerUp": 1.0, "browDown": 0.2, "mouthFrown": 0.7, "mouthShrugLower": 0.65, "mouthPress": 0.25, "eyeBlink": 0.25},
    ),
    "surprise": (
        {"browInnerUp": 0.9, "browOuterUp": 0.9, "eyeWide": 0.8, "jawOpen": 0.55, "mouthFunnel": 0.12},
        {"browInnerUp": 0.85, "browOuterUp": 0.95, "eyeWide": 0.65, "jawOpen": 0.42, "mouthPucker": 0.15},
    ),
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
WEAKEST, STRONGEST = 0.35, 1.15  # intensity of a take; most are strong
UNIT_MIX, SIDE_MIX = 0.08, 0.04  # standard deviations, take by take, of the logarithm of a unit's strength and of its two sides
FULL = 1.15  # no unit is pulled farther than this


def strong_weights(
    person: Person, names: tuple[str, ...], labels: tuple[str, ...], label: str, rng: np.random.Generator, way: float | None = None
) -> np.ndarray:
    """Weights (52,) of the units at the apex of one take at full strength; way: a number in [0, 1) that picks one of RECIPES instead of habit."""
    ways = RECIPES[label]
    habit = way if way is not None else person.way[labels.index(label)] if rng.uniform() > SECOND_WAY else rng.uniform()
    weights = np.zeros(len(names))
    for stem, strength in ways[int(habit * len(ways))].items():
        common = strength * np.exp(rng.normal(0.0, UNIT_MIX))
        for k in sided(stem, names):
            weights[k] += common * person.gain[k] * np.exp(rng.normal(0.0, SIDE_MIX))
    return weights


def apex_weights(person: Person, names: tuple[str, ...], labels: tuple[str, ...], label: str, rng: np.random.Generator) -> np.ndarray:
    """Weights (52,) of the units at the apex of one take."""
    weights = strong_weights(person, names, labels, label, rng)
    if label == "mouth_side" and rng.uniform() < 0.5:
        weights = weights[mirror(names)]
    intensity = WEAKEST + (STRONGEST - WEAKEST) * rng.beta(3.2, 1.3)
    return np.minimum(weights * intensity, FULL)
