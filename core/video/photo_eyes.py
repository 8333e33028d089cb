"""Eyes of a warped photo: what lies between the lids follows the iris; what the photo does not show of it is made up."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ..image.detector import bilinear
from .photo_light import Light
from .point_mesh import IRISES, LOWER_LIDS, UPPER_LIDS

STAYS = 0.06  # of an eye's width: while lids and iris have moved less, the eye is the photo's as it lies
OPEN = 0.2  # gap over width from which an eye's own colours are believed
RINGS, EACH = 10, 4  # of an iris, and pixels that tell one's colour
# Pupil, iris, rim, where the photo shows none: at shares of the iris' radius; shares of white
GENERIC_AT = (0.0, 0.36, 0.46, 0.8, 1.0)
GENERIC = np.array([[0.06] * 3, [0.07] * 3, [0.42, 0.34, 0.27], [0.36, 0.29, 0.23], [0.18, 0.15, 0.13]])
SOFT = 0.16  # of an iris' radius: how softly it ends
SHADOW, BELOW = 0.6, 0.09  # what the upper lid takes of the light, and how far down it does, of the eye's width
LASHES, LINE = 0.7, 0.04  # darkness of the lashes' line along the upper lid, and how thick it is
SHUT = (0.05, 0.14)  # gap over width, between which an open eye closes and only lashes are seen in its slit
CORNERS = 0.45  # what is lost towards the corners


class Eye:
    """One eye of a photo. number: 0 the person's right, 1 the left; seen (H, W): 0..1 where the photo shows it, between the lids."""

    def __init__(self, number: int, image: np.ndarray, points: np.ndarray, opening: np.ndarray, light: Light):
        self.image, self.number, self.light = image, number, light
        self.frame = _Frame(points[:, :2], number)
        blurred = ndimage.gaussian_filter(opening.astype(np.float32), 0.02 * self.frame.width)
        self.seen = np.clip((blurred - 0.55) / 0.35, 0.0, 1.0)
        self.low = np.floor(self.frame.left - 2).astype(int)
        self.profile, self.white, self.known = self._colours()

    def _colours(self) -> tuple[np.ndarray, np.ndarray, bool]:
        """The iris' colours (RINGS, 3) from its middle to its rim, its white (3,), 0..255, and whether the photo shows it."""
        at = np.linspace(0.0, 1.0, RINGS)
        generic = np.stack([np.interp(at, GENERIC_AT, GENERIC[:, k]) for k in range(3)], axis=1) * self.light.white
        white = 0.63 * self.light.white
        rows, columns = np.nonzero(self.seen > 0.8)
        if self.frame.gap < OPEN or len(rows) < 20:
            return generic, white, False
        colour = self.image[rows, columns].astype(float)
        share = np.linalg.norm(np.column_stack([columns, rows]) + 0.5 - self.frame.iris, axis=1) / self.frame.radius
        ring = np.minimum((share * RINGS).astype(int), RINGS)
        known = [k for k in range(RINGS) if (ring == k).sum() >= EACH]
        if len(known) > RINGS // 2:
            found = np.array([np.median(colour[ring == k], axis=0) for k in known])
            generic = np.stack([np.interp(at, at[known], found[:, k]) for k in range(3)], axis=1)
        beside = colour[(share > 1.2) & (share < 2.2)]
        if len(beside) < 3 * EACH:
            return generic, white, False
        bright = beside.mean(axis=1)
        return generic, np.median(beside[bright >= np.quantile(bright, 0.6)], axis=0), True

    def paint(self, pixels: np.ndarray, here: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        """Colours (P, 3) 0..255, confidence (P,) and how far 0..1 the eye is as in the photo.

        pixels (P, 2) lie between the lids of wanted points (478, 2); here (P, 3): what the photo has there by its lids' motion."""
        target = _Frame(wanted, self.number)
        place, share, below, along = target.coordinates(pixels, self.frame)
        column, row = np.clip(place - 0.5, 0, np.array(self.image.shape[1::-1]) - 1).astype(np.float32).T
        photo = bilinear(self.image, column, row)
        seen = ndimage.map_coordinates(self.seen, [row, column], order=1, mode="constant")
        moved = max(abs(target.gap - self.frame.gap), float(np.linalg.norm(target.gaze - self.frame.gaze)))
        stays = float(np.exp(-((moved / STAYS) ** 4)))
        made = self._made(share, below, along)
        colour = made + seen[:, None] * (photo - made)
        shut = np.clip((SHUT[1] - target.gap) / (SHUT[1] - SHUT[0]), 0.0, 1.0) * np.clip(self.frame.gap / OPEN - 0.5, 0.0, 1.0)
        colour *= 1.0 - LASHES * float(shut)
        return colour + stays * (here - colour), 0.25 + 0.75 * np.maximum(seen, stays), stays

    def _made(self, share: np.ndarray, below: np.ndarray, along: np.ndarray) -> np.ndarray:
        """Colours (P, 3) at shares (P,) of the iris' radius, as far (P,) below the upper lid and along (P,) 0..1 the eye."""
        iris = np.stack([np.interp(share, np.linspace(0.0, 1.0, RINGS), self.profile[:, k]) for k in range(3)], axis=1)
        outside = np.clip((share - 1.0 + SOFT / 2) / SOFT, 0.0, 1.0)[:, None]
        corner = 1.0 - CORNERS * np.clip(np.abs(along - 0.5) * 2.0, 0.0, 1.0) ** 3
        below = np.maximum(below, 0.0)
        shadow = (1.0 - SHADOW * np.exp(-below / BELOW)) * (1.0 - LASHES * np.exp(-((below / LINE) ** 2)))
        return (iris + outside * (self.white * corner[:, None] - iris)) * shadow[:, None]


class _Frame:
    """Where an eye lies: its corners left and right (2,), width px, iris (2,) and radius px, gap of the lids and gaze (2,) of the iris from the
    middle, over the width."""

    def __init__(self, points: np.ndarray, number: int):
        self.upper, self.lower = points[UPPER_LIDS[number]], points[LOWER_LIDS[number]]
        self.left, self.right = self.upper[0], self.upper[-1]
        self.width = max(float(np.linalg.norm(self.right - self.left)), 1e-3)
        self.along = (self.right - self.left) / self.width
        self.down = np.array([-self.along[1], self.along[0]])
        self.iris = points[IRISES[number, 0]]
        self.radius = max(float(np.linalg.norm(points[IRISES[number, 1:]] - self.iris, axis=1).mean()), 0.05 * self.width)
        self.gap = float(np.linalg.norm(self.upper[2:-2] - self.lower[2:-2], axis=1).mean()) / self.width
        self.gaze = (self.iris - (self.left + self.right) / 2) @ np.column_stack([self.along, self.down]) / self.width

    def coordinates(self, pixels: np.ndarray, other: _Frame) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """The places (P, 2) px of another frame that pixels (P, 2) of this one are: corners stay corners and the iris stays round; their share (P,)
        of the iris' radius, and how far below the upper lid and along the eye they are (P,), over its width."""
        radius = 0.5 * (self.radius / self.width + other.radius / other.width)
        along, down = ((pixels - self.left) @ axis / self.width for axis in (self.along, self.down))
        knots, others = _knots(self.gaze[0], radius), _knots(other.gaze[0], radius)
        line = np.interp(along, knots, [0.0, self.gaze[1], self.gaze[1], 0.0])
        there = np.interp(along, knots, others)
        there += np.minimum(along, 0.0) + np.maximum(along - 1.0, 0.0)
        line_there = np.interp(there, others, [0.0, other.gaze[1], other.gaze[1], 0.0])
        place = other.left + other.width * (there[:, None] * other.along + (down - line + line_there)[:, None] * other.down)
        share = np.hypot(along - 0.5 - self.gaze[0], down - self.gaze[1]) / (self.radius / self.width)
        lid = np.interp(along, (self.upper - self.left) @ self.along / self.width, (self.upper - self.left) @ self.down / self.width)
        return place, share, down - lid, along


def _knots(gaze: float, radius: float) -> np.ndarray:
    """Along an eye 0..1: its left corner, the iris' two sides, its right corner."""
    middle = float(np.clip(0.5 + gaze, 0.1, 0.9))
    return np.array([0.0, max(middle - radius, 0.03), min(middle + radius, 0.97), 1.0])
