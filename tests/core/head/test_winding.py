"""A head whose triangles face inward is worked on as any other, and its landmarks stay its own."""

from dataclasses import replace

import numpy as np
import pytest

from core import api
from core.head.mesh import HeadMesh
from core.head.winding import outward


@pytest.fixture(scope="module")
def heads(head):
    return head, HeadMesh(head.vertices, head.triangles[:, [0, 2, 1]], "inside out")


def test_only_a_head_that_is_inside_out_is_turned(heads):
    right, wrong = heads
    rotation = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # Y up to canonical
    for mesh in heads:
        marks = api.landmarks_at(mesh, np.tile(mesh.vertices[mesh.vertices[:, 2].argmax()], (68, 1)))
        turned, landmarks = outward(mesh, marks, rotation)
        np.testing.assert_array_equal(turned.triangles, right.triangles)
        np.testing.assert_allclose(
            landmarks.points(turned.vertices, turned.triangles), marks.points(mesh.vertices, mesh.triangles), atol=1e-9
        )


def test_the_same_adaptation_and_keys(heads, adaptation):
    right, wrong = heads
    here, found = adaptation, adaptation.landmarks
    at = found.points(right.vertices, right.triangles)
    there = api.adapt(wrong, replace(found, barycentric=found.barycentric[:, [0, 2, 1]]))
    np.testing.assert_allclose(there.registered, here.registered, atol=1e-6)
    np.testing.assert_array_equal(there.kind, here.kind)
    np.testing.assert_allclose(there.landmarks.points(wrong.vertices, wrong.triangles), at, atol=1e-6)
    keys = [api.arkit_keys(mesh, adaptation=made).keys.deltas for mesh, made in ((right, here), (wrong, there))]
    np.testing.assert_allclose(keys[1], keys[0], atol=1e-4)
