"""Windows of a face follow what moves beneath them: shifts by parts of a pixel, whatever the light."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates

from core.video.flow import Flow, mirror_places, places
from core.video.frontal import SIDE


def textured(seed=0):
    rng = np.random.default_rng(seed)
    return 120 + 60 * gaussian_filter(rng.normal(size=(SIDE, SIDE)), 2.0) / 0.14


def picture(grey):
    return np.repeat(np.clip(grey, 0, 255)[..., None], 3, axis=2).astype(np.uint8)


def face_mask():
    row, column = np.mgrid[:SIDE, :SIDE]
    return ((row - SIDE / 2) / 54) ** 2 + ((column - SIDE / 2 + 0.5) / 44) ** 2 > 1


def test_windows_lie_on_the_face_and_mirror_each_other():
    outside = face_mask()
    middles = places(outside)
    assert len(middles) > 60 and not outside[middles[:, 0].astype(int), middles[:, 1].astype(int)].any()
    other = mirror_places(middles)
    np.testing.assert_array_equal(other[other], np.arange(len(middles)))
    np.testing.assert_allclose(middles[other], middles * [1, -1] + [0, SIDE - 1])


@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.4, -0.7), (-2.3, 1.6), (4.5, 0.0)])
def test_a_part_that_moves_is_followed(shift):
    """The upper part moves, the lower one stays; motion is told beyond the median of all windows."""
    grey = textured()
    row, column = np.mgrid[:SIDE, :SIDE].astype(float)
    share = np.clip((50.0 - row) / 8.0, 0.0, 1.0)
    moved = map_coordinates(grey, [row - shift[0] * share, column - shift[1] * share], order=1, mode="nearest")
    middles = places(face_mask())
    found = Flow(picture(grey), middles)(picture(moved))
    upper, lower = middles[:, 0] < 26, middles[:, 0] > 66
    between = np.median(found[upper, :2], axis=0) - np.median(found[lower, :2], axis=0)
    np.testing.assert_allclose(between, shift, rtol=0.04, atol=0.12)
    np.testing.assert_allclose(np.median(found[:, :2], axis=0), 0.0, atol=1e-6)


def test_light_and_contrast_have_no_say():
    grey = textured(1)
    row = np.mgrid[:SIDE, :SIDE][0]
    darker = 0.45 * grey * (0.7 + 0.6 * row / SIDE) + 20
    found = Flow(picture(grey), places(face_mask()))(picture(darker))
    assert np.abs(found[:, :2]).max() < 0.5 and np.abs(found[:, :2]).mean() < 0.05


def test_where_nothing_can_be_seen_nothing_moves():
    plain = np.full((SIDE, SIDE, 3), 90, np.uint8)
    found = Flow(plain, places(face_mask()))(picture(textured(2)))
    assert np.isfinite(found).all() and np.abs(found[:, :2]).max() < 0.5


def test_what_fits_leaves_less_unexplained_than_what_does_not():
    grey, middles = textured(3), places(face_mask())
    flow = Flow(picture(grey), middles)
    assert flow(picture(grey))[:, 2].mean() < 0.3 * flow(picture(textured(4)))[:, 2].mean()
