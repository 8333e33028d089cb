"""Where SFace's picture lies in one of a face."""

import numpy as np
import pytest

from core.evaluation import sface

SIDE = 128


@pytest.mark.parametrize("turn", [0.5 * np.eye(2), 0.2 * np.array([[0.9, 0.3], [-0.3, 0.9]])])
def test_its_places_come_to_the_face_s_points(turn):
    places, points = sface.PLACES @ turn + [7.0, 4.0], np.zeros((478, 3), np.float32)
    for ids, place in zip(sface.POINTS, places, strict=True):
        points[list(ids), :2] = place
    transform = sface.grid_place(points, SIDE)
    there = (2.0 * sface.PLACES / sface.SIDE - 1.0) @ transform[:, :2].T + transform[:, 2]
    np.testing.assert_allclose((there + 1.0) * SIDE / 2, places, atol=1e-4)
