"""A face turned to the front: what is painted on it is seen at its place, whatever its pose and size."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from core.video.frontal import NOTHING, SIDE, Frontal
from core.video.level import Levelled, Reference
from core.video.point_mesh import POINTS


def flat_face():
    """Points in a plane, with brows above and a chin below."""
    rng = np.random.default_rng(0)
    points = np.column_stack([rng.uniform(-1, 1, POINTS), rng.uniform(-1, 1, POINTS), np.zeros(POINTS)])
    points[[105, 334]], points[152] = [[-0.4, -0.6, 0], [0.4, -0.6, 0]], [0, 0.9, 0]
    points[:4] = [[-1.2, -1.2, 0], [1.2, -1.2, 0], [-1.2, 1.2, 0], [1.2, 1.2, 0]]
    return Reference(points, np.full(POINTS, 1.0 / POINTS))


def painted(u, v):
    return 127.0 + 60.0 * np.sin(2.5 * u + 0.3) + 50.0 * np.cos(2.0 * v)


def photographed(middle, turn, size, height=420, width=500):
    """The plane's picture: every pixel asks which place of the plane it sees."""
    y, x = np.mgrid[:height, :width].astype(float)
    place = (np.stack([x, y], axis=-1) - middle[:2]) / size @ np.linalg.inv(turn[:2, :2]).T
    grey = painted(place[..., 0], place[..., 1])
    return np.repeat(np.clip(grey + 0.5, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


@pytest.mark.parametrize("size", [40.0, 160.0, 400.0])
@pytest.mark.parametrize("degrees", [(0, 0, 0), (15, -30, 20), (-10, 35, -60)])
def test_what_is_painted_on_a_face_is_seen_from_the_front(size, degrees):
    frontal = Frontal(flat_face())
    turn = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    middle = np.array([250.0, 210.0, 3.0])
    seen = frontal.picture(photographed(middle, turn, size), middle, turn, size).astype(float)
    at = middle[:2] + size * frontal.grid @ turn[:2].T
    inside = ~frontal.outside & (at > 3).all(axis=-1) & (at < [496, 416]).all(axis=-1)
    wanted = painted(frontal.grid[..., 0], frontal.grid[..., 1])
    assert inside.sum() > 1000
    assert np.abs(seen[..., 0] - wanted)[inside].max() < 4.0


def test_beyond_the_face_and_the_picture():
    reference = flat_face()
    frontal = Frontal(Reference(reference.shape * [0.6, 1.0, 1.0], reference.steadiness))
    seen = frontal.picture(np.full((50, 60, 3), 200, np.uint8), np.array([400.0, -300.0, 0.0]), np.eye(3), 30.0)
    assert seen.shape == (SIDE, SIDE, 3) and frontal.outside.any()
    assert (seen[frontal.outside] == NOTHING).all() and (seen[~frontal.outside] == 200).all()


def test_many_are_each_as_one():
    frontal, rng = Frontal(flat_face()), np.random.default_rng(3)
    images = [rng.integers(0, 256, (90, 80, 3), np.uint8) for _ in range(3)]
    turns = Rotation.from_euler("y", [[0.2], [0.0], [-0.4]]).as_matrix()
    levelled = Levelled(np.zeros((3, POINTS, 3)), rng.uniform(30, 50, (3, 3)), turns, rng.uniform(15, 30, 3))
    many = frontal.pictures(images, levelled)
    for k in range(3):
        np.testing.assert_array_equal(many[k], frontal.picture(images[k], levelled.middles[k], turns[k], levelled.sizes[k]))
