"""Every mesh that cannot be a head is refused with what was found and what to do."""

import numpy as np
import pytest
import trimesh

from core.errors import MeshError
from core.head.mesh import HeadMesh
from core.head.validate import validate


@pytest.fixture()
def ball():
    mesh = trimesh.creation.icosphere(subdivisions=4)
    return np.array(mesh.vertices), np.array(mesh.faces)


def test_a_sound_mesh_passes(ball):
    validate(HeadMesh(*ball))


def test_too_few_vertices(ball):
    with pytest.raises(MeshError, match=r"'Cube' has 8 vertices.*at least 300"):
        validate(HeadMesh(np.zeros((8, 3)), np.zeros((12, 3), int), "Cube"))


def test_nan(ball):
    vertices, triangles = ball
    vertices[17, 1] = np.nan
    with pytest.raises(MeshError, match=r"1 vertices whose position is not a number \(first: vertex 17\)"):
        validate(HeadMesh(vertices, triangles))


def test_infinite(ball):
    vertices, triangles = ball
    vertices[3] = np.inf
    with pytest.raises(MeshError, match="not a number"):
        validate(HeadMesh(vertices, triangles))


def test_loose_vertices_say_how_to_clean_up(ball):
    vertices, triangles = ball
    with pytest.raises(MeshError, match=r"2 loose vertices .*Delete Loose"):
        validate(HeadMesh(np.concatenate([vertices, np.ones((2, 3))]), triangles))


def test_non_manifold_edges_say_how_to_find_them(ball):
    vertices, triangles = ball
    fin = np.array([[triangles[0, 0], triangles[0, 1], len(vertices)]])
    with pytest.raises(MeshError, match=r"1 non-manifold edges .*Non Manifold"):
        validate(HeadMesh(np.concatenate([vertices, [[0.0, 0.0, 3.0]]]), np.concatenate([triangles, fin])))


def test_faces_that_name_missing_vertices(ball):
    vertices, triangles = ball
    triangles[0, 0] = len(vertices) + 5
    with pytest.raises(MeshError, match="do not exist"):
        validate(HeadMesh(vertices, triangles))


def test_wrong_shapes(ball):
    with pytest.raises(MeshError, match=r"expected vertices \(V, 3\)"):
        validate(HeadMesh(ball[0][:, :2], ball[1]))


@pytest.mark.parametrize("part", [np.zeros(5, np.uint8), np.full(2562, 77, np.uint8)])
def test_parts_of_another_mesh_or_unknown(ball, part):
    with pytest.raises(MeshError, match="expected one for each of its 2562 vertices, from 0 to 11"):
        validate(HeadMesh(*ball, "ball", part))


def test_parts_given(ball):
    validate(HeadMesh(*ball, "ball", np.full(2562, 255, np.uint8)))
