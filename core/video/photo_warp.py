"""A photo whose face moves: the photo is drawn on the closed mesh of its points, with depth, and the head's surroundings follow smoothly.

What the photo cannot show is made: the mouth's inside and eyes (photo_mouth, photo_eyes), and a cheek that turns into view from the other cheek.
Skin is lit anew as it turns, by the light that the photo shows. How far a pixel can be trusted is told beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..errors import ValueRangeError
from ..image.detector import bilinear
from ..morphable.photo_fit import PhotoFit
from .photo_eyes import Eye
from .photo_light import light_of
from .photo_mesh import AROUND, EYES, MOUTH, Drawn, PhotoMesh, mixed
from .photo_mouth import Mouth
from .point_mesh import POINTS, SKIN, Rigid, head_motion

UNSEEN, CLEAR = 0.15, 0.55  # cosine to the viewer between which the photo shows skin better and better
GAINED = (0.15, 0.45)  # how much more a place must face the viewer than in the photo for the other cheek to take its part
BETTER = 0.3  # the same between both cheeks
BORROWED = 0.4  # confidence of what is the other cheek's
BENT = 0.7  # of what an expression bends the skin, beside turning it with the head, that changes its light
JUMP, LEAST_JUMP = 0.03, 2.5  # of the face's size, px: between neighbouring pixels, in the photo, where one surface hides another
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
        self.mesh = PhotoMesh(points, (self.height, self.width))
        self.light = light_of(self.image, points[:SKIN, :2], self.mesh.normals[:SKIN], self.size)
        rest = self.mesh.drawn(self.mesh.source)
        opening = np.full(self.height * self.width, AROUND)
        opening[rest.at] = self.mesh.part[rest.triangle]
        opening = opening.reshape(self.height, self.width)
        self.eyes = [Eye(k, self.image, points, opening == EYES[k], self.light) for k in range(2)]
        whites = [eye.white for eye in self.eyes if eye.known]
        white = TEETH_OVER_EYES * np.mean(whites, axis=0) if whites else self.light.white
        self.mouth = Mouth(self.image, fitted, points, opening == MOUTH, white)

    def frame(self, target: Target) -> Warped:
        """The photo with its face as the target says. ValueRangeError for points that are not finite or not (478, 3)."""
        wanted = _checked(target.points, "the target's points")
        head, mesh = head_motion(self.points, wanted), self.mesh
        places = mesh.moved(wanted, head)
        drawn, turn = mesh.drawn(places), self._turned(head, places)
        source, gain, confidence, share = np.split(
            mixed(drawn, np.column_stack([mesh.source[:, :2] + turn.shown[:, None] * mesh.inward, turn.gain, turn.clear, turn.borrowed]),
                  mesh.corners), [2, 3, 4], axis=1,
        )  # fmt: skip
        colour, confidence = self._sampled(source) * gain, confidence[:, 0] * mesh.kept(places)[drawn.triangle]
        some = np.flatnonzero(share[:, 0] > 0.003)
        if len(some):
            part = Drawn(drawn.at[some], drawn.triangle[some], drawn.weights[some])
            found = mixed(part, np.column_stack([mesh.source[mesh.other, :2], turn.across]), mesh.corners)
            other = self._sampled(found[:, :2]) * found[:, 2:]
            taken = share[some, 0] * self.light.like_skin(other)
            colour[some] += taken[:, None] * (other - colour[some])
            confidence[some] = np.maximum(confidence[some], BORROWED * taken)
        return self._composed(drawn, source, colour, confidence, wanted, head)

    def _sampled(self, places: np.ndarray) -> np.ndarray:
        """Colours (P, 3) of the photo at places (P, 2) px."""
        last = np.array([self.width - 1, self.height - 1])
        mirrored = np.abs(places - 0.5)  # beyond its border the photo goes on as its mirror image
        x, y = np.clip(np.where(mirrored > last, 2 * last - mirrored, mirrored), 0, last).astype(np.float32).T
        return bilinear(self.image, x, y)

    def _turned(self, head: Rigid, places: np.ndarray) -> _Turn:
        mesh = self.mesh
        turned = mesh.normals @ head.rotation.T
        bent = turned + BENT * (mesh.normals_at(places) - turned)
        bent /= np.maximum(np.linalg.norm(bent, axis=1, keepdims=True), 1e-6)
        gain, across = (np.log(self.light.ratio(before, bent)) for before in (mesh.normals, mesh.normals[mesh.other]))
        low, high = GAINED
        gained = np.clip((-turned[:, 2] - mesh.facing - low) / (high - low), 0.0, 1.0)
        clear = np.clip((mesh.facing - UNSEEN) / (CLEAR - UNSEEN), 0.0, 1.0)
        shown = gained * (1.0 - clear)
        shown[POINTS:] = 0.0
        borrowed = shown * np.clip((mesh.facing[mesh.other] - mesh.facing) / BETTER, 0.0, 1.0)
        return _Turn(np.exp(mesh.lit * gain[mesh.contour]), np.exp(mesh.lit * across[mesh.contour]), clear, shown, borrowed)

    def _composed(
        self, drawn: Drawn, source: np.ndarray, colour: np.ndarray, confidence: np.ndarray, wanted: np.ndarray, head: Rigid
    ) -> Warped:
        part = self.mesh.part[drawn.triangle]
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
            soften(image, number == k, new, rim=True)
        face = ndimage.uniform_filter((number != AROUND).astype(np.float32), 3)
        return Warped(
            np.clip(image + 0.5, 0, 255).astype(np.uint8), face, np.clip(sure, 0.0, 1.0).reshape(face.shape), number == MOUTH,
            np.isin(number, EYES),
        )  # fmt: skip

    def _jumps(self, drawn: Drawn, source: np.ndarray) -> np.ndarray:
        """Where (H, W) one surface hides another: neighbouring pixels that lie apart in the photo."""
        limit = max(JUMP * self.size, LEAST_JUMP)
        jump = np.zeros((self.height, self.width), bool)
        for k in range(2):
            there = np.full(self.height * self.width, np.nan, np.float32)
            there[drawn.at] = source[:, k]
            there = there.reshape(self.height, self.width)
            across, down = (np.abs(np.diff(there, axis=axis)) > limit for axis in (1, 0))
            for side in (slice(1, None), slice(None, -1)):
                jump[:, side] |= across
                jump[side] |= down
        return jump


@dataclass(frozen=True)
class _Turn:
    """Of each vertex (N,): the gain of its light and of the other side's; how clearly the photo shows it, how much better it is seen now, 0..1; and
    the share that the other side takes of it."""

    gain: np.ndarray
    across: np.ndarray
    clear: np.ndarray
    shown: np.ndarray
    borrowed: np.ndarray


def soften(image: np.ndarray, where: np.ndarray, share: float, rim: bool = False) -> None:
    """Blurs the picture (H, W, 3) a little where told (H, W), or on both sides of its rim, by a share 0..1."""
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    if len(rows) and share > 0.01:
        low, high = (max(int(rows[0]) - 2, 0), max(int(columns[0]) - 2, 0)), (int(rows[-1]) + 3, int(columns[-1]) + 3)
        part, chosen = image[low[0] : high[0], low[1] : high[1]], where[low[0] : high[0], low[1] : high[1]]
        if rim:
            chosen = ndimage.binary_dilation(chosen) & ~ndimage.binary_erosion(chosen)
        part[chosen] += share * (ndimage.uniform_filter(part, (3, 3, 1)) - part)[chosen]


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
