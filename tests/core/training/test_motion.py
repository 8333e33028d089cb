"""Motion recipe and its start on a small made-up set."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from core.data.performances import Performances  # noqa: E402
from core.errors import ValueRangeError  # noqa: E402
from core.evaluation.motion_samples import curves_of  # noqa: E402
from core.head.landmarks import Landmarks  # noqa: E402
from core.motion import motion3dgan  # noqa: E402
from core.training import loop, motion, motion_start  # noqa: E402

PEOPLE, LABELS, TAKES = 24, 6, 6


@pytest.fixture(scope="module")
def performances() -> Performances:
    """A direction a label, either way round, stronger or weaker, with a little noise."""
    rng = np.random.default_rng(0)
    order = np.arange(PEOPLE * LABELS * TAKES)
    person, label, take = order // (LABELS * TAKES), order // TAKES % LABELS, order % TAKES
    direction = np.random.default_rng(1).standard_normal((LABELS, 204)) * 2e-3
    side = np.where(rng.uniform(size=len(order)) < 0.5, -1.0, 1.0) * rng.uniform(0.5, 1.4, len(order))
    ramp = np.linspace(0.0, 1.0, 31) ** rng.uniform(0.8, 1.6, len(order))[:, None]
    apex = side[:, None] * direction[label] + rng.standard_normal((len(order), 204)) * 2e-4
    curves = (ramp[:, :, None] * apex[:, None]).reshape(-1, 31, 68, 3).astype(np.float32)
    embedding = Landmarks(np.zeros(68, np.int32), np.full((68, 3), 1 / 3), np.ones(68))
    return Performances(
        "made up", tuple(map(str, range(PEOPLE))), tuple(f"l{k}" for k in range(LABELS)), np.array([[0, 1, 2]], np.int32), embedding,
        np.ones(4, bool), np.zeros((PEOPLE, 4, 3), np.float32), person, label, take, curves,
        np.zeros((len(order), 1, 68, 3), np.float32), np.zeros((len(order), 1, 4, 3), np.int16),
    )  # fmt: skip


@pytest.fixture(scope="module")
def recipe(performances) -> motion.MotionRecipe:
    held = performances.fold("identity", 0)
    preset = motion.Preset(steps=4, batch=16, rate=2e-4, generator_rate=2e-5, critic_only=2)
    return motion.MotionRecipe(performances, ~held, held, preset, seed=3)


def _apexes(generator, label: int, intensity: float, count: int = 64) -> np.ndarray:
    noise = torch.randn(count, motion3dgan.NOISE, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        code = generator.code(noise, torch.eye(LABELS)[torch.full((count,), label)], torch.full((count, 1), intensity))
    return curves_of(generator, code)[:, -1]


def test_the_tangent_space_is_one(recipe):
    space, steps = recipe.generator.space, recipe.generator.config.steps
    basis = space.basis.float().flatten(1)
    assert torch.allclose(basis @ basis.T / steps, torch.eye(len(basis)), atol=1e-3)
    p = space.p @ space.directions.T
    assert torch.allclose(space.directions @ space.directions.T, torch.eye(len(space.directions)), atol=1e-5)
    assert torch.allclose(basis @ p.flatten() / steps, torch.zeros(len(basis)), atol=1e-3)
    assert torch.isclose(motion3dgan.inner(space.p, space.p), torch.tensor(1.0), atol=1e-5)


def test_intensity_is_apex_size_over_the_mean_of_the_label(performances):
    chosen = ~performances.fold("identity", 0)
    motions = motion_start.motions_of(performances, chosen)
    rows = np.flatnonzero(chosen)
    size = np.sqrt((performances.curves[rows, -1] ** 2).sum(axis=2).mean(axis=1))
    for k in range(LABELS):
        own = performances.label[rows] == k
        assert np.allclose(motions.intensity[own], size[own] / size[own].mean(), rtol=1e-5)
        assert np.isclose(motions.intensity[own].mean(), 1.0, rtol=1e-5)


def test_clips_that_never_move_are_left_out_and_too_few_are_named(performances):
    curves = performances.curves.copy()
    curves[:10] = 0.0
    still = replace(performances, curves=curves)
    everything = np.ones(len(performances.label), bool)
    assert len(motion_start.motions_of(still, everything).label) == len(everything) - 10
    with pytest.raises(ValueRangeError, match="0 moving clips"):
        motion_start.motions_of(still, np.arange(len(everything)) < 10)


def test_the_start_knows_both_ways_of_a_label_and_its_intensity(recipe, performances):
    real = performances.curves[performances.label == 4][:, -1].reshape(-1, 204)
    axis = np.linalg.svd(real, full_matrices=False)[2][0]
    along = _apexes(recipe.fitted, 4, 1.0).reshape(-1, 204) @ axis
    assert 10 < (along > 0).sum() < 54 and np.abs(along).min() > 0.3 * np.abs(real @ axis).mean()
    size = [np.linalg.norm(_apexes(recipe.fitted, 4, intensity), axis=(1, 2)).mean() for intensity in (0.6, 1.0, 1.3)]
    assert np.allclose(np.array(size) / size[1], (0.6, 1.0, 1.3), rtol=0.15)


def test_every_motion_has_a_noise_that_makes_it(recipe):
    generator, rank = recipe.fitted, recipe.generator.config.rank
    noise = torch.zeros(len(recipe.code), motion3dgan.NOISE)
    noise[:, : rank + 1] = recipe.noise
    with torch.no_grad():
        made = generator.code(noise, recipe.label, recipe.intensity)
        other = generator.code(noise.roll(1, 0), recipe.label, recipe.intensity)
    assert (made - recipe.code).abs().mean() < 0.35 * (other - recipe.code).abs().mean()
    assert (recipe.noise[:, 1:9].std() - 1.0).abs() < 0.3  # along the directions in which this set has any spread


def test_steps_wait_for_the_critic_then_move_the_generator(recipe):
    before = [p.clone() for p in recipe.generator.parameters()]
    recipe.step(0, loop.step_generator(0, 0))
    assert all(torch.equal(a, b) for a, b in zip(before, recipe.generator.parameters(), strict=True))
    losses = recipe.step(3, loop.step_generator(0, 3))
    assert any(not torch.equal(a, b) for a, b in zip(before, recipe.generator.parameters(), strict=True))
    assert np.isfinite(list(losses.values())).all() and losses["reconstruction"] > 0.0
    assert recipe.validate()["held_out_energy"] < 1.0


def test_ways_are_found_and_a_small_label_has_one():
    rng = np.random.default_rng(2)
    points = np.concatenate([rng.standard_normal((30, 3)) + 8.0, rng.standard_normal((50, 3)) - 8.0])
    way = motion_start.ways_of(points, 2, seed=0)
    assert len(set(way[:30])) == 1 and len(set(way[30:])) == 1 and way[0] != way[-1]
    assert len(set(motion_start.ways_of(points, 40, seed=0))) == len(points) // motion_start.CLIPS_A_WAY
    assert set(motion_start.ways_of(points[:5], 40, seed=0)) == {0}


def test_slope_is_the_least_squares_one():
    rng = np.random.default_rng(3)
    strength, slope = rng.normal(size=200), np.array([1.0, -2.0])
    points = strength[:, None] * slope + 5.0
    assert np.allclose(motion_start.slope_of(points, strength), slope)


def test_energy_distance_is_nought_only_for_one_distribution():
    random = torch.Generator().manual_seed(4)
    a, b = torch.randn(600, 3, generator=random), torch.randn(600, 3, generator=random)
    assert abs(motion.energy_distance(a, b)) < 0.03
    assert motion.energy_distance(a, b + 1.0) > 0.3


def test_unknown_presets_are_named():
    with pytest.raises(ValueRangeError, match="Known: cpu, full, published, short"):
        motion.preset("quick")
