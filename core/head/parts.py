"""What the pieces of a head are: skin and mouth bag, eyeballs, teeth, tongue, what sits on the skin, and what stays still.

Works on connected pieces in canonical space, where every head has the template's size and place. What the user has said is left as it is.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from ..image.raster import Camera, Raster, look_at, rasterise
from .frame import umeyama
from .landmarks import BROWS as BROW_POINTS
from .landmarks import EYE_LEFT, EYE_RIGHT, LIPS_INNER, LIPS_OUTER
from .landmarks import MOUTH as MOUTH_POINTS
from .surface import Surface, adjacency, counted_edges, linked, sewn_pieces
from .template import load_template

NAMES = (
    "skin", "mouth_bag", "eye_right", "eye_left", "teeth_upper", "teeth_lower", "tongue", "lashes", "brows", "hair", "clothes", "other",
)  # fmt: skip
SKIN, MOUTH_BAG, EYE_R, EYE_L, TEETH_UPPER, TEETH_LOWER, TONGUE, LASHES, BROWS, HAIR, CLOTHES, OTHER = range(len(NAMES))
FIND = 255  # where Mimica decides
SOFT = (SKIN, MOUTH_BAG)
TEETH = (TEETH_UPPER, TEETH_LOWER)  # with their gums
CARRIED = (LASHES, BROWS)  # by the skin under them
STILL = (HAIR, CLOTHES, OTHER)  # but for what lies on the skin (`Parts.carried`)
GUMS_TALLER = 0.03  # m; a piece that reaches both jaws is taller than any one row of teeth or tongue
ON_SKIN = 0.006  # m; lashes, brows, tear lines lie closer to the skin than this
TONGUE_SHARE = 0.8  # of a piece's vertices nearer to the template's tongue than to its teeth
LIP_EDGE = 0.008  # m; a mouth bag begins this close to the lips' landmarks
BAG_REACH = 0.05  # m to the sides, above and below of where the lips meet
COVER, COVERED = 0.001, 0.7  # m behind the skin that counts as covered; share of a piece in the mouth that is
FRONT, FRONT_SIZE = 0.16, 160  # m and pixels of the picture that tells what is covered
NEAR = 0.015  # m; lashes to the lids, brows to the brows
BEARD_WITHIN = 0.02  # m; a beard is carried by the skin, longer hair is not
SAMPLE = 500  # vertices of a piece that are enough to tell how far it is from the skin


@dataclass(frozen=True)
class Parts:
    """kind (V,) uint8 into NAMES; piece (V,) the connected piece; jaw_weight (V,) 0 upper .. 1 lower for TEETH; carried (V,) bool: no skin,
    but moves with the skin under it; eye_centres (2, 3), eye_radii (2,) m, NaN where there is no eyeball."""

    kind: np.ndarray
    piece: np.ndarray
    jaw_weight: np.ndarray
    carried: np.ndarray
    eye_centres: np.ndarray
    eye_radii: np.ndarray


def fit_sphere(points: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Centre (3,), radius and rms residual of the least-squares sphere through points (N, 3)."""
    rows = np.concatenate([2 * points, np.ones((len(points), 1))], axis=1)
    solution = np.linalg.lstsq(rows, (points**2).sum(axis=1), rcond=None)[0]
    centre = solution[:3]
    radius = float(np.sqrt(max(solution[3] + centre @ centre, 0.0)))
    residual = np.linalg.norm(points - centre, axis=1) - radius
    return centre, radius, float(np.sqrt((residual**2).mean()))


