"""Noise, a label and an intensity to a clip; numpy only, the network runs in whichever backend is given."""

from __future__ import annotations

import numpy as np

from ..errors import ModelError
from ..head.landmarks import COUNT
from ..labels import LABELS, resolve
from ..runtime.backend import Backend
from . import sphere, srvf
from .clip import Clip

NOISE = 128
MOST_NOISE = 2.5  # rarer draws are pulled in to this: no animator wants the one motion in a hundred that nobody has ever made
DURATION = 1.0  # s; of a clip before it is retimed


def noise_for(label: str, seed: int) -> np.ndarray:
    """The generator's noise (128,) float32 for a label and seed; other seeds, and the same seed for another label, are independent."""
    rng = np.random.default_rng([seed, LABELS.index(label)])
    return np.clip(rng.standard_normal(NOISE), -MOST_NOISE, MOST_NOISE).astype(np.float32)


def one_hot(label: str) -> np.ndarray:
    """The label as the network takes it (18,) float32."""
    return (np.arange(len(LABELS)) == LABELS.index(label)).astype(np.float32)


def generate_motion(label: str, seed: int, intensity: float, backend: Backend) -> tuple[np.ndarray, float]:
    """q (S, 204) on the sphere and log_length of one generated motion. ModelError where the network returns what cannot be a motion."""
    given = {"noise": noise_for(label, seed)[None], "label": one_hot(label)[None], "intensity": np.array([[intensity]], np.float32)}
    out = backend.run("motion3dgan", given)
    q, log_length = out["q"][0].astype(np.float64), float(out["log_length"][0, 0])
    if q.shape[-1] != COUNT * 3 or not np.isfinite(q).all() or not np.isfinite(log_length):
        raise ModelError(f"motion3dgan on {backend.name} returned a motion {q.shape} that is damaged. Install Mimica's models again.")
    return sphere.normalise(q), log_length


def generate_clip(label: str, *, frames: int, fps: float, intensity: float, seed: int, backend: Backend) -> Clip:
    """A new motion, neutral to apex, in `frames` frames at `fps`; the same seed gives the same clip.

    intensity >= 0: 1 is a typical full performance, 0 exactly neutral. The network is given it as a condition within the range seen in its
    training, so that a weak smile is not a strong one made small; beyond that range it scales the displacement on.
    """
    label = resolve(label)
    q, log_length = generate_motion(label, seed, intensity, backend)
    curve = srvf.decode(q, np.asarray(log_length if intensity > 0.0 else -np.inf, np.float64))
    displacement = curve.reshape(len(curve), COUNT, 3)
    whole = Clip(np.linspace(0.0, DURATION, len(curve)), displacement, label, seed, "motion3dgan")
    return whole.retimed(frames, fps)
