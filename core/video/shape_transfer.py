"""One person's pose and expression on another one's face: what the points would be if the guide's head had the reference's shape.

The open problem of One-shot Face Reenactment (chapter 5): its parsing map is drawn of the guide's own points, so the guide's jaw, nose and eyes
come along. Here the points of both are levelled (core/video/level.py), and a linear map of their difference, learned from rendered pairs of
people who do the same before the same camera (core/data/acting_pairs.py), says which part of it is shape: expression and what the detector does to
turned heads are the rest. No guide at rest is needed.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from ..errors import ModelError, ValueRangeError
from ..npz import check_array, read_npz
from ..runtime.store import MODELS, REINSTALL
from .capture import load_reference
from .level import Levelled, Reference, level
from .point_mesh import LOWER_LIDS, LOWER_LIP, POINTS, UPPER_LIDS, UPPER_LIP

PATH = MODELS / "shape_transfer" / "shape_transfer.npz"
POSES = 5  # numbers of a head's pose that the map reads
OPEN_EYE, OPEN_MOUTH = 0.25, 0.12  # gap over width at which a shape's own gap counts wholly; none of it where the guide's is shut


@dataclass(frozen=True)
class ShapeMap:
    """basis (K, 1434) of differences of levelled points; to_points (K + POSES, 1434) and to_turn (K + POSES, 3) rad, of what they say."""

    basis: np.ndarray
    to_points: np.ndarray
    to_turn: np.ndarray


@functools.lru_cache(maxsize=2)
def load_shape_map(path: Path = PATH) -> ShapeMap:
    """ModelError where the file will not do."""
    try:
        data = read_npz(path, ["basis", "to_points", "to_turn"])
        basis = check_array(data, "basis", (None, 3 * POINTS))
        rows = len(basis) + POSES
        return ShapeMap(basis.astype(float), check_array(data, "to_points", (rows, 3 * POINTS)).astype(float),
                        check_array(data, "to_turn", (rows, 3)).astype(float))  # fmt: skip
    except (OSError, ValueError) as error:
        raise ModelError(f"The shape transfer {path} cannot be read ({error}). {REINSTALL}") from error


def pose_numbers(turns: np.ndarray) -> np.ndarray:
    """What the map reads of rotations (F, 3, 3): where the face looks, across and down, and its squares (F, POSES)."""
    x, y = turns[:, 0, 2], turns[:, 1, 2]
    return np.column_stack([x, y, x * x, y * y, x * y])


class ShapeTransfer:
    """Points of a reference (478, 3) px that do what guides do. origin (3,) px: about which its head turns, by default its middle."""

    def __init__(self, points: np.ndarray, origin: np.ndarray | None = None, *, shape_map: ShapeMap | None = None):
        self.reference: Reference = load_reference()
        self.map = shape_map or load_shape_map()
        self.own = level(np.asarray(points, float)[None], self.reference)
        self.origin = self.own.middles[0] if origin is None else np.asarray(origin, float)

    def __call__(self, guide: np.ndarray, *, shape: bool = True, pose: bool = True) -> np.ndarray:
        """Targets (F, 478, 3) px in the reference's picture of a guide's points (F, 478, 3) px of its own: size and place are the reference's in the
        first frame, and follow the guide's from there.

        shape: whether the reference's shape takes the place of the guide's (what the thesis lacks); pose: whether the head turns, or only the face
        moves. ValueRangeError for points that are not finite, or of another shape.
        """
        guide = np.asarray(guide, float)
        if guide.ndim != 3 or guide.shape[1:] != (POINTS, 3) or not len(guide) or not np.isfinite(guide).all():
            raise ValueRangeError(f"The guide's points are {guide.shape}, or not finite; expected (frames, {POINTS}, 3) finite pixels.")
        seen = level(guide, self.reference)
        acted, turns = seen.points, seen.turns
        if shape:
            change, turn = self._change(seen)
            acted, turns = _opened_alike(acted, acted + change), turns @ turn
        own = self.own
        there = own.sizes[0] * acted @ own.turns[0].T + own.middles[0]
        if not pose:
            return there
        about = turns @ own.turns[0].T
        heads = seen.middles - (seen.sizes[:, None] / own.sizes[0]) * np.einsum("fij,j->fi", about, own.middles[0] - self.origin)
        grown = seen.sizes / seen.sizes[0]
        moved = (heads - heads[0]) * own.sizes[0] / seen.sizes[0]
        return grown[:, None, None] * np.einsum("fij,fnj->fni", about, there - self.origin) + (self.origin + moved)[:, None]

    def _change(self, seen: Levelled) -> tuple[np.ndarray, np.ndarray]:
        """How the levelled points change with the shape (F, 478, 3), and the rotation (F, 3, 3) that the guide's shape feigned; one shape in all
        frames."""
        apart = (self.own.points - seen.points).reshape(len(seen.points), -1) @ self.map.basis.T
        poses = pose_numbers(self.own.turns) - pose_numbers(seen.turns)
        told = np.column_stack([np.broadcast_to(apart.mean(axis=0), apart.shape), poses])
        turn = Rotation.from_rotvec(told @ self.map.to_turn).as_matrix()
        return (told @ self.map.to_points).reshape(-1, POINTS, 3), turn


def _opened_alike(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Points (F, 478, 3) after a change of shape whose lids and lips are shut where they were: the less they are open, the less the change of
    their gap counts."""
    out = after.copy()
    rims = [(UPPER_LIDS[0], LOWER_LIDS[0], OPEN_EYE), (UPPER_LIDS[1], LOWER_LIDS[1], OPEN_EYE), (UPPER_LIP, LOWER_LIP, OPEN_MOUTH)]
    for upper, lower, usual in rims:
        inner = slice(1, -1)
        above, below = upper[inner], lower[inner]
        gap, width = before[:, below] - before[:, above], np.linalg.norm(before[:, upper[0]] - before[:, upper[-1]], axis=1)
        opened = np.clip(np.linalg.norm(gap, axis=2).max(axis=1) / (usual * width), 0.0, 1.0)
        excess = (1.0 - opened)[:, None, None] * ((after[:, below] - after[:, above]) - gap)
        out[:, above] += 0.5 * excess
        out[:, below] -= 0.5 * excess
    return out
