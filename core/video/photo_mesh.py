"""The closed mesh that a photo is drawn on: the face's points with depth, its holes, and rings around it to where nothing moves.

The border of the last ring stays where it is, so the mesh covers every pixel within at least once from the front, however the head turns: nothing
can tear, and what folds is hidden by depth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..morphable.texture import rasterise
from .point_mesh import LOWER_LIDS, LOWER_LIP, OVAL, POINTS, SKIN, UPPER_LIDS, UPPER_LIP, Rigid, between, load_mesh, normals_of

FACE, MOUTH, EYES, AROUND = 0, 1, (2, 3), 4  # what a triangle is of
# Rings: their size over the face's; how much of the head's motion they follow above and beside it, and below it; of the contour's own; of its depth
SIZES = np.array([1.08, 1.2, 1.4, 1.7, 2.1, 2.6])
FOLLOW_ABOVE = np.array([1.0, 1.0, 1.0, 0.85, 0.5, 0.0])
FOLLOW_BELOW = np.array([0.9, 0.65, 0.45, 0.25, 0.1, 0.0])
FOLLOW_OWN = np.array([0.5, 0.2, 0.0, 0.0, 0.0, 0.0])
FLATTEN = np.array([0.3, 0.6, 1.0, 1.0, 1.0, 1.0])
LIT = np.array([0.7, 0.3, 0.0, 0.0, 0.0, 0.0])  # how much the change of light on the contour goes on there
BACK = 0.75  # quantile of the contour's depth: about the skull's middle
INWARD, LOBES = (
    0.1,
    (-0.12, 0.04),
)  # of the way to the face's middle; where that counts, from the tip of the nose down, of the face's height
STRETCHED = 2.5  # times the area at which a pixel counts half


@dataclass(frozen=True)
class Drawn:
    """at (P,) covered pixels, row by row numbered; triangle (P,) seen there; weights (P, 3) of its corners."""

    at: np.ndarray
    triangle: np.ndarray
    weights: np.ndarray


class PhotoMesh:
    """The mesh of a photo's points (478, 3) px. triangles (T, 3), part (T,) each is of; source (N, 3) px: its vertices in the photo, 478 points, then
    the rings; normals (N, 3), facing (N,): cosine to the viewer; other (N,): each vertex's on the other side; contour (N,): the point each goes
    with; lit (N,): how far it shares that point's light; inward (N, 2) px: a step into the face, from the jaw. size: height, width of the photo."""

    def __init__(self, points: np.ndarray, size: tuple[int, int]):
        self.points, self.size = points, size
        self._connect()
        self._surround()
        self.normals = self.normals_at(self.source)
        self.facing = np.clip(-self.normals[:, 2], 0.0, 1.0)
        self.other = np.arange(len(self.source))
        self.other[:POINTS] = load_mesh().mirror
        self.lit = np.concatenate([np.ones(POINTS), np.repeat(LIT, len(OVAL))])
        self.contour = np.concatenate([np.arange(POINTS), np.tile(OVAL, len(SIZES))])

    def _connect(self) -> None:
        count = len(OVAL)
        rings = np.concatenate([OVAL[None], POINTS + np.arange(len(SIZES) * count).reshape(-1, count)])
        after = np.roll(rings, -1, axis=1)
        first = np.stack([rings[:-1], after[:-1], after[1:]], axis=-1).reshape(-1, 3)
        second = np.stack([rings[:-1], after[1:], rings[1:]], axis=-1).reshape(-1, 3)
        lids = [between(UPPER_LIDS[k], LOWER_LIDS[k]) for k in range(2)]
        pieces = [load_mesh().triangles, between(UPPER_LIP, LOWER_LIP), *lids, np.concatenate([first, second])]
        self.triangles = np.concatenate(pieces)
        self.part = np.repeat([FACE, MOUTH, *EYES, AROUND], [len(piece) for piece in pieces])
        self.corners = tuple(np.ascontiguousarray(self.triangles[:, k], np.intp) for k in range(3))

    def _surround(self) -> None:
        oval = self.points[OVAL]
        middle = oval.mean(axis=0)
        middle[2] = float(np.quantile(oval[:, 2], BACK))
        rings = middle + SIZES[:, None, None] * (oval - middle)
        rings[..., 2] = oval[:, 2] + FLATTEN[:, None] * (middle[2] - oval[:, 2])
        self.source = np.concatenate([self.points, rings.reshape(-1, 3)])
        axis = self.points[152, :2] - self.points[10, :2]  # from forehead to chin
        down = axis / max(float(np.linalg.norm(axis)), 1e-6)
        under = (oval - middle)[:, :2] @ down
        below = np.clip(under / max(float(np.abs(under).max()), 1e-6), 0.0, 1.0) ** 2
        self.follow = FOLLOW_ABOVE[:, None] + below * (FOLLOW_BELOW - FOLLOW_ABOVE)[:, None]
        off = (self.points - middle)[:, :2]
        self.inward = np.zeros((len(self.source), 2))
        height = (self.points[:, :2] - self.points[4, :2]) @ down / max(float(np.linalg.norm(axis)), 1e-6)
        jaw = np.clip((height - LOBES[0]) / (LOBES[1] - LOBES[0]), 0.0, 1.0)
        self.inward[:POINTS] = -INWARD * jaw[:, None] * (off - np.outer(off @ down, down))

    def normals_at(self, places: np.ndarray) -> np.ndarray:
        """Unit normals (N, 3) towards the viewer's side with the vertices at places (N, 3) px; the rings' and the irises' straight towards them."""
        out = np.tile([0.0, 0.0, -1.0], (len(places), 1))
        out[:SKIN] = normals_of(places[:POINTS], load_mesh().triangles)[:SKIN]
        return out

    def moved(self, wanted: np.ndarray, head: Rigid) -> np.ndarray:
        """The vertices (N, 3) px where the points are the wanted (478, 3): the rings follow the head the less the farther they are; what lies beyond
        the photo's border stays beyond it, so that the photo is stretched there and not repeated."""
        own = wanted[OVAL] - head(self.points[OVAL])
        rings = self.source[POINTS:].reshape(len(SIZES), len(OVAL), 3)
        shift = head(rings) - rings + FOLLOW_OWN[:, None, None] * own
        moved = rings + self.follow[..., None] * shift
        for axis, last in ((0, self.size[1]), (1, self.size[0])):
            place, before = moved[..., axis], rings[..., axis]
            moved[..., axis] = np.where(before < 0, np.minimum(place, 0.0), np.where(before > last, np.maximum(place, last), place))
        return np.concatenate([wanted, moved.reshape(-1, 3)])

    def drawn(self, places: np.ndarray) -> Drawn:
        """The mesh with its vertices at places (N, 3) px."""
        at, triangle, weights = rasterise(places[:, :2], places[:, 2], self.corners, self.size)  # type: ignore[arg-type]
        return Drawn(at, triangle, np.stack(weights, axis=1))

    def kept(self, places: np.ndarray) -> np.ndarray:
        """How far (T,) 0..1 each triangle's pixels are those of the photo and not stretched from fewer, at places (N, 3) px."""
        before, after = (np.abs(_areas(points[:, :2], self.corners)) for points in (self.source, places))
        times = after / np.maximum(before, 0.25)
        return 1.0 / (1.0 + (np.maximum(times - 1.0, 0.0) / (STRETCHED - 1.0)) ** 2)


def mixed(drawn: Drawn, values: np.ndarray, corners: tuple[np.ndarray, ...]) -> np.ndarray:
    """Values (N, C) of vertices at the drawn pixels (P, C) float32."""
    values = np.ascontiguousarray(values, np.float32)
    out = np.zeros((len(drawn.at), values.shape[1]), np.float32)
    for k, corner in enumerate(corners):
        out += drawn.weights[:, k, None] * values.take(corner.take(drawn.triangle), axis=0)
    return out


def _areas(points: np.ndarray, corners: tuple[np.ndarray, ...]) -> np.ndarray:
    a, b, c = (points[corner] for corner in corners)
    return (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
