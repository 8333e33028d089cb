"""The Neural3DMM baseline: shapes, learning, and weights that are read back."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("safetensors")
pytest.importorskip("fast_simplification")

from core.data.performances import STEP, Performances  # noqa: E402
from core.errors import ValueRangeError  # noqa: E402
from core.head.landmarks import Landmarks  # noqa: E402
from core.training import loop, neural3dmm  # noqa: E402


@pytest.fixture(scope="module")
def recipe():
    import trimesh

    ball = trimesh.creation.icosphere(3, 0.1)
    vertices, triangles = np.asarray(ball.vertices), np.asarray(ball.faces).astype(np.int32)
    rng = np.random.default_rng(0)
    neutral = (vertices * rng.uniform(0.9, 1.1, (4, 1, 3))).astype(np.float32)
    person, label = np.repeat(np.arange(4), 4), np.tile(np.arange(4), 4)
    field = np.stack([np.exp(-((vertices - vertices[k]) ** 2).sum(axis=1) / 2e-3)[:, None] * [0, -0.01, 0] for k in (0, 100, 300, 500)])
    dense = np.round(field[label][:, None] * np.array([0.5, 1.0])[:, None, None] / STEP).astype(np.int16)
    embedding = Landmarks(np.arange(0, 680, 10, dtype=np.int32), np.full((68, 3), 1 / 3), np.ones(68))
    landmarks = embedding.points(dense * STEP, triangles).astype(np.float32)
    visible = np.ones(len(vertices), bool)
    made = Performances(
        "tiny", tuple("abcd"), tuple("wxyz"), triangles, embedding, visible, neutral, person, label, label * 0, landmarks[:, -1:], landmarks, dense
    )  # fmt: skip
    return neural3dmm.Recipe(made, person > 0, person == 0, neural3dmm.Preset(60), 0)


def test_it_learns_and_keeps_to_its_shapes(recipe):
    before = recipe.validate()["held_out_mm"]
    losses = [recipe.step(k, loop.step_generator(0, k))["L_pr_mm"] for k in range(60)]
    assert np.mean(losses[-10:]) < 0.6 * np.mean(losses[:10])
    assert recipe.validate()["held_out_mm"] < before
    assert recipe.model.latent(recipe.model.mean[None]).shape == (1, neural3dmm.LATENT)


def test_a_step_is_decided_by_its_generator(recipe):
    import copy

    import torch

    kept = copy.deepcopy(recipe.model.state_dict())
    first = recipe.step(7, loop.step_generator(3, 7))
    recipe.model.load_state_dict(kept)
    assert torch.isfinite(torch.tensor(first["L_pr_mm"]))
    assert recipe.step(7, loop.step_generator(3, 7)) == first
    recipe.model.load_state_dict(kept)


def test_weights_are_read_back(recipe, tmp_path):
    neural3dmm.save(recipe.model, tmp_path / "w.safetensors")
    loaded = neural3dmm.load(tmp_path / "w.safetensors")
    rows = recipe.held.landmarks[:3], recipe.held.neutral[recipe.held.person[:3]]
    assert np.allclose(loaded.predict(*rows), recipe.predict(*rows), atol=1e-7)
    assert loaded.predict(*rows).shape == (3, *recipe.held.neutral.shape[1:])


def test_pooling_keeps_a_constant(recipe):
    for k in range(4):
        assert np.allclose(getattr(recipe.model, f"down_weight_{k}").sum(dim=1).numpy(), 1, atol=1e-5)


def test_unknown_presets_are_refused():
    with pytest.raises(ValueRangeError, match="Known: short"):
        neural3dmm.preset("endless")
