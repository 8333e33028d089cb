"""Soft tissue and the eyeball."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.head.contact import keep_outside

CENTRE, RADIUS = np.array([0.03, 0.0, 0.0]), 0.015


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_nothing_soft_in_front_enters_and_nothing_else_moves(seed):
    rng = np.random.default_rng(seed)
    rest = CENTRE + rng.normal(size=(200, 3)) * 0.02
    rest = rest[np.linalg.norm(rest - CENTRE, axis=1) > RADIUS]
    soft = rng.random(len(rest)) < 0.7
    before = rng.normal(size=(3, len(rest), 3)) * 0.01
    moved = before.copy()
    keep_outside(moved, rest, soft, CENTRE, RADIUS, clearance=1.01, reach=2.2)
    np.testing.assert_array_equal(moved[:, ~soft], before[:, ~soft])
    near = soft & (np.linalg.norm(rest - CENTRE, axis=1) < 2.2 * RADIUS) & (rest[:, 1] < 0.3 * RADIUS)
    distance = np.linalg.norm(rest + moved - CENTRE, axis=2)
    assert (distance[:, near] >= RADIUS * (1 - 1e-9)).all()
    kept = np.linalg.norm(rest + before - CENTRE, axis=2) >= 1.01 * RADIUS
    np.testing.assert_array_equal(moved[kept], before[kept])


def test_what_rests_inside_the_clearance_is_not_pushed_out():
    rest = CENTRE + np.array([[0.0, -1.002 * RADIUS, 0.0]])
    moved = np.zeros((1, 1, 3))
    keep_outside(moved, rest, np.array([True]), CENTRE, RADIUS, clearance=1.01, reach=2.2)
    np.testing.assert_allclose(moved, 0.0, atol=1e-12)
