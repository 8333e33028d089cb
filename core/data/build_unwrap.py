"""Builds models/template/unwrap.npz, texture coordinates for faces of photos: `python -m core.data.build_unwrap`.

MakeHuman's own coordinates give the face a small part of the picture, lying on its side. Here skin, sockets and mouth bag, one disc once the back
of the head is cut open, fill the square with the face upright in the middle, left and right mirror images of one another; eyes, teeth and tongue
keep MakeHuman's islands below.
"""

from __future__ import annotations

import sys

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import spsolve

from ..head.landmarks import EYE_LEFT, EYE_RIGHT, MOUTH
from ..head.surface import counted_edges
from ..head.template import ID, Template, load_template
from ..morphable.layout import FORMAT, PATH, SCALE
from ..npz import write_npz
from ..training.s2d_conditioned import mirror_map

CUT = (844, 865)  # the back of the head on the middle line: from the neck's rim to the crown
ROUNDS = 60  # of stretch minimisation
FLOOR = 0.135  # of the square: below lie eyes, teeth and tongue
MARGIN = 0.006
CORNERS = 6.0  # exponent of the superellipse that the disc is laid into
# How finely skin is drawn, beside the scalp's 1: the front of the face, and about eyes and mouth; what is hidden, coarser
FACE, DETAIL, HIDDEN = 2.2, 3.2, 0.35
# Left, bottom and right of each island below: front and back of the eyes, teeth, tongue
EYES = {"eye_right": ((0.01, 0.006, 0.125), (0.13, 0.006, 0.205)), "eye_left": ((0.99, 0.006, 0.875), (0.87, 0.006, 0.795))}
INSIDE = {"teeth_upper": (0.22, 0.02, 0.42), "teeth_lower": (0.45, 0.02, 0.65), "tongue": (0.69, 0.006, 0.745)}


def midline(template: Template, start: int, end: int) -> list[int]:
    """Vertex ids along the middle line of the mesh from one vertex to another, by the back of the head."""
    middle = np.flatnonzero(template.is_part("skin") & (np.abs(template.vertices[:, 0]) < 1e-6))
    sides = np.concatenate([np.roll(template.quads, -k, axis=1)[:, :2] for k in range(4)])
    edges = sides[np.isin(sides, middle).all(axis=1)]
    path, before = [start], -1
    while path[-1] != end:
        here = path[-1]
        onwards = [int(b) for a, b in np.concatenate([edges, edges[:, ::-1]]) if a == here and b != before]
        before = here
        path.append(onwards[0])
    return path


def cut_open(template: Template) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Quads (Q, 4) of the disc with the cut's vertices doubled, the vertex (N,) of the template that each stands for, and its rim in order from the
    crown, the person's right side first."""
    body = template.is_part("skin", "mouth_bag", "eye_socket")[template.quads].all(axis=1)
    quads, vertices = template.quads[body].astype(int), template.vertices
    path = midline(template, *CUT)
    doubled = {vertex: len(vertices) + k for k, vertex in enumerate(path[:-1])}
    left = vertices[quads, 0].mean(axis=1) > 0
    for vertex, twin in doubled.items():
        quads[left] = np.where(quads[left] == vertex, twin, quads[left])
    stands_for = np.concatenate([np.arange(len(vertices)), path[:-1]])
    pairs, faces = counted_edges(halves(quads))
    rim = pairs[faces == 1]
    order, before = [path[-1], path[-2]], path[-1]
    while order[-1] != path[-1]:
        at = [int(b) for a, b in np.concatenate([rim, rim[:, ::-1]]) if a == order[-1] and b != before]
        before = order[-1]
        order.append(at[0])
    return quads, stands_for, order[:-1]


def halves(quads: np.ndarray) -> np.ndarray:
    """Triangles (2 Q, 3) of quads (Q, 4)."""
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def density(template: Template) -> np.ndarray:
    """How finely (V,) each vertex of the template is to be drawn."""
    vertices, points = template.vertices, template.landmark_points()
    near = np.linalg.norm(vertices - points[30], axis=1)
    wanted = 1.0 + (FACE - 1.0) / (1.0 + np.exp((near - 0.105) / 0.008))
    for marks in (EYE_RIGHT, EYE_LEFT, MOUTH):
        away = np.linalg.norm(vertices[:, None] - points[marks], axis=2).min(axis=1)
        wanted = np.maximum(wanted, 1.0 + (DETAIL - 1.0) / (1.0 + np.exp((away - 0.012) / 0.003)))
    return np.where(template.is_part("mouth_bag", "eye_socket"), HIDDEN, wanted)


