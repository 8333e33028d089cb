"""Eqs. 6 and 7 by hand, the ablation of Table 2, learning, and the presets."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

pytest.importorskip("fast_simplification")

from core.data.performances import MM, STEP, Performances  # noqa: E402
from core.errors import ValueRangeError  # noqa: E402
from core.head.landmarks import Landmarks  # noqa: E402
from core.training import loop, s2d  # noqa: E402


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


@pytest.fixture(scope="module")
def performances() -> Performances:
    """Four people on a ball of 642 vertices, four places that move."""
    import trimesh

    ball = trimesh.creation.icosphere(3, 0.1)
    vertices, triangles = np.asarray(ball.vertices), np.asarray(ball.faces).astype(np.int32)
    neutral = (vertices * np.random.default_rng(0).uniform(0.9, 1.1, (4, 1, 3))).astype(np.float32)
    order = np.arange(16)
    field = np.stack([np.exp(-((vertices - vertices[k]) ** 2).sum(axis=1) / 2e-3)[:, None] * [0, -0.01, 0] for k in (0, 100, 300, 500)])
    dense = np.round(field[order % 4][:, None] * np.array([0.5, 1.0])[:, None, None] / STEP).astype(np.int16)
    embedding = Landmarks(np.arange(0, 680, 10, dtype=np.int32), np.full((68, 3), 1 / 3), np.ones(68))
    marks = embedding.points(dense * STEP, triangles).astype(np.float32)
    names, visible = (tuple("abcd"), tuple("wxyz")), np.ones(len(vertices), bool)
    return Performances(
        "made up", *names, triangles, embedding, visible, neutral, order // 4, order % 4, order * 0, marks[:, -1:], marks, dense
    )


def _recipe(performances: Performances, **changes) -> s2d.S2DRecipe:
    held = performances.person == 0
    return s2d.S2DRecipe(performances, ~held, held, s2d.Preset(60, **changes), 0)


def test_it_learns_and_never_looks_at_the_neutral(performances):
    recipe = _recipe(performances)
    before = recipe.validate()["held_out_mm"]
    for index in range(60):
        recipe.step(index, loop.step_generator(0, index))
    assert recipe.validate()["held_out_mm"] < 0.5 * before
    marks, neutral = recipe.held.landmarks[:3], recipe.held.neutral[[0, 0, 0]]
    np.testing.assert_array_equal(recipe.predict(marks, neutral), recipe.predict(marks, 2.0 * neutral))


def test_a_step_reports_its_equations_on_the_frames_drawn(performances):
    recipe = _recipe(performances)
    drawn = torch.randint(len(recipe.frames.person), (16,), generator=loop.step_generator(0, 0)).numpy()
    made = recipe.predict(recipe.frames.landmarks[drawn], recipe.frames.neutral[recipe.frames.person[drawn]])
    error = MM * np.abs(made - recipe.frames.displacement(drawn)).sum(axis=2)
    found = recipe.step(0, loop.step_generator(0, 0))
    assert found["L_dr_mm"] == pytest.approx(error.mean(), rel=1e-4)
    assert found["L_pr_mm"] == pytest.approx((error * recipe.weight.numpy()).mean(), rel=1e-4)


@pytest.mark.parametrize(("weights", "beta_2"), [("none", 0.0), ("ones", 0.1), ("inverse", 0.1)])
def test_the_total_of_each_ablation_is_table_2s(performances, monkeypatch, weights, beta_2):
    """S1 is without Eq. 7, S2 weighs all vertices alike, S3 by the inverse distance."""
    recipe, totals = _recipe(performances, weights=weights), []
    monkeypatch.setattr(s2d, "update", lambda _optimiser, loss: totals.append(loss.item()))
    found = recipe.step(0, loop.step_generator(0, 0))
    assert bool((recipe.weight == 1.0).all()) == (weights != "inverse")
    assert totals == [pytest.approx(found["L_dr_mm"] + beta_2 * found["L_pr_mm"], rel=1e-5)]
