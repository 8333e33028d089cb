"""What the pieces of a head are: skin, eyeballs, mouth (teeth, gums, tongue), things that sit on the skin, and the rest.

Works on connected components in canonical space, where every head has the template's size and place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from .landmarks import EYE_LEFT, EYE_RIGHT, LIPS_INNER, LIPS_OUTER
from .surface import adjacency, components

SKIN, EYE_R, EYE_L, MOUTH, ATTACHED, STATIC, TONGUE = range(7)
NAMES = ("skin", "eye_right", "eye_left", "mouth", "attached", "static", "tongue")
GUMS_TALLER = 0.03  # m; a piece that reaches both jaws is taller than any one row of teeth or tongue
ATTACHED_WITHIN = 0.006  # m; lashes, brows, tear lines lie closer to the skin than this


@dataclass(frozen=True)
class Parts:
    """kind (V,) uint8 into NAMES; piece (V,) the connected component; jaw_weight (V,) 0 upper .. 1 lower for MOUTH; eye_centres (2, 3),
    eye_radii (2,) m, NaN where no eyeball."""

    kind: np.ndarray
    piece: np.ndarray
    jaw_weight: np.ndarray
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


def find_parts(vertices: np.ndarray, triangles: np.ndarray, points: np.ndarray, landmark_triangles: np.ndarray) -> Parts:
    """Classifies every vertex of a head in canonical space; points (68, 3) are its landmarks, on triangles landmark_triangles (68,)."""
    label = components(triangles, len(vertices))
    skin = np.bincount(label[triangles[landmark_triangles, 0]]).argmax()
    kind = np.full(len(vertices), STATIC, np.uint8)
    kind[label == skin] = SKIN
    tree = cKDTree(vertices[label == skin])
    lids = np.array([points[EYE_RIGHT].mean(axis=0), points[EYE_LEFT].mean(axis=0)])
    balls: list[list[np.ndarray]] = [[], []]
    for piece in np.unique(label):
        if piece == skin:
            continue
        members = np.flatnonzero(label == piece)
        side = _eyeball_side(vertices[members], lids)
        if side is not None:
            kind[members] = (EYE_R, EYE_L)[side]
            balls[side].append(vertices[members])
        elif _in_mouth(vertices[members], points):
            kind[members] = MOUTH
        elif np.median(tree.query(vertices[members])[0]) < ATTACHED_WITHIN:
            kind[members] = ATTACHED
    spheres = [fit_sphere(max(b, key=lambda p: np.ptp(p, axis=0).prod()))[:2] if b else (np.full(3, np.nan), np.nan) for b in balls]
    jaw = _jaw_weights(vertices, triangles, label, kind == MOUTH, points)
    return Parts(kind, label, jaw, np.array([s[0] for s in spheres]), np.array([s[1] for s in spheres]))


def _eyeball_side(points: np.ndarray, lids: np.ndarray) -> int | None:
    """0 right, 1 left, None: a ball of an eye's size, centred behind the lids."""
    if len(points) < 20:
        return None
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    side = int(np.abs(middle[0] - lids[:, 0]).argmin())
    extent = np.ptp(points, axis=0)
    if np.abs((middle - lids[side])[[0, 2]]).max() > 0.012 or not 0.012 < extent[0] < 0.06 or not 0.6 < extent[2] / extent[0] < 1.6:
        return None
    _, radius, residual = fit_sphere(points)
    return side if residual < 0.08 * radius else None


def _in_mouth(points: np.ndarray, landmarks: np.ndarray) -> bool:
    """Behind the lips, no wider than the mouth and its cheeks, no farther up or down than teeth and gums reach."""
    lips = landmarks[LIPS_OUTER.start : LIPS_INNER.stop]
    middle = points.mean(axis=0)
    half_width = 0.75 * np.ptp(lips[:, 0])
    seam = landmarks[LIPS_INNER].mean(axis=0)
    return bool(abs(middle[0] - seam[0]) < half_width and abs(middle[2] - seam[2]) < 0.04 and seam[1] < middle[1] < seam[1] + 0.09)


def _jaw_weights(vertices: np.ndarray, triangles: np.ndarray, label: np.ndarray, mouth: np.ndarray, points: np.ndarray) -> np.ndarray:
    """1 for pieces of the lower jaw, 0 for the upper; a piece that reaches both (gums with tongue) is graded by what is nearer."""
    weight = np.zeros(len(vertices))
    seam = float(points[LIPS_INNER, 2].mean())
    pieces = [np.flatnonzero(label == piece) for piece in np.unique(label[mouth])]
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
