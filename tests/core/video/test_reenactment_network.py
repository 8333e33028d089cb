"""The network of One-shot Face Reenactment: its shape, what its parts do, and its twin in ONNX."""

import pytest
import torch

from core.training.export import TOLERANCE, compare, save_model
from core.training.reenactment import LIGHT, PRESETS
from core.video.reenactment_network import (
    NAME,
    Config,
    Discriminator,
    Reenactment,
    Spade,
    config_from_text,
    config_to_text,
    examples,
    normalised,
)

TINY = PRESETS["short"].config


def inputs(config, seed=0, batch=2):
    return examples(config, batch, torch.Generator().manual_seed(seed))


def test_the_published_shape():
    """Channels as in sections 3.2.2 and 4.1.3: 1x1x1024 in the middle, SPADE at 16, 32, 64 and 128 px."""
    with torch.device("meta"):
        model = Reenactment(Config())
        code = model.encoder(torch.empty(1, 3, 256, 256))
    assert code.shape == (1, 1024, 1, 1)
    assert [layer.up.out_channels for layer in model.decoder] == [1024, 1024, 1024, 1024, 512, 256, 128]
    assert [block.first.scale.out_channels for block in model.adaptive] == [2048, 1024, 512, 256]


def test_the_light_one_is_light():
    count = sum(parameter.numel() for parameter in Reenactment(LIGHT).parameters())
    assert 4 * count < 6e6


def test_pictures_come_out():
    picture, reconstruction = Reenactment(TINY)(*inputs(TINY))
    assert picture.shape == reconstruction.shape == (2, 3, 128, 128) and picture.abs().max() <= 1.0


def test_spade_takes_scale_and_shift_from_the_map():
    """Eq. 3.7 against its own words."""
    torch.manual_seed(0)
    unit = Spade(5, 5)
    torch.nn.init.dirac_(unit.mix.weight)
    torch.nn.init.zeros_(unit.mix.bias)
    x, parsing = torch.randn(2, 5, 6, 6), torch.rand(2, 9, 6, 6)
    mean, deviation = x.mean(dim=(2, 3), keepdim=True), x.std(dim=(2, 3), keepdim=True, unbiased=False)
    expected = torch.relu((x - mean) / deviation * unit.scale(parsing) + unit.shift(parsing))
    torch.testing.assert_close(unit(x, parsing), expected, atol=1e-4, rtol=1e-4)
    pixel = torch.randn(2, 5, 1, 1)
    assert normalised(pixel) is pixel


def test_a_field_of_zeros_carries_nothing_and_a_shift_shifts():
    model = Reenactment(TINY)
    for size in (4, 32, 64):
        x = torch.randn(1, 4, size, size)
        torch.testing.assert_close(model.carry(x, torch.zeros(1, 2, 32, 32), size), x, atol=1e-5, rtol=1e-5)
    x, right = torch.randn(1, 4, 8, 8), torch.zeros(1, 2, 32, 32)
    right[:, 0] = 2.0 / 8.0
    torch.testing.assert_close(model.carry(x, right, 8)[..., :-1], x[..., 1:], atol=1e-5, rtol=1e-5)


def test_without_appearance_features_only_the_code_tells_the_look():
    plain = Config(128, TINY.encoder, TINY.decoder, appearance=False)
    count = [sum(parameter.numel() for parameter in Reenactment(config).adaptive.parameters()) for config in (plain, TINY)]
    assert count[0] < count[1]
    assert Reenactment(plain)(*inputs(plain))[0].shape == (2, 3, 128, 128)


def test_everything_learns():
    model = Reenactment(TINY)
    picture, reconstruction = model(*inputs(TINY))
    (picture.square().mean() + reconstruction.square().mean()).backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_the_discriminator_looks_at_three_scales():
    answers = Discriminator(4)(torch.randn(2, 3, 256, 256))
    assert [answer.shape[-1] for answer in answers] == [30, 14, 6]


def test_configs_that_cannot_be_are_named():
    with pytest.raises(ValueError, match="decoder"):
        Reenactment(Config(32, (8, 8, 8, 8, 8), (8, 8)))
    with pytest.raises(ValueError, match="halved"):
        Reenactment(Config(48, (8, 8, 8, 8, 8), (8, 8, 8, 8)))
    assert config_from_text(config_to_text(LIGHT)) == LIGHT


def test_both_files_agree(tmp_path):
    torch.manual_seed(0)
    weights, onnx = save_model(NAME, Reenactment(TINY), tmp_path)
    assert compare(NAME, weights, onnx) < TOLERANCE
