"""3DDP's losses against their equations written out, and its recipe on a small made-up set."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from core.data.coefficient_sequences import CoefficientSequences, filmed  # noqa: E402
from core.data.head_motion import head_motion  # noqa: E402
from core.errors import ValueRangeError  # noqa: E402
from core.morphable.camera import Pose  # noqa: E402
from core.morphable.model import load_model  # noqa: E402
from core.training import dynamics, loop, start  # noqa: E402
from core.video.dynamics import NAME, normalised  # noqa: E402


@pytest.fixture(scope="module")
def sequences() -> CoefficientSequences:
    """Heads that move at random; expressions that swing."""
    rng, times = np.random.default_rng(0), np.arange(90) / 30.0
    moving = np.empty((12, 90, 22), np.float32)
    for k in range(12):
        moving[k, :, :12] = filmed(*head_motion(times, [], rng), rng)
        moving[k, :, 12:] = np.sin(times[:, None] * rng.uniform(2.0, 4.0, 10) + rng.uniform(0.0, 6.0, 10))
    return CoefficientSequences(rng.normal(size=(12, 40)).astype(np.float32), moving, np.arange(12), np.zeros(12, bool))


def recipe(sequences: CoefficientSequences, seed: int = 0, **changed) -> dynamics.DynamicsRecipe:
    return dynamics.DynamicsRecipe(sequences, dynamics.Preset(**{"steps": 4, "hidden": 16, "batch": 8, **changed}), seed)


def test_losses_are_equations_8_and_9(sequences):
    model = load_model()
    whole = sequences.coefficients(np.array([0, 1]), slice(0, 7)).astype(float)
    first = whole[:, :1]
    true, made = whole[:, 1:4], whole[:, 4:]
    values = [torch.from_numpy(normalised(each, first)).float() for each in (made, true)]
    plain = np.mean(np.sum((values[0].numpy() - values[1].numpy()) ** 2, axis=2))
    assert dynamics.coefficient_loss(*values).item() == pytest.approx(plain, rel=1e-5)
    skin, face = dynamics.Skin(model, 9), np.flatnonzero(model.face)
    chosen = face[np.linspace(0, len(face) - 1, 9).astype(int)]
    total = 0.0
    for b in range(2):
        size = Pose.of_matrix(first[b, 0, :12]).scale
        for t in range(3):
            at = []
            for frame in (made[b, t], true[b, t]):
                pose = frame[:12].reshape(3, 4)
                at.append(1000.0 * (model.vertices(frame)[chosen] @ pose[:, :3].T + pose[:, 3]) / size)
            total += ((at[0] - at[1]) ** 2).sum(axis=1).mean() / 6
    assert dynamics.vertex_loss(skin(values[0]), skin(values[1])).item() == pytest.approx(total, rel=1e-3)


def test_the_median_is_what_distances_that_are_not_squared_are_least_for():
    true, surfaces = torch.zeros(5, 1, 62), torch.zeros(5, 1, 4, 3)
    true[4], surfaces[4] = 1.0, 10.0  # one of five futures moves

    def loss(share):
        return dynamics.median_loss(share * true[4:].expand(5, 1, 62), true, share * surfaces[4:].expand(5, 1, 4, 3), surfaces).item()

    assert min(np.linspace(0.0, 1.0, 11), key=loss) == 0.0  # the mean would be 0.2
    assert loss(1.0) == pytest.approx(0.8 * (10.0 * 3**0.5 + dynamics.MEDIAN_LAMBDA * 62**0.5), rel=1e-3)


def test_divergence_is_zero_for_the_prior_and_known_beside_it():
    zero = torch.zeros(3, 2, 16)
    assert dynamics.divergence(zero, zero).item() == 0.0
    assert dynamics.divergence(zero + 1.0, zero).item() == pytest.approx(8.0)


@pytest.mark.parametrize("stepping", [True, False])
def test_training_gets_better_and_scores_are_finite(sequences, stepping):
    made = recipe(sequences, stepping=stepping, rate=5e-4)
    before = made.validate()
    losses = [made.step(2 * k, loop.step_generator(0, 0)) for k in range(12)]
    assert all(np.isfinite(list(each.values())).all() for each in losses)
    assert losses[-1]["L_3dc"] < losses[0]["L_3dc"] and losses[-1]["median"] < losses[0]["median"]
    assert set(before) == {"predict_10_mm", "predict_1_mm", "towards_1_mm"}
    assert set(made.step(1, loop.step_generator(0, 1))) == {"median", "L_3dv", "L_3dc", "nats"}


def test_some_heads_are_held_still_and_go_on_with_their_expression(sequences):
    whole, seen, _, _ = recipe(sequences, batch=200)._batch(0, loop.step_generator(0, 0))
    still = (whole[..., :12] == whole[:, seen - 1 : seen, :12]).all(dim=2).all(dim=1)
    assert 0.1 < still.float().mean() < 0.3
    assert (whole[still, :, 52:].std(dim=1) > 0.01).any(dim=1).all()


def test_what_never_moves_has_no_reach(sequences):
    model = recipe(sequences).model.drawn
    assert not model.reach[12:52].any() and model.reach[11] == 0.0 and (model.reach[52:] > 0.0).all()
    assert (model.usual > 0.0).all() and (model.usual[52:] < model.reach[52:]).all()


def test_the_same_seed_and_a_resumed_run_give_the_same_weights(sequences, tmp_path):
    def trained(folder, resume=False):
        made = recipe(sequences, seed=3)
        loop.run(made, folder, loop.Plan(3, every=2), resume=resume, progress=lambda done, what: None, name=NAME)
        return made.model.state_dict()

    whole = trained(tmp_path / "whole")

    class Stop(Exception):
        pass

    def stop(done, what):
        if done >= 0.5:
            raise Stop

    with pytest.raises(Stop):
        loop.run(recipe(sequences, seed=3), tmp_path / "two", loop.Plan(3, every=2), resume=False, progress=stop, name=NAME)
    resumed = trained(tmp_path / "two", resume=True)
    for key, value in whole.items():
        assert torch.equal(value, resumed[key]), key


def test_sets_and_presets_that_will_not_do_are_refused(sequences):
    with pytest.raises(ValueRangeError, match="Known: short, cpu, full, published"):
        dynamics.preset("tiny")
    few = CoefficientSequences(sequences.shape[:2], sequences.moving[:2], sequences.person[:2], sequences.quiet[:2])
    with pytest.raises(ValueRangeError, match="2 to learn from and 0 to watch"):
        recipe(few)
    with pytest.raises(ValueRangeError, match="'coma:there' has none"):
        start.start(start.Request("dynamics", data="coma:there"), lambda done, what: None)
