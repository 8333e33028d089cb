"""What the pieces of a head are, on simple solids whose answer is plain."""

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from core.head import parts
from core.head.template import load_template
from core.head.visibility import visible_triangles


@settings(max_examples=30, deadline=None)
@given(radius=st.floats(0.005, 0.05), x=st.floats(-0.1, 0.1), half=st.booleans())
def test_sphere_fit_recovers_centre_and_radius_of_a_ball_or_half_of_one(radius, x, half):
    points = np.asarray(trimesh.creation.icosphere(subdivisions=2, radius=radius).vertices) + [x, 0.02, 0.0]
    if half:
        points = points[points[:, 1] < 0.02]
    centre, found, residual = parts.fit_sphere(points)
    np.testing.assert_allclose(centre, [x, 0.02, 0.0], atol=1e-6)
    assert found == pytest.approx(radius, rel=1e-4) and residual < 1e-6


def with_piece(piece):
    """Kinds of a solid put on the template head: the template's own skin, eyes and mouth first, then the piece's vertices."""
    template = load_template()
    count = len(template.vertices)
    vertices = np.concatenate([template.vertices.astype(float), np.asarray(piece.vertices)])
    triangles = np.concatenate([template.triangles, np.asarray(piece.faces) + count])
    points = template.landmark_points().astype(float)
    return parts.find_parts(vertices, triangles, points, template.landmarks.triangles).kind[count:]


def test_a_lash_card_on_the_lid_is_attached():
    template = load_template()
    lid = template.vertices[template.lid_rims["left_upper"]]
    card = trimesh.Trimesh(np.concatenate([lid, lid + [0, -0.003, 0.001]]), [(k, k + 1, k + len(lid)) for k in range(len(lid) - 1)])
    assert (with_piece(card) == parts.LASHES).all()


def test_a_hat_stays_still():
    hat = trimesh.creation.cylinder(radius=0.1, height=0.05)
    hat.apply_translation([0, 0.05, 0.16])
    assert np.isin(with_piece(hat), parts.STILL).all()


def test_a_ball_far_from_the_lids_is_no_eye():
    ball = trimesh.creation.icosphere(subdivisions=2, radius=0.015)
    ball.apply_translation([0.2, 0.0, 0.0])
    assert not np.isin(with_piece(ball), (parts.EYE_R, parts.EYE_L)).any()


def test_gums_that_reach_both_jaws_are_graded():
    gums = trimesh.creation.box(extents=[0.05, 0.03, 0.045])
    for _ in range(4):
        gums = gums.subdivide()
    template = load_template()
    seam = template.landmark_points()[60:68].mean(axis=0)
    gums.apply_translation(seam + [0, 0.03, 0])
    points = template.landmark_points().astype(float)
    count = len(template.vertices)
    vertices = np.concatenate([template.vertices.astype(float), gums.vertices])
    triangles = np.concatenate([template.triangles, gums.faces + count])
    weight = parts.find_parts(vertices, triangles, points, template.landmarks.triangles).jaw_weight[count:]
    front = gums.vertices[:, 1] < seam[1] + 0.0175  # the tongue, of the lower jaw, reaches high up behind
    top, bottom = (front & (gums.vertices[:, 2] == edge) for edge in (gums.vertices[:, 2].max(), gums.vertices[:, 2].min()))
    assert weight[top].max() < 0.2 and weight[bottom].min() > 0.8
    assert ((weight > 0.2) & (weight < 0.8)).any()


def test_the_inside_of_a_head_is_not_visible():
    template = load_template()
    seen = visible_triangles(template.vertices.astype(float), template.triangles)
    inside = template.is_part("mouth_bag", "tongue", "teeth_upper")[template.triangles].all(axis=1)
    skin = template.is_part("skin")[template.triangles].all(axis=1)
    assert seen[inside].mean() < 0.1 and seen[skin].mean() > 0.9
