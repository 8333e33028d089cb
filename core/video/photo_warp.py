"""A photo whose face moves: the photo is drawn on the mesh of its 478 points, with depth, and the head's surroundings follow smoothly.

The mesh is closed: the face's triangles, those between lids and between lips, and RINGS of quads around the face to where nothing moves. A closed
mesh whose border stays covers every pixel at least once from the front, however the head turns, so nothing can tear; what folds is hidden by
depth. What the photo cannot show is made: the mouth's inside and eyes (photo_mouth, photo_eyes), and a cheek that turns into view from the
other cheek. Skin is lit anew as it turns, by the light that the photo shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..errors import ValueRangeError
from ..image.detector import bilinear
from ..morphable.photo_fit import PhotoFit
from ..morphable.texture import rasterise
from .photo_eyes import Eye
from .photo_light import light_of
from .photo_mouth import Mouth
from .point_mesh import LOWER_LIDS, LOWER_LIP, OVAL, POINTS, SKIN, UPPER_LIDS, UPPER_LIP, Rigid, between, head_motion, load_mesh, normals_of

FACE, MOUTH, EYES, AROUND = 0, 1, (2, 3), 4  # what a triangle is of
# Rings: their size over the face's; how much of the head's motion they follow above and beside it, and below it; of the contour's own; of its depth
SIZES = np.array([1.08, 1.2, 1.4, 1.7, 2.1, 2.6])
FOLLOW_ABOVE = np.array([1.0, 1.0, 1.0, 0.85, 0.5, 0.0])
FOLLOW_BELOW = np.array([0.9, 0.65, 0.45, 0.25, 0.1, 0.0])
FOLLOW_OWN = np.array([0.5, 0.2, 0.0, 0.0, 0.0, 0.0])
FLATTEN = np.array([0.3, 0.6, 1.0, 1.0, 1.0, 1.0])
LIT = np.array([0.7, 0.3, 0.0, 0.0, 0.0, 0.0])
UNSEEN, CLEAR = 0.15, 0.55  # cosine to the viewer between which the photo shows skin better and better
GAINED = (0.08, 0.3)  # how much more a place must face the viewer than in the photo for the other cheek to take its part
INWARD = (
    0.07  # of the way to the face's middle that a place is looked for in the photo when it turns into view: there it was at the outline
)
STRETCHED = 2.5  # times the area at which a pixel counts half
SHADED = 0.8  # of the change of light that is believed
JUMP = 0.03  # of the face's size: between neighbouring pixels, in the photo, where one surface hides another
TEETH_OVER_EYES = 1.12  # how much brighter teeth are than the white of eyes
LEAST = 16  # px, of a face


@dataclass(frozen=True)
class Target:
    """What a face shall do: points (478, 3) px of the photo, x right, y down, z away from the viewer."""

    points: np.ndarray


@dataclass(frozen=True)
class Warped:
    """image (H, W, 3) uint8; face (H, W) float32 0..1: where the face now is, mouth and eyes included; confidence (H, W) float32 0..1: how far a
    pixel can be trusted, 1 is the photo's own, 0 made up; mouth and eyes (H, W) bool: between the lips, between the lids."""

    image: np.ndarray
    face: np.ndarray
    confidence: np.ndarray
    mouth: np.ndarray
    eyes: np.ndarray


