"""Landmarks by hand: put onto the skin, mirrored, and all 68 from nine."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from core.errors import LandmarkError
from core.head.landmarks import COUNT, EYE_LEFT, EYE_RIGHT, MIRROR, RIGHT, Landmarks
from core.head.mesh import HeadMesh
from core.head.nine_points import NINE_OF_68, SEAM, from_nine, mirrored, onto_skin
from core.head.template import load_template


def template_mesh() -> HeadMesh:
    template = load_template()
    return HeadMesh(template.vertices.astype(np.float64), template.triangles, "template")


def nine_of(points: np.ndarray) -> np.ndarray:
    return np.concatenate([points[list(NINE_OF_68)], points[list(SEAM)]])


def test_mirror_pairs():
    points = load_template().landmark_points()
    assert (MIRROR[MIRROR] == np.arange(COUNT)).all()
    assert (points[RIGHT, 0] < 0).all() and (points[MIRROR[RIGHT], 0] > 0).all()


def test_points_a_little_off_come_to_lie_on_skin_and_not_on_an_eye():
    template, mesh = load_template(), template_mesh()
    wanted = template.landmark_points().astype(float)
    placed = onto_skin(mesh, wanted + np.random.default_rng(0).normal(0, 0.0007, wanted.shape))
    assert np.linalg.norm(placed.points(mesh.vertices, mesh.triangles) - wanted, axis=1).max() < 0.004
    assert not template.is_part("eye_right", "eye_left", "teeth_upper")[mesh.triangles[placed.triangles]].any()
    assert (placed.confidence == 1.0).all()


def test_a_moved_side_is_mirrored_and_the_rest_stays():
    mesh = template_mesh()
    given = load_template().landmarks
    before = given.points(mesh.vertices, mesh.triangles)
    moved = before.copy()
    moved[36] += [-0.004, 0.0, 0.003]
    edited = onto_skin(mesh, moved)
    after = mirrored(mesh, edited, "right").points(mesh.vertices, mesh.triangles)
    at = edited.points(mesh.vertices, mesh.triangles)
    np.testing.assert_allclose(after[45], at[36] * [-1, 1, 1], atol=0.0015)
    keep = np.setdiff1d(np.arange(COUNT), MIRROR[RIGHT])
    np.testing.assert_array_equal(after[keep], at[keep])
    back = mirrored(mesh, edited, "left").points(mesh.vertices, mesh.triangles)
    np.testing.assert_allclose(back[36], before[36], atol=0.0015)
    with pytest.raises(LandmarkError, match="not from 'top'"):
        mirrored(mesh, edited, "top")


def test_all_from_nine_in_any_units_and_axes():
    turn = Rotation.from_euler("xyz", [90, 30, -70], degrees=True).as_matrix()
    mesh = template_mesh()
    wanted = load_template().landmark_points().astype(float)
    other = HeadMesh(100 * mesh.vertices @ turn.T + [5.0, 6.0, -7.0], mesh.triangles, "turned")
    found = from_nine(other, 100 * nine_of(wanted) @ turn.T + [5.0, 6.0, -7.0])
    error = np.linalg.norm(found.points(mesh.vertices, mesh.triangles) - wanted, axis=1)
    assert error[17:].max() < 0.0021
    assert found.confidence[36] == 1.0 and found.confidence[8] < 0.5


def test_nine_on_a_head_of_other_proportions():
    """Big eyes set wide, as in a cartoon: the points between the nine follow."""
    template = load_template()
    centre = template.eye_centres.mean(axis=0)

    def warp(p):
        near = np.exp(-((p[:, 2:] - centre[2]) ** 2) / 0.03**2) * np.exp(-((p[:, 1:2] + 0.05) ** 2) / 0.08**2)
        return p * (1 + [0.45, 0.0, 0.6] * near)

    mesh = HeadMesh(warp(template.vertices.astype(float)), template.triangles, "cartoon")
    wanted = template.landmarks.points(mesh.vertices, mesh.triangles)
    found = from_nine(mesh, nine_of(wanted)).points(mesh.vertices, mesh.triangles)
    interocular = np.linalg.norm(wanted[EYE_RIGHT].mean(axis=0) - wanted[EYE_LEFT].mean(axis=0))
    assert np.linalg.norm(found - wanted, axis=1)[27:].mean() < 0.03 * interocular


def test_nine_in_the_wrong_order_or_number_are_refused():
    mesh, points = template_mesh(), load_template().landmark_points().astype(float)
    with pytest.raises(LandmarkError, match=r"an array of \(8, 3\); expected \(9, 3\)"):
        from_nine(mesh, nine_of(points)[:8])
    with pytest.raises(LandmarkError, match="do not make a face.*eye right outer, eye right inner"):
        from_nine(mesh, nine_of(points)[[3, 4, 1, 0, 2, 8, 6, 7, 5]])
    with pytest.raises(LandmarkError, match="not a number"):
        from_nine(mesh, nine_of(points) * np.nan)
    with pytest.raises(LandmarkError, match="do not make a face"):
        from_nine(mesh, np.zeros((9, 3)))


def test_given_confidence_is_kept():
    mesh, given = template_mesh(), load_template().landmarks
    sure = np.linspace(0, 1, COUNT)
    placed = onto_skin(mesh, given.points(mesh.vertices, mesh.triangles), sure)
    assert isinstance(placed, Landmarks)
    np.testing.assert_array_equal(placed.confidence, sure)
