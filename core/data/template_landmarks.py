"""Where the 68 landmarks lie on the template: on its own lid and lip loops, and on measured places of brow, nose and jaw."""

from __future__ import annotations

import numpy as np
import trimesh

from .edge_loops import QuadMesh

LIP_BORDER = 455  # mid upper lip on the vermilion border, in MakeHuman's base mesh
LIP_VISIBLE = 474  # mid upper lip on the foremost loop where the closed lips are seen to meet
# Brow, nose and jaw of the person's left half: x and z (m from between the eyes) where seen from the front, found on the detector's render
BROW = ((0.0100, 0.0130), (0.0175, 0.0175), (0.0265, 0.0200), (0.0355, 0.0190), (0.0440, 0.0135))
BRIDGE_Z = (0.0030, -0.0060, -0.0150)
NOSE_BASE = ((0.0000, -0.0092), (0.0065, -0.0090), (0.0130, -0.0080))  # x, and z from the tip
# Jaw line from the chin up to the ear: directions (azimuth from the front, elevation; degrees) seen from a point between the ears
JAW_CENTRE = (0.0, 0.040, -0.020)
JAW = ((0, -53), (11, -52), (23, -49.5), (36, -45.5), (49, -39), (61, -31), (71, -21), (79, -10), (84, 2))


def _along(line: np.ndarray, fractions: tuple[float, ...]) -> np.ndarray:
    """Points at fractions of the width |x| of a polyline (N, 3) that runs along X."""
    x = line[:, 0]
    order = np.argsort(x)
    wanted = x[0] + np.array(fractions) * (x[-1] - x[0])
    return np.stack([np.interp(wanted, x[order], line[order, k]) for k in range(3)], axis=1)


def _ring_halves(ring: list[int], vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Upper and lower half of a loop around the mouth, right corner to left, positions."""
    turned = np.roll(np.array(ring), -int(vertices[ring, 0].argmin()))
    left = int(vertices[turned, 0].argmax())
    halves = vertices[turned[: left + 1]], vertices[np.concatenate([turned[left:], turned[:1]])[::-1]]
    upper, lower = sorted(halves, key=lambda half: -half[:, 2].mean())
    return upper, lower


def _front(vertices: np.ndarray, triangles: np.ndarray, xz: np.ndarray) -> np.ndarray:
    """The foremost surface point at each (x, z)."""
    origins = np.stack([xz[:, 0], np.full(len(xz), -0.5), xz[:, 1]], axis=1)
    return first_hits(vertices, triangles, origins, np.tile([0.0, 1.0, 0.0], (len(xz), 1)))


def first_hits(vertices: np.ndarray, triangles: np.ndarray, origins: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """The first hit of each ray on the surface, plain Moeller-Trumbore over all triangles (a few dozen rays, at build time)."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    hits = []
    for origin, direction in zip(origins, directions, strict=True):
        p = np.cross(direction, c - a)
        det = np.einsum("ij,ij->i", b - a, p)
        with np.errstate(divide="ignore", invalid="ignore"):
            t = origin - a
            u = np.einsum("ij,ij->i", t, p) / det
            q = np.cross(t, b - a)
            w = (q @ direction) / det
            depth = np.einsum("ij,ij->i", c - a, q) / det
        inside = (u >= 0) & (w >= 0) & (u + w <= 1) & (depth > 0) & (np.abs(det) > trimesh.tol.zero**2)
        hits.append(origin + direction * depth[inside].min())
    return np.array(hits)


def _jaw(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """The nine contour points of the person's left half, chin first."""
    azimuth, elevation = np.radians(np.array(JAW)).T
    outward = np.stack([np.sin(azimuth) * np.cos(elevation), -np.cos(azimuth) * np.cos(elevation), np.sin(elevation)], axis=1)
    return first_hits(vertices, triangles, np.array(JAW_CENTRE) + outward * 0.5, -outward)


def _mirror(points: np.ndarray) -> np.ndarray:
    return points * [-1.0, 1.0, 1.0]


def place_landmarks(mesh: QuadMesh, vertices: np.ndarray, skin: np.ndarray, rims: dict, seams: list, place: np.ndarray) -> np.ndarray:
    """Positions (68, 3) m in iBUG order; `skin` are the outer triangles, rims and seams vertex ids, `place` base-mesh id -> template id."""
    left_jaw = _jaw(vertices, skin)
    brow = _front(vertices, skin, np.array(BROW))
    profile = vertices[np.abs(vertices[:, 0]) < 1e-5]
    nose = profile[(profile[:, 2] > -0.045) & (profile[:, 2] < -0.005)]
    tip = nose[nose[:, 1].argmin()]
    bridge = _front(vertices, skin, np.array([[0.0, z] for z in BRIDGE_Z]))
    base = _front(vertices, skin, np.array([[x, tip[2] + z] for x, z in NOSE_BASE]))
    eyes = []
    for side in ("right", "left"):
        upper, lower = (vertices[half] for half in rims[side])
        top, bottom = _along(upper, (0.0, 0.33, 0.67, 1.0)), _along(lower, (0.33, 0.67))
        ring = [top[0], top[1], top[2], top[3], bottom[1], bottom[0]]  # from the inner corner over the top, back along the bottom
        if side == "right":
            ring = [ring[3], ring[2], ring[1], ring[0], ring[5], ring[4]]
        eyes += ring
    border_up, border_low = _ring_halves(mesh.loops([int(place[LIP_BORDER])], vertices)[0], vertices)
    inner_up, inner_low = _ring_halves(mesh.loops([int(place[LIP_VISIBLE])], vertices)[0], vertices)
    corners = _along(inner_up, (0.0, 1.0))  # where the closed lips' line is seen to end, not the border loop's end beyond it
    upper = _along(border_up, (0.18, 0.38, 0.5, 0.62, 0.82))
    lower = _along(border_low, (0.80, 0.64, 0.5, 0.36, 0.20))
    outer = np.concatenate([corners[:1], upper, corners[1:], lower])
    inner = np.concatenate([_along(inner_up, (0.04, 0.30, 0.5, 0.70, 0.96)), _along(inner_low, (0.70, 0.5, 0.30))])
    return np.concatenate([
        _mirror(left_jaw[:0:-1]), left_jaw, _mirror(brow[::-1]), brow, bridge, tip[None],
        _mirror(base[:0:-1]), base, np.array(eyes), outer, inner,
    ])  # fmt: skip
