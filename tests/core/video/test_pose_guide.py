"""What faces, coefficients and posed heads ask of a photo."""

import numpy as np
import pytest

from core.errors import ValueRangeError
from core.head.template import load_template
from core.morphable.camera import FRONT, Pose, turned
from core.morphable.model import load_model
from core.video import pose_guide
from core.video.capture import load_reference
from core.video.photo_targets import CoefficientTargets


@pytest.fixture(scope="module")
def own():
    """Coefficients of the mean face, 250 px large, seen from the front."""
    return np.concatenate([Pose(FRONT, 1500.0, np.array([200.0, 180.0])).matrix().ravel(), np.zeros(50)])


@pytest.fixture(scope="module")
def targets(own):
    shape = load_reference().shape
    return CoefficientTargets(shape * 210.0 + [200.0, 230.0, 0.0], own, load_model())


def looking(yaw, pitch=0.0):
    return turned(np.radians([pitch, yaw, 0.0])) @ FRONT


def test_the_own_coefficients_change_nothing(targets, own):
    np.testing.assert_allclose(pose_guide.of_coefficients(targets, own, own[None])[0], targets.points, atol=1e-6)


def test_turn_and_expression_are_the_guide_s_size_and_place_the_photo_s(targets, own):
    guide = own.copy()
    guide[:12] = Pose(looking(15.0), 700.0, np.array([30.0, 40.0])).matrix().ravel()
    guide[12:52] = 1.0
    guide[52] = 2.0
    made = pose_guide.of_coefficients(targets, own, guide[None])[0]
    expected = own.copy()
    expected[:12] = Pose(looking(15.0), 1500.0, np.array([200.0, 180.0])).matrix().ravel()
    expected[52] = 2.0
    np.testing.assert_allclose(made, targets(expected), atol=1e-6)
    still = pose_guide.of_coefficients(targets, own, guide[None], pose=False)[0]
    expected[:12] = own[:12]
    np.testing.assert_allclose(still, targets(expected), atol=1e-6)


def test_a_guide_that_moves_takes_the_photo_along(targets, own):
    guide = np.repeat(own[None], 2, axis=0)
    guide[:, :12] = [Pose(FRONT, 500.0, np.array([50.0 + 10.0 * k, 60.0])).matrix().ravel() for k in range(2)]
    made = pose_guide.of_coefficients(targets, own, guide)
    np.testing.assert_allclose(made[1] - made[0], np.broadcast_to([30.0, 0.0, 0.0], made[0].shape), atol=1e-6)


def test_a_posed_head_tells_its_turn(targets, own):
    template = load_template()
    for yaw in (-20.0, 0.0, 25.0):
        view = looking(yaw)
        found = pose_guide.of_head(1000.0 * template.landmark_points() + 7.0, view)
        angle = np.degrees(np.arccos(np.clip((np.trace(Pose.of_matrix(found[:12]).rotation @ view.T) - 1.0) / 2.0, -1.0, 1.0)))
        assert angle < 4.0
        assert np.abs(found[52:]).max() < 1.0


def test_a_posed_head_s_open_mouth_opens_the_photo_s(targets, own):
    template = load_template()
    vertices = template.vertices + template.arkit_field("jawOpen")
    made, still = (
        pose_guide.of_coefficients(targets, own, pose_guide.of_head(template.landmark_points(each), FRONT)[None])[0]
        for each in (vertices, template.vertices)
    )
    gap = [points[14, 1] - points[13, 1] for points in (made, still)]
    assert gap[0] > gap[1] + 20.0


def test_faces_in_pictures_go_by_the_shape_transfer(targets):
    guide = 0.5 * targets.points + 10.0
    np.testing.assert_allclose(pose_guide.of_points(targets, guide[None])[0], targets.points, atol=1e-6)


def test_of_several_photos_the_one_turned_alike_is_taken(targets):
    reference = load_reference()
    photos = [reference.shape @ turned(np.radians([0.0, yaw, 0.0])).T * 100.0 for yaw in (-30.0, 0.0, 30.0)]
    for number, yaw in enumerate((-22.0, 3.0, 40.0)):
        assert pose_guide.nearest(photos, turned(np.radians([0.0, yaw, 0.0]))[None], reference) == number


@pytest.mark.parametrize("guide", [np.zeros(61), np.full(62, np.nan), np.zeros((0, 62)), np.zeros((2, 2, 62))])
def test_coefficients_that_are_none_are_named(guide):
    with pytest.raises(ValueRangeError, match="'pose'.*62"):
        pose_guide.checked(guide, "pose")


@pytest.mark.parametrize(
    ("landmarks", "view", "word"),
    [
        (np.zeros((68, 3)), FRONT, "different"),
        (np.zeros((67, 3)), FRONT, "67"),
        (np.random.default_rng(0).normal(size=(68, 3)), np.ones((3, 3)), "view"),
        (np.random.default_rng(0).normal(size=(68, 3)), -FRONT, "view"),
    ],
)
def test_heads_and_views_that_are_none_are_named(landmarks, view, word):
    with pytest.raises(ValueRangeError, match=word):
        pose_guide.of_head(landmarks, view)
