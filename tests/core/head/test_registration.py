"""Non-rigid ICP where the answer is known: a deformed copy of the source itself."""

import numpy as np
import trimesh
from scipy import sparse

from core.head.registration import AffineField, Source, register
from core.head.surface import Surface


def ball():
    mesh = trimesh.creation.icosphere(subdivisions=3, radius=0.1)
    return np.array(mesh.vertices), np.array(mesh.faces)


def rows(ids, count):
    return sparse.csr_matrix((np.ones(len(ids)), (np.arange(len(ids)), ids)), shape=(len(ids), count))


def test_an_affine_change_costs_no_stiffness():
    """Amberg's stiffness only sees differences between neighbours: any global affine map is met exactly (Eq. 5)."""
    vertices, triangles = ball()
    field = AffineField(Source(vertices, triangles, np.arange(len(vertices))), gamma=1.0)
    wanted = vertices @ np.array([[1.2, 0.1, 0.0], [0.0, 0.9, 0.2], [0.0, 0.0, 1.1]]) + [0.01, 0.02, -0.03]
    got = field.solve(50.0, np.ones(len(vertices)), wanted, rows([0, 5], len(vertices)), np.zeros(2), vertices[[0, 5]])
    np.testing.assert_allclose(got, wanted, atol=1e-6)


def test_register_reaches_a_smoothly_deformed_copy():
    vertices, triangles = ball()
    bent = vertices + 0.015 * np.sin(20 * vertices[:, [2, 0, 1]])
    marks = np.arange(0, len(vertices), 40)
    seen = []
    laid = register(
        Source(vertices, triangles, np.arange(len(vertices))),
        Surface(bent, triangles),
        rows(marks, len(vertices)),
        bent[marks],
        np.ones(len(marks)),
        seen.append,
    )
    _, _, distance = Surface(bent, triangles).closest(laid)
    assert distance.mean() < 3e-4 and np.linalg.norm(laid[marks] - bent[marks], axis=1).mean() < 1e-3
    assert seen == sorted(seen) and seen[-1] == 1.0


def test_landmarks_without_confidence_do_not_pull():
    vertices, triangles = ball()
    marks = np.array([0, 100, 200])
    wrong = vertices[marks] + [0.05, 0.0, 0.0]
    source = Source(vertices, triangles, np.arange(len(vertices)))
    laid = register(source, Surface(vertices, triangles), rows(marks, len(vertices)), wrong, np.array([0.0, 0.0, 1e-9]), lambda _: None)
    assert np.linalg.norm(laid - vertices, axis=1).max() < 5e-3
