"""Spiral neighbourhoods on any triangle mesh (Lim et al. 2018; Bouritsas et al. 2019; dilation: Gong et al. 2019)."""

from __future__ import annotations

import numpy as np

from ..head.surface import components


def _rings(triangles: np.ndarray, count: int) -> tuple[list[dict[int, int]], list[dict[int, int]]]:
    """For every vertex: the neighbour that follows each neighbour counter-clockwise, and the one that precedes it."""
    following: list[dict[int, int]] = [{} for _ in range(count)]
    preceding: list[dict[int, int]] = [{} for _ in range(count)]
    for a, b, c in triangles.tolist():
        for v, first, second in ((a, b, c), (b, c, a), (c, a, b)):
            following[v].setdefault(first, second)
            preceding[v].setdefault(second, first)
    return following, preceding


def _around(following: dict[int, int], preceding: dict[int, int], start: int) -> list[int]:
    """All neighbours of a vertex counter-clockwise from `start`; past a border the walk goes on from `start` the other way."""
    order, seen = [start], {start}
    for step in (following, preceding):
        at = start
        while (at := step.get(at, start)) not in seen:
            order.append(at)
            seen.add(at)
    rest = sorted((set(following) | set(preceding)) - seen)  # only where the mesh is not a manifold
    return order + rest


def spirals(vertices: np.ndarray, triangles: np.ndarray, length: int, dilation: int = 1) -> np.ndarray:
    """Spirals (V, length) of vertex ids, each beginning with its own vertex; the dummy id V fills where a part has no more vertices.

    A spiral sets out towards its part's topmost vertex and turns counter-clockwise, ring by ring; of the full spiral every `dilation`-th
    vertex is kept.
    """
    count = len(vertices)
    following, preceding = _rings(triangles, count)
    part = components(triangles, count)
    top = {int(p): int(np.flatnonzero(part == p)[vertices[part == p, 2].argmax()]) for p in np.unique(part)}
    result = np.full((count, length), count, np.int64)
    for v in range(count):
        walk = _spiral(vertices, following, preceding, v, vertices[top[int(part[v])]], length * dilation)[::dilation][:length]
        result[v, : len(walk)] = walk
    return result


def _spiral(vertices: np.ndarray, following: list, preceding: list, v: int, towards: np.ndarray, wanted: int) -> list[int]:
    walk, seen = [v], {v}
    neighbours = sorted(set(following[v]) | set(preceding[v]))
    if not neighbours:
        return walk
    start = min(neighbours, key=lambda n: float(((vertices[n] - towards) ** 2).sum()))
    ring = _around(following[v], preceding[v], start)
    while ring and len(walk) < wanted:
        walk += ring
        seen.update(ring)
        last, outer = walk[-1], []
        for centre in ring:  # go round each vertex of the ring, beginning where the spiral last was
            begin = last if last in following[centre] or last in preceding[centre] else next(iter(following[centre] or preceding[centre]))
            for n in _around(following[centre], preceding[centre], begin):
                if n not in seen:
                    outer.append(n)
                    seen.add(n)
                    last = n
        ring = outer
    return walk[:wanted]
