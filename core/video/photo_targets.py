"""Where a photo's points shall go: after a driver's points, or after coefficients of the morphable model."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from ..errors import ValueRangeError
from ..head.surface import vertex_normals
from ..head.template import ID as TEMPLATE
from ..head.template import Template, load_template
from ..morphable.camera import Pose
from ..morphable.model import EXPRESSIONS, SHAPES, MorphableModel
from ..morphable.texture import POSE_NUMBERS
from ..motion.rotations import matrices
from .point_mesh import IRISES, LOWER_LIDS, LOWER_LIP, OVAL, POINTS, SKIN, UPPER_LIDS, UPPER_LIP, head_motion

# The lips' points from the right corner of the mouth to the left, from the outer rim to the row before the inner one
UPPER_LIP_ROWS = np.array([
    185, 40, 39, 37, 0, 267, 269, 270, 409, 184, 74, 73, 72, 11, 302, 303, 304, 408, 183, 42, 41, 38, 12, 268, 271, 272, 407,
])  # fmt: skip
LOWER_LIP_ROWS = np.array([
    146, 91, 181, 84, 17, 314, 405, 321, 375, 77, 90, 180, 85, 16, 315, 404, 320, 307, 96, 89, 179, 86, 15, 316, 403, 319, 325,
])  # fmt: skip
NECK = np.array([0.0, 0.07, -0.11])  # m, canonical: about what a head turns
NEIGHBOURS = 6  # vertices that tell where a point goes
SEEN = -0.1  # cosine to the viewer from which a vertex may be one of them
OPEN = 0.1  # gap of the lids over the eye's width from which an eye's opening can be compared
UNLIKE = (0.5, 2.0)  # how much smaller or larger the photo's eyes may be opened than the driver's


def turned_since_first(angles: np.ndarray) -> np.ndarray:
    """Rotations (F, 3, 3) in canonical space from the first frame's on, of a head's yaw, pitch and roll (F, 3) rad in a recording."""
    turns = matrices(angles)
    return turns @ turns[0].T


def following(
    points: np.ndarray, driver: np.ndarray, rest: np.ndarray | None = None, *, neutral: np.ndarray | None = None, pose: bool = True
) -> np.ndarray:
    """Targets (F, 478, 3) px of a photo's points (478, 3) that do what a driver's points (F, 478, 3) px do from its `rest` (478, 3) on.

    rest is by default the driver's first frame; neutral (478, 3) px: the photo's points without its expression: then the driver's expression takes
    the place of the photo's, otherwise it is added to it; pose: whether the head moves, too, or only the face.
    """
    rest = driver[0] if rest is None else rest
    start = points if neutral is None else neutral
    onto = head_motion(rest, start)
    near = _eyes_factor(start, rest)
    middle, own = start[:SKIN].mean(axis=0), rest[:SKIN].mean(axis=0)
    out = np.empty((len(driver), POINTS, 3))
    for k, frame in enumerate(driver):
        moved = head_motion(rest, frame)
        acted = (moved.back(frame) - rest) * near[:, None]
        out[k] = start + onto.scale * acted @ onto.rotation.T
        if pose:
            turn = onto.rotation @ moved.rotation @ onto.rotation.T
            out[k] = moved.scale * (out[k] - middle) @ turn.T + middle + onto.scale * onto.rotation @ (moved(own) - own)
    return out


def _eyes_factor(points: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """How much farther (478,) the photo's points go than the driver's, so that an eye that shuts there shuts here."""
    factor = np.ones(POINTS)
    for number, iris in enumerate(IRISES):
        gaps, widths = zip(*(opening(one, number) for one in (points, rest)), strict=True)
        if min(gaps) > OPEN:
            times = float(np.clip(gaps[0] / gaps[1], *UNLIKE))
            off = np.linalg.norm((rest - rest[iris[0]])[:, :2], axis=1) / widths[1]
            factor += (times - 1.0) * np.exp(-(off**2))
    return factor


def opening(points: np.ndarray, number: int) -> tuple[float, float]:
    """Gap of an eye's lids over its width, and the width, px."""
    upper, lower = points[UPPER_LIDS[number], :2], points[LOWER_LIDS[number], :2]
    width = max(float(np.linalg.norm(upper[-1] - upper[0])), 1e-3)
    return float(np.linalg.norm(upper[2:-2] - lower[2:-2], axis=1).mean()) / width, width


