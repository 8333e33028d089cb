"""What a rendered person looks like, in numbers: skin, lips, brows, lashes, eyes, teeth, beard, hair, make-up, glasses, clothes. By a seed.

`face_paint` and `face_extras` turn the numbers into paint and geometry. Everything is procedural: CC0, like the heads.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

# Skin from dark to light, linear RGB: ends of a line on which tones are drawn, with a random cast beside it
DARKEST, LIGHTEST, CAST = np.array([0.085, 0.038, 0.022]), np.array([0.60, 0.36, 0.26]), 0.03
IRISES = np.array([[0.05, 0.022, 0.010], [0.11, 0.055, 0.022], [0.10, 0.12, 0.05], [0.10, 0.14, 0.18], [0.14, 0.16, 0.17]])
HAIRS = np.array(
    [[0.008, 0.006, 0.005], [0.03, 0.016, 0.008], [0.09, 0.05, 0.024], [0.30, 0.19, 0.09], [0.20, 0.06, 0.02], [0.38, 0.37, 0.36]]
)
HAIR_STYLES = ("none", "cropped", "short", "fringe", "long")
GLASSES = ("none", "thin", "thick")


@dataclass(frozen=True)
class Appearance:
    """One person's looks; drawn by `random_appearance`. Colours are linear RGB, lengths m, strengths 0..1.

    mottle, freckles, age: unevenness, spots and lines of the skin; oil: its shine; flush: red of cheeks and nose; bags: dark below the eyes.
    brow_*: width at the thickest, density of its hairs, lift above the template's place, arch, taper of the outer end; lashes length;
    liner, shadow, lip_strength: make-up of lids and lips; iris_size rad; veins; beard and moustache 0 (shaven) to 1, shaven its shadow;
    hair_line m above the eyes, hair_volume m, hair_part -1..1 where it is parted; glasses_tint; cloth and its collar's height.
    """

    seed: int
    skin: np.ndarray
    mottle: float
    freckles: float
    age: float
    oil: float
    flush: float
    bags: float
    hair: np.ndarray
    hair_style: str
    hair_line: float
    hair_volume: float
    hair_part: float
    brow: np.ndarray
    brow_width: float
    brow_density: float
    brow_lift: float
    brow_arch: float
    brow_taper: float
    lashes: float
    liner: float
    shadow: float
    shadow_colour: np.ndarray
    lip_colour: np.ndarray
    lip_strength: float
    lip_gloss: float
    iris: np.ndarray
    iris_size: float
    pupil_size: float
    sclera: np.ndarray
    veins: float
    teeth: np.ndarray
    beard: float
    moustache: float
    shaven: float
    glasses: str
    glasses_colour: np.ndarray
    glasses_size: np.ndarray
    glasses_tint: float
    cloth: np.ndarray
    collar: float


def random_appearance(rng: np.random.Generator) -> Appearance:
    """A person's looks; brows, beard and hair go from hardly there to heavy."""
    tone = rng.beta(1.5, 1.0)
    skin = DARKEST ** (1 - tone) * LIGHTEST**tone * np.exp(rng.normal(0.0, 0.1) + rng.normal(0.0, CAST, 3))
    hair = HAIRS[rng.choice(len(HAIRS), p=_hair_odds(tone))] * np.exp(rng.normal(0.0, 0.25))
    made_up, bearded = rng.uniform() < 0.35, rng.uniform() < 0.4
    iris = IRISES[rng.integers(len(IRISES)) if tone > 0.6 else rng.integers(2)] * np.exp(rng.normal(0.0, 0.2, 3))
    natural = skin * np.array([0.95, 0.55, 0.58]) * np.exp(rng.normal(0.0, 0.12, 3))
    lipstick = (0.4 + 0.6 * tone) * np.array([0.22, 0.035, 0.05]) * np.exp(rng.normal(0.0, 0.3, 3))
    beard = rng.beta(0.7, 0.9) if bearded and not made_up else 0.0
    return Appearance(
        seed=int(rng.integers(2**31)),
        skin=skin,
        mottle=rng.uniform(0.3, 1.0),
        freckles=max(0.0, rng.uniform(-1.5, 1.0)),
        age=rng.beta(1.0, 1.6),
        oil=rng.uniform(0.1, 1.0),
        flush=rng.uniform(0.0, 0.5) + 0.3 * made_up * rng.uniform(),
        bags=rng.uniform(0.0, 0.6),
        hair=hair,
        hair_style=str(rng.choice(HAIR_STYLES, p=[0.12, 0.2, 0.3, 0.2, 0.18])),
        hair_line=rng.uniform(0.05, 0.08),
        hair_volume=rng.uniform(0.006, 0.024),
        hair_part=rng.uniform(-1.0, 1.0),
        brow=np.minimum(hair, 0.14) * np.exp(rng.normal(-0.7, 0.4)) + 0.03 * skin,
        brow_width=rng.uniform(0.004, 0.009),
        brow_density=rng.beta(1.6, 0.9),
        brow_lift=rng.normal(0.0, 0.0014),
        brow_arch=rng.normal(0.0, 0.0012),
        brow_taper=rng.uniform(0.3, 0.9),
        lashes=rng.uniform(0.001, 0.004) + 0.0025 * made_up,
        liner=rng.uniform(0.2, 1.0) if made_up and rng.uniform() < 0.6 else 0.0,
        shadow=rng.uniform(0.1, 0.6) if made_up and rng.uniform() < 0.5 else 0.0,
        shadow_colour=skin * rng.uniform(0.15, 1.0, 3),
        lip_colour=lipstick if made_up and rng.uniform() < 0.6 else natural,
        lip_strength=rng.uniform(0.35, 0.95),
        lip_gloss=rng.uniform(0.2, 1.0),
        iris=iris,
        iris_size=rng.normal(0.40, 0.015),
        pupil_size=rng.uniform(0.11, 0.22),
        sclera=np.array([0.50, 0.46, 0.43]) * np.exp(rng.normal(0.0, 0.08)) * np.exp(rng.normal(0.0, 0.02, 3)),
        veins=rng.uniform(0.0, 0.6),
        teeth=np.array([0.76, 0.68, 0.54]) * np.exp(rng.normal(0.0, 0.12)) * [1.0, 1.0, np.exp(rng.normal(0.0, 0.1))],
        beard=beard,
        moustache=beard * rng.uniform(0.5, 1.0) if rng.uniform() < 0.8 else rng.uniform(0.0, 0.8) * (beard == 0) * bearded,
        shaven=0.0 if made_up else max(0.0, rng.uniform(-0.4, 0.6)),
        glasses=str(rng.choice(GLASSES, p=[0.82, 0.1, 0.08])),
        glasses_colour=rng.uniform(0.0, 0.12) + rng.uniform(0.0, 0.25, 3) ** 2,
        glasses_size=rng.uniform([0.023, 0.016, 2.0], [0.030, 0.024, 5.0]),
        glasses_tint=rng.uniform(0.0, 0.15) if rng.uniform() < 0.85 else rng.uniform(0.2, 0.6),
        cloth=rng.uniform(0.0, 1.0) ** 1.5 * rng.uniform(0.1, 1.0, 3),
        collar=rng.uniform(-0.05, 0.012),
    )


def plain(look: Appearance) -> Appearance:
    """The same person's bare face: shaven, hair off, no make-up or glasses, even skin."""
    return replace(
        look, mottle=0.3, freckles=0.0, age=0.0, oil=0.2, flush=0.1, bags=0.0, hair_style="none", liner=0.0, shadow=0.0, beard=0.0, moustache=0.0,
        shaven=0.0, glasses="none",
    )  # fmt: skip


def _hair_odds(tone: float) -> np.ndarray:
    """Chances (6,) of HAIRS: fair and red hair go with fair skin."""
    odds = np.array([1.0, 0.8, 0.7 * tone, 0.6 * max(0.0, tone - 0.4), 0.25 * max(0.0, tone - 0.4), 0.3])
    return odds / odds.sum()
