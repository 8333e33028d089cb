"""The neutral face of a head that shows an expression.

Sect. 4.4 of Otberdout et al. 2022 gives S2D-Dec the displacement between a neutral template's landmarks and the expressive head's, in which how
a face moves and whose face it is are one. Here both are fitted at once, to the landmarks and then to the surface, by how likely each is:
identity as the morphable model's shapes and a smooth field for faces that it does not know, expression as few ARKit weights from 0 to 1. Only the
expression is then taken off, as S2D-Dec makes it on that face (`python -m core evaluate neutral`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..head.adaptation import Adaptation, adapt_template
from ..head.frame import HeadFrame, umeyama
from ..head.landmarks import BROWS, CONTOUR, COUNT, Landmarks
from ..head.mesh import HeadMesh
from ..head.surface import Surface, vertex_normals
from ..head.template import load_template
from ..head.transfer import Transfer
from ..head.visibility import visible_triangles
from ..head.winding import outward
from ..morphable.model import load_model
from ..runtime.backend import Backend
from .carry import decode

STEADY = (*range(27, 36), 36, 39, 42, 45)  # landmarks that expressions move least: the nose and the eyes' corners
CONTOUR_TRUST, BROW_TRUST = 0.15, 0.5
LANDMARK_M, SEAM_M = 2e-3, 1e-3  # m; how far the fitted landmarks may be off, and the inner lips' distance, which no identity explains
BESIDE = 2.8  # times as far off they may be where the surface is fitted as well
SURFACE_M, ALONG = 3e-3, 4.0  # m, how far the fitted surface may be off; and how much farther along itself
REACH, EVERY = 0.012, 2  # m, from where nothing corresponds; and every so many of the face's vertices are looked at
SEAM = ((61, 67), (62, 66), (63, 65))  # landmarks of the upper and of the lower inner lip
SMOOTH_M, SMOOTH_REACH, SMOOTH_MODES = (
    3e-3,
    0.05,
    40,
)  # of faces that the morphable model does not know: how large, how wide, how many kinds
ANCHORS, ANCHORED = 250, 0.12  # points that carry the smooth field, within so many m of the nose
WEIGHT, SPARSE = 0.5, 2.0  # usual size of an ARKit weight; how little weights that are not needed are liked
LARGEST_SHAPE, LARGEST_WEIGHT = 4.0, 1.2
UNSEEN = ("eyeLook", "tongueOut")  # units that the landmarks do not tell
ALTERNATIONS, SURFACE_ROUNDS, ACTIVE_SETS, ROUNDS = 6, 6, 50, 2


@dataclass(frozen=True)
class Expressive:
    """An expressive head as fitted: frame from its own space to canonical; surface (Vt, 3) m of the template in its identity and expression;
    weights (52,) of the ARKit units, and the displacement (Vt, 3) m they stand for."""

    frame: HeadFrame
    surface: np.ndarray
    weights: np.ndarray
    expression: np.ndarray


Equations = tuple[np.ndarray, np.ndarray]  # rows (K, N) and what they should give (N,), both over how far off each may be


@dataclass(frozen=True)
class _Space:
    """Everything a head may be: mean (Vt, 3) + identities and units (K, Vt, 3); `likely` (K,) inverse variance, limits (K, 2); their part at the
    landmarks: mean_points (68, 3), points (K, 68, 3); unit: index among the 52 of the last of
    them; face (N,): the vertices that are looked for on the head's surface."""

    mean: np.ndarray
    fields: np.ndarray
    likely: np.ndarray
    limits: np.ndarray
    mean_points: np.ndarray
    points: np.ndarray
    unit: np.ndarray
    face: np.ndarray


def neutralise(
    mesh: HeadMesh, landmarks: Landmarks, backend: Backend, progress: Callable[[float], None] = lambda _done: None
) -> np.ndarray:
    """The vertices (V, 3) of an expressive head, at rest, in its own units, axes and order."""
    template = load_template()
    found = fit_expression(mesh, landmarks)
    if not found.expression.any():
        return mesh.vertices.copy()
    posed = replace(template, vertices=found.surface.astype(np.float32))
    turned, marks = outward(mesh, landmarks, found.frame.rotation)
    adaptation = adapt_template(turned, marks, found.frame, posed, lambda done, _what: progress(0.9 * done))
    field = expression_field(adaptation, found, backend)
    moved = Transfer(adaptation, turned, posed).in_own_space(-field[None])[0]
    progress(1.0)
    return mesh.vertices + moved


