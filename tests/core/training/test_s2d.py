"""Eqs. 6 and 7 by hand, and the presets."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from core.errors import ValueRangeError  # noqa: E402
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


def test_presets_are_known_by_name():
    assert s2d.preset("published").batch == 16
    with pytest.raises(ValueRangeError, match="published"):
        s2d.preset("huge")