class PhotoWarp:
    """A photo prepared for being moved. image (H, W, 3) uint8; fitted: its fit; points (478, 3) px, as found in it (morphable.photo.PhotoFace).

    ValueRangeError for what is no picture, no points, a fit of another picture or of a model of the user's own, or a face smaller than LEAST px.
    """

    def __init__(self, image: np.ndarray, fitted: PhotoFit, points: np.ndarray):
        points = _checked(points, "points")
        if (
            not isinstance(image, np.ndarray)
            or image.ndim != 3
            or image.shape[2] != 3
            or image.dtype != np.uint8
            or min(image.shape[:2]) < 2
        ):
            raise ValueRangeError(f"The photo is {getattr(image, 'shape', type(image).__name__)}; expected (height, width, 3) of uint8.")
        if (fitted.camera.height, fitted.camera.width) != image.shape[:2]:
            raise ValueRangeError(
                f"The photo is {image.shape[1]} x {image.shape[0]} pixels; its fit is of one of {fitted.camera.width} x {fitted.camera.height}. "
                "Give the photo that was fitted."
            )
        self.image = np.ascontiguousarray(image)
        self.height, self.width = image.shape[:2]
        self.points, self.size = points, float(np.sqrt(np.prod(np.ptp(points[:, :2], axis=0))))
        if self.size < LEAST:
            raise ValueRangeError(f"The face is {self.size:.0f} pixels large; at least {LEAST} are needed. Use a larger photo.")
        self._build_mesh()
        self._look()
        light = light_of(self.image, points[:SKIN, :2], self.normals[:SKIN], self.size)
        self.light = light
        flat = self.drawn(self.source)
        opening = np.full(self.height * self.width, -1)
        opening[flat.at] = self.part[flat.triangle]
        opening = opening.reshape(self.height, self.width)
        self.eyes = [Eye(k, self.image, points, opening == EYES[k], light) for k in range(2)]
        whites = [eye.white for eye in self.eyes if eye.known]
        white = TEETH_OVER_EYES * np.mean(whites, axis=0) if whites else light.white
        self.mouth = Mouth(self.image, fitted, points, opening == MOUTH, white)

    def _build_mesh(self) -> None:
        """Triangles (T, 3), the part each is of, and the vertices (N, 3) px of the photo: 478 points, then the rings."""
        mesh = load_mesh()
        count = len(OVAL)
        rings = np.concatenate([OVAL[None], POINTS + np.arange(len(SIZES) * count).reshape(-1, count)])
        after = np.roll(rings, -1, axis=1)
        inner, inner_after, outer, outer_after = rings[:-1], after[:-1], rings[1:], after[1:]
        around = np.concatenate(
            [np.stack(corners, axis=-1).reshape(-1, 3) for corners in ((inner, inner_after, outer_after), (inner, outer_after, outer))]
        )
        pieces = [mesh.triangles, between(UPPER_LIP, LOWER_LIP), *(between(UPPER_LIDS[k], LOWER_LIDS[k]) for k in range(2)), around]
        self.triangles = np.concatenate(pieces)
        self.part = np.repeat([FACE, MOUTH, *EYES, AROUND], [len(piece) for piece in pieces])
        self.corners = tuple(np.ascontiguousarray(self.triangles[:, k], np.intp) for k in range(3))
        self.rings, self.mirror = rings[1:], mesh.mirror
        oval = self.points[OVAL]
        self.middle = oval.mean(axis=0)
        self.middle[2] = float(np.quantile(oval[:, 2], 0.75))
        flat = self.middle + SIZES[:, None, None] * (oval - self.middle)
        flat[..., 2] = oval[:, 2] + FLATTEN[:, None] * (self.middle[2] - oval[:, 2])
        self.source = np.concatenate([self.points, flat.reshape(-1, 3)])
        up = (oval - self.middle)[:, :2] @ self._down()
        below = np.clip(up / np.abs(up).max(), 0.0, 1.0) ** 2
        self.follow = FOLLOW_ABOVE[:, None] + below * (FOLLOW_BELOW - FOLLOW_ABOVE)[:, None]

    def _down(self) -> np.ndarray:
        """The direction (2,) in the picture from forehead to chin."""
        axis = self.points[152, :2] - self.points[10, :2]
        return axis / max(float(np.linalg.norm(axis)), 1e-6)

    def _look(self) -> None:
        """How the photo sees each vertex: normals (N, 3), facing (N,), and the other side's vertex for each (N,)."""
        skin = self.triangles[self.part == FACE]
        self.normals = np.tile([0.0, 0.0, -1.0], (len(self.source), 1))
        self.normals[:SKIN] = normals_of(self.points, skin)[:SKIN]
        self.facing = np.clip(-self.normals[:, 2], 0.0, 1.0)
        self.other = np.arange(len(self.source))
        self.other[:POINTS] = self.mirror
        across = (self.points[:, :2] - self.middle[:2]) - np.outer((self.points[:, :2] - self.middle[:2]) @ self._down(), self._down())
        self.inward = np.zeros((len(self.source), 2))
        self.inward[:POINTS] = -INWARD * across
        self.lit = np.concatenate([np.ones(POINTS), np.repeat(LIT, len(OVAL))])
        self.contour = np.concatenate([np.arange(POINTS), np.tile(OVAL, len(SIZES))])

    def drawn(self, places: np.ndarray) -> Drawn:
        """The mesh at places (N, 3) px."""
        at, triangle, weights = rasterise(places[:, :2], places[:, 2], self.corners, (self.height, self.width))  # type: ignore[arg-type]
        return Drawn(at, triangle, np.stack(weights, axis=1))

    def moved(self, wanted: np.ndarray, head: Rigid) -> np.ndarray:
        """The mesh (N, 3) px where its points are the wanted (478, 3): the rings follow the head the less the farther they are."""
        own = wanted[OVAL] - head(self.points[OVAL])
        rings = self.source[POINTS:].reshape(*self.rings.shape, 3)
        shift = head(rings) - rings + FOLLOW_OWN[:, None, None] * own
        return np.concatenate([wanted, (rings + self.follow[..., None] * shift).reshape(-1, 3)])

    def frame(self, target: Target) -> Warped:
        """The photo with its face as the target says. ValueRangeError for points that are not finite or not (478, 3)."""
        wanted = _checked(target.points, "the target's points")
        head = head_motion(self.points, wanted)
        places = self.moved(wanted, head)
        drawn = self.drawn(places)
        corner = self.triangles[drawn.triangle]
        turn = self._turned(head)
        source = _mixed(drawn.weights, self.source[:, :2] + turn.shown[:, None] * self.inward, corner)
        colour = self._sampled(source)
        colour *= _mixed(drawn.weights, turn.gain[:, None], corner)
        confidence = _mixed(drawn.weights, np.clip((self.facing - UNSEEN) / (CLEAR - UNSEEN), 0.0, 1.0)[:, None], corner)[:, 0]
        share = _mixed(drawn.weights, turn.borrowed[:, None], corner)[:, 0]
        some = np.flatnonzero(share > 0.003)
        if len(some):
            other = self._sampled(_mixed(drawn.weights[some], self.source[self.other, :2], corner[some]))
            other *= _mixed(drawn.weights[some], turn.across[:, None], corner[some])
            taken = share[some] * self.light.like_skin(other)
            colour[some] += taken[:, None] * (other - colour[some])
            confidence[some] = np.maximum(confidence[some], 0.4 * taken)
        confidence *= self._stretched(places)[drawn.triangle]
        return self._composed(drawn, source, colour, confidence, wanted, head)

    def _sampled(self, places: np.ndarray) -> np.ndarray:
        """Colours (P, 3) of the photo at places (P, 2) px."""
        last = np.array([self.width - 1, self.height - 1])
        mirrored = np.abs(places - 0.5)  # beyond its border the photo goes on as its mirror image
        x, y = np.clip(np.where(mirrored > last, 2 * last - mirrored, mirrored), 0, last).astype(np.float32).T
        return bilinear(self.image, x, y)

    def _turned(self, head: Rigid) -> _Turn:
        turned = self.normals @ head.rotation.T
        ratio = SHADED * np.log(self.light.ratio(self.normals, turned))
        across = SHADED * np.log(self.light.ratio(self.normals[self.other], turned))
        low, high = GAINED
        gained = np.clip((-turned[:, 2] - self.facing - low) / (high - low), 0.0, 1.0)
        shown = gained * np.clip((CLEAR - self.facing) / (CLEAR - UNSEEN), 0.0, 1.0)
        shown[POINTS:] = 0.0
        borrowed = shown * np.clip((self.facing[self.other] - self.facing) / 0.3, 0.0, 1.0)
        return _Turn(np.exp(self.lit * ratio[self.contour]), np.exp(self.lit * across[self.contour]), shown, borrowed)

    def _stretched(self, places: np.ndarray) -> np.ndarray:
        """How far (T,) each triangle's pixels can be trusted for its being stretched."""
        before, after = (np.abs(_areas(points[:, :2], self.triangles)) for points in (self.source, places))
        times = after / np.maximum(before, 0.25)
        return 1.0 / (1.0 + (np.maximum(times - 1.0, 0.0) / (STRETCHED - 1.0)) ** 2)

    def _composed(
        self, drawn: Drawn, source: np.ndarray, colour: np.ndarray, confidence: np.ndarray, wanted: np.ndarray, head: Rigid
    ) -> Warped:
        part = self.part[drawn.triangle]
        number = np.full(self.height * self.width, AROUND)
        number[drawn.at] = part
        number = number.reshape(self.height, self.width)
        image, sure = self.image.reshape(-1, 3).astype(np.float32), np.ones(self.height * self.width, np.float32)
        holes = []
        for k in (MOUTH, *EYES):
            hole = np.flatnonzero(part == k)
            if len(hole):
                pixels = np.column_stack([drawn.at[hole] % self.width, drawn.at[hole] // self.width]) + 0.5
                if k == MOUTH:
                    inside = _depth_in(drawn.at[hole], (self.height, self.width))
                    made = self.mouth.paint(pixels, colour[hole], wanted, head, inside)
                else:
                    made = self.eyes[EYES.index(k)].paint(pixels, colour[hole], wanted[:, :2])
                colour[hole], confidence[hole], stays = made
                holes.append((k, 1.0 - stays))
        image[drawn.at], sure[drawn.at] = colour, confidence
        image = image.reshape(self.height, self.width, 3)
        soften(image, self._jumps(drawn, source), 1.0)
        for k, new in holes:
            soften(image, _rim(number == k), new)
        face = ndimage.uniform_filter((number != AROUND).astype(np.float32), 3)
        return Warped(
            np.clip(image + 0.5, 0, 255).astype(np.uint8), face, np.clip(sure, 0.0, 1.0).reshape(face.shape), number == MOUTH,
            np.isin(number, EYES),
        )  # fmt: skip

    def _jumps(self, drawn: Drawn, source: np.ndarray) -> np.ndarray:
        """Where (H, W) one surface hides another: neighbouring pixels that lie apart in the photo."""
        there = np.full((self.height * self.width, 2), np.nan, np.float32)
        there[drawn.at] = source
        there = there.reshape(self.height, self.width, 2)
        limit = max(JUMP * self.size, 2.5)
        jump = np.zeros((self.height, self.width), bool)
        for axis in (0, 1):
            off = np.abs(np.diff(there, axis=axis)).max(axis=2) > limit
            jump |= np.pad(off, [(0, 1) if k == axis else (0, 0) for k in range(2)])
            jump |= np.pad(off, [(1, 0) if k == axis else (0, 0) for k in range(2)])
        return jump


@dataclass(frozen=True)
class _Turn:
    """Of each vertex (N,): the gain of its light and of the other side's; how much better it is seen now than in the photo, 0..1; and the share that
    the other side takes of it."""

    gain: np.ndarray
    across: np.ndarray
    shown: np.ndarray
    borrowed: np.ndarray


@dataclass(frozen=True)
class Drawn:
    """at (P,) covered pixels, row by row numbered; triangle (P,); weights (P, 3)."""

    at: np.ndarray
    triangle: np.ndarray
    weights: np.ndarray


def _mixed(weights: np.ndarray, values: np.ndarray, corner: np.ndarray) -> np.ndarray:
    """Values (N, C) of the corners (P, 3), by weights (P, 3)."""
    values = values.astype(np.float32)
    return sum(weights[:, k, None] * values[corner[:, k]] for k in range(3))  # type: ignore[return-value]


def _areas(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    a, b, c = (points[triangles[:, k]] for k in range(3))
    return (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]


def soften(image: np.ndarray, where: np.ndarray, share: float) -> None:
    """Blurs the picture (H, W, 3) a little where told (H, W), by a share 0..1."""
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    if len(rows) and share > 0.01:
        low, high = (max(int(rows[0]) - 2, 0), max(int(columns[0]) - 2, 0)), (int(rows[-1]) + 3, int(columns[-1]) + 3)
        part, chosen = image[low[0] : high[0], low[1] : high[1]], where[low[0] : high[0], low[1] : high[1]]
        part[chosen] += share * (ndimage.uniform_filter(part, (3, 3, 1)) - part)[chosen]


def _rim(hole: np.ndarray) -> np.ndarray:
    """The pixels (H, W) on both sides of a hole's edge."""
    return ndimage.binary_dilation(hole) & ~ndimage.binary_erosion(hole)


def _depth_in(at: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """How far (P,) px pixels `at` (P,) of a picture lie inside of what they cover together."""
    row, column = at // size[1], at % size[1]
    top, left = int(row.min()) - 1, int(column.min()) - 1
    mask = np.zeros((int(row.max()) - top + 2, int(column.max()) - left + 2), bool)
    mask[row - top, column - left] = True
    return ndimage.distance_transform_edt(mask)[row - top, column - left]


def _checked(points: np.ndarray, what: str) -> np.ndarray:
    points = np.asarray(points)
    if points.shape != (POINTS, 3) or points.dtype.kind not in "fiu" or not np.isfinite(points).all():
        raise ValueRangeError(
            f"{what} are {points.shape} of {points.dtype}, or not finite; expected ({POINTS}, 3) finite pixels, as found in a photo."
        )
    return points.astype(np.float64)
