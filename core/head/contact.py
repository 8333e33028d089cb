"""What must not pass through what: soft tissue and the eyeballs, and edges that close on each other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

LIFT = 0.5  # of the way a vertex slides: how far it rises out of an eyeball that it lay in at rest


def keep_outside(
    moved: np.ndarray,
    rest: np.ndarray,
    soft: np.ndarray,
    centre: np.ndarray,
    radius: float,
    *,
    clearance: float | np.ndarray,
    reach: float,
    surface: Callable[[np.ndarray], np.ndarray] | None = None,
) -> None:
    """Soft vertices that would sink into an eyeball slide over it; nothing is held farther off it than it was at rest.

    moved (F, V, 3) displacement, changed in place; rest (V, 3); soft (V,) mask; clearance, also (V,), and reach (how far around the eyeball
    is looked) in radii. surface: the eyeball's radius (...) in the directions of offsets (..., 3) from its centre, where it is no sphere;
    with it, what lay inside at rest comes out as it slides.
    Vertices well behind the eyeball's centre are left alone.
    """
    offset = rest - centre
    from_centre = np.linalg.norm(offset, axis=1)
    near = np.flatnonzero(soft & (from_centre < reach * radius) & (offset[:, 1] < 0.3 * radius))
    arrived = offset[near] + moved[:, near]
    distance = np.linalg.norm(arrived, axis=2)
    before, now = (radius, radius) if surface is None else (surface(offset[near]), surface(arrived))
    room = (np.broadcast_to(clearance, from_centre.shape)[near] - 1.0) * radius
    margin = np.minimum(from_centre[near] - before, room)
    if surface is not None:
        margin = np.where(margin < 0, np.minimum(margin + LIFT * np.linalg.norm(moved[:, near], axis=2), 0.0), margin)
    least = now + margin
    factor = np.maximum(least / np.maximum(distance, 1e-12), 1.0)
    moved[:, near] = np.where((factor > 1.0)[..., None], arrived * factor[..., None] - offset[near], moved[:, near])


def seam_gap(vertices: np.ndarray, upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Height (lower edge,) m of the upper edge (such as a lip's) above each vertex of the lower one; vertices (V, 3), edges as vertex ids."""
    above, below = vertices[upper], vertices[lower]
    order = np.argsort(above[:, 0])
    return np.interp(below[:, 0], above[order, 0], above[order, 2]) - below[:, 2]
