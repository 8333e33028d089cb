"""FEV-GAN's losses as the paper means them, and a recipe that learns from a few made-up clips."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch")

from core.data.expression_clips import EVERY, GRID, ExpressionClips  # noqa: E402
from core.errors import FileError, ValueRangeError  # noqa: E402
from core.training import fevgan, loop  # noqa: E402
from core.video.fevgan_network import Config, IdentityEncoder  # noqa: E402

SMALL = Config(taps=(7,), kept=8, spatial=(4, 6, 8), mixed=8, start=8, decoder=(12, 12, 10, 8))
TINY = replace(fevgan.preset("short"), config=SMALL, judge=(4, 6, 8, 10), steps=8, batch=2, looks=2)


@pytest.fixture(scope="module")
def clips():
    """Five people; a bright square that moves down in every clip, and a background that stays."""
    frames, flow = np.full((10, 32, 64, 64, 3), 60, np.uint8), np.zeros((10, 16, GRID, GRID, 2), np.float16)
    for frame in range(32):
        frames[:, frame, 20 + frame // 4 : 40 + frame // 4, 20:40] = 200
    for number in range(16):
        flow[:, number, 12:20, 12:18, 1] = -((EVERY * number + 1) // 4) / 64
    flow[:, :, 5] = np.nan
    return ExpressionClips(frames, flow, np.arange(10) % 6, np.ones(10, np.float32), np.arange(10) % 5)


@pytest.fixture(scope="module")
def recipe(clips):
    torch.set_num_threads(1)
    return fevgan.FevGanRecipe(clips, TINY, 0, None)


def test_the_adversarial_loss_is_log_of_one_minus():
    """Eq. 3 and Algorithm 1 print 1 - log(D(G)); -log(1 - D(G)) is meant."""
    logits = torch.tensor([-1.0, 0.5])
    share = torch.sigmoid(logits)
    torch.testing.assert_close(fevgan.judged(logits, True), -share.log().mean())
    torch.testing.assert_close(fevgan.judged(logits, False), -(1.0 - share).log().mean())


def test_flow_counts_in_pixels_and_only_where_it_is_known():
    true = torch.full((1, 16, GRID, GRID, 2), float("nan"))
    true[:, :, :4] = 0.0
    flow = torch.zeros(1, 2, 32, 64, 64)
    flow[:, 0] = 0.5 / 64
    flow[:, :, :, 40:] = 9.0
    assert fevgan.flow_loss(flow, true).item() == pytest.approx(0.5 * 0.5**2 / 2)
    flow[:, 0] = 3.0 / 64
    assert fevgan.flow_loss(flow, true).item() == pytest.approx((3.0 - 0.5) / 2)


def test_identity_is_a_mean_difference_of_maps():
    assert fevgan.identity_loss([torch.zeros(2), torch.ones(2)], [torch.ones(2), torch.ones(2)]).item() == pytest.approx(0.5)


def test_a_mask_is_drawn_to_where_painting_is_better():
    true = torch.zeros(1, 3, 2, 8, 8)
    rgb, moved = true.clone(), true.clone()
    rgb[..., :4], moved[..., 4:] = 0.5, 0.5  # painted wrong at the left, moved wrong at the right
    mask = torch.full((1, 1, 2, 8, 8), 1e-3, requires_grad=True)
    fevgan.mask_loss(mask, rgb, moved, true).backward()
    assert (mask.grad[..., :3] > 0).all() and (mask.grad[..., 5:] < -1.0).all()
    right = torch.zeros(1, 1, 2, 8, 8)
    right[..., 4:] = 1.0
    assert fevgan.mask_loss(right, rgb, moved, true).item() < 1e-3


def test_it_learns_and_leaves_the_identity_encoder_alone(recipe, tmp_path):
    before = [parameter.clone() for parameter in recipe.eye.parameters()]
    first = recipe.step(0, loop.step_generator(0, 0))
    for index in range(1, 25):
        last = recipe.step(index, loop.step_generator(0, index))
    assert set(first) == {"L_rec", "L_adv", "L_D", "L_id", "L_flow", "L_mask", "mask"} and set(last) == set(first)
    assert last["L_flow"] < first["L_flow"] and last["L_rec"] < 1.2 * first["L_rec"] and all(map(np.isfinite, last.values()))
    assert all(torch.equal(a, b) for a, b in zip(before, recipe.eye.parameters(), strict=True))
    scores = recipe.validate()
    assert next(iter(scores)) == "held_out" and 0 < scores["still"] < 50 and scores["psnr"] > 10


def test_held_out_people_are_not_learnt_from(recipe, clips):
    assert not set(clips.person[recipe.rows]) & set(clips.person[recipe.watched])


def test_a_mirrored_clip_has_its_flow_mirrored(recipe, clips, monkeypatch):
    monkeypatch.setattr(fevgan.torch, "rand", lambda *size, generator=None: torch.zeros(*size))
    recipe.flow[:, :, 12:20, 12:18, 0] = 0.125
    _, _, flow = recipe._batch(torch.Generator().manual_seed(0))
    assert torch.all(flow[:, 3, 14, 32 - 16] == torch.tensor([-0.125, float(recipe.flow[0, 3, 14, 16, 1])]))
    recipe.flow[:, :, 12:20, 12:18, 0] = 0.0


def test_clips_of_another_size_and_too_few_people_are_refused(clips):
    with pytest.raises(ValueRangeError, match="--size 128"):
        fevgan.FevGanRecipe(clips, fevgan.preset("fine"), 0, None)
    few = replace(clips, person=np.zeros(10, int))
    with pytest.raises(ValueRangeError, match="Make more"):
        fevgan.FevGanRecipe(few, TINY, 0, None)
    with pytest.raises(ValueRangeError, match="short, cpu"):
        fevgan.preset("huge")


def test_a_file_that_is_not_sface_is_refused(tmp_path):
    path = tmp_path / "other.onnx"
    path.write_bytes(b"not a network")
    with pytest.raises(FileError, match="not the SFace network"):
        fevgan.read_identity(path, IdentityEncoder((7,)))
