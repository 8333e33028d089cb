"""Training of One-shot Face Reenactment: its losses, its batches, and a few steps on made-up faces."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.data.face_pairs import FacePairs
from core.errors import ValueRangeError
from core.training import loop, reenactment
from core.training.reenactment_inputs import Batches
from core.video.capture import load_reference
from core.video.parsing import FACE, TEETH
from core.video.reenactment_network import NAME

PEOPLE, TARGETS, SIDE = 9, 2, 64


@pytest.fixture(scope="module")
def pairs():
    """Faces that are smooth colours in their own coordinates, so that their points tell how they look."""
    rng = np.random.default_rng(0)
    shape = load_reference().shape
    points = np.empty((PEOPLE, 1 + TARGETS, 478, 3), np.float32)
    pictures = np.empty((PEOPLE, 1 + TARGETS, SIDE, SIDE, 3), np.uint8)
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    for person in range(PEOPLE):
        wide, colours = rng.uniform(0.9, 1.1, 3), rng.uniform(0.0, 6.0, 3)
        for k in range(1 + TARGETS):
            middle = SIDE / 2 + rng.uniform(-3.0, 3.0, 2)
            own = shape * wide * 16.0
            points[person, k] = own - own.mean(axis=0) + [*middle, 0.0]
            waves = np.sin(0.2 * (x - middle[0])[..., None] + colours) + np.cos(0.25 * (y - middle[1])[..., None] + colours)
            pictures[person, k] = np.clip(128 + 60 * waves, 0, 255)
    none = np.zeros((PEOPLE, TARGETS, SIDE, SIDE), np.uint8)
    return FacePairs(
        source=pictures[:, 0], source_mask=none[:, 0], source_points=points[:, 0], source_coefficients=np.zeros((PEOPLE, 62), np.float32),
        target=pictures[:, 1:], warp=pictures[:, 1:], confidence=none, dense=pictures[:, 1:], mask=none, points=points[:, 1:],
        coefficients=np.zeros((PEOPLE, TARGETS, 62), np.float32),
    )  # fmt: skip


def test_losses_are_the_thesis_s():
    a, b = torch.zeros(2, 3, 4, 4), torch.full((2, 3, 4, 4), 0.5)
    assert reenactment.appearance_loss(a, b).item() == pytest.approx(0.5)
    counts = torch.ones(2, 1, 4, 4)
    counts[..., :2] = 3.0
    assert reenactment.reconstruction_loss(a, b, counts).item() == pytest.approx(1.0)
    answers = [torch.tensor([[0.0, 1.0]]), torch.tensor([[2.0]]), torch.tensor([[1.0]])]
    assert reenactment.generator_loss(answers).item() == pytest.approx(0.25 + 0.5)
    assert reenactment.discriminator_loss(answers, answers).item() == pytest.approx(0.25 + 0.25 + 0.5 + 2.0 + 0.5)
    features = torch.eye(2)
    assert reenactment.identity_loss(3.0 * features, features).item() == pytest.approx(0.0)
    assert reenactment.identity_loss(features, features.flip(0)).item() == pytest.approx(2.0)
    assert reenactment.perceptual_loss([a, a], [b, 2 * b]).item() == pytest.approx(1.5)


def test_a_batch_with_another_jaw_keeps_the_inner_parts(pairs):
    config = replace(reenactment.PRESETS["short"].config, size=64)
    batch = Batches(pairs, config).resampled(np.array([0, 1]), np.array([0, 1]), np.array([2, 3]), np.random.default_rng(0), masked=True)
    assert batch.reference.shape == batch.wanted.shape == (2, 3, 64, 64) and batch.parsing.shape == (2, 9, 64, 64)
    outside = (batch.parsing[:, FACE] == 0.0)[:, None].expand_as(batch.wanted)
    assert (batch.wanted[outside] == -1.0).all() and batch.wanted.max() > 0.0
    assert batch.counts.min() == 1.0 and batch.counts.max() <= 4.0
    assert batch.motion.abs().max() > 0.0


def test_the_motion_carries_a_reference_to_what_is_wanted(pairs):
    """The faces are painted in their own coordinates, so the reference at the field's places is the wanted picture."""
    config = replace(reenactment.PRESETS["short"].config, size=64)
    batch = Batches(pairs, config).paired(np.arange(6), np.zeros(6, int), None, masked=False)
    model = reenactment.Reenactment(config)
    carried = model.carry(batch.reference, batch.motion, 64)
    face = batch.parsing[:, :1] > 0.99
    off, before = (((each - batch.wanted).abs() * face).sum() / face.sum() / 3.0 for each in (carried, batch.reference))
    assert off < 0.35 * before
    still = replace(config, carried=False)
    assert not Batches(pairs, still).paired(np.arange(2), np.zeros(2, int), None, masked=False).motion.any()


def test_teeth_and_eyes_count_more(pairs):
    config = replace(reenactment.PRESETS["short"].config, size=64)
    batch = Batches(pairs, config).paired(np.arange(3), np.zeros(3, int), None, masked=True)
    full = batch.parsing[:, TEETH] > 0.999
    assert not full.any() or (batch.counts[:, 0][full] >= 2.0).all()


def test_a_few_steps_make_it_better_and_can_be_resumed(pairs, tmp_path, monkeypatch):
    monkeypatch.setattr(reenactment, "WATCHED", 4)
    preset = replace(reenactment.PRESETS["short"], steps=6, rates=(3e-3, 1e-4), adversarial=0.01, background=0.2)
    plan = loop.Plan(seed=1, every=3)
    before = reenactment.ReenactmentRecipe(pairs, preset, 1).validate()
    whole = reenactment.ReenactmentRecipe(pairs, preset, 1)
    after = loop.run(whole, tmp_path / "whole", plan, resume=False, progress=lambda done, what: None, name=NAME)
    assert after["error"] < before["error"]
    half = reenactment.ReenactmentRecipe(pairs, preset, 1)

    def stop(done, what):
        if done > 0.45:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        loop.run(half, tmp_path / "half", plan, resume=False, progress=stop, name=NAME)
    again = reenactment.ReenactmentRecipe(pairs, preset, 1)
    loop.run(again, tmp_path / "half", plan, resume=True, progress=lambda done, what: None, name=NAME)
    for first, second in zip(whole.networks[NAME].parameters(), again.networks[NAME].parameters(), strict=True):
        torch.testing.assert_close(first, second, atol=1e-6, rtol=1e-5)


def test_too_few_people_and_unknown_presets_are_named(pairs):
    few = FacePairs(**{key: value[:4] for key, value in vars(pairs).items()})
    with pytest.raises(ValueRangeError, match="held out"):
        reenactment.ReenactmentRecipe(few, reenactment.PRESETS["short"], 0)
    with pytest.raises(ValueRangeError, match="ablation-not-carried"):
        reenactment.preset("nonsense")
