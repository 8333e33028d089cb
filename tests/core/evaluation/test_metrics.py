"""Dense errors against plain numpy over everything at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.performances import MOVING
from core.evaluation import metrics


@pytest.fixture(scope="module")
def measured(tiny):
    frames = tiny.frames(tiny.fold("identity", 1))

    def wrong(landmarks, neutral):
        return np.full(neutral.shape, 0.3e-3, np.float32)

    patch = pytest.MonkeyPatch()
    patch.setattr(metrics, "CHUNK", 7)  # several chunks, the last one short
    found = metrics.measure({"wrong": wrong}, frames, tiny.visible)["wrong"]
    patch.undo()
    true = frames.displacement(slice(None)).astype(float)
    error = np.linalg.norm(0.3e-3 - true, axis=2) * 1000
    moving = (np.linalg.norm(true, axis=2) > MOVING) & tiny.visible & frames.near_apex[:, None]
    return found, error, moving


def test_mean_and_std_are_over_all_vertices_and_frames(measured):
    found, error, _ = measured
    assert found.mean == pytest.approx(error.mean(), rel=1e-5) and found.std == pytest.approx(error.std(), rel=1e-4)


def test_moving_is_the_mean_over_moving_visible_vertices_near_the_apex(measured):
    found, error, moving = measured
    assert 0 < moving.sum() < moving.size / 2
    assert found.moving == pytest.approx(error[moving].mean(), rel=1e-5)
    assert found.percentile(99) == pytest.approx(np.percentile(error[moving], 99, method="inverted_cdf"), abs=2 * metrics.BIN)


def test_curve_is_the_share_below(measured):
    found, error, _ = measured
    at = np.array([0.0, 0.2, 0.4, 0.53, 1.0, 4.0, 1000.0])  # 0.52 mm is the error of all that stays still
    expected = [(error < x).mean() for x in at]
    assert np.allclose(found.curve(at), expected, atol=2e-3)
    assert found.curve(at)[0] == 0 and found.curve(at)[-1] == 1
    assert (np.diff(found.curve(np.linspace(0, 5, 101))) >= 0).all()


def test_map_is_the_mean_of_each_vertex(measured):
    found, error, _ = measured
    assert np.allclose(found.map(), error.mean(axis=0), rtol=1e-5)


def test_a_perfect_prediction_has_no_error(tiny):
    frames = tiny.frames(np.arange(metrics.CHUNK // tiny.dense.shape[1]))
    found = metrics.measure({"self": lambda landmarks, neutral: frames.displacement(slice(0, len(neutral)))}, frames, tiny.visible)["self"]
    assert found.mean == found.moving == found.percentile(99) == 0


def test_nothing_that_moves_is_no_number():
    errors = metrics.Errors(3)
    errors.add(np.ones((2, 3), np.float32), np.zeros((2, 3), bool))
    assert np.isnan(errors.moving) and np.isnan(errors.percentile(99)) and errors.mean == 1


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 29, width=32), min_size=1, max_size=40))
def test_percentile_is_numpys(values):
    errors = metrics.Errors(1)
    column = np.array(values, np.float32)[:, None]
    errors.add(column, np.ones_like(column, bool))
    for share in (50, 90, 99):
        assert errors.percentile(share) == pytest.approx(np.percentile(column, share, method="inverted_cdf"), abs=2 * metrics.BIN)
