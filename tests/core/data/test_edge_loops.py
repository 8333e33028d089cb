"""Edge loops and flooding on a quad tube, where every ring is known."""

import numpy as np
import pytest

from core.data.edge_loops import QuadMesh

AROUND, LONG = 8, 5


@pytest.fixture()
def tube():
    ring = np.arange(AROUND)
    quads = [
        (row * AROUND + k, row * AROUND + (k + 1) % AROUND, (row + 1) * AROUND + (k + 1) % AROUND, (row + 1) * AROUND + k)
        for row in range(LONG - 1)
        for k in ring
    ]
    angle = 2 * np.pi * ring / AROUND
    vertices = np.concatenate([np.stack([np.cos(angle), np.sin(angle), np.full(AROUND, float(z))], axis=1) for z in range(LONG)])
    return QuadMesh(np.array(quads)), vertices


def test_a_ring_closes_on_itself(tube):
    mesh, _ = tube
    assert mesh.loop(AROUND, AROUND + 1) == list(range(AROUND, 2 * AROUND))


def test_a_line_along_the_tube_does_not_close(tube):
    mesh, _ = tube
    assert mesh.loop(0, AROUND) is None


def test_each_ring_is_found_once(tube):
    mesh, vertices = tube
    start = [row * AROUND + 4 for row in range(1, LONG - 1)]
    rings = mesh.loops(start, vertices)
    assert sorted(min(ring) for ring in rings) == [AROUND, 2 * AROUND, 3 * AROUND]


def test_a_flood_stops_at_its_wall(tube):
    mesh, _ = tube
    wall = set(range(2 * AROUND, 3 * AROUND))
    assert mesh.flood(0, wall) == set(range(2 * AROUND))
