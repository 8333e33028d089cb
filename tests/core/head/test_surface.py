"""Closest points, normals and components against trimesh and plain loops."""

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from core.head.surface import Surface, barycentric, components, edges, face_normals, vertex_normals


@pytest.fixture(scope="module")
def ball():
    return trimesh.creation.icosphere(subdivisions=3, radius=0.1)


def test_normals_point_outward_on_a_sphere(ball):
    vertices = np.asarray(ball.vertices)
    outward = vertices / np.linalg.norm(vertices, axis=1, keepdims=True)
    assert np.einsum("vd,vd->v", vertex_normals(vertices, ball.faces), outward).min() > 0.99
    np.testing.assert_allclose(face_normals(vertices, ball.faces), ball.face_normals, atol=1e-9)


def test_edges_match_trimesh(ball):
    assert len(edges(np.asarray(ball.faces))) == len(ball.edges_unique)


def test_components_count_loose_vertices_and_pieces():
    triangles = np.array([[0, 1, 2], [3, 4, 5]])
    label = components(triangles, 7)
    assert len(np.unique(label)) == 3
    assert label[0] == label[2] and label[3] == label[5] and label[6] not in label[:6]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_closest_point_is_no_farther_than_any_vertex_and_lies_on_the_surface(seed):
    ball = trimesh.creation.icosphere(subdivisions=2, radius=0.1)
    vertices, triangles = np.asarray(ball.vertices), np.asarray(ball.faces)
    points = np.random.default_rng(seed).normal(size=(20, 3)) * 0.1
    ids, weights, distance = Surface(vertices, triangles).closest(points)
    found = np.einsum("nk,nkd->nd", weights, vertices[triangles[ids]])
    np.testing.assert_allclose(np.linalg.norm(found - points, axis=1), distance, atol=1e-9)
    every = np.stack([trimesh.triangles.closest_point(vertices[triangles], np.repeat(p[None], len(triangles), 0)) for p in points])
    true = np.linalg.norm(every - points[:, None], axis=2).min(axis=1)
    np.testing.assert_allclose(distance, true, atol=2e-4)


def test_normal_check_passes_over_the_near_side_that_faces_away(ball):
    vertices, triangles = np.asarray(ball.vertices), np.asarray(ball.faces)
    point = np.array([[0.0, -0.08, 0.0]])
    inward = np.array([[0.0, 1.0, 0.0]])
    _, _, distance = Surface(vertices, triangles).closest(point, inward, min_cosine=0.5)
    assert np.isinf(distance[0])


def test_barycentric_of_a_zero_area_triangle_is_a_corner():
    corner = np.zeros((1, 3, 3))
    weights = barycentric(np.array([[1.0, 0.0, 0.0]]), corner)
    assert np.isfinite(weights).all() and weights.sum() == pytest.approx(1.0)