def laid_on(rim: list[int], points: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Places (R, 2) in the square -1..1 of the rim's vertices, along a superellipse from the middle of its top."""
    following = np.roll(rim, -1)
    steps = np.linalg.norm(points[following] - points[rim], axis=1) * 0.5 * (wanted[following] + wanted[rim])
    along = np.concatenate([[0.0], np.cumsum(steps)[:-1]]) / steps.sum()
    turn = np.linspace(0.0, 2 * np.pi, 20_001)
    radius = (np.abs(np.sin(turn)) ** CORNERS + np.abs(np.cos(turn)) ** CORNERS) ** (-1.0 / CORNERS)
    outline = np.stack([-radius * np.sin(turn), radius * np.cos(turn)], axis=1)
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(outline, axis=0), axis=1))])
    return np.stack([np.interp(along, length / length[-1], outline[:, k]) for k in range(2)], axis=1)


def flattened(points: np.ndarray, quads: np.ndarray, rim: list[int], places: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Places (N, 2) of a disc's vertices (N, 3), its rim being fixed: no quad is turned over, since every vertex is a mean of its neighbours
    (Tutte); the weights are changed until stretch is as even as wanted (Yoshizawa, Belyaev and Seidel, "A fast and simple stretch-minimizing mesh
    parameterization", 2004)."""
    triangles = halves(quads)
    used = np.unique(quads)
    inner = np.setdiff1d(used, rim)
    place_of = np.full(len(points), -1)
    place_of[inner] = np.arange(len(inner))
    sides = np.unique(np.sort(np.concatenate([np.roll(quads, -k, axis=1)[:, :2] for k in range(4)]), axis=1), axis=0)
    start, end = np.concatenate([sides, sides[:, ::-1]]).T
    moved = place_of[start] >= 0
    start, end = start[moved], end[moved]
    weight = np.ones(len(start))
    found, best = np.zeros((len(points), 2)), np.inf
    found[rim] = places
    kept = found
    for _ in range(ROUNDS):
        rows, free = place_of[start], place_of[end] >= 0
        matrix = sparse.diags(np.bincount(rows, weight)) - sparse.csr_matrix(
            (weight[free], (rows[free], place_of[end[free]])), (len(inner),) * 2
        )
        pulled = np.stack([np.bincount(rows, weight * np.where(free, 0.0, found[end, k]), len(inner)) for k in range(2)], axis=1)
        found[inner] = spsolve(matrix.tocsc(), pulled)
        stretch, area = stretches(points, found, triangles, wanted)
        whole = float(np.sqrt((stretch**2 * area).sum() / area.sum()) * np.sqrt(1.0 / area.sum()))
        if whole < best:
            best, kept = whole, found.copy()
        at = np.stack([np.bincount(triangles.ravel(), np.repeat(value, 3), len(points)) for value in (stretch**2 * area, area)])
        of = np.sqrt(at[0] / np.maximum(at[1], 1e-12))
        of = of / np.median(of[used])
        weight = weight / np.maximum(of[end], 1e-6) ** 0.5
        weight /= np.bincount(rows, weight, len(inner))[rows]
    return kept


def stretches(points: np.ndarray, flat: np.ndarray, triangles: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Root mean square stretch (T,) of the map from the plane to the surface, lengths on it counted by `wanted`; and the surface's area (T,)."""
    scale = wanted[triangles].mean(axis=1)[:, None, None]
    edges = (points[triangles[:, 1:]] - points[triangles[:, :1]]) * scale
    plane = flat[triangles[:, 1:]] - flat[triangles[:, :1]]
    determinant = plane[:, 0, 0] * plane[:, 1, 1] - plane[:, 0, 1] * plane[:, 1, 0]
    inverse = np.stack([plane[:, 1, 1], -plane[:, 0, 1], -plane[:, 1, 0], plane[:, 0, 0]], axis=1).reshape(-1, 2, 2)
    jacobian = inverse @ edges / np.where(np.abs(determinant) < 1e-14, 1e-14, determinant)[:, None, None]
    area = 0.5 * np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1)
    return np.sqrt(0.5 * (jacobian**2).sum(axis=(1, 2))), area


def build(template: Template) -> tuple[np.ndarray, np.ndarray]:
    """Texture coordinates (M, 2) in 0..1, v upwards, and (Q, 4) which of them the template's quads take."""
    quads, stands_for, rim = cut_open(template)
    points, wanted = template.vertices[stands_for].astype(float), density(template)[stands_for]
    flat = flattened(points, quads, rim, laid_on(rim, points, wanted), wanted)
    flat = 0.5 * (flat + flat[mirrored(template, stands_for)] * [-1.0, 1.0])
    uv = 0.5 + 0.5 * flat
    uv = np.stack([MARGIN + (1 - 2 * MARGIN) * uv[:, 0], FLOOR + (1 - MARGIN - FLOOR) * uv[:, 1]], axis=1)
    quad_uv = np.zeros((len(template.quads), 4), int)
    quad_uv[template.is_part("skin", "mouth_bag", "eye_socket")[template.quads].all(axis=1)] = quads
    places = [uv]
    for name in (*EYES, *INSIDE):
        own = template.is_part(name)[template.quads].all(axis=1)
        placed, which = islands(template, name, own)
        quad_uv[own] = which + sum(map(len, places))
        places.append(placed)
    used, quad_uv = np.unique(quad_uv, return_inverse=True)
    return np.concatenate(places)[used], quad_uv.reshape(-1, 4)


def mirrored(template: Template, stands_for: np.ndarray) -> np.ndarray:
    """For every vertex of the cut disc (N,) its mirror image: the cut's two sides are one another's."""
    mirror = mirror_map(template.vertices)
    if mirror is None:
        raise AssertionError("the template is not symmetric")
    count = len(template.vertices)
    made = np.concatenate([mirror, stands_for[count:]])
    made[stands_for[count:]] = np.arange(count, len(stands_for))
    return made


def islands(template: Template, name: str, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """MakeHuman's coordinates of a part, put below; and (q, 4) which of them its quads take. The front of an eye is larger than its back."""
    ids, which = np.unique(template.quad_uv[own], return_inverse=True)
    uv = template.uv[ids].astype(float)
    which = which.reshape(-1, 4)
    if name in INSIDE:
        return fitted(uv, *INSIDE[name]), which
    centre = template.eye_centres[("eye_right", "eye_left").index(name)]
    depth = np.zeros(len(uv))
    depth[which.ravel()] = (template.vertices[template.quads[own]] - centre)[..., 1].ravel()
    pairs, _ = counted_edges(halves(which))
    _, piece = sparse.csgraph.connected_components(sparse.coo_matrix((np.ones(len(pairs)), pairs.T), (len(uv),) * 2))
    front = piece == piece[depth.argmin()]
    for member, room in zip((front, ~front), EYES[name], strict=True):
        uv[member] = fitted(uv[member], *room)
    return uv, which


def fitted(uv: np.ndarray, left: float, bottom: float, right: float) -> np.ndarray:
    """Coordinates (M, 2) put into a width; right of left mirrors them."""
    low, high = uv.min(axis=0), uv.max(axis=0)
    size = (right - left) / (high - low)[0]
    return np.stack([left + size * (uv[:, 0] - low[0]), bottom + abs(size) * (uv[:, 1] - low[1])], axis=1)


def main() -> None:
    uv, quad_uv = build(load_template())
    arrays = {
        "format_version": np.array(FORMAT),
        "template": np.array(ID),
        "uv": np.round(uv * SCALE).astype(np.uint16),
        "quad_uv": quad_uv.astype(np.uint16),
    }
    write_npz(PATH, arrays)
    sys.stdout.write(f"{PATH}: {len(uv)} coordinates, {PATH.stat().st_size // 1024} KB\n")


if __name__ == "__main__":
    main()
