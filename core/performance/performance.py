"""What core.api gives for a head: a performance, a rig; and what a transfer takes, a moving head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..head.adaptation import Adaptation
from ..head.mesh import HeadMesh
from ..keys import Keys
from ..motion.clip import Clip


@dataclass(frozen=True)
class Performance:
    """A motion on one head: keys and their weights, the clip of its landmarks, and how far the keys are off.

    residual_mm: the largest error of the keys at life size, residual_p95_mm: that of 95 % of all moving vertices and frames.
    weight_tolerance (K,): the error of each key's weight that moves no vertex by more than THIN_MM, for thinning its curve.
    adaptation: the caller may keep it so that the next call on this head is quick. motion (F, V, 3) float32: the displacement itself in
    the head's own units and axes, for a vertex cache, only where it was asked for.
    """

    keys: Keys
    clip: Clip
    fps: float
    label: str
    residual_mm: float
    residual_p95_mm: float
    weight_tolerance: np.ndarray
    adaptation: Adaptation
    motion: np.ndarray | None = None


@dataclass(frozen=True)
class Rig:
    """The ARKit keys of a head, and the adaptation, which the caller may keep so that the next call on this head is quick."""

    keys: Keys
    adaptation: Adaptation


@dataclass(frozen=True)
class HeadMotion:
    """A moving head: its neutral, and vertices (F, V, 3) float32 in the same space and order, at fps frames a second."""

    mesh: HeadMesh
    vertices: np.ndarray
    fps: float
    name: str
