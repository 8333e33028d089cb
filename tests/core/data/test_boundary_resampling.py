"""Another person's jaw on a face in a picture."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from core.data.boundary_resampling import JAW, anchors, resampled
from core.video.capture import load_reference
from core.video.point_mesh import LIPS, OVAL, UPPER_LIDS

SIDE = 128


@pytest.fixture(scope="module")
def face():
    shape = load_reference().shape
    return (shape - shape.mean(axis=0)) * 32.0 + [SIDE / 2, SIDE / 2, 0.0]


@pytest.fixture(scope="module")
def picture():
    y, x = np.mgrid[:SIDE, :SIDE]
    return np.stack([x, y, 0 * x], axis=-1).astype(np.uint8)


def wider(points):
    middle = points.mean(axis=0)
    out = points.copy()
    out[OVAL] = (points[OVAL] - middle) * [1.12, 1.05, 1.0] + middle
    return out


def test_the_own_jaw_changes_nothing(face, picture):
    made, points = resampled(picture, face, 2.0 * face + 30.0)
    np.testing.assert_allclose(points, face, atol=1e-6)
    assert np.abs(made.astype(int) - picture).max() <= 1


def test_only_the_jaw_is_another_s(face, picture):
    other = wider(face)
    made, points = resampled(picture, face, other)
    np.testing.assert_allclose(points[JAW, :2], other[JAW, :2], atol=1.0)
    for ids in (LIPS, UPPER_LIDS.ravel()):
        np.testing.assert_allclose(points[ids], face[ids], atol=1e-9)
        row, column = np.round(face[ids[3], [1, 0]] - 0.5).astype(int)
        assert np.abs(made[row, column].astype(int) - picture[row, column]).max() <= 1
    jaw = points[JAW[5], :2] - 0.5  # the picture tells where each of its pixels came from
    np.testing.assert_allclose(made[round(jaw[1]), round(jaw[0]), :2], face[JAW[5], :2], atol=1.6)
    assert np.abs(made[0, 0].astype(int) - picture[0, 0]).max() <= 1


def test_another_head_s_turn_does_not_come_along(face, picture):
    turn = Rotation.from_euler("y", 25, degrees=True).as_matrix()
    turned = (face - face.mean(axis=0)) @ turn.T * 1.5 + 90.0
    _, points = resampled(picture, face, turned)
    np.testing.assert_allclose(points[JAW], face[JAW], atol=1e-6)


def test_the_contour_is_among_the_anchors():
    assert np.isin(JAW, OVAL).all() and np.isin(OVAL, anchors()).all()
