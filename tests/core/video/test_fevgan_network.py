"""FEV-GAN's network: the paper's shapes, the parts that can be left out, the composition, and its ONNX twin."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the network needs torch")

from core.training import fevgan as training  # noqa: E402
from core.training.export import compare, save_model  # noqa: E402
from core.video.fevgan_network import (  # noqa: E402
    NAME,
    Config,
    Discriminator,
    Generator,
    IdentityEncoder,
    composed,
    config_from_text,
    config_to_text,
    examples,
    load,
    smoothed,
)

SMALL = Config(taps=(7,), kept=8, spatial=(4, 6, 8), mixed=8, start=8, decoder=(8, 8, 6, 4))


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def made(config, batch=2):
    torch.manual_seed(0)
    network = Generator(config).eval()
    image, label = examples(config, batch, torch.Generator().manual_seed(1))
    with torch.inference_mode():
        return image, network(image, label)


def test_identity_maps_are_1024_of_14_by_14_as_in_the_paper():
    maps = IdentityEncoder((7, 12))(torch.zeros(1, 3, 112, 112))
    assert [tuple(one.shape) for one in maps] == [(1, 512, 14, 14)] * 2
    assert not any(parameter.requires_grad for parameter in IdentityEncoder((7,)).parameters())


def test_the_published_decoder_has_the_papers_shape():
    layers = [layer for layer in Generator(Config(composed=False)).decode if isinstance(layer, torch.nn.ConvTranspose3d)]
    assert [layer.kernel_size for layer in layers] == [(2, 1, 1)] + [(4, 4, 4)] * 4
    assert [layer.out_channels for layer in layers] == [1024, 512, 256, 128, 3]


def test_checks_in_place_and_time_are_smoothed_away_and_ramps_kept():
    time, row, column = torch.meshgrid(torch.arange(32.0), torch.arange(16.0), torch.arange(16.0), indexing="ij")
    checks = (-1.0) ** (row + column)
    assert smoothed(checks[None, None]).abs().max() < 1e-6
    blinks = (-1.0) ** time
    assert smoothed(blinks[None, None])[:, :, 2:-2].abs().max() < 0.12  # a ninth
    ramp = 2.0 * time + 3.0 * row - column
    torch.testing.assert_close(smoothed(ramp[None, None])[:, :, 2:-2, 4:-4, 4:-4], ramp[None, None, 2:-2, 4:-4, 4:-4])


@pytest.mark.parametrize(
    ("config", "size"), [(SMALL, 64), (replace(SMALL, start=4), 64), (replace(SMALL, size=128, start=4, decoder=(8, 8, 6, 4, 4)), 128)]
)
def test_clips_of_both_sizes_begin_with_the_picture(config, size):
    image, (rgb, mask, flow) = made(config)
    assert rgb.shape == (2, 3, 32, size, size) and mask.shape == (2, 1, 32, size, size) and flow.shape == (2, 2, 32, size, size)
    torch.testing.assert_close(composed(image, rgb, mask, flow)[:, :, 0], image, atol=1e-5, rtol=0)
    for part in (mask, flow):
        assert part[..., 0, :].abs().max() < 0.05 and part[..., -1].abs().max() < 0.05


@pytest.mark.parametrize("part", ["identity", "spatial", "composition", "all"])
def test_parts_can_be_left_out(part):
    config = training.without(SMALL, part)
    image, (rgb, mask, flow) = made(config)
    network = Generator(config)
    assert (network.identity is None) == (part in ("identity", "all")) and (network.spatial is None) == (part == "spatial")
    if not config.composed:
        torch.testing.assert_close(composed(image, rgb, mask, flow), rgb)


def test_a_pooled_code_knows_no_places():
    torch.manual_seed(0)
    network = Generator(training.without(SMALL, "all")).eval()
    network.spatial = torch.nn.AdaptiveAvgPool2d(14)  # maps that are the picture itself
    network.mix = torch.nn.Conv2d(3, 8, 1)
    image, label = examples(SMALL, 1, torch.Generator().manual_seed(1))
    with torch.inference_mode():
        torch.testing.assert_close(network(image, label)[0], network(image.flip(-1), label)[0], atol=1e-5, rtol=1e-4)


def test_composition_is_what_the_formula_says():
    image = torch.arange(64.0).expand(1, 3, 64, 64).clone()
    rgb, mask, flow = torch.full((1, 3, 32, 64, 64), -1.0), torch.zeros(1, 1, 32, 64, 64), torch.zeros(1, 2, 32, 64, 64)
    mask[..., 20, :, :], flow[:, 0, 30] = 0.25, 2.0 / 64
    out = composed(image, rgb, mask, flow)
    assert out[0, 0, 20, 10, 40] == pytest.approx(0.25 * -1.0 + 0.75 * 40.0, abs=1e-3)
    assert out[0, 0, 30, 10, 40] == pytest.approx(42.0, abs=1e-3)


@pytest.mark.parametrize("size", [64, 128])
def test_the_discriminator_has_five_layers_and_hears_the_label(size):
    torch.manual_seed(0)
    judge = Discriminator(size, (4, 6, 8, 10)).eval()
    assert sum(isinstance(layer, torch.nn.Conv3d) for layer in judge.modules()) == 5
    clip, label = torch.randn(2, 3, 32, size, size), torch.eye(6)[:2]
    assert judge(clip, label).shape == (2,) and not torch.allclose(judge(clip, label), judge(clip, label.flip(0)), atol=1e-9)


def test_widths_that_do_not_lead_to_the_size_are_refused():
    with pytest.raises(ValueError, match="take 4 widths"):
        Generator(replace(SMALL, decoder=(8, 8, 6)))


def test_config_survives_its_file():
    assert config_from_text(config_to_text(SMALL)) == SMALL


def test_onnx_equals_torch(tmp_path):
    torch.manual_seed(0)
    network = Generator(SMALL).eval()
    network.decode[-1].weight.data.mul_(20.0)  # as after training, when it says more than nothing
    weights, onnx_path = save_model(NAME, network, tmp_path)
    assert compare(NAME, weights, onnx_path) < 1e-4
    np.testing.assert_array_equal(load(weights).squeeze.weight.detach(), network.squeeze.weight.detach())