def expression_field(adaptation: Adaptation, found: Expressive, backend: Backend) -> np.ndarray:
    """What the expression does (Vt, 3) m to this face: S2D-Dec on its landmarks' displacement, given the neutral that is left without it."""
    landmarks = load_template().landmark_points(found.expression)
    field = found.expression
    for _ in range(ROUNDS):
        rest = replace(adaptation, registered=(adaptation.registered - field).astype(np.float32))
        field = decode(rest, landmarks[None], backend)[0]
    return field


def fit_expression(mesh: HeadMesh, landmarks: Landmarks) -> Expressive:
    """Identity, expression and pose that best explain a head: its landmarks first, then its visible surface as well.

    Maximum a posteriori by turns: the coefficients for a pose (least squares within limits), and the similarity for the coefficients.
    """
    space, template = _space(), load_template()
    points = landmarks.points(mesh.vertices, mesh.triangles)
    trust = np.ones(COUNT)
    trust[CONTOUR], trust[BROWS] = CONTOUR_TRUST, BROW_TRUST
    trust = trust * np.maximum(landmarks.confidence, 1e-3)
    steady = np.isin(np.arange(COUNT), STEADY) * trust
    frame = umeyama(points, template.landmark_points().astype(np.float64), steady)
    for _ in range(ALTERNATIONS):
        found = _likeliest(space, _at_landmarks(space, frame.to_canonical(points), trust))
        frame = umeyama(points, space.mean_points + np.tensordot(found, space.points, 1), trust)
    turned, _ = outward(mesh, landmarks, frame.rotation)
    visible = visible_triangles(frame.to_canonical(turned.vertices), turned.triangles)
    for _ in range(SURFACE_ROUNDS):
        surface = Surface(frame.to_canonical(turned.vertices), turned.triangles, visible)
        (rows, wanted), target, weights = _at_surface(space, found, surface)
        marks = _at_landmarks(space, frame.to_canonical(points), trust)
        found = _likeliest(space, (np.concatenate([rows, marks[0] / BESIDE], axis=1), np.concatenate([wanted, marks[1] / BESIDE])))
        frame = umeyama(target, space.mean[space.face] + np.tensordot(found, space.fields[:, space.face], 1), weights).after(frame)
    units = np.where(np.arange(len(found)) >= len(found) - len(space.unit), found, 0.0)
    weights = np.zeros(len(template.arkit_names))
    weights[space.unit] = found[-len(space.unit) :]
    return Expressive(frame, space.mean + np.tensordot(found, space.fields, 1), weights, np.tensordot(units, space.fields, 1))


def _at_landmarks(space: _Space, points: np.ndarray, trust: np.ndarray) -> Equations:
    """For canonical landmarks points (68, 3), trusted by (68,)."""
    upper, lower = np.array(SEAM).T
    off = points - space.mean_points
    rows = np.concatenate([space.points, space.points[:, upper] - space.points[:, lower]], axis=1).reshape(len(space.fields), -1)
    wanted = np.concatenate([off, off[upper] - off[lower]]).ravel()
    weight = np.repeat(np.r_[trust / LANDMARK_M, np.full(len(upper), 1.0 / SEAM_M)], 3)
    return rows * weight, wanted * weight


