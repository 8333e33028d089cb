"""What 3DDP is held against, and how its errors are measured."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from core.data.coefficient_sequences import CoefficientSequences, filmed  # noqa: E402
from core.data.head_motion import head_motion  # noqa: E402
from core.evaluation import dynamics  # noqa: E402
from core.evaluation.dynamics import Judge, Windows, baselines  # noqa: E402
from core.runtime.backend import OnnxBackend  # noqa: E402
from core.training.dynamics import windows  # noqa: E402


@pytest.fixture(scope="module")
def sequences() -> CoefficientSequences:
    """Heads that move at random; expressions that swing."""
    rng, times = np.random.default_rng(0), np.arange(60) / 30.0
    moving = np.empty((6, 60, 22), np.float32)
    for k in range(6):
        moving[k, :, :12] = filmed(*head_motion(times, [], rng), rng)
        moving[k, :, 12:] = np.sin(times[:, None] * rng.uniform(2.0, 4.0, 10) + rng.uniform(0.0, 6.0, 10))
    return CoefficientSequences(rng.normal(size=(6, 40)).astype(np.float32), moving, np.full(6, 3), np.arange(6) == 5)


@pytest.fixture(scope="module")
def true(sequences) -> torch.Tensor:
    return windows(sequences, np.arange(6), np.zeros(6, int), 10, 24)


def test_baselines_are_what_they_are_called(true):
    seen, target = true[:, :10], true[:, -1]
    made = baselines(seen, None)
    assert torch.allclose(made["repeat last"], seen[:, -1:].expand(-1, 24, -1), atol=1e-5)
    step = seen[:, -1] - seen[:, -2]
    assert torch.allclose(made["constant velocity"][:, 2, 52:], (seen[:, -1] + 3.0 * step)[:, 52:], atol=1e-5)
    slope = np.polyfit(np.arange(10), seen[0, :, 55].numpy(), 1)[0]
    assert made["linear"][0, 3, 55].item() == pytest.approx(seen[0, -1, 55].item() + 4.0 * slope, abs=1e-5)
    way = baselines(seen, target)["linear"]
    assert torch.allclose(way[:, -1], target, atol=1e-4)
    assert torch.allclose(way[:, 11, 52:], 0.5 * (seen[:, -1] + target)[:, 52:], atol=1e-5)
    alone = baselines(seen[:, -1:], None)
    assert torch.equal(alone["constant velocity"], alone["repeat last"])
    for each in made.values():  # true poses
        rows = each[..., :12].unflatten(-1, (3, 4))[..., :3]
        size = rows[..., :1, :].norm(dim=-1, keepdim=True)
        assert torch.allclose((rows / size) @ (rows / size).transpose(-1, -2), torch.eye(3), atol=1e-4)


def test_the_truth_has_no_error_and_the_motion_of_the_truth(true):
    judge = Judge(true)
    row = judge.row(true[:, 10:])
    assert row[:5] == (0.0, 0.0, 0.0, 0.0, 0.0) and row[5] == pytest.approx(1.0)
    moved = true[:, 10:].clone()
    moved[..., 3] += 0.01 / 0.2  # a centimetre to the right
    coefficients, vertices, rms, last, expression, _ = judge.row(moved)
    assert (vertices, rms, last) == pytest.approx((10.0, 10.0, 10.0), rel=1e-3) and expression == 0.0
    assert coefficients == pytest.approx(0.05 / 22**0.5, rel=1e-3)


def test_a_table_has_every_prediction_and_flat_metrics(true):
    table = dynamics._task(Windows("made up", "made_up", true), "towards", 1, OnnxBackend())
    rows = {row[0]: row[1:] for row in table.rows}
    assert list(rows) == ["3DDP, expected", "3DDP, a seed", "3DDP, best of 5 seeds", "repeat last", "linear", "constant velocity"]
    assert rows["3DDP, best of 5 seeds"][1] <= rows["3DDP, a seed"][1]
    assert rows["3DDP, expected"][3] == pytest.approx(0.0, abs=1e-2)
    assert table.metrics["made_up_towards_1_vertices_mm"] == rows["3DDP, expected"][1]
    assert all(np.isfinite(value) for value in table.metrics.values())


def test_long_predictions_are_measured_beside_the_real_ones(sequences, monkeypatch):
    monkeypatch.setattr(dynamics, "LONG_STARTS", 3)
    table = dynamics.long_run(sequences, OnnxBackend())
    assert [row[0] for row in table.rows] == ["real", "3DDP, first 300 frames", "3DDP, frames 301 to 600"]
    assert all(value > 0.0 for row in table.rows for value in row[1:])
