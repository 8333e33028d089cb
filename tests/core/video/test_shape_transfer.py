"""Another person's pose and expression on one's own face."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from core.errors import ModelError, ValueRangeError
from core.npz import write_npz
from core.video.capture import load_reference
from core.video.level import level
from core.video.point_mesh import LOWER_LIDS, UPPER_LIDS, head_motion
from core.video.shape_transfer import PATH, ShapeTransfer, load_shape_map


@pytest.fixture(scope="module")
def face():
    """The mean face, 200 px large, in the middle of a picture."""
    return 200.0 * load_reference().shape + [300.0, 300.0, 0.0]


def turned(points, yaw, pitch=0.0):
    rotation = Rotation.from_euler("yx", [yaw, pitch], degrees=True).as_matrix()
    return (points - points.mean(axis=0)) @ rotation.T + points.mean(axis=0)


def wider(points):
    middle = points.mean(axis=0)
    return (points - middle) * [1.15, 1.0, 1.0] + middle


def test_the_own_face_stays_as_it_is(face):
    made = ShapeTransfer(face)(face[None])[0]
    np.testing.assert_allclose(made, face, atol=1e-6)


def test_without_the_reference_s_shape_the_guide_s_comes_along(face):
    guide = 1.7 * turned(wider(face), 15) + 40.0
    made = ShapeTransfer(face)(guide[None], shape=False)[0]
    expected = level(guide[None], load_reference())
    np.testing.assert_allclose(level(made[None], load_reference()).points, expected.points, atol=1e-8)
    assert np.degrees(Rotation.from_matrix(head_motion(guide, made).rotation).magnitude()) < 0.01


def test_a_guide_s_shape_gives_way(face):
    transfer, reference = ShapeTransfer(face), load_reference()
    guide = turned(wider(face), 12)
    width = {
        shape: np.ptp(level(transfer(guide[None], shape=shape), reference).points[0, :, 0]) / np.ptp(reference.shape[:, 0])
        for shape in (True, False)
    }
    assert abs(width[True] - 1.0) < 0.7 * abs(width[False] - 1.0)


def test_size_and_place_are_the_photo_s_and_follow_the_guide_from_its_first_frame(face):
    transfer = ShapeTransfer(face)
    first = 0.5 * face + [100.0, 0.0, 0.0]
    made = transfer(np.stack([first, first + [30.0, 0.0, 0.0], 1.2 * first]))
    np.testing.assert_allclose(made[0], face, atol=1e-6)
    np.testing.assert_allclose(made[1], face + [60.0, 0.0, 0.0], atol=1e-6)
    assert np.ptp(made[2, :, 0]) == pytest.approx(1.2 * np.ptp(face[:, 0]), rel=1e-6)


def test_only_the_face_moves_where_the_pose_is_not_wanted(face):
    made = ShapeTransfer(face)(turned(face, 20)[None], pose=False)[0]
    assert np.degrees(Rotation.from_matrix(head_motion(face, made).rotation).magnitude()) < 3.0


def test_shut_eyes_stay_shut(face):
    guide = wider(face)
    guide[LOWER_LIDS[0]] = guide[UPPER_LIDS[0]]
    made = ShapeTransfer(face)(guide[None])[0]
    np.testing.assert_allclose(made[LOWER_LIDS[0, 1:-1]], made[UPPER_LIDS[0, 1:-1]], atol=1e-6)


@pytest.mark.parametrize("points", [np.zeros((478, 3)), np.zeros((0, 478, 3)), np.full((1, 478, 3), np.nan), np.zeros((1, 468, 3))])
def test_points_that_are_none_are_named(face, points):
    with pytest.raises(ValueRangeError, match="guide's points"):
        ShapeTransfer(face)(points)


def test_a_file_that_will_not_do_is_named(tmp_path):
    path = tmp_path / "shape_transfer.npz"
    with pytest.raises(ModelError, match="shape_transfer.npz"):
        load_shape_map(path)
    whole = load_shape_map(PATH)
    write_npz(path, {"basis": whole.basis, "to_points": whole.to_points[:-1], "to_turn": whole.to_turn})
    with pytest.raises(ModelError, match="to_points"):
        load_shape_map(path)