def _at_surface(space: _Space, found: np.ndarray, surface: Surface) -> tuple[Equations, np.ndarray, np.ndarray]:
    """For the closest points of the head to the face as it stands; those points (N, 3), and how far they are believed (N,) (Geman and McClure)."""
    template, face = load_template(), space.face
    stands = space.mean + np.tensordot(found, space.fields, 1)
    normals = vertex_normals(stands, template.triangles)[face]
    ids, bary, distance = surface.closest(stands[face], normals, min_cosine=0.5)
    target = np.einsum("nk,nkd->nd", bary, surface.vertices[surface.triangles[ids]])
    near = distance < REACH
    scale = max(SURFACE_M, float(np.median(distance[near]))) if near.any() else SURFACE_M
    weights = np.where(near, 1.0 / (1.0 + (np.minimum(distance, REACH) / scale) ** 2) ** 2, 0.0) + 1e-9
    fields, off = space.fields[:, face], target - space.mean[face]
    believed = np.sqrt(weights) / SURFACE_M
    along = np.repeat(believed / ALONG, 3)
    rows = np.concatenate([np.einsum("knd,nd->kn", fields, normals) * believed, fields.reshape(len(fields), -1) * along], axis=1)
    return (rows, np.concatenate([(off * normals).sum(axis=1) * believed, off.ravel() * along])), target, weights


def _likeliest(space: _Space, equations: Equations) -> np.ndarray:
    """The most likely coefficients (K,)."""
    rows, wanted = equations
    right = rows @ wanted
    right[-len(space.unit) :] -= SPARSE
    return _within(rows @ rows.T + np.diag(space.likely), right, space.limits)


def _within(gram: np.ndarray, right: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """The x (K,) within limits (K, 2) that minimises x gram x / 2 - right x, by active sets: what leaves its limits is held there until the
    slope calls it back."""
    low, high = limits.T
    free, x = np.ones(len(gram), bool), np.zeros(len(gram))
    for _ in range(ACTIVE_SETS):
        held = np.where(free, 0.0, x)
        x = held.copy()
        x[free] = np.linalg.solve(gram[np.ix_(free, free)], (right - gram @ held)[free])
        outside = (x < low) | (x > high)
        x = np.clip(x, low, high)
        slope = gram @ x - right
        back = ~free & (((x <= low) & (slope < -1e-9)) | ((x >= high) & (slope > 1e-9)))
        if outside.any():
            free &= ~outside
        elif back.any():
            free |= back
        else:
            break
    return x


@functools.cache
def _space() -> _Space:
    template, model = load_template(), load_model()
    unit = np.array([k for k, name in enumerate(template.arkit_names) if not name.startswith(UNSEEN)])
    shape, smooth = model.shape.astype(np.float64), _smooth_fields(template.vertices.astype(np.float64), template.landmark_points()[30])
    fields = np.concatenate([shape, smooth, template.arkit_fields()[unit]])
    identities = len(shape) + len(smooth)
    likely = np.r_[np.ones(identities), np.full(len(unit), 1.0 / WEIGHT**2)]
    limits = np.concatenate([np.tile([-LARGEST_SHAPE, LARGEST_SHAPE], (identities, 1)), np.tile([0.0, LARGEST_WEIGHT], (len(unit), 1))])
    mean = model.mean.astype(np.float64)
    face = np.flatnonzero(model.face)[::EVERY]
    return _Space(mean, fields, likely, limits, template.landmark_points(mean), template.landmark_points(fields), unit, face)


def _smooth_fields(vertices: np.ndarray, nose: np.ndarray) -> np.ndarray:
    """Smooth displacement (3 SMOOTH_MODES, V, 3) m, each one standard deviation: the largest modes of a Gaussian process over the face."""
    near = vertices[np.linalg.norm(vertices - nose, axis=1) < ANCHORED]
    chosen, distance = [0], np.linalg.norm(near - near[0], axis=1)
    while len(chosen) < ANCHORS:  # each the farthest from those before
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, np.linalg.norm(near - near[chosen[-1]], axis=1))
    anchors = near[chosen]
    size, modes = np.linalg.eigh(_kernel(anchors, anchors))
    shape = SMOOTH_M * _kernel(vertices, anchors) @ (modes[:, -SMOOTH_MODES:] / np.sqrt(size[-SMOOTH_MODES:]))
    return np.einsum("vm,kd->kmvd", shape, np.eye(3)).reshape(-1, *vertices.shape)


def _kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.exp(-((a[:, None] - b) ** 2).sum(axis=2) / (2.0 * SMOOTH_REACH**2))
