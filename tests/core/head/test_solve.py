"""Weights on given keys: the known answer comes back, limits hold, and scipy's own bounded least squares finds nothing better."""

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from core.head.solve import RIDGE, bounded, solve
from core.keys import Keys
from core.performance.onto_keys import errors_mm


def keys_of(rng, count=6, vertices=40):
    return Keys(
        tuple(f"k{n}" for n in range(count)), rng.normal(size=(count, vertices, 3)).astype(np.float32), np.zeros((0, count), np.float32)
    )


def largest_error(keys, motion):
    return np.linalg.norm(np.einsum("fk,kvd->fvd", keys.weights, keys.deltas) - motion, axis=2).max()


def test_known_weights_come_back_and_idle_channels_do_not():
    rng = np.random.default_rng(0)
    onto = keys_of(rng)
    weights = rng.uniform(0, 1, (9, 6))
    weights[:, [1, 4]] = 0.0
    motion = np.einsum("fk,kvd->fvd", weights, onto.deltas)
    found = solve(motion, onto, (0.0, 1.0), 0.1)
    assert found.names == ("k0", "k2", "k3", "k5")
    np.testing.assert_allclose(found.weights, weights[:, [0, 2, 3, 5]], atol=0.01)
    assert largest_error(found, motion) < 0.05


def test_the_error_stated_of_what_is_out_of_reach_is_the_largest_of_any_vertex():
    rng = np.random.default_rng(1)
    onto = keys_of(rng)
    motion = 2.0 * onto.deltas[:1].repeat(3, axis=0)
    found = solve(motion, onto, (0.0, 1.0), 0.01)
    assert errors_mm(found, motion, 1.0).max() == pytest.approx(largest_error(found, motion), rel=1e-4) and found.weights.max() <= 1.0


@pytest.mark.parametrize("limits", [(0.0, 1.0), (-1.0, 1.0)])
def test_as_good_as_scipys(limits):
    rng = np.random.default_rng(2)
    rows, wanted = rng.normal(size=(30, 7)), 2 * rng.normal(size=(5, 30))
    gram = rows.T @ rows
    mine = bounded(gram, wanted @ rows, limits)
    assert mine.min() >= limits[0] and mine.max() <= limits[1]
    ridge = np.sqrt(RIDGE * np.diagonal(gram).max()) * np.eye(7)
    for row, goal in zip(mine, wanted, strict=True):
        theirs = lsq_linear(np.concatenate([rows, ridge]), np.concatenate([goal, np.zeros(7)]), bounds=limits).x
        np.testing.assert_allclose(row, theirs, atol=1e-3)


def test_nothing_moves():
    found = solve(np.zeros((4, 40, 3)), keys_of(np.random.default_rng(3)), (0.0, 1.0), 0.1)
    assert found.names == () and found.weights.shape == (4, 0) and largest_error(found, np.zeros((4, 40, 3))) == 0.0
