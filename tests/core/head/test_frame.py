import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from core.head.frame import HeadFrame, umeyama

seeds = st.integers(0, 2**31)


def any_frame(rng) -> HeadFrame:
    return HeadFrame(float(np.exp(rng.normal())), Rotation.random(random_state=rng).as_matrix(), rng.normal(size=3))


@settings(deadline=None)
@given(seeds)
def test_round_trips(seed):
    rng = np.random.default_rng(seed)
    frame, points = any_frame(rng), rng.normal(size=(4, 7, 3))
    assert np.abs(frame.from_canonical(frame.to_canonical(points)) - points).max() < 1e-9
    assert np.abs(frame.displacement_from_canonical(frame.displacement_to_canonical(points)) - points).max() < 1e-9
    moved = frame.to_canonical(points + 0.1) - frame.to_canonical(points)
    assert np.abs(moved - frame.displacement_to_canonical(np.full_like(points, 0.1))).max() < 1e-9


@settings(deadline=None)
@given(seeds)
def test_umeyama_finds_the_similarity(seed):
    rng = np.random.default_rng(seed)
    frame, points = any_frame(rng), rng.normal(size=(12, 3))
    found = umeyama(points, frame.to_canonical(points), rng.uniform(0.1, 1.0, 12))
    assert found.scale == pytest.approx(frame.scale)
    assert np.abs(found.rotation - frame.rotation).max() < 1e-9
    assert np.abs(found.translation - frame.translation).max() < 1e-8


def test_umeyama_on_the_papers_example():
    """Umeyama 1991, section V: a reflection would fit better, and is not taken; c = 0.721, R = [[0.832, 0.555], [-0.555, 0.832]]."""
    x = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 2.0, 0.0]])
    y = np.array([[0.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 2.0, 0.0]])
    flat = np.concatenate([x, x + [0.0, 0.0, 5.0], x - [0.0, 0.0, 5.0]])
    found = umeyama(flat, np.concatenate([y, y + [0.0, 0.0, 5.0], y - [0.0, 0.0, 5.0]]))
    assert np.linalg.det(found.rotation) == pytest.approx(1.0)
    assert np.abs(found.rotation[:2, :2] - np.array([[0.832, 0.555], [-0.555, 0.832]])).max() < 1e-3


def test_one_frame_after_another():
    rng = np.random.default_rng(2)
    first, second, points = any_frame(rng), any_frame(rng), rng.normal(size=(7, 3))
    np.testing.assert_allclose(second.after(first).to_canonical(points), second.to_canonical(first.to_canonical(points)), atol=1e-9)


def test_points_of_weight_zero_do_not_count():
    rng = np.random.default_rng(3)
    frame, points = any_frame(rng), rng.normal(size=(9, 3))
    target = frame.to_canonical(points)
    target[4] += 10.0
    found = umeyama(points, target, np.arange(9) != 4)
    assert np.abs(found.rotation - frame.rotation).max() < 1e-9


def test_zero_displacement_stays_exactly_zero():
    frame = any_frame(np.random.default_rng(5))
    own = frame.displacement_from_canonical(np.zeros((3, 3)))
    assert (own == 0).all()
    assert not np.signbit(own).any()
