"""Spirals on meshes where the answer can be written down."""

import numpy as np
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from core.dense.spirals import spirals
from core.head.surface import edges


def _grid(side: int) -> tuple[np.ndarray, np.ndarray]:
    """A flat square grid facing +Y's opposite, vertex (row, column) = row * side + column, up is more rows."""
    row, column = np.divmod(np.arange(side * side), side)
    vertices = np.stack([column, np.zeros_like(row), row], axis=1).astype(float)
    a = np.array([r * side + c for r in range(side - 1) for c in range(side - 1)])
    return vertices, np.concatenate([np.stack([a, a + 1, a + side + 1], 1), np.stack([a, a + side + 1, a + side], 1)])


def test_the_first_ring_starts_towards_the_top_and_turns_counter_clockwise():
    vertices, triangles = _grid(5)
    found = spirals(vertices, triangles, 7)
    assert found[7, 0] == 7 and found[7, 1] == 12  # of 7's neighbours the one nearest to 20, the first of the topmost
    ring = [1, 2, 8, 13, 12, 6]  # around 7, counter-clockwise as the triangles are wound
    start = ring.index(found[7, 1])
    assert found[7, 1:].tolist() == ring[start:] + ring[:start]


def test_dilation_keeps_every_second_vertex_of_the_longer_spiral():
    vertices, triangles = _grid(7)
    assert np.array_equal(spirals(vertices, triangles, 6, dilation=2), spirals(vertices, triangles, 12)[:, ::2])


@given(st.integers(4, 20))
@settings(max_examples=10, deadline=None)
def test_spirals_name_no_vertex_twice_and_rings_come_in_order(length):
    mesh = trimesh.creation.icosphere(subdivisions=2)
    vertices, triangles = np.asarray(mesh.vertices), np.asarray(mesh.faces)
    found = spirals(vertices, triangles, length)
    assert (np.sort(found, axis=1)[:, 1:] > np.sort(found, axis=1)[:, :-1]).all()
    neighbour = np.zeros((len(vertices), len(vertices)), bool)
    pairs = edges(triangles)
    neighbour[pairs[:, 0], pairs[:, 1]] = neighbour[pairs[:, 1], pairs[:, 0]] = True
    for walk in found:
        degree = neighbour[walk[0]].sum()
        assert neighbour[walk[0], walk[1 : degree + 1]].all()


def test_small_parts_borders_and_loose_vertices_are_filled_with_the_dummy():
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [0, 0, 1], [9, 9, 9]])
    found = spirals(vertices, np.array([[0, 1, 2]]), 5)
    assert (found[:3, 3:] == 4).all() and (np.sort(found[:3, :3], axis=1) == [0, 1, 2]).all()
    assert found[3].tolist() == [3, 4, 4, 4, 4]


def test_edges_with_three_triangles_do_not_stop_it():
    vertices = np.array([[0.0, 0, 0], [0, 0, 1], [1, 0, 0], [-1, 0, 0], [0, 1, 0]])
    found = spirals(vertices, np.array([[0, 1, 2], [0, 1, 3], [0, 1, 4]]), 5)
    assert sorted(found[0].tolist()) == [0, 1, 2, 3, 4]
