"""Deformation transfer: the field that must come out is known for rigidly moved and scaled targets."""

import numpy as np
import pytest
import trimesh
from scipy.spatial.transform import Rotation

from core.data.deformation_transfer import DeformationTransfer, gradient, turns


@pytest.fixture(scope="module")
def dome() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Vertices, triangles, fixed mask and two smooth fields on half a ball."""
    ball = trimesh.creation.icosphere(subdivisions=3, radius=0.1)
    ball.update_faces((ball.triangles[..., 2] > -0.02).all(axis=1))
    ball.remove_unreferenced_vertices()
    vertices, triangles = np.asarray(ball.vertices), np.asarray(ball.faces)
    bump = np.exp(-((vertices[:, :1] - 0.02) ** 2 + (vertices[:, 1:2] - 0.01) ** 2) / 0.002) * np.clip(vertices[:, 2:], 0.0, None) * 0.2
    fixed = vertices[:, 2] < 0.001
    bump[fixed] = 0.0
    fields = np.stack([bump * [0.0, 0.3, 1.0], bump * [1.0, -0.5, 0.2]])
    return vertices, triangles, fixed, fields


def test_the_gradient_of_a_linear_function_is_its_slope(dome):
    vertices, triangles, _, _ = dome
    operator, area = gradient(vertices, triangles)
    slope = (operator @ (vertices @ [2.0, -1.0, 0.5])).reshape(-1, 3)
    normals = np.cross(vertices[triangles[:, 1]] - vertices[triangles[:, 0]], vertices[triangles[:, 2]] - vertices[triangles[:, 0]])
    assert np.allclose(area, np.linalg.norm(normals, axis=1) / 2)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    whole = np.array([2.0, -1.0, 0.5])
    assert np.allclose(slope, whole - (normals @ whole)[:, None] * normals, atol=1e-8)


def test_on_the_source_itself_nothing_changes(dome):
    vertices, triangles, fixed, fields = dome
    assert np.allclose(DeformationTransfer(vertices, triangles, fixed, fields).onto(vertices), fields, atol=1e-9)


def test_fields_turn_and_grow_with_their_target(dome):
    vertices, triangles, fixed, fields = dome
    transfer = DeformationTransfer(vertices, triangles, fixed, fields)
    rotation = Rotation.from_euler("xyz", [0.3, -0.5, 0.8]).as_matrix()
    moved = transfer.onto(2.0 * vertices @ rotation.T + [1.0, 2.0, 3.0])
    assert np.allclose(moved, 2.0 * fields @ rotation.T, atol=1e-8)


def test_fixed_vertices_stay_and_shape_matters(dome):
    vertices, triangles, fixed, fields = dome
    moved = DeformationTransfer(vertices, triangles, fixed, fields).onto(vertices * [1.0, 1.0, 1.6])
    assert not moved[:, fixed].any()
    assert np.abs(moved - fields).max() > 1e-4


def test_turns_of_degenerate_triangles_are_rotations():
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0], [0, 1, 0]])
    found = turns(vertices, vertices, np.array([[0, 1, 2], [0, 1, 3]]))
    assert np.allclose(found, np.eye(3))
