"""The nine-channel parsing map of a face's points."""

import time

import numpy as np
import pytest

from core.errors import ValueRangeError
from core.video.capture import load_reference
from core.video.parsing import BRIDGE, BROWS, CHANNELS, EYES, FACE, GAZE, NOSE, TEETH, UPPER, coverage, parsing_map
from core.video.point_mesh import LOWER_LIDS, LOWER_LIP, UPPER_LIDS, UPPER_LIP, load_mesh

SIZE = 256


@pytest.fixture(scope="module")
def points():
    shape = load_reference().shape
    return (shape - shape.mean(axis=0)) * 70.0 + [SIZE / 2, SIZE / 2, 0.0]


def test_coverage_is_exact():
    square = np.array([[2.25, 3.5], [6.5, 3.5], [6.5, 8.0], [2.25, 8.0]])
    for corners in (square, square[::-1]):
        made = coverage([(0, corners)], 1, 12)[0]
        assert made.sum() == pytest.approx(4.25 * 4.5, rel=1e-6)
        assert made[3, 2] == pytest.approx(0.75 * 0.5, abs=1e-6) and made[5, 4] == 1.0 and made[5, 7] == 0.0
    triangle = np.array([[1.3, 1.1], [9.7, 4.2], [3.9, 10.6]])
    (a, b), (c, d) = triangle[1] - triangle[0], triangle[2] - triangle[0]
    assert coverage([(0, triangle)], 1, 12).sum() == pytest.approx(abs(a * d - b * c) / 2, rel=1e-5)


def test_what_lies_beyond_the_picture_is_cut_off():
    around = np.array([[-5.0, -5.0], [30.0, -5.0], [30.0, 30.0], [-5.0, 30.0]])
    np.testing.assert_allclose(coverage([(0, around)], 1, 8)[0], 1.0, atol=1e-6)
    left = np.array([[-5.0, 2.0], [3.0, 2.0], [3.0, 6.0], [-5.0, 6.0]])
    made = coverage([(0, left)], 1, 8)[0]
    assert made.sum() == pytest.approx(12.0, rel=1e-6) and made[3, 0] == 1.0
    assert not coverage([(0, left - [100.0, 0.0])], 1, 8).any() and not coverage([(0, left + [100.0, 0.0])], 1, 8).any()


def test_parts_lie_where_they_belong(points):
    made = parsing_map(points, SIZE)
    assert made.shape == (len(CHANNELS), SIZE, SIZE) and made.dtype == np.float32 and made.min() >= 0.0 and made.max() <= 1.0
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5
    middles = [np.array([(x * one).sum(), (y * one).sum()]) / one.sum() for one in made]
    heights = {name: middles[channel][1] for name, channel in (("brows", BROWS), ("eyes", EYES), ("nose", NOSE), ("lips", UPPER))}
    assert list(heights.values()) == sorted(heights.values())
    assert np.ptp([middle[0] for middle in middles]) < 4.0
    inner = [channel for channel in range(len(CHANNELS)) if channel != FACE]
    assert (made[inner].max(axis=0) <= made[FACE] + 1e-5).all()
    assert (made[GAZE] <= made[EYES] + 1e-6).all() and made[GAZE].sum() < 0.7 * made[EYES].sum()
    assert made[BRIDGE].sum() < made[NOSE].sum() < 0.2 * made[FACE].sum()


def test_a_mirrored_face_has_a_mirrored_map(points):
    mirrored = points[load_mesh().mirror] * [-1.0, 1.0, 1.0] + [SIZE, 0.0, 0.0]
    np.testing.assert_allclose(parsing_map(mirrored, SIZE), parsing_map(points, SIZE)[..., ::-1], atol=1e-4)


def test_shut_lids_and_lips_leave_nothing_between(points):
    shut = points.copy()
    shut[LOWER_LIDS] = shut[UPPER_LIDS]
    shut[LOWER_LIP] = shut[UPPER_LIP]
    made = parsing_map(shut, SIZE)
    assert made[[EYES, GAZE, TEETH]].max() < 1e-4
    opened = shut.copy()
    opened[LOWER_LIP[1:-1], 1] += 10.0
    assert parsing_map(opened, SIZE)[TEETH].sum() > 100.0


def test_a_map_takes_a_few_milliseconds(points):
    seconds = []
    for _ in range(15):
        start = time.process_time()
        parsing_map(points, SIZE)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.005


@pytest.mark.parametrize("wrong", [np.zeros((468, 3)), np.full((478, 2), np.nan), np.zeros(478)])
def test_points_that_are_none_are_named(wrong):
    with pytest.raises(ValueRangeError, match="478"):
        parsing_map(wrong, SIZE)


@pytest.mark.parametrize("size", [0, 5000])
def test_sizes_that_are_none_are_named(points, size):
    with pytest.raises(ValueRangeError, match="size"):
        parsing_map(points, size)
