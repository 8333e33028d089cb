"""Points of a photo that follow a driver or coefficients: what stands still stays, what the driver does happens."""

from pathlib import Path

import numpy as np
import pytest

from core import api
from core.errors import ValueRangeError
from core.image.files import read_png
from core.morphable.camera import Pose, turned
from core.morphable.model import load_model
from core.morphable.photo import face_in
from core.video.photo_targets import CoefficientTargets, following
from core.video.point_mesh import IRISES, LOWER_LIDS, LOWER_LIP, SKIN, UPPER_LIDS, UPPER_LIP

FACE = Path(__file__).parents[1] / "image" / "face.png"


@pytest.fixture(scope="module")
def points():
    return face_in(read_png(FACE), "face").points


@pytest.fixture(scope="module")
def coefficients():
    return api.fit(read_png(FACE)).coefficients.astype(float)


def shaken(points):
    """Frames that open the mouth, turn and move."""
    out = np.repeat(points[None], 3, axis=0)
    out[1, LOWER_LIP] += [0.0, 9.0, 0.0]
    middle = points[:SKIN].mean(axis=0)
    out[2] = (out[1] - middle) @ turned(np.radians([0.0, 12.0, 5.0])).T + middle + [10.0, 4.0, 0.0]
    return out


def test_one_driving_oneself_is_oneself(points):
    driver = shaken(points)
    np.testing.assert_allclose(following(points, driver), driver, atol=0.3)


def test_a_larger_turned_photo_does_what_the_driver_does_in_its_own_size(points):
    driver, turn = shaken(points), turned(np.radians([0.0, 0.0, 20.0]))
    photo = 2.0 * points @ turn.T + [300.0, 40.0, 0.0]
    made = following(photo, driver)
    np.testing.assert_allclose(made[0], photo, atol=1e-6)
    np.testing.assert_allclose(made, 2.0 * driver @ turn.T + [300.0, 40.0, 0.0], atol=0.8)


def test_without_pose_the_head_stays(points):
    made = following(points, shaken(points), pose=False)
    np.testing.assert_allclose(made[2], made[1], atol=0.5)
    assert (made[1, LOWER_LIP, 1] - points[LOWER_LIP, 1]).mean() > 6


def test_a_photos_own_expression_gives_way_to_the_drivers(points, coefficients):
    smiling = coefficients.copy()
    smiling[52:] = [0.0, 2.5, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    targets = CoefficientTargets(points, smiling, load_model())
    neutral, driver = targets.neutral(smiling), shaken(points)
    np.testing.assert_allclose(following(points, driver, neutral=neutral)[0], neutral, atol=1e-6)
    added, instead = following(points, driver)[1] - points, following(points, driver, neutral=neutral)[1] - neutral
    np.testing.assert_allclose(instead[LOWER_LIP, 1], added[LOWER_LIP, 1], atol=1.5)
    assert np.abs(neutral - points).max() > 2.0


def test_an_eye_that_shuts_shuts_whatever_its_size(points):
    """The driver's eyes are half as open as the photo's, and close."""
    rest = points.copy()
    rest[UPPER_LIDS] += 0.4 * (rest[LOWER_LIDS] - rest[UPPER_LIDS])
    shut = rest.copy()
    shut[UPPER_LIDS] = shut[LOWER_LIDS]
    made = following(points, np.array([rest, shut]))[1]
    gap = np.linalg.norm((made[UPPER_LIDS] - made[LOWER_LIDS])[:, 3:6, :2], axis=2).mean()
    before = np.linalg.norm((points[UPPER_LIDS] - points[LOWER_LIDS])[:, 3:6, :2], axis=2).mean()
    assert gap < 0.3 * before


def test_the_photos_own_coefficients_leave_its_points(points, coefficients):
    np.testing.assert_allclose(CoefficientTargets(points, coefficients, load_model())(coefficients), points, atol=1e-9)


def test_a_pose_moves_all_points_as_it_moves_the_head(points, coefficients):
    pose = Pose.of_matrix(coefficients[:12])
    other = Pose(pose.rotation, 1.1 * pose.scale, pose.translation + [12.0, -5.0])
    made = CoefficientTargets(points, coefficients, load_model())(np.concatenate([other.matrix().ravel(), coefficients[12:]]))
    expected = 1.1 * (points[:, :2] - pose.translation) + other.translation
    assert np.abs(made[:SKIN, :2] - expected[:SKIN]).max() < 2.0


def test_expressions_part_the_lips_and_carry_the_irises_along(points, coefficients):
    model = load_model()
    targets, lips = CoefficientTargets(points, coefficients, model), []
    for k in range(10):
        moved = coefficients.copy()
        moved[52 + k] += 2.0
        made = targets(moved)
        lips.append(np.linalg.norm((made[LOWER_LIP] - made[UPPER_LIP])[3:-3, :2], axis=1).mean())
        corners = (made - points)[UPPER_LIDS[:, [0, -1]]].mean(axis=1)
        np.testing.assert_allclose((made - points)[IRISES[:, 0]], corners, atol=1e-6)
    assert max(lips) > 4.0


@pytest.mark.parametrize("wrong", [np.zeros(61), np.full(62, np.nan), np.zeros((2, 62))])
def test_what_are_no_coefficients_is_said(points, coefficients, wrong):
    with pytest.raises(ValueRangeError, match="62"):
        CoefficientTargets(points, coefficients, load_model())(wrong)
