"""Motion recipe and scores on a small made-up set."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from core.data.synthetic import Takes  # noqa: E402
from core.labels import LABELS  # noqa: E402
from core.motion import motion3dgan  # noqa: E402
from core.training import loop, motion, motion_scores  # noqa: E402


@pytest.fixture(scope="module")
def takes() -> Takes:
    """24 people, two takes of each label: a direction a label, either way round, with a little noise."""
    rng = np.random.default_rng(0)
    count = 24 * len(LABELS) * 2
    order = np.arange(count)
    label, person = order // 2 % len(LABELS), order // (2 * len(LABELS))
    direction = np.random.default_rng(1).standard_normal((len(LABELS), 204)) * 2e-3
    side = np.where(rng.uniform(size=count) < 0.5, -1.0, 1.0)
    ramp = np.linspace(0.0, 1.0, 31) ** rng.uniform(0.8, 1.6, count)[:, None]
    apex = side[:, None] * direction[label] + rng.standard_normal((count, 204)) * 3e-4
    curves = (ramp[:, :, None] * apex[:, None]).reshape(count, 31, 68, 3).astype(np.float32)
    nothing = np.zeros((count, 1, 4, 3), np.int16)
    return Takes(np.zeros((24, 4, 3), np.float32), np.arange(24) % 6 == 5, person, label, curves, np.full((count, 1), 30), nothing)


@pytest.fixture(scope="module")
def recipe(takes) -> motion.MotionRecipe:
    return motion.MotionRecipe(takes, motion.Preset(steps=4, batch=16, rate=2e-4, generator_rate=2e-5, critic_only=2), seed=3)


def test_the_tangent_space_is_one(recipe):
    space, steps = recipe.generator.space, recipe.config.steps
    basis = space.basis.flatten(1)
    assert torch.allclose(basis @ basis.T / steps, torch.eye(len(basis)), atol=1e-4)
    assert torch.allclose(basis @ space.p.flatten() / steps, torch.zeros(len(basis)), atol=1e-4)
    assert torch.isclose(motion3dgan.inner(space.p, space.p), torch.tensor(1.0), atol=1e-5)


def test_the_start_knows_both_ways_of_a_label(recipe, takes):
    label = torch.eye(len(LABELS))[torch.full((64,), 4)]
    noise = torch.randn(64, motion3dgan.NOISE, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        apex = motion_scores._curves(recipe.generator, recipe.generator.code(noise, label))[:, -1]
    real = takes.landmarks[takes.label == 4][:, -1].reshape(-1, 204)
    axis = np.linalg.svd(real, full_matrices=False)[2][0]
    along = apex @ axis
    assert 10 < (along > 0).sum() < 54 and np.abs(along).min() > 0.3 * np.abs(real @ axis).mean()


def test_steps_wait_for_the_critic_then_move_the_generator(recipe):
    before = [p.clone() for p in recipe.generator.parameters()]
    recipe.step(0, loop.step_generator(0, 0))
    assert all(torch.equal(a, b) for a, b in zip(before, recipe.generator.parameters(), strict=True))
    losses = recipe.step(3, loop.step_generator(0, 3))
    assert any(not torch.equal(a, b) for a, b in zip(before, recipe.generator.parameters(), strict=True))
    assert np.isfinite(list(losses.values())).all() and losses["reconstruction"] > 0.0
    assert recipe.validate()["held_out_energy"] < 1.0


def test_two_groups_are_found():
    rng = np.random.default_rng(2)
    points = np.concatenate([rng.standard_normal((30, 3)) + 8.0, rng.standard_normal((50, 3)) - 8.0])
    group = motion.two_groups(points)
    assert len(set(group[:30])) == 1 and len(set(group[30:])) == 1 and group[0] != group[-1]


def test_energy_distance_is_nought_only_for_one_distribution():
    random = torch.Generator().manual_seed(4)
    a, b = torch.randn(600, 3, generator=random), torch.randn(600, 3, generator=random)
    assert abs(motion.energy_distance(a, b)) < 0.03
    assert motion.energy_distance(a, b + 1.0) > 0.3


def test_scores_tell_collapse_and_noise_apart(takes):
    curves, label = takes.landmarks.reshape(len(takes.label), 31, 204), takes.label
    collapsed = np.stack([curves[label == k].mean(axis=0) for k in range(len(LABELS))])[label]
    assert motion_scores.diversity(collapsed, label) < 1e-6 < motion_scores.diversity(curves, label)
    noisy = curves + np.random.default_rng(5).standard_normal(curves.shape).astype(np.float32) * 1e-4
    assert motion_scores.jitter(noisy) > 2.0 * motion_scores.jitter(curves)
    assert motion_scores.nearest(curves, curves) < 1e-3


def test_frechet_distance_of_known_gaussians():
    rng = np.random.default_rng(6)
    a, b = rng.standard_normal((20_000, 2)), rng.standard_normal((20_000, 2)) * 2.0 + [3.0, 0.0]
    assert np.isclose(motion_scores.frechet(a, b), 9.0 + 2.0, rtol=0.05)  # (3 - 0)^2 + 2 x (2 - 1)^2
