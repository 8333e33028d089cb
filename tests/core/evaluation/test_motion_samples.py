"""Baselines and fitted start in a tangent space of known motions."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from core.evaluation import motion_samples  # noqa: E402
from core.training import motion, motion_start  # noqa: E402


@pytest.fixture(scope="module")
def setting(tiny):
    held = tiny.fold("identity", 0)
    preset = motion.Preset(steps=1, batch=8, rate=1e-4, generator_rate=1e-5, critic_only=1)
    recipe = motion.MotionRecipe(tiny, ~held, held, preset, seed=0)
    return tiny, ~held, recipe, motion_samples.training_of(recipe.generator, tiny, ~held)


def test_training_motions_come_back_as_curves(setting):
    performances, chosen, recipe, training = setting
    made = motion_samples.curves_of(recipe.generator, training.code)
    real = performances.curves[chosen]
    assert made.shape == real.shape and np.linalg.norm(made - real) < 0.05 * np.linalg.norm(real)


def test_the_start_can_be_had_again_from_a_trained_generator(setting):
    _, _, recipe, training = setting
    again = motion_samples.fitted_start(recipe.generator, training, seed=0)
    for name, value in recipe.fitted.state_dict().items():
        if not name.startswith("bend"):
            assert torch.equal(value, again.state_dict()[name]), name
    labels = np.array([0, 1, 2, 3])
    one, other = (motion_samples.network(g, training)(labels, 5) for g in (recipe.fitted, again))
    assert np.allclose(one, other)


def test_the_class_mean_never_changes_and_the_gaussian_is_around_it(setting):
    _, _, recipe, training = setting
    mean, gaussian = motion_samples.class_mean(recipe.generator, training), motion_samples.class_gaussian(recipe.generator, training)
    labels = np.repeat([0, 3], 300)
    assert np.array_equal(mean(labels, 0), mean(labels, 1)) and not np.array_equal(gaussian(labels, 0), gaussian(labels, 1))
    drawn = gaussian(labels, 0)
    q = recipe.generator.space.from_sphere(*map(torch.from_numpy, motion_start.encode(drawn)))
    for k in (0, 3):
        points = training.code[training.rows(k)]
        own = q[torch.from_numpy(labels == k)]
        assert torch.allclose(own.mean(dim=0), points.mean(dim=0), atol=0.3)
        assert 0.8 < (own.std(dim=0).norm() / points.std(dim=0).norm()) < 1.2


def test_real_draws_are_of_the_label_and_not_repeated(setting):
    performances, chosen, _, _ = setting
    curves, labels = performances.curves[chosen], performances.label[chosen]
    draw = motion_samples.real(curves, labels)
    wanted = np.repeat(np.arange(8), 10)
    rows = [int(np.flatnonzero((curves == one).all(axis=(1, 2, 3)))[0]) for one in draw(wanted, 3)]
    assert np.array_equal(labels[rows], wanted) and len(set(rows)) == len(rows)
