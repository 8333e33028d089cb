"""Eqs. 6 and 7 by hand, ridge against its normal equations, and a step that improves."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from core.training import s2d  # noqa: E402


def test_the_losses_are_their_equations():
    made, true = torch.zeros(2, 3, 3), torch.zeros(2, 3, 3)
    made[0, 1] = torch.tensor([1.0, -2.0, 3.0])
    assert torch.isclose(s2d.displacement_loss(made, true), torch.tensor(6.0 / 6))
    weight = torch.tensor([1.0, 0.25, 0.5])
    assert torch.isclose(s2d.weighted_loss(made, true, weight), torch.tensor(0.25 * 6.0 / 6))
    assert torch.isclose(s2d.weighted_loss(made, true, torch.ones(3)), s2d.displacement_loss(made, true))


def test_weights_are_inverse_distances_up_to_one():
    landmarks = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    vertices = np.array([[0.0, 0, 0], [0, 0.002, 0], [0, 0.004, 0], [1.0, 0, 0.008]])
    assert np.allclose(s2d.landmark_weights(vertices, landmarks), [1.0, 0.5, 0.25, 0.125])


@pytest.fixture(scope="module")
def linear() -> tuple[np.ndarray, np.ndarray]:
    """Landmarks (N, 68, 3) m and the surface (N, 5, 3) in steps that a linear map of rank 2 makes of them."""
    rng = np.random.default_rng(0)
    landmarks = rng.standard_normal((400, 68, 3)) * 1e-3
    mixing = rng.standard_normal((204, 2)) @ rng.standard_normal((2, 15)) * 0.1
    dense = (landmarks.reshape(400, -1) @ mixing + 1e-3).reshape(400, 5, 3)
    return landmarks, np.rint(dense / s2d.STEP).astype(np.int16)


def test_ridge_finds_a_linear_map_and_its_rank(linear):
    landmarks, dense = linear
    ridge = s2d.fit_ridge(landmarks, dense, 1e-8)
    assert s2d.mean_error(ridge.predict(landmarks), dense).max() < 0.01
    first, second = ridge.low_rank(2)
    assert np.allclose(first @ second, ridge.weight, atol=1e-2 * np.abs(ridge.weight).max())


def test_ridge_shrinks(linear):
    small, large = (np.linalg.norm(s2d.fit_ridge(*linear, strength).weight) for strength in (1e-6, 10.0))
    assert large < 0.2 * small


def test_errors_are_distances_in_mm():
    made = np.zeros((1, 2, 3))
    made[0, 0] = [3e-3, 4e-3, 0.0]
    assert np.allclose(s2d.mean_error(made, np.zeros((1, 2, 3), np.int16)), [[5.0, 0.0]])
