"""The shipped decoder's recipe on a made-up set: its start is a ridge regression, no motion gives none, it learns, resumes and mirrors."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from core.data.performances import MM, STEP, Performances  # noqa: E402
from core.dense import conditioned  # noqa: E402
from core.errors import ValueRangeError  # noqa: E402
from core.head.landmarks import Landmarks  # noqa: E402
from core.training import loop, s2d_conditioned  # noqa: E402
from core.training.s2d_conditioned import ConditionedRecipe, Mirror, Preset, mirror_map  # noqa: E402

PEOPLE, LABELS, KEPT = 8, 4, 3
SMALL = Preset(steps=60, batch=32, components=12, code=3, hidden=24)


def _grid() -> tuple[np.ndarray, np.ndarray]:
    """A symmetric sheet of 13 x 9 vertices, 20 cm wide, and its triangles."""
    x, z = np.meshgrid(np.linspace(-0.1, 0.1, 13), np.linspace(-0.07, 0.07, 9))
    vertices = np.stack([x.ravel(), -0.1 + x.ravel() ** 2, z.ravel()], axis=1)
    corner = (np.arange(8)[:, None] * 13 + np.arange(12)).ravel()
    triangles = np.concatenate([np.stack([corner, corner + 1, corner + 14], 1), np.stack([corner, corner + 14, corner + 13], 1)])
    return vertices, triangles.astype(np.int32)


def _symmetric(triangles: np.ndarray) -> Landmarks:
    """68 landmarks on vertices, of which each has its mirror image in another or in itself."""
    pairs = [(row * 13 + k, row * 13 + 12 - k) for row in range(6) for k in range(6)][:34]
    chosen = np.array(pairs).ravel()
    triangle = np.array([np.flatnonzero((triangles == v).any(axis=1))[0] for v in chosen])
    return Landmarks(triangle.astype(np.int32), (triangles[triangle] == chosen[:, None]).astype(float), np.ones(68))


def scene(noise: float = 0.0, symmetric: bool = False) -> Performances:
    """People whose size decides how far the skin above their landmarks moves, which the landmarks do not; the top rows never move."""
    rng = np.random.default_rng(0)
    vertices, triangles = _grid()
    below = np.flatnonzero(vertices[triangles, 2].max(axis=1) < -0.01)
    embedding = Landmarks(rng.permutation(below)[:68].astype(np.int32), rng.dirichlet(np.ones(3), 68), np.ones(68))
    embedding = _symmetric(triangles) if symmetric else embedding
    size = np.linspace(0.9, 1.1, PEOPLE)
    neutral = (vertices * size[:, None, None]).astype(np.float32)
    order = np.arange(PEOPLE * LABELS * 3)
    person, label, take = order // (LABELS * 3), order // 3 % LABELS, order % 3
    fields = np.stack([np.outer(np.cos((k + 1) * 20 * vertices[:, 0]), rng.standard_normal(3)) for k in range(LABELS)]) * 4e-3
    fields[:, vertices[:, 2] > 0.04] = 0.0
    share = rng.uniform(0.2, 1.0, (len(order), KEPT))
    gain = np.where(vertices[:, 2] < -0.005, 1.0, size[:, None] ** 6)[person]
    moved = share[..., None, None] * (gain[..., None] * fields[label])[:, None]
    dense = np.rint(moved / STEP).astype(np.int16)
    marks = embedding.points(dense * STEP, triangles).astype(np.float32)
    names = (tuple(map(str, range(PEOPLE))), tuple(map(str, range(LABELS))))
    visible = np.ones(len(vertices), bool)
    curves = np.zeros((len(order), 3, 68, 3), np.float32)
    return Performances("made up", *names, triangles, embedding, visible, neutral, person, label, take, curves, marks, dense, noise)


def _recipe(performances: Performances, preset: Preset = SMALL, seed: int = 0) -> ConditionedRecipe:
    held = performances.fold("identity", 0)
    return ConditionedRecipe(performances, ~held, held, preset, seed)


def test_no_displacement_gives_exactly_none_whatever_the_weights():
    torch.manual_seed(0)
    model = conditioned.ConditionedS2D(conditioned.Config(vertices=9, moving=4, seen=3, components=5, code=2, hidden=7))
    for value in (*model.parameters(), model.basis, model.shapes, model.follows, model.barycentric):
        torch.nn.init.normal_(value)
    made = model(torch.zeros(3, 68, 3), torch.randn(3, 9, 3))
    assert made.shape == (3, 9, 3) and not made.any()


def test_it_begins_as_a_ridge_regression_of_the_surface():
    performances = scene()
    recipe = _recipe(performances)
    assert not recipe.mirror.possible, "random landmarks are not symmetric, so this set is not mirrored"
    frames = performances.frames(~performances.fold("identity", 0))
    x = frames.landmarks.reshape(len(frames.person), -1).astype(float) * MM
    scale = np.sqrt((x**2).mean(axis=0)) + s2d_conditioned.STILL
    z, y = x / scale, frames.displacement(slice(None)).reshape(len(x), -1).astype(float)
    weight = np.linalg.solve(z.T @ z / len(z) + s2d_conditioned.RIDGE * np.eye(204), z.T @ y / len(z))
    made = recipe.predict(frames.landmarks, frames.neutral[frames.person]).reshape(len(x), -1)
    np.testing.assert_allclose(made, z @ weight, atol=2e-5)
    assert np.abs(y).max() > 3e-3


def test_what_never_moves_stays_and_training_beats_the_start():
    performances = scene()
    recipe = _recipe(performances, replace(SMALL, steps=300))
    before = recipe.validate()["held_out_mm"]
    plan = loop.Plan()
    for index in range(recipe.steps):
        for group in recipe.optimisers["s2d_dec"].param_groups:
            group["lr"] = recipe.preset.rate * loop.schedule(index / recipe.steps, plan)
        recipe.step(index, loop.step_generator(0, index))
    assert recipe.validate()["held_out_mm"] < 0.8 * before, "size decides, and only the neutral shows it"
    still = _grid()[0][:, 2] > 0.04
    made = recipe.predict(recipe.held.landmarks, recipe.held.neutral[recipe.held.person])
    assert not made[:, still].any() and made[:, ~still].any()


def test_resumed_weights_are_the_same_bits(tmp_path):
    performances, plan = scene(1e-4), loop.Plan(every=20)

    def quiet(_done: float, _what: str) -> None:
        pass

    def stop(done: float, _what: str) -> None:
        if done > 0.5:
            raise KeyboardInterrupt

    whole = _recipe(performances)
    loop.run(whole, tmp_path / "whole", plan, resume=False, progress=quiet, name="s2d")
    with pytest.raises(KeyboardInterrupt):
        loop.run(_recipe(performances), tmp_path / "part", plan, resume=False, progress=stop, name="s2d")
    again = _recipe(performances)
    loop.run(again, tmp_path / "part", plan, resume=True, progress=quiet, name="s2d")
    for key, value in whole.model.state_dict().items():
        assert torch.equal(value, again.model.state_dict()[key]), key


def test_a_mirror_map_is_its_own_inverse_and_refuses_what_is_not_symmetric():
    vertices, _ = _grid()
    other = mirror_map(vertices)
    np.testing.assert_array_equal(other[other], np.arange(len(vertices)))
    np.testing.assert_allclose(vertices[other], vertices * [-1, 1, 1], atol=1e-12)
    assert mirror_map(vertices + [0.01, 0.0, 0.0]) is None


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_mirroring_twice_is_nothing_and_keeps_sizes(seed):
    vertices, _ = _grid()
    mirror = Mirror(vertices, vertices[:68] * [0.0, 1.0, 1.0])
    moved = np.random.default_rng(seed).standard_normal((2, len(vertices), 3)).astype(np.float32)
    np.testing.assert_array_equal(mirror.surface(mirror.surface(moved)), moved)
    assert np.linalg.norm(mirror.surface(moved)) == pytest.approx(np.linalg.norm(moved), rel=1e-6)


def test_the_linear_start_commutes_with_the_mirror():
    performances = scene(1e-4, symmetric=True)
    recipe = _recipe(performances, replace(SMALL, components=24))  # enough for all there is, so that the span has no side
    mirror, frames = recipe.mirror, performances.frames(performances.fold("identity", 1))
    assert mirror.possible and len(recipe.points) == len(recipe.codes) == 2
    neutral = frames.neutral[frames.person]
    np.testing.assert_allclose(  # the embedding of mirrored motion is the mirrored embedding, or the landmarks' map is wrong
        performances.embedding.points(mirror.surface(frames.displacement(slice(None))), performances.triangles),
        mirror.points(performances.embedding.points(frames.displacement(slice(None)), performances.triangles)),
        atol=1e-9,
    )
    made = recipe.predict(frames.landmarks, neutral)
    turned = recipe.predict(mirror.points(frames.landmarks), mirror.surface(neutral))
    np.testing.assert_allclose(turned, mirror.surface(made), atol=2e-3 * np.abs(made).max())
    assert np.abs(turned - made).max() > 0.2 * np.abs(made).max(), "the motion itself is not symmetric"


def test_the_skin_follows_landmarks_by_a_ridge_without_directions():
    performances = scene()
    recipe = _recipe(performances)
    frames = performances.frames(~performances.fold("identity", 0))
    x = MM * frames.landmarks.transpose(0, 2, 1).reshape(-1, 68).astype(float)
    y = MM * frames.displacement(slice(None))[:, recipe.model.moves.numpy()].transpose(0, 2, 1).reshape(len(x), -1)
    expected = np.linalg.solve(x.T @ x / len(x) + s2d_conditioned.LOOSE * np.eye(68), x.T @ y / len(x))
    np.testing.assert_allclose(recipe.model.follows.float().numpy(), expected, atol=2e-3)
    turn = np.linalg.qr(np.random.default_rng(1).standard_normal((3, 3)))[0].astype(np.float32)
    moved = torch.from_numpy(frames.landmarks[:5])
    turned = recipe.model.following(moved @ torch.from_numpy(turn))
    np.testing.assert_allclose(turned, recipe.model.following(moved).numpy() @ turn, atol=1e-7)


def test_what_the_network_leaves_of_landmarks_is_followed_and_noise_is_not():
    recipe = _recipe(scene())
    model = recipe.model
    model.basis.zero_()  # a network that knows no motion at all
    neutral = np.zeros((1, model.config.vertices, 3), np.float32)
    direction = np.random.default_rng(2).standard_normal((68, 3)).astype(np.float32)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    shares = []
    for size in (5e-5, conditioned.NOISE / MM, 5e-3):
        all_of_it = np.einsum("la,lv->va", direction * size, model.follows.float().numpy())
        made = recipe.predict(direction[None] * size, neutral)[0]
        shares.append(float((made[model.moves.numpy()] * all_of_it).sum() / (all_of_it**2).sum()))
    assert shares == pytest.approx([1 / 65, 0.5, 1 / (1 + 0.08**2)], abs=1e-3)


def test_landmarks_of_the_surface_made_are_those_of_the_embedding():
    performances = scene()
    model = _recipe(performances).model
    made = torch.randn(2, model.config.moving + 1, 3, dtype=torch.float32)
    made[:, -1] = 0.0
    expected = performances.embedding.points(made[:, model.place].numpy(), performances.triangles)
    np.testing.assert_allclose(model.landmarks(made), expected, atol=1e-6)


def test_motion_in_a_direction_that_nobody_made_is_followed():
    performances = scene()
    recipe = _recipe(performances, replace(SMALL, steps=200))
    for index in range(recipe.steps):
        recipe.step(index, loop.step_generator(0, index))
    frames = performances.frames(performances.fold("identity", 0))
    turn = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], np.float32)
    given, true = frames.landmarks @ turn, frames.displacement(slice(None)) @ turn

    def error() -> float:
        return float(np.linalg.norm(recipe.predict(given, frames.neutral[frames.person]) - true, axis=2).mean())

    with_it = error()
    recipe.model.follows.zero_()
    assert with_it < 0.8 * error()


def test_motions_are_put_together_of_one_person_only():
    recipe = _recipe(scene())
    rows = torch.arange(len(recipe.person)).repeat(50)
    other = recipe._other(rows, torch.Generator().manual_seed(0))
    assert torch.equal(recipe.person[other], recipe.person[rows])
    assert len(other.unique()) == len(recipe.person), "every frame can be drawn"


def test_the_linear_part_of_a_sum_is_the_sum():
    performances = scene()
    recipe = _recipe(performances)
    frames = performances.frames(performances.fold("identity", 0))
    one, two = frames.landmarks[:6], frames.landmarks[6:12]
    neutral = frames.neutral[frames.person[:6]]
    code = recipe.model.code(torch.from_numpy(neutral))
    made = [recipe.model.coordinates(torch.from_numpy(x).float(), code).detach().numpy() for x in (one, two, 0.7 * one + 0.4 * two)]
    np.testing.assert_allclose(made[2], 0.7 * made[0] + 0.4 * made[1], atol=1e-4)
    assert np.abs(made[2]).max() > 0.5


def test_the_loss_of_a_step_is_that_of_its_equations(monkeypatch):
    """With composition and noises off, all vertices sampled: L_dr in numpy on the frames that the step drew."""
    performances = scene()
    recipe = _recipe(performances)
    for name, value in (("COMPOSED", 0.0), ("CODE_NOISE", 0.0), ("SAMPLED", 200_000)):
        monkeypatch.setattr(s2d_conditioned, name, value)
    frames = performances.frames(~performances.fold("identity", 0))
    drawn = torch.randint(len(frames.person), (SMALL.batch,), generator=loop.step_generator(0, 0)).numpy()
    made = recipe.predict(frames.landmarks[drawn], frames.neutral[frames.person[drawn]])
    error = MM * np.abs(made - frames.displacement(drawn)).sum(axis=2)[:, recipe.model.moves.numpy()]
    found = recipe.step(0, loop.step_generator(0, 0))
    assert found["L_dr_mm"] == pytest.approx(error.mean(), rel=0.05)
    assert found["L_pr_mm"] == pytest.approx((error * recipe.weight.numpy()).mean(), rel=0.05)


def test_gradients_are_those_of_finite_differences():
    torch.manual_seed(1)
    model = conditioned.ConditionedS2D(conditioned.Config(vertices=6, moving=4, seen=4, components=3, code=2, hidden=5)).double()
    torch.nn.init.normal_(model.out.weight)
    landmarks, code = torch.randn(2, 68, 3, dtype=torch.float64, requires_grad=True), torch.randn(2, 2, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda x: model.coordinates(x * 1e-2, code), landmarks)


def test_an_unknown_preset_is_named():
    with pytest.raises(ValueRangeError, match="cpu"):
        s2d_conditioned.preset("huge")
