"""What a performance says of its keys is true: their largest error, the percentile, and how far a curve may be thinned."""

import numpy as np
import pytest

from core.keys import Keys
from core.performance.carry import Carried
from core.performance.onto_keys import MOVES_MM, THIN_MM, weights_onto


class _Frame:
    scale = 0.01


class _Adaptation:
    """All that is asked of an adaptation: a head in centimetres."""

    frame = _Frame()


@pytest.fixture
def motion():
    rng = np.random.default_rng(0)
    deltas = rng.normal(size=(4, 30, 3)).astype(np.float32)
    frames = np.array([0, 3, 4, 9])
    weights = rng.uniform(0, 1, (4, 4)).astype(np.float32)
    moved = np.einsum("fk,kvd->fvd", weights, deltas) + rng.normal(0, 0.01, (4, 30, 3))
    moved[:, 20:] = 0.0
    return Keys(tuple("abcd"), deltas, np.zeros((0, 4), np.float32)), Carried(frames, moved.astype(np.float32), 10)


def test_the_stated_errors_are_the_true_ones_in_millimetres(motion):
    onto, carried = motion
    keys, (largest, p95), _ = weights_onto(_Adaptation(), carried, onto, (0.0, 1.0))
    rebuilt = np.einsum("fk,kvd->fvd", keys.weights[carried.frames], keys.deltas)
    error = 10.0 * np.linalg.norm(rebuilt - carried.motion, axis=2)
    assert largest == pytest.approx(error.max(), rel=1e-4)
    moves = 10.0 * np.linalg.norm(carried.motion, axis=2) > MOVES_MM
    assert p95 == pytest.approx(np.percentile(error[moves], 95), rel=1e-4)


def test_frames_between_are_straight(motion):
    onto, carried = motion
    keys, _, _ = weights_onto(_Adaptation(), carried, onto, (0.0, 1.0))
    assert keys.weights.shape == (10, len(keys.names))
    np.testing.assert_allclose(keys.weights[1], (2 * keys.weights[0] + keys.weights[3]) / 3, atol=1e-6)


def test_a_weight_may_be_off_by_what_nobody_sees(motion):
    onto, carried = motion
    keys, _, tolerance = weights_onto(_Adaptation(), carried, onto, (0.0, 1.0))
    reach_mm = 10.0 * np.linalg.norm(keys.deltas, axis=2).max(axis=1)
    np.testing.assert_allclose(tolerance * reach_mm, THIN_MM, rtol=1e-5)
