"""Edge loops of a quad mesh: how a modeller names the rim of a lid or the border of a lip."""

from __future__ import annotations

from collections import defaultdict

import numpy as np


class QuadMesh:
    """Adjacency of quads (Q, 4), for walking along loops and flooding regions."""

    def __init__(self, quads: np.ndarray):
        self.neighbours: dict[int, set[int]] = defaultdict(set)
        self._quads = [set(map(int, quad)) for quad in quads]
        self._of_vertex: dict[int, list[int]] = defaultdict(list)
        for index, quad in enumerate(quads):
            for k in range(4):
                a, b = int(quad[k]), int(quad[(k + 1) % 4])
                self.neighbours[a].add(b)
                self.neighbours[b].add(a)
                self._of_vertex[a].append(index)

    def loop(self, first: int, second: int) -> list[int] | None:
        """The closed edge loop that starts first -> second, straight through four-valent vertices; None where it does not close."""
        path = [first, second]
        while len(path) <= 500:
            before, here = path[-2:]
            if len(self.neighbours[here]) != 4:
                return None
            beside = set().union(*(self._quads[q] for q in self._of_vertex[here] if before in self._quads[q]))
            ahead = [v for v in self.neighbours[here] if v not in beside]
            if len(ahead) != 1:
                return None
            if ahead[0] == first:
                return path
            path.append(ahead[0])
        return None

    def loops(self, starts: list[int], vertices: np.ndarray) -> list[list[int]]:
        """Every closed loop that leaves one of `starts` towards +X, each once."""
        found: dict[frozenset[int], list[int]] = {}
        for start in starts:
            for ahead in self.neighbours[start]:
                if vertices[ahead, 0] > vertices[start, 0] + 1e-4 and (path := self.loop(start, ahead)):
                    found.setdefault(frozenset(path), path)
        return list(found.values())

    def flood(self, seed: int, wall: set[int]) -> set[int]:
        """Vertices reached from `seed` without stepping on `wall`."""
        reached, border = {seed}, [seed]
        while border:
            for vertex in self.neighbours[border.pop()]:
                if vertex not in reached and vertex not in wall:
                    reached.add(vertex)
                    border.append(vertex)
        return reached
