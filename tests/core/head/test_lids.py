"""Eyelids of a constructed eye: a shell around a ball, open by a known angle in every column."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.head.lids import OPEN, SHUT, carry_closure, eye_frame, find_aperture, lid_weights, upper_lashes

CENTRE, REACH = np.array([-0.03, 0.01, 0.0]), 0.0132
ENDS, HIGH, LOW = np.radians(45.0), np.radians(18.0), np.radians(10.0)
CORNERS = CENTRE + REACH * np.array([[-np.sin(ENDS), -np.cos(ENDS), 0.0], [np.sin(ENDS), -np.cos(ENDS), 0.0]])


def rims(column):
    """Elevation of the upper and the lower rim, rad."""
    shape = np.clip(1.0 - (column / ENDS) ** 2, 0.0, None)
    return HIGH * shape, -LOW * shape


def shell(holes=True, across=61, up=15):
    """Vertices (V, 3), triangles (T, 3) and mask (V,) of the upper lid."""
    column, share = np.meshgrid(np.radians(np.linspace(-75, 75, across)), np.linspace(0.0, 1.0, up))
    upper, lower = rims(column) if holes else (0.0 * column, 0.0 * column)
    elevation = np.stack([upper + (np.radians(75) - upper) * share, lower - (np.radians(75) + lower) * share])
    column = np.stack([column, column])
    along = np.sin(column)
    rest = np.cos(column)
    points = np.stack([along, -rest * np.cos(elevation), rest * np.sin(elevation)], axis=-1)
    a = (np.arange(up - 1)[:, None] * across + np.arange(across - 1)).ravel()
    quads = np.stack([a, a + 1, a + across + 1, a + across], axis=1)
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    count = across * up
    vertices = CENTRE + REACH * points.reshape(-1, 3)
    return vertices, np.concatenate([triangles, triangles + count]), np.arange(2 * count) < count


@pytest.fixture(scope="module")
def eye():
    vertices, triangles, upper = shell()
    aperture = find_aperture(vertices, triangles, eye_frame(CENTRE, CORNERS), REACH)
    return vertices, upper, aperture


def test_the_gap_is_found_in_every_column(eye):
    _, _, aperture = eye
    high, low = rims(aperture.column)
    np.testing.assert_allclose(aperture.upper, high, atol=np.radians(0.8))
    np.testing.assert_allclose(aperture.lower, low, atol=np.radians(0.8))
    assert abs(aperture.column[0] + ENDS) < np.radians(3) and abs(aperture.column[-1] - ENDS) < np.radians(3)
    np.testing.assert_allclose(aperture.reach, REACH, rtol=0.01)


def test_no_gap_no_aperture():
    vertices, triangles, _ = shell(holes=False)
    assert find_aperture(vertices, triangles, eye_frame(CENTRE, CORNERS), REACH) is None
    assert find_aperture(vertices + 1.0, triangles, eye_frame(CENTRE, CORNERS), REACH) is None
    front = np.zeros((len(triangles), 3), int) == 1
    assert find_aperture(vertices, triangles[front[:, 0]], eye_frame(CENTRE, CORNERS), REACH) is None


@settings(max_examples=25, deadline=None)
@given(share=st.floats(-1.0, SHUT), slip=st.floats(-0.6, 0.4))
def test_every_column_of_a_closing_eye_is_open_by_the_wanted_share(eye, share, slip):
    """Whatever the lid did before, and shut lids overlap a little and never pass each other."""
    rest, upper, aperture = eye
    moved = np.zeros((1, *rest.shape))
    weight = lid_weights(aperture, rest)[0]
    moved[0] = aperture.frame.turned(rest, slip * aperture.gap.max() * weight) - rest
    carry_closure(aperture, rest, moved, np.ones(len(rest), bool), [], np.full((1, len(aperture.column)), share))
    wide = aperture.gap > 0.5 * aperture.gap.max()
    np.testing.assert_allclose(aperture.share(rest, moved)[0, wide], max(share, 0.0), atol=0.06)
    overlap = aperture.moved_gap(rest, moved)[0][0, wide] / aperture.gap.max()
    assert overlap.min() > -0.10 and (share > 0.0 or overlap.max() < 0.02)
    np.testing.assert_array_equal(moved[0][~upper & (rest[:, 2] < CENTRE[2] - REACH * np.sin(LOW))], 0.0)


@settings(max_examples=10, deadline=None)
@given(share=st.floats(OPEN, 2.0))
def test_an_open_eye_opens_as_it_was_carried(eye, share):
    rest, _, aperture = eye
    before = np.random.default_rng(3).normal(scale=1e-3, size=(1, *rest.shape))
    moved = before.copy()
    carry_closure(aperture, rest, moved, np.ones(len(rest), bool), [], np.full((1, len(aperture.column)), share))
    np.testing.assert_array_equal(moved, before)


def test_a_field_that_leaves_the_lids_alone_is_left_alone(eye):
    rest, _, aperture = eye
    moved = np.zeros((2, *rest.shape))
    carry_closure(aperture, rest, moved, np.ones(len(rest), bool), [], np.ones((2, len(aperture.column))))
    assert not moved.any()


def test_shut_lids_keep_the_shape_of_their_margin(eye):
    """A template that crumples the margin does not crumple this one: neighbours along the rim move alike."""
    rest, upper, aperture = eye
    rng = np.random.default_rng(0)
    moved = np.zeros((1, *rest.shape))
    moved[0, upper] = rng.normal(scale=3e-4, size=(int(upper.sum()), 3))
    carry_closure(aperture, rest, moved, np.ones(len(rest), bool), [], np.full((1, len(aperture.column)), -0.3))
    column, elevation, _ = aperture.frame.angles(rest)
    on_rim = np.flatnonzero(upper & (elevation < rims(column)[0] + 1e-6) & (np.abs(column) < 0.5 * ENDS))
    order = on_rim[np.argsort(column[on_rim])]
    _, after, distance = aperture.frame.angles(rest[order] + moved[0, order])
    assert np.abs(np.diff(after, 2)).max() < np.radians(1.5) and np.abs(distance / REACH - 1.0).max() < 0.01


def test_upper_lashes_go_with_the_lid_and_lower_ones_do_not(eye):
    skin, _, aperture = eye
    column = np.radians(np.linspace(-25, 25, 12))
    lashes = []
    for rim, way in zip(rims(column), (0.1, -0.1), strict=True):
        out = np.linspace(1.0, 1.4, 5)[:, None]
        elevation = rim + way * (out - 1.0)
        shape = np.stack(
            [np.sin(column) * out, -np.cos(column) * np.cos(elevation) * out, np.cos(column) * np.sin(elevation) * out], axis=-1
        )
        lashes.append(CENTRE + REACH * shape.reshape(-1, 3))
    rest = np.concatenate([skin, *lashes])
    first, second = (len(skin) + np.arange(60), len(skin) + 60 + np.arange(60))
    np.testing.assert_array_equal(upper_lashes(aperture, rest, [first, second], np.arange(len(skin))), first)
    moved = np.zeros((1, *rest.shape))
    carry_closure(aperture, rest, moved, np.arange(len(rest)) < len(skin), [first, second], np.full((1, len(aperture.column)), 0.0))
    assert np.linalg.norm(moved[0, first], axis=1).min() > 1e-3 and not moved[0, second].any()
