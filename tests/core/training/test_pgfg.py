"""PGFG's losses against their equations written out, its inputs, and its recipe on made-up pairs."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from core.data.face_pairs import INTERVALS, FacePairs  # noqa: E402
from core.errors import ValueRangeError  # noqa: E402
from core.morphable.model import load_model  # noqa: E402
from core.training import loop, pgfg, pgfg_inputs  # noqa: E402
from core.video.pgfg_network import NAME, Config  # noqa: E402

SIDE, PEOPLE, TARGETS = 32, 8, 2


@pytest.fixture(scope="module")
def pairs() -> FacePairs:
    """Noise in place of faces, whose points lie as a face's do."""
    rng = np.random.default_rng(0)

    def picture(*more: int) -> np.ndarray:
        return rng.integers(0, 256, (PEOPLE, *more), dtype=np.uint8)

    points = rng.uniform(8, 24, (PEOPLE, TARGETS, 478, 3)).astype(np.float32)
    coefficients = np.zeros((PEOPLE, TARGETS, 62), np.float32)
    coefficients[..., :12] = np.array([[150.0, 0, 0, 16], [0, 0, -150.0, 16], [0, 150.0, 0, 0]]).ravel()
    warp = picture(TARGETS, SIDE, SIDE, 3)
    return FacePairs(
        source=picture(SIDE, SIDE, 3), source_mask=picture(SIDE, SIDE) % 16, source_points=points[:, 0],
        source_coefficients=coefficients[:, 0], target=np.clip(warp.astype(int) + 30, 0, 255).astype(np.uint8), warp=warp,
        confidence=picture(TARGETS, SIDE, SIDE), dense=picture(TARGETS, SIDE, SIDE, 3), mask=picture(TARGETS, SIDE, SIDE) % 16,
        points=points, coefficients=coefficients,
    )  # fmt: skip


def small(**changed) -> pgfg.Preset:
    config = Config(side=SIDE, stem=2, widths=(8, 8, 8))
    return pgfg.Preset(**{"steps": 3, "config": config, "batch": 4, "identity": 0.0, **changed})


def test_losses_are_equations_12_to_14():
    rng = np.random.default_rng(0)
    made, true = rng.uniform(-1, 1, (2, 3, 3, 4, 4))
    assert pgfg.pixel_loss(torch.from_numpy(made), torch.from_numpy(true)).item() == pytest.approx(
        np.mean([np.linalg.norm(a - b) ** 2 for a, b in zip(made, true, strict=True)])
    )
    a, b = rng.normal(size=(2, 5, 128))
    unit = [v / np.linalg.norm(v, axis=1, keepdims=True) for v in (a, b)]
    assert pgfg.identity_loss(torch.from_numpy(a), torch.from_numpy(b)).item() == pytest.approx(
        np.mean(((unit[0] - unit[1]) ** 2).sum(axis=1))
    )
    true_logits, made_logits = rng.normal(size=(2, 7))
    d_true, d_made = (1.0 / (1.0 + np.exp(-x)) for x in (true_logits, made_logits))
    assert pgfg.discriminator_loss(torch.from_numpy(true_logits), torch.from_numpy(made_logits)).item() == pytest.approx(
        -np.mean(np.log(d_true)) - np.mean(np.log(1.0 - d_made))
    )


def test_structure_is_ssim_by_windows():
    rng = np.random.default_rng(0)
    first, second = rng.uniform(-1, 1, (2, 9, 8, 3))
    found = pgfg.structure(*(torch.from_numpy(each).permute(2, 0, 1)[None] for each in (first, second)))[0, 0]
    c1, c2 = 0.02**2, 0.06**2
    for row in range(3):
        for column in range(2):
            values = []
            for channel in range(3):
                a, b = (each[row : row + 7, column : column + 7, channel] for each in (first, second))
                cov = np.mean((a - a.mean()) * (b - b.mean()))
                light = (2 * a.mean() * b.mean() + c1) / (a.mean() ** 2 + b.mean() ** 2 + c1)
                values.append(light * (2 * cov + c2) / (a.var() + b.var() + c2))
            assert found[row, column].item() == pytest.approx(np.mean(values), rel=1e-6)


def test_doubt_is_least_for_the_mask_that_tells_how_wrong_the_warp_is():
    warp, true = torch.zeros(1, 3, 16, 16), torch.zeros(1, 3, 16, 16)
    true[..., :8] = 1.0
    told = torch.zeros(1, 1, 16, 16)
    told[..., :8] = 1.0
    right, other = pgfg.doubt_loss(told, warp, true), pgfg.doubt_loss(1.0 - told, warp, true)
    assert right < 0.2 * other


