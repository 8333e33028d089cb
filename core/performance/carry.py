"""From landmarks that move to a head that moves: S2D-Dec and the transfer, run only on the frames that tell the motion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..head.adaptation import Adaptation
from ..head.mesh import HeadMesh
from ..head.template import load_template
from ..head.transfer import Transfer
from ..runtime.backend import Backend

STRAIGHT_M = 1e-4  # by how much a landmark may be off in a frame that lies between two kept ones
ARKIT_M = 0.01  # about what a landmark moves at weight 1 of an ARKit unit
AT_ONCE = 32  # frames worked on between two looks at whether to stop


@dataclass(frozen=True)
class Carried:
    """Motion (M, V, 3) float32 of a head in its own units and axes at `frames` (M,) of `count`; straight in between."""

    frames: np.ndarray
    motion: np.ndarray
    count: int

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Values (M, ...) given at the kept frames, at all of them (count, ...)."""
        if len(self.frames) == self.count:
            return values
        after = np.clip(np.searchsorted(self.frames, np.arange(self.count)), 1, len(self.frames) - 1)
        before = after - 1
        share = (np.arange(self.count) - self.frames[before]) / (self.frames[after] - self.frames[before])
        share = share.astype(values.dtype).reshape(-1, *[1] * (values.ndim - 1))
        return values[before] * (1 - share) + values[after] * share


def telling_frames(values: np.ndarray, tolerance: float) -> np.ndarray:
    """Frames (M,) of values (F, N, D), first and last among them, between which straight lines are within `tolerance` of every left-out one.

    Douglas and Peucker 1973 on all curves at once; the error is the distance in D.
    """
    last = len(values) - 1
    keep = np.zeros(len(values), bool)
    keep[[0, last]] = True
    spans = [(0, last)] if last > 1 else []
    while spans:
        start, end = spans.pop()
        share = (np.arange(start + 1, end) - start)[:, None, None] / (end - start)
        line = values[start] * (1 - share) + values[end] * share
        error = np.linalg.norm(values[start + 1 : end] - line, axis=2).max(axis=1, initial=0.0)
        worst = int(error.argmax())
        if error[worst] > tolerance:
            middle = start + 1 + worst
            keep[middle] = True
            spans += [span for span in ((start, middle), (middle, end)) if span[1] - span[0] > 1]
    return np.flatnonzero(keep)


def carry_landmarks(
    adaptation: Adaptation,
    mesh: HeadMesh,
    displacement: np.ndarray,
    arkit: np.ndarray | None,
    backend: Backend,
    progress: Callable[[float], None],
) -> Carried:
    """Landmark displacement (F, 68, 3) m canonical, and weights (F, 52) of ARKit units beside it or None, as motion of the head.

    adaptation and mesh are for triangles that face outward.
    """
    template = load_template()
    frames = telling_frames(told(displacement, arkit), STRAIGHT_M)
    transfer = Transfer(adaptation, mesh, template)
    motion = np.empty((len(frames), len(mesh.vertices), 3), np.float32)
    for first in range(0, len(frames), AT_ONCE):
        rows = frames[first : first + AT_ONCE]
        progress(first / len(frames))
        motion[first : first + AT_ONCE] = transfer.in_own_space(fields_at(rows, adaptation, displacement, arkit, backend))
    progress(1.0)
    return Carried(frames, motion, len(displacement))


def decode(adaptation: Adaptation, displacement: np.ndarray, backend: Backend) -> np.ndarray:
    """S2D-Dec: landmark displacement (F, 68, 3) m -> fields (F, Vt, 3) m on the template laid onto the head."""
    face = {"landmarks": displacement.astype(np.float32), "neutral": adaptation.registered[None].astype(np.float32)}
    return backend.run("s2d_dec", face)["displacement"].astype(np.float64)


def fields_at(
    frames: np.ndarray, adaptation: Adaptation, displacement: np.ndarray, arkit: np.ndarray | None, backend: Backend
) -> np.ndarray:
    """Fields (M, Vt, 3) m on the template laid onto the head at frames (M,): those of S2D-Dec, and those of the ARKit units added to them."""
    fields = decode(adaptation, displacement[frames], backend)
    if arkit is not None:
        fields += np.tensordot(arkit[frames], load_template().arkit_fields().astype(np.float64), axes=1)
    return fields


def told(displacement: np.ndarray, arkit: np.ndarray | None) -> np.ndarray:
    """All that tells the motion as points (F, N, 3) m: landmarks (F, 68, 3), and weights (F, 52) as points that move as far as a landmark would."""
    if arkit is None:
        return displacement
    return np.concatenate([displacement, ARKIT_M * arkit[:, :, None] * np.array([1.0, 0.0, 0.0])], axis=1)