class CoefficientTargets:
    """What coefficients (62,) make of a photo's points (478, 3) px: each turns with the head at its own depth, and is moved by expression and shape
    as the vertices it lies among are. model: the one that fitted the photo with `coefficients` (62,), on the template's topology."""

    def __init__(self, points: np.ndarray, coefficients: np.ndarray, model: MorphableModel):
        if model.template != TEMPLATE:
            raise ValueRangeError(f"'{model.name}' is a model of your own; points can only be moved by Mimica's.")
        self.points, self.model = np.asarray(points, float), model
        self.pose, self.rest = self._read(coefficients)
        pixels, depth = self.pose.project(self.rest)
        self.weights = _weights(self.points, np.column_stack([pixels, depth]), model, load_template())
        inner = np.setdiff1d(np.arange(SKIN), OVAL)
        ahead = float(np.median((self.weights @ depth - self.points[:, 2])[inner]))  # the points' depth is only relative
        local = self.points + [0.0, 0.0, ahead] - [*self.pose.translation, 0.0]
        self.ahead, self.places = ahead, local @ self.pose.rotation / self.pose.scale

    def neutral(self, coefficients: np.ndarray) -> np.ndarray:
        """The points (478, 3) px without the expression of coefficients (62,)."""
        return self(_without_expression(coefficients))

    def __call__(self, coefficients: np.ndarray) -> np.ndarray:
        """Targets (478, 3) px. ValueRangeError for what are not 62 finite numbers."""
        pose, vertices = self._read(coefficients)
        pixels, depth = pose.project(self.places + self.weights @ (vertices - self.rest))
        return np.column_stack([pixels, depth - self.ahead])

    def acted(self, coefficients: np.ndarray, weights: np.ndarray, turns: np.ndarray, *, keep: bool = False) -> np.ndarray:
        """Targets (F, 478, 3) px of coefficients (62,) whose face does weights (F, 52) of the model's ARKit units, keep: beside its own expression,
        and whose head is turned by turns (F, 3, 3) in canonical space, about the neck."""
        pose, vertices = self._read(coefficients if keep else _without_expression(coefficients))
        start = self.places + self.weights @ (vertices - self.rest)
        units = np.stack([self.weights @ unit for unit in self.model.arkit.astype(float)])
        moved = start + np.tensordot(weights, units, axes=1)
        pixels, depth = pose.project((moved - NECK) @ turns.transpose(0, 2, 1) + NECK)
        return np.concatenate([pixels, (depth - self.ahead)[..., None]], axis=-1)

    def _read(self, coefficients: np.ndarray) -> tuple[Pose, np.ndarray]:
        """The pose, and vertices (N, 3) m."""
        given = np.asarray(coefficients, float)
        if given.shape != (POSE_NUMBERS + SHAPES + EXPRESSIONS,) or not np.isfinite(given).all():
            raise ValueRangeError(
                f"Coefficients are an array of {given.shape}; expected {POSE_NUMBERS + SHAPES + EXPRESSIONS} finite numbers."
            )
        return Pose.of_matrix(given[:POSE_NUMBERS]), self.model.vertices(given).astype(float)


def _without_expression(coefficients: np.ndarray) -> np.ndarray:
    rest = np.array(coefficients, float)
    rest[POSE_NUMBERS + SHAPES :] = 0.0
    return rest


def _weights(points: np.ndarray, places: np.ndarray, model: MorphableModel, template: Template) -> sparse.csr_matrix:
    """Which vertices at places (N, 3) px tell where points (478, 3) go: a matrix (478, N) whose rows sum to one."""
    facing = -vertex_normals(places, model.triangles)[:, 2]
    skin = template.is_part("skin") & (facing > SEEN)
    seam = template.vertices[template.lip_seams["upper"]]
    below = template.vertices[:, 2] < np.interp(template.vertices[:, 0], seam[:, 0], seam[:, 2])
    matrix = sparse.lil_matrix((POINTS, len(places)))
    rest = np.setdiff1d(np.arange(SKIN), np.concatenate([UPPER_LIP_ROWS, LOWER_LIP_ROWS]))
    for ids, allowed in ((rest, skin), (UPPER_LIP_ROWS, skin & ~below), (LOWER_LIP_ROWS, skin & below)):
        chosen = np.flatnonzero(allowed)
        far, near = map(np.asarray, cKDTree(places[chosen, :2]).query(points[ids, :2], NEIGHBOURS))
        share = 1.0 / (far**2 + 1e-2 * far[:, -1:] ** 2 + 1e-9)
        for point, own, vertices in zip(ids, share / share.sum(axis=1, keepdims=True), chosen[near], strict=True):
            matrix[point, vertices] = own
    rims = [(UPPER_LIP, template.lip_seams["upper"]), (LOWER_LIP, template.lip_seams["lower"])]
    for side, ids in (("upper", UPPER_LIDS), ("lower", LOWER_LIDS)):
        rims += [(ids[0], template.lid_rims[f"right_{side}"][::-1]), (ids[1], template.lid_rims[f"left_{side}"])]
    for ids, rim in rims:
        _along(matrix, ids, rim, points, template.vertices)
    for number, iris in enumerate(IRISES):
        matrix[iris] = 0.5 * (matrix[UPPER_LIDS[number, 0]] + matrix[UPPER_LIDS[number, -1]])
    return matrix.tocsr()


def _along(matrix: sparse.lil_matrix, ids: np.ndarray, rim: np.ndarray, points: np.ndarray, vertices: np.ndarray) -> None:
    """Points `ids` of a rim go with the template's vertices `rim` at the same share of its length."""
    shares = []
    for line in (points[ids, :2], vertices[rim]):
        length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
        shares.append(length / max(float(length[-1]), 1e-9))
    at = np.interp(shares[0], shares[1], np.arange(len(rim)))
    first = np.minimum(at.astype(int), len(rim) - 2)
    for point, low, beyond in zip(ids, first, at - first, strict=True):
        matrix[point] = 0.0
        matrix[point, rim[low]], matrix[point, rim[low + 1]] = 1.0 - beyond, beyond