def find_parts(
    vertices: np.ndarray,
    triangles: np.ndarray,
    points: np.ndarray,
    landmark_triangles: np.ndarray,
    given: np.ndarray | None = None,
    visible: np.ndarray | None = None,
) -> Parts:
    """Classifies every vertex of a head in canonical space; points (68, 3) are its landmarks, on triangles landmark_triangles (68,).

    given (V,): the user's own kinds, FIND where there is none. visible (T,): triangles seen from outside; without it the mouth bag is told
    from skin only where it is a piece of its own.
    """
    pairs, faces = counted_edges(triangles)
    piece, open_ends = sewn_pieces(vertices, pairs, faces)
    given = np.full(len(vertices), FIND, np.uint8) if given is None else given
    skin = np.bincount(piece[triangles[landmark_triangles, 0]]).argmax()
    kind = np.full(len(vertices), OTHER, np.uint8)
    carried = np.zeros(len(vertices), bool)
    kind[piece == skin] = SKIN
    face = Face(points, Surface(vertices, triangles, (piece == skin)[triangles].all(axis=1)))
    order = np.argsort(piece, kind="stable")
    pieces = [members for members in np.split(order, np.flatnonzero(np.diff(piece[order])) + 1) if piece[members[0]] != skin]
    for members in pieces:
        kind[members], carried[members] = face.kind_of(vertices[members], vertices[members[open_ends[members]]])
    kind = np.where(given == FIND, kind, given).astype(np.uint8)
    centres, radii = _eyeballs(vertices, piece, kind)
    for members in pieces:
        side = _within(vertices[members], centres, radii)
        if side is not None and (given[members] == FIND).all():
            kind[members], carried[members] = (EYE_R, EYE_L)[side], False
    if visible is not None:
        seen = np.zeros(len(vertices), bool)
        seen[triangles[visible]] = True
        kind[_bag(pairs, (kind == SKIN) & (piece == skin) & (given == FIND), seen, vertices, points)] = MOUTH_BAG
    jaw = _jaw_weights(vertices, triangles, piece, np.isin(kind, TEETH), points)
    told = np.isin(given, TEETH)
    jaw[told] = given[told] == TEETH_LOWER
    teeth = np.isin(kind, TEETH)
    kind[teeth] = np.where(jaw[teeth] < 0.5, TEETH_UPPER, TEETH_LOWER)
    carried = (carried | np.isin(kind, CARRIED)) & np.isin(kind, (*CARRIED, *STILL))
    return Parts(kind, piece, jaw, carried, centres, radii)


@dataclass(frozen=True)
class Front:
    """An orthographic picture of the skin about the mouth."""

    camera: Camera
    raster: Raster


