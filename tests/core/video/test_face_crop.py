"""The crop about a face: points, pixels and the way back agree."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.video.face_crop import AROUND, FaceCrop


def smooth_picture(height: int = 220, width: int = 300) -> np.ndarray:
    """Slow waves in three channels, 0..255."""
    y, x = np.mgrid[:height, :width] + 0.5
    waves = [np.sin(x / 31 + k) + np.cos(y / 27 - k) for k in range(3)]
    return (127.5 + 60.0 * np.stack(waves, axis=-1)).astype(np.float32)


@settings(max_examples=25, deadline=None)
@given(
    st.floats(90, 210), st.floats(70, 150), st.floats(40, 120), st.floats(-3.1, 3.1), st.sampled_from([32, 64, 160])
)  # fmt: skip
def test_a_crop_shows_each_point_where_it_says(x, y, size, angle, side):
    crop, picture = FaceCrop(np.array([x, y]), size, angle, side), smooth_picture()
    seen = crop.of(picture)
    places = crop.centre + np.random.default_rng(0).uniform(-0.3, 0.3, (20, 2)) * size
    inside = crop.points(places)
    column, row = np.clip(inside, 0, side - 1).astype(int).T
    exact = 127.5 + 60.0 * (np.sin(places[:, 0] / 31) + np.cos(places[:, 1] / 27))
    assert np.abs(seen[row, column, 0] - exact).max() < 60.0 * 2 * (size / side + 1.0) / 27 + 1.0  # what a pixel's width changes


@settings(max_examples=25, deadline=None)
@given(st.floats(120, 180), st.floats(100, 120), st.floats(60, 100), st.floats(-3.1, 3.1))
def test_back_is_the_inverse_of_the_crop(x, y, size, angle):
    crop, picture = FaceCrop(np.array([x, y]), size, angle, 160), smooth_picture()
    rows, columns = crop.box(picture.shape)
    again = crop.back(crop.of(picture), rows, columns)
    y, x = np.mgrid[rows, columns] + 0.5
    inside = crop.points(np.stack([x.ravel(), y.ravel()], axis=1))
    well = ((inside > 4) & (inside < 156)).all(axis=1).reshape(x.shape)
    assert well.sum() > 0.5 * size**2 and np.abs(again - picture[rows, columns])[well].max() < 0.7


def test_fine_pictures_are_averaged_not_picked():
    picture = np.zeros((600, 600, 3), np.float32)
    picture[::2, ::2] = 255.0  # one pixel in four
    seen = FaceCrop(np.array([300.0, 300.0]), 400.0, 0.0, 100).of(picture)
    assert np.allclose(seen[10:-10, 10:-10], 255.0 / 4, atol=0.5)


def test_depth_is_scaled_with_the_picture():
    crop = FaceCrop(np.array([50.0, 60.0]), 80.0, 0.7, 160)
    assert crop.points(np.array([[50.0, 60.0, 5.0]])) == pytest.approx(np.array([[80.0, 80.0, 10.0]]))


def test_the_crop_follows_the_face():
    rng = np.random.default_rng(1)
    points = rng.uniform(100, 200, (478, 3))
    points[33, :2], points[263, :2] = [120, 150], [180, 150]
    crop = FaceCrop.about(points, 160)
    side = np.ptp(points[:, :2], axis=0).max()
    assert crop.size == pytest.approx(AROUND * side) and crop.angle == pytest.approx(0.0)
    inside = crop.points(points)
    assert inside[:, :2].min() > 0 and inside[:, :2].max() < 160