def test_sparse_priors_show_what_the_masks_say(pairs):
    batches = pgfg_inputs.Batches(pairs, "sparse2", SIDE)
    batch = batches(np.array([1]), np.array([0]))
    bit = INTERVALS.index(2)
    shown = (pairs.mask[1, 0] >> bit & 1).astype(bool)
    prior = (batch.target_prior[0].permute(1, 2, 0).numpy() + 1.0) * 127.5
    assert np.allclose(prior[shown], pairs.dense[1, 0][shown], atol=1e-3) and np.allclose(prior[~shown], 0.0, atol=1e-3)
    own = (pairs.source_mask[1] >> bit & 1).astype(bool)
    before = (batch.source_prior[0].permute(1, 2, 0).numpy() + 1.0) * 127.5
    assert np.allclose(before[own], pairs.source[1][own], atol=1e-3)


@pytest.mark.parametrize("prior", pgfg_inputs.PRIORS)
def test_every_prior_of_table_3_can_be_shown(pairs, prior):
    batch = pgfg_inputs.Batches(pairs, prior, SIDE)(np.array([0, 3]), np.array([1, 0]), torch.Generator().manual_seed(0))
    assert all(each.shape == (2, 3, SIDE, SIDE) for each in (batch.source_prior, batch.target_prior))
    assert batch.target_prior.max() > -1.0


def test_an_unknown_prior_is_refused(pairs):
    with pytest.raises(ValueRangeError, match="There is no prior 'colour'"):
        pgfg_inputs.Batches(pairs, "colour", SIDE)


def test_pictures_of_a_row_are_changed_alike(pairs):
    """Where warp and target are the same, they stay the same after recolouring and mirroring."""
    same = FacePairs(**{**vars(pairs), "target": pairs.warp})
    batch = pgfg_inputs.Batches(same, "sparse1", SIDE)(np.arange(6), np.zeros(6, int), torch.Generator().manual_seed(3))
    assert torch.equal(batch.warp, batch.target)
    plain = pgfg_inputs.Batches(same, "sparse1", SIDE)(np.arange(6), np.zeros(6, int))
    assert (batch.warp - plain.warp).abs().max() > 0.1


def test_it_learns_what_the_warp_lacks(pairs, tmp_path):
    recipe = pgfg.PgfgRecipe(pairs, small(steps=60, rate=3e-3, adversarial=0.0, structure=0.0), 0)
    before = recipe.validate()
    after = loop.run(recipe, tmp_path, loop.Plan(every=60), resume=False, progress=lambda done, what: None, name=NAME)
    assert before["error"] == pytest.approx(before["warp_error"]) and after["error"] < 0.8 * after["warp_error"]


def test_the_discriminator_joins_later(pairs):
    recipe = pgfg.PgfgRecipe(pairs, small(steps=10, later=0.5), 0)
    early, late = (recipe.step(index, loop.step_generator(0, index)) for index in (4, 5))
    assert "discriminator" not in early and late["discriminator"] > 0.0


def test_same_seed_same_weights(pairs):
    made = []
    for _ in range(2):
        recipe = pgfg.PgfgRecipe(pairs, small(later=0.0), 5)
        for index in range(2):
            recipe.step(index, loop.step_generator(5, index))
        made.append(torch.cat([value.flatten() for value in recipe.model.state_dict().values()]))
    assert torch.equal(*made)


def test_too_few_people_are_refused(pairs):
    few = FacePairs(**{key: value[:7] for key, value in vars(pairs).items()})
    with pytest.raises(ValueRangeError, match="some must be held out"):
        pgfg.PgfgRecipe(few, small(), 0)


def test_presets_name_the_variants_of_table_3():
    assert pgfg.preset("table3-landmarks68").config.prior == "landmarks68" and pgfg.preset("table3-no_identity").identity == 0.0
    with pytest.raises(ValueRangeError, match="table3-dense"):
        pgfg.preset("huge")


def test_the_morphable_model_is_what_dense_landmarks_are_drawn_with(pairs):
    batch = pgfg_inputs.Batches(pairs, "landmarks_dense", SIDE)(np.array([0]), np.array([0]))
    model = load_model().as_detected
    assert (batch.target_prior > -1.0).float().mean() > 0.05 and len(model.mean) > 1000