class Face:
    """What there is to know about a head before its loose pieces are told apart: landmarks (68, 3) and the skin."""

    def __init__(self, points: np.ndarray, skin: Surface):
        self.points, self.skin = points, skin
        self.lips = points[LIPS_OUTER.start : LIPS_INNER.stop]
        self.seam = points[LIPS_INNER].mean(axis=0)
        self.lids = [points[EYE_RIGHT], points[EYE_LEFT]]
        template = load_template()
        inside = template.is_part("tongue", "teeth_upper", "teeth_lower")
        place = umeyama(template.landmark_points()[MOUTH_POINTS].astype(float), points[MOUTH_POINTS])
        self._mouth = cKDTree(place.to_canonical(template.vertices[inside].astype(float)))
        self._tongue = template.is_part("tongue")[inside]

    def kind_of(self, vertices: np.ndarray, open_ends: np.ndarray) -> tuple[int, bool]:
        """Kind of a piece that is not the skin, and whether the skin carries it; vertices (N, 3), those on its open edges (M, 3)."""
        side = self._eyeball_side(vertices)
        if side is not None:
            return (EYE_R, EYE_L)[side], False
        if self._in_mouth(vertices):
            return self._of_mouth(vertices, open_ends), False
        sample = vertices[:: 1 + len(vertices) // SAMPLE]
        distance = float(np.median(self.skin.closest(sample)[2]))
        middle = vertices.mean(axis=0)
        if distance < ON_SKIN:
            return self._on_skin(sample), True
        if self._is_beard(middle):
            return HAIR, distance < BEARD_WITHIN
        return self._around(vertices, middle), False

    def _eyeball_side(self, points: np.ndarray) -> int | None:
        """0 right, 1 left, None: a ball of an eye's size, centred behind the lids."""
        if len(points) < 8:
            return None
        middle = (points.min(axis=0) + points.max(axis=0)) / 2
        side = int(np.abs([middle[0] - lid[:, 0].mean() for lid in self.lids]).argmin())
        lid = self.lids[side]
        width = float(np.ptp(lid[:, 0]))
        extent = np.ptp(points, axis=0)
        if np.abs((middle - lid.mean(axis=0))[[0, 2]]).max() > 0.45 * width or not 0.6 < extent[2] / max(extent[0], 1e-9) < 1.6:
            return None
        centre, radius, residual = fit_sphere(points)
        if extent[1] < 0.25 * extent[0] or centre[1] < lid[:, 1].mean() - 0.25 * width:
            return None  # the rim or the lens of glasses
        ball = 0.4 * width < extent[0] < 2.4 * width and 0.35 * extent[0] < radius < 0.8 * extent[0]
        return side if ball and residual < 0.1 * radius else None

    def _in_mouth(self, points: np.ndarray) -> bool:
        """Behind the lips, no wider than the mouth and its cheeks, no farther up or down than teeth and gums reach."""
        middle = points.mean(axis=0)
        half_width = 0.75 * np.ptp(self.lips[:, 0])
        across, back, up = np.abs(middle[0] - self.seam[0]), middle[1] - self.seam[1], np.abs(middle[2] - self.seam[2])
        near = across < half_width and up < 0.04 and 0 < back < 0.09 and np.ptp(points[:, 2]) < 0.1
        return bool(near and self._covered(points[:: 1 + len(points) // SAMPLE]) > COVERED)

    def _covered(self, points: np.ndarray) -> float:
        """Share of points (N, 3) that have skin before them: teeth have, a beard has not."""
        pixels, depth = self._front.camera.project(points)
        column, row = np.clip(pixels.astype(int), 0, FRONT_SIZE - 1).T
        return float((self._front.raster.depth[row, column] < depth - COVER).mean())

    @functools.cached_property
    def _front(self) -> Front:
        """How far the skin about the mouth is, from the front."""
        skin = self.skin
        near = np.abs(skin.corners[:, 0, [0, 2]] - self.seam[[0, 2]]).max(axis=1) < FRONT / 2
        camera = look_at(self.seam, size=FRONT_SIZE, extent=FRONT, distance=0.5, perspective=False)
        return Front(camera, rasterise(skin.vertices, skin.triangles[skin.ids[near]], camera))

    def _of_mouth(self, points: np.ndarray, open_ends: np.ndarray) -> int:
        """Mouth bag: open at the lips along most of the mouth. Tongue: lies where the template's does. Else teeth or gums."""
        if len(open_ends):
            near = np.asarray(cKDTree(self.lips).query(open_ends)[0]) < LIP_EDGE
            if near.mean() > 0.5 and np.ptp(open_ends[near, 0]) > 0.6 * np.ptp(self.lips[:, 0]):
                return MOUTH_BAG
        return TONGUE if self._tongue[self._mouth.query(points)[1]].mean() > TONGUE_SHARE else TEETH_UPPER

    def _on_skin(self, points: np.ndarray) -> int:
        """Lashes (and tear lines) at the lids, brows at the brows; what else lies on the skin is hair: stubble, beard, a cap of hair."""
        lids = float(np.median(cKDTree(np.concatenate(self.lids)).query(points)[0]))
        brows = float(np.median(cKDTree(self.points[BROW_POINTS]).query(points)[0]))
        if min(lids, brows) > NEAR:
            return HAIR
        return LASHES if lids < brows else BROWS

    def _is_beard(self, middle: np.ndarray) -> bool:
        nose, chin = self.points[33], self.points[8]
        return bool(chin[2] - 0.04 < middle[2] < nose[2] and middle[1] < self.seam[1] + 0.06)

    def _around(self, points: np.ndarray, middle: np.ndarray) -> int:
        """Hair reaches over the brows and lies above or behind the eyes; clothes lie below the chin; glasses and the like are neither."""
        brow, eye, chin = self.points[BROW_POINTS].mean(axis=0), np.concatenate(self.lids).mean(axis=0), self.points[8]
        if points[:, 2].max() > brow[2] + 0.02 and (middle[2] > brow[2] or middle[1] > eye[1] + 0.05):
            return HAIR
        return CLOTHES if middle[2] < chin[2] - 0.01 else OTHER


def _eyeballs(vertices: np.ndarray, piece: np.ndarray, kind: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centres (2, 3) and radii (2,) of the eyeballs: of each side's largest piece; NaN where there is none."""
    centres, radii = np.full((2, 3), np.nan), np.full(2, np.nan)
    for side, eye in enumerate((EYE_R, EYE_L)):
        members = np.flatnonzero(kind == eye)
        balls = [vertices[members[piece[members] == one]] for one in np.unique(piece[members])]
        if balls:
            centres[side], radii[side], _ = fit_sphere(max(balls, key=lambda p: float(np.ptp(p, axis=0).prod())))
    return centres, radii


def _within(points: np.ndarray, centres: np.ndarray, radii: np.ndarray) -> int | None:
    """The side of the eyeball that a piece belongs to: iris, pupil, lens or cornea, centred on the gaze and within the ball or just before."""
    for side, (centre, radius) in enumerate(zip(centres, radii, strict=True)):
        offset = points - centre
        if np.isfinite(radius) and np.linalg.norm(offset, axis=1).max() < 1.3 * radius:
            middle, extent = (offset.min(axis=0) + offset.max(axis=0)) / 2, np.ptp(offset, axis=0)
            if np.abs(middle[[0, 2]]).max() < 0.3 * radius and 0.6 * extent[0] < extent[2] < 1.6 * extent[0]:
                return side
    return None


def _bag(pairs: np.ndarray, skin: np.ndarray, seen: np.ndarray, vertices: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Vertex ids of the skin that is not seen from outside and hangs together with what is just behind the lips.

    Patches within it that are seen after all (through the neck, between the lips) are part of it.
    """
    lips, seam = points[LIPS_INNER], points[LIPS_INNER].mean(axis=0)
    behind = skin & (vertices[:, 1] > lips[:, 1].min()) & (np.abs(vertices - seam)[:, [0, 2]] < BAG_REACH).all(axis=1)
    hidden = np.flatnonzero(behind & ~seen)
    at_lips = cKDTree(lips).query(vertices[hidden], distance_upper_bound=LIP_EDGE)[0] < LIP_EDGE
    label = _labels(pairs, behind & ~seen)
    bag = behind & np.isin(label, np.unique(label[hidden[at_lips]]))
    if not (skin & ~bag).any():  # the user has said what all of it is
        return np.flatnonzero(bag)
    rest = _labels(pairs, skin & ~bag)
    face = np.bincount(rest[rest >= 0]).argmax()
    return np.flatnonzero(bag | (behind & (rest >= 0) & (rest != face)))


def _labels(pairs: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Connected component (V,) of every chosen vertex among the chosen ones; -1 for the others."""
    return np.where(chosen, linked(pairs[chosen[pairs[:, 0]] & chosen[pairs[:, 1]]], len(chosen)), -1)


def _jaw_weights(vertices: np.ndarray, triangles: np.ndarray, piece: np.ndarray, mouth: np.ndarray, points: np.ndarray) -> np.ndarray:
    """1 for pieces of the lower jaw, 0 for the upper; a piece that reaches both (gums with tongue) is graded by what is nearer."""
    weight = np.zeros(len(vertices))
    seam = float(points[LIPS_INNER, 2].mean())
    pieces = [np.flatnonzero(mouth & (piece == one)) for one in np.unique(piece[mouth])]
    mixed = [m for m in pieces if np.ptp(vertices[m, 2]) > GUMS_TALLER and 0.3 < (vertices[m, 2] < seam).mean() < 0.7]
    for members in pieces:
        weight[members] = float(np.median(vertices[members, 2]) < seam)
    single = np.concatenate([m for m in pieces if not any(m is x for x in mixed)] or [np.zeros(0, int)])
    upper, lower = single[weight[single] == 0], single[weight[single] == 1]
    for members in mixed:
        if len(upper) and len(lower):
            up = cKDTree(vertices[upper]).query(vertices[members])[0]
            low = cKDTree(vertices[lower]).query(vertices[members])[0]
            weight[members] = np.clip((up / (up + low + 1e-9) - 0.35) / 0.3, 0.0, 1.0)
        else:
            weight[members] = np.clip((seam - vertices[members, 2]) / 0.008 + 0.5, 0.0, 1.0)
    if mixed:
        _smooth(weight, triangles, np.concatenate(mixed))
    return weight


def _smooth(values: np.ndarray, triangles: np.ndarray, members: np.ndarray, rounds: int = 8) -> None:
    """Averages values over neighbours, in place, on the listed vertices only."""
    graph = adjacency(triangles, len(values))[members]
    degree = np.maximum(np.asarray(graph.sum(axis=1)).ravel(), 1.0)
    for _ in range(rounds):
        values[members] = 0.5 * values[members] + 0.5 * (graph @ values) / degree
