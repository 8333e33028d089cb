"""Each score against a case whose answer is known."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from core.evaluation import lstm_generator, motion_scores  # noqa: E402

LABELS = 4


def _set(seed: int, count: int = 240) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    label = np.arange(count) % LABELS
    direction = np.random.default_rng(1).standard_normal((LABELS, 204)) * 3e-3
    apex = rng.uniform(0.7, 1.3, count)[:, None] * direction[label] + rng.standard_normal((count, 204)) * 3e-4
    return (np.linspace(0.0, 1.0, 31)[None, :, None] * apex[:, None]).reshape(count, 31, 68, 3).astype(np.float32), label


@pytest.fixture(scope="module")
def judge() -> motion_scores.Judge:
    return motion_scores.Judge(_set(0), _set(2), LABELS, seed=0)


def test_collapse_and_noise_are_told_apart():
    curves, label = _set(0)
    collapsed = np.stack([curves[label == k].mean(axis=0) for k in range(LABELS)])[label]
    assert motion_scores.diversity(collapsed, label) < 1e-4 < motion_scores.diversity(curves, label)
    noisy = curves + np.random.default_rng(5).standard_normal(curves.shape).astype(np.float32) * 1e-4
    assert motion_scores.jitter(noisy) > 2.0 * motion_scores.jitter(curves)


def test_diversity_and_nearest_are_millimetres():
    curves = np.zeros((2, 31, 68, 3), np.float32)
    curves[1, :, :, 0] = 1e-3
    assert np.isclose(motion_scores.diversity(curves, np.zeros(2, int)), 1.0)
    assert np.isclose(motion_scores.nearest(curves[1:], curves[:1]), 1.0)
    assert motion_scores.nearest(curves, curves) == 0.0


def test_frechet_distance_of_known_gaussians():
    rng = np.random.default_rng(6)
    a, b = rng.standard_normal((20_000, 2)), rng.standard_normal((20_000, 2)) * 2.0 + [3.0, 0.0]
    assert np.isclose(motion_scores.frechet(a, b), 9.0 + 2.0, rtol=0.05)  # (3 - 0)^2 + 2 x (2 - 1)^2


def test_coverage_counts_points_within_the_balls():
    by = np.arange(5.0)[:, None]  # the third neighbour of the middle is 2 away, of the ends 3
    assert motion_scores.coverage(np.array([[-3.0], [2.5], [7.0], [7.1], [-3.1], [100.0]]), by) == 0.5
    two = np.concatenate([np.random.default_rng(0).normal(size=(200, 2)), np.random.default_rng(1).normal(size=(200, 2)) + 20.0])
    assert motion_scores.coverage(two, two[:200]) < 0.55 and motion_scores.coverage(two[:200], two) == 1.0


def test_the_judge_knows_real_from_collapsed_and_copied(judge):
    real, label = _set(3)
    mean = np.stack([judge.train[_set(0)[1] == k].mean(axis=0) for k in range(LABELS)])[label]
    good, bad, copied = judge.scores(real, label), judge.scores(mean, label), judge.scores(judge.train, label)
    assert good["accuracy"] > 0.95 and good["recall"] > 0.7 > bad["recall"]
    assert good["fid_like"] < bad["fid_like"]
    assert copied["nearest_mm"] < 1e-3 < good["nearest_mm"]
    held = judge.scores(judge.held, _set(2)[1])
    assert "fid_like" not in held and "nearest_mm" not in judge.scores(judge.train, label, real=True)


def test_the_lstm_learns_the_mean_of_each_label_and_nothing_else():
    curves, label = _set(0)
    model = lstm_generator.fit_lstm(curves, label, LABELS, seed=0)
    made = lstm_generator.sample(model, np.array([0, 1, 1]), LABELS, 31)
    assert not made[:, 0].any() and np.array_equal(made[1], made[2])
    for k in range(2):
        mean = curves[label == k].mean(axis=0)
        assert np.linalg.norm(made[k] - mean) < 0.15 * np.linalg.norm(mean)
