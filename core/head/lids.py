"""Eyelids as seen from the eyeball's centre: how far they stand open in every column, and the turn that makes them meet.

A template's blink is right for the template's own lids only; on another head it stops short of the lower lid or runs below it. So it is the
CLOSURE that is carried: the lid gap of every column, as a share of the neutral gap, becomes the head's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from ..image.raster import Camera, rasterise
from .landmarks import EYE_LEFT, EYE_RIGHT

STEP = np.radians(0.4)  # of a pixel
SIDE = 400  # pixels; +-80 degrees
AROUND = 4.0  # distances of the lid rim from the centre within which skin is looked at
LEAST_GAP = np.radians(4.0)  # what opens less is no lid gap
COLUMNS = 33
FADE, MOST_FADE = 1.3, np.radians(45.0)  # of the widest gap, and at most: how far above its rim the lid turns along
TOLD = (0.2, 0.8)  # across the eye; nearer to the corners a template's share says nothing, and what is shut between them is shut
NEAR, FAR = 1.3, 1.9  # distances from the centre, in those of the rim, between which skin stops turning along
OPEN, SHUT = 0.6, 0.2  # shares of the gap between which the closure takes over from the displacement
ROUNDING = 0.06  # of the widest gap, by which shares of the narrow gaps at the corners are held finite
OVERLAP, CORNER_OVERLAP = 0.02, 0.08  # of the widest gap: how far shut lids overlap in the middle and at the corners, so that nothing shows
SMOOTH, PASSES = 1.0, 3  # columns, and times
CORNERS = (0.5, 0.1)  # of the widest gap; where the lids are nearer to each other than this the upper one is raised, or lowered, less
ROOTS = 0.3  # of a lash piece's vertices: those nearest to the skin
MARGIN = 0.18  # of the widest gap: how far above its rim the lid's margin turns as one piece


@dataclass(frozen=True)
class EyeFrame:
    """centre (3,); axes (3, 3): rows towards the person's left along the corners of the eye, forward, and up."""

    centre: np.ndarray
    axes: np.ndarray

    def angles(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Column and elevation (rad) and distance of points (..., 3); a turn about the axis along the corners changes elevation alone."""
        along, forward, up = np.moveaxis((points - self.centre) @ self.axes.T, -1, 0)
        distance = np.sqrt(along**2 + forward**2 + up**2)
        return np.arcsin(np.clip(along / np.maximum(distance, 1e-12), -1.0, 1.0)), np.arctan2(up, forward), distance

    def turned(self, points: np.ndarray, angle: np.ndarray) -> np.ndarray:
        """Points (..., 3) turned up by angle (...) rad about the axis along the corners."""
        along, forward, up = np.moveaxis((points - self.centre) @ self.axes.T, -1, 0)
        cos, sin = np.cos(angle), np.sin(angle)
        return np.stack([along, forward * cos - up * sin, forward * sin + up * cos], axis=-1) @ self.axes + self.centre


def eye_frame(centre: np.ndarray, corners: np.ndarray) -> EyeFrame:
    """The frame of an eyeball's centre (3,) and the corners (2, 3) of its lids, in canonical metres."""
    ordered = corners[np.argsort(corners[:, 0])]
    along = ordered[1] - ordered[0]
    along = along / np.linalg.norm(along)
    forward = np.array([0.0, -1.0, 0.0]) + along[1] * along
    forward /= np.linalg.norm(forward)
    return EyeFrame(centre, np.stack([along, forward, np.cross(along, -forward)]))


@dataclass(frozen=True)
class Aperture:
    """What stands open between the lids of one eye, in N columns across it.

    column (N,) rad; across (N,) 0..1 from one corner to the other; upper, lower (N,) elevation of the rims, rad; upper_vertices,
    lower_vertices (N, 3) and upper_weights, lower_weights (N, 3): where the rims lie on the mesh; reach (N,), how far the upper one is from
    the centre.
    """

    frame: EyeFrame
    column: np.ndarray
    across: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    upper_vertices: np.ndarray
    upper_weights: np.ndarray
    lower_vertices: np.ndarray
    lower_weights: np.ndarray
    reach: np.ndarray

    @property
    def gap(self) -> np.ndarray:
        """(N,) rad."""
        return self.upper - self.lower

    def moved_gap(self, rest: np.ndarray, moved: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Gap (F, N) of the rims for rest (V, 3) and displacement moved (F, V, 3), negative where the lids overlap, and the upper rim's
        elevation (F, N); rad."""
        upper, lower = (
            self.frame.angles(np.einsum("nk,fnkd->fnd", weights, rest[ids] + moved[:, ids]))
            for ids, weights in ((self.upper_vertices, self.upper_weights), (self.lower_vertices, self.lower_weights))
        )
        below = np.stack([_curve(x, y, at) for x, y, at in zip(lower[0], lower[1], upper[0], strict=True)])
        return upper[1] - below, upper[1]

    def share(self, rest: np.ndarray, moved: np.ndarray) -> np.ndarray:
        """The gap (F, N) as a share of the neutral one."""
        least = ROUNDING * self.gap.max()
        return (self.moved_gap(rest, moved)[0] + least) / (self.gap + least)


def _curve(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    order = np.argsort(x)
    return np.interp(at, x[order], y[order])


def find_aperture(vertices: np.ndarray, skin: np.ndarray, frame: EyeFrame, reach: float) -> Aperture | None:
    """The gap between the lids that skin (T, 3) leaves in front of an eyeball; None where there is none, or no edge to it.

    reach: about how far the lid rims are from the centre.
    """
    column, elevation, distance = frame.angles(vertices)
    ahead = (distance < AROUND * reach) & (np.abs(elevation) < np.radians(120.0))
    near = skin[ahead[skin].all(axis=1)]
    if not len(near):
        return None
    camera = Camera(np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]]), np.zeros(3), 1.0 / STEP, SIDE, SIDE, perspective=False)
    raster = rasterise(np.stack([column, distance / reach, elevation], axis=1), near, camera)
    pieces, _ = ndimage.label(raster.triangle < 0)
    middle = pieces[SIDE // 2 - 40 : SIDE // 2 + 40, SIDE // 2 - 60 : SIDE // 2 + 60]
    sizes = np.bincount(middle[middle > 0], minlength=2)
    hole = pieces == sizes.argmax() if sizes.max() > 0 else np.zeros_like(pieces, bool)
    if not hole.any() or hole[0].any() or hole[-1].any() or hole[:, 0].any() or hole[:, -1].any():
        return None
    open_columns = np.flatnonzero(hole.any(axis=0))
    chosen = open_columns[np.unique(np.linspace(0, len(open_columns) - 1, COLUMNS).round().astype(int))]
    first = hole[:, chosen].argmax(axis=0)
    last = SIDE - 1 - hole[::-1, chosen].argmax(axis=0)
    upper, lower = (first - 1, chosen), (last + 1, chosen)
    if (last - first + 1).max() * STEP < LEAST_GAP or (raster.triangle[upper] < 0).any() or (raster.triangle[lower] < 0).any():
        return None
    rims = [(near[raster.triangle[rim]], raster.barycentric[rim].astype(float)) for rim in (upper, lower)]
    above, below = (frame.angles(np.einsum("nk,nkd->nd", weights, vertices[ids])) for ids, weights in rims)
    at = above[0]
    return Aperture(frame, at, (at - at[0]) / (at[-1] - at[0]), above[1], _curve(below[0], below[1], at), *rims[0], *rims[1], above[2])


def find_apertures(
    vertices: np.ndarray, skin: np.ndarray, points: np.ndarray, centres: np.ndarray, radii: np.ndarray
) -> tuple[Aperture | None, Aperture | None]:
    """The right and the left eye's aperture for landmarks points (68, 3), eyeball centres (2, 3) and radii (2,); None as in `find_aperture`."""
    corners = (points[EYE_RIGHT][[0, 3]], points[EYE_LEFT][[0, 3]])
    return tuple(
        find_aperture(vertices, skin, eye_frame(centre, ends), float(radius)) if np.isfinite(radius) else None
        for centre, radius, ends in zip(centres, radii, corners, strict=True)
    )  # type: ignore[return-value]


def lid_weights(aperture: Aperture, vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How much (V,) each vertex turns along with the upper rim of its column, 1 at the rim, 0 on the lower lid, the brow and behind; and
    how much (V,) it belongs to the lid's margin."""
    column, elevation, distance = aperture.frame.angles(vertices)
    upper, lower, reach = (np.interp(column, aperture.column, values) for values in (aperture.upper, aperture.lower, aperture.reach))
    widest = aperture.gap.max()
    above = 1.0 - (elevation - upper) / min(FADE * widest, MOST_FADE)
    within = (elevation - lower) / np.maximum(upper - lower, STEP)
    weight = _smooth(above) * _smooth(within) * _smooth((FAR - distance / reach) / (FAR - NEAR))
    outside = np.maximum(aperture.column[0] - column, column - aperture.column[-1])
    weight = np.where(np.abs(elevation) < np.radians(120.0), weight, 0.0) * _smooth(1.0 - outside / (0.5 * widest))
    return weight, weight * _smooth(1.5 - (elevation - upper) / (MARGIN * widest))


def _smooth(x: np.ndarray) -> np.ndarray:
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3.0 - 2.0 * x)


def carry_shares(share: np.ndarray, across: np.ndarray, onto: np.ndarray) -> np.ndarray:
    """Shares (F, N) at places across (N,) of one eye, at the places onto (M,) of another: (F, M)."""
    return np.stack([np.interp(np.clip(onto, *TOLD), across, row) for row in share])


def upper_lashes(aperture: Aperture, rest: np.ndarray, lashes: list[np.ndarray], skin: np.ndarray) -> np.ndarray:
    """Ids (M,) of the vertices of the lash pieces that grow on the upper lid: they go with its margin. lashes: ids of each piece; skin: ids (N,)."""
    if not lashes or not len(skin):
        return np.zeros(0, int)
    on_lid = lid_weights(aperture, rest[skin])[1]
    tree = cKDTree(rest[skin])
    upper = [np.zeros(0, int)]
    for members in lashes:
        distance, nearest = map(np.asarray, tree.query(rest[members]))
        roots = nearest[distance <= np.quantile(distance, ROOTS)]
        if np.median(on_lid[roots]) > 0.3:
            upper.append(members)
    return np.concatenate(upper)


def carry_closure(
    aperture: Aperture, rest: np.ndarray, moved: np.ndarray, soft: np.ndarray, lashes: list[np.ndarray], share: np.ndarray
) -> None:
    """Turns the upper lid so that every column is open by `share` (F, N) of its neutral gap, shut where share is below nought.

    Above a mean share of OPEN the eye stays as it is, below SHUT the share alone counts. The farther a lid travels, the
    more its margin turns as one piece, and what the template's vertices do there one by one is left out.
    moved (F, V, 3), displacement of rest (V, 3), changed in place where soft (V,) and on the lashes, ids of each piece, of the upper lid.
    """
    least = ROUNDING * aperture.gap.max()
    raised, lowered = (_smooth(aperture.gap / (corner * aperture.gap.max())) for corner in CORNERS)  # at the corners the lids are one
    wanted = np.maximum(
        share * (aperture.gap + least) - least, -OVERLAP * aperture.gap - CORNER_OVERLAP * (aperture.gap.max() - aperture.gap)
    )
    weight, margin = (np.where(soft, values, 0.0) for values in lid_weights(aperture, rest))
    grown = upper_lashes(aperture, rest, lashes, np.flatnonzero(weight > 1e-4))
    weight[grown] = margin[grown] = 1.0
    near = np.flatnonzero(weight > 1e-4)
    column = aperture.frame.angles(rest[near])[0]
    closing = _smooth((OPEN - share.mean(axis=1)) / (OPEN - SHUT))[:, None]  # what is open may open as it was carried
    for _ in range(PASSES):  # what is evened over the columns is not quite what was wanted of each
        gap, upper = aperture.moved_gap(rest, moved)
        turn = closing * (wanted - gap)
        turn = _even(np.where(turn > 0, raised, lowered) * turn)
        travel = _even(raised * (upper - aperture.upper)) + turn
        stiff = closing * _even(raised * _smooth(np.abs(travel) / aperture.gap.max()))
        for frame in np.flatnonzero(np.abs(turn).max(axis=1) > 1e-6):
            angle, whole, one = (np.interp(column, aperture.column, values[frame]) for values in (turn, travel, stiff))
            arrived = aperture.frame.turned(rest[near] + moved[frame, near], weight[near] * angle)
            as_one = aperture.frame.turned(rest[near], whole)
            blend = (margin[near] * one)[:, None]
            moved[frame, near] = (1.0 - blend) * arrived + blend * as_one - rest[near]


def _even(columns: np.ndarray) -> np.ndarray:
    return ndimage.gaussian_filter1d(columns, SMOOTH, axis=1, mode="nearest")
