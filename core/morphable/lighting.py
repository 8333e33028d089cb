"""The light on a photo's face, nine harmonics; what it explains, and what has the skin's own colour."""

from __future__ import annotations

import numpy as np

LIGHTS = 9
STEPS = 8  # of reweighting


def harmonics(normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nine real spherical harmonics (S, 9) up to degree 2, unscaled, at unit normals (S, 3), and their derivatives (S, 9, 3)."""
    x, y, z = normals.T
    one, zero = np.ones_like(x), np.zeros_like(x)
    values = np.stack([one, x, y, z, x * y, x * z, y * z, x * x - y * y, 3 * z * z - 1], axis=1)
    slopes = [(zero, zero, zero), (one, zero, zero), (zero, one, zero), (zero, zero, one), (y, x, zero), (z, zero, x), (zero, z, y),
              (2 * x, -2 * y, zero), (zero, zero, 6 * z)]  # fmt: skip
    return values, np.stack([np.stack(slope, axis=1) for slope in slopes], axis=1)


def median(values: np.ndarray, weights: np.ndarray) -> float:
    """The weighted median of values (S,)."""
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])


def explained(values: np.ndarray, bright: np.ndarray, trust: np.ndarray) -> np.ndarray:
    """The coefficients (L,) that best explain brightness (S,) by values (S, L); what they cannot explain is believed less."""
    weight, found = trust, np.zeros(values.shape[1])
    for _ in range(STEPS):
        ridge = 1e-3 * weight.sum() * np.diag(np.r_[0.0, np.ones(len(found) - 1)])
        found = np.linalg.solve((values.T * weight) @ values + ridge, (values.T * weight) @ bright)
        off = np.abs(values @ found - bright)
        weight = trust / (1.0 + (off / (2.0 * median(off, trust) + 1e-9)) ** 2) ** 2
    return found


def alike(colours: np.ndarray, values: np.ndarray, limit: float, least: float) -> np.ndarray:
    """How far (S,) 0..1 places of linear colours (S, 3) have the skin's own: red and blue over green, which light changes slowly over values (S, 4)
    of it, within `limit` times their spread, at least `least`."""
    red, green, blue = np.log(colours.T + 0.01)
    trust = np.ones(len(colours))
    for chroma in (red - green, blue - green):
        off = chroma - values @ explained(values, chroma, trust)
        spread = max(1.4826 * float(np.median(np.abs(off))), least)
        trust = trust / (1.0 + (off / (limit * spread)) ** 2) ** 2
    return trust
