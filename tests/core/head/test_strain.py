"""Over-stretched edges."""

import numpy as np
import pytest

from core.head.strain import LENGTH, MOST, Strain, cotangents

SIDE, STEP = 41, 0.002


@pytest.fixture(scope="module")
def sheet():
    """A flat sheet of 8 cm with uneven rows, and its triangles."""
    rng = np.random.default_rng(1)
    x, y = np.meshgrid(np.arange(SIDE) * STEP, np.arange(SIDE) * STEP)
    points = np.stack([x, y, 0 * x], axis=-1).reshape(-1, 3)
    points[:, :2] += rng.uniform(-0.15, 0.15, (len(points), 2)) * STEP
    a = (np.arange(SIDE - 1)[:, None] * SIDE + np.arange(SIDE - 1)).ravel()
    triangles = np.concatenate([np.stack([a, a + 1, a + SIDE + 1], 1), np.stack([a, a + SIDE + 1, a + SIDE], 1)])
    return points, triangles


def step(points, size):
    """Everything above the middle is lifted at once."""
    moved = np.zeros_like(points)
    moved[points[:, 1] > 20.5 * STEP, 1] = size
    return moved


def test_a_torn_row_is_spread_over_its_surroundings_and_far_away_nothing_moves(sheet):
    points, triangles = sheet
    strain = Strain(points, triangles, np.ones(len(points), bool))
    moved = step(points, 0.012)
    assert strain.torn(moved).sum() > 40
    relieved = strain.relieve(moved)
    assert not strain.torn(relieved).any()
    far = np.abs(points[:, 1] - 20.5 * STEP) > 0.036
    np.testing.assert_array_equal(relieved[far], moved[far])
    column = np.argsort(points[:, 1])
    assert np.corrcoef(relieved[column, 1], points[column, 1])[0, 1] > 0.8, "a slope, not a step"


def test_what_is_not_torn_keeps_its_bits(sheet):
    points, triangles = sheet
    strain = Strain(points, triangles, np.ones(len(points), bool))
    moved = 0.5 * points
    assert strain.relieve(moved) is moved


def test_what_is_held_stays(sheet):
    points, triangles = sheet
    strain = Strain(points, triangles, np.ones(len(points), bool))
    moved = step(points, 0.012)
    held = (points[:, 1] > 20.5 * STEP).astype(float)
    relieved = strain.relieve(moved, held)
    np.testing.assert_array_equal(relieved[held == 1], moved[held == 1])
    assert not strain.torn(relieved).any()


def test_torn_means_longer_than_both_limits(sheet):
    points, triangles = sheet
    strain = Strain(points, triangles, np.ones(len(points), bool))
    a, b = strain.pairs.T
    moved = step(points, 0.006)
    now = np.linalg.norm(points[a] + moved[a] - points[b] - moved[b], axis=1)
    np.testing.assert_array_equal(strain.torn(moved), (now > MOST * strain.length) & (now > LENGTH))


def test_means_by_cotangents_leave_a_slope_as_it_is(sheet):
    """Nearly: more so than plain neighbour means, which turn every unevenness of the mesh into a lump."""
    points, triangles = sheet
    graph = cotangents(points, triangles)
    plain = (graph != 0).astype(float)
    inside = np.ones((SIDE, SIDE), bool)
    inside[[0, -1]] = inside[:, [0, -1]] = False
    slope = 3.0 * points[:, 0] - points[:, 1]
    ours, theirs = (np.abs(by @ slope / np.asarray(by.sum(axis=1)).ravel() - slope)[inside.ravel()].mean() for by in (graph, plain))
    assert ours < 0.4 * theirs
    np.testing.assert_allclose((graph - graph.T).data, 0.0, atol=1e-12)
