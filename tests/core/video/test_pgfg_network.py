"""PGFG's generator and discriminator: shapes, Eq. 11, and what they start from."""

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from core.video.pgfg_network import Config, Discriminator, Generator, config_from_text, config_to_text, examples  # noqa: E402

LIGHT = Config(side=32, stem=2, widths=(8, 12, 16))
PUBLISHED = Config(side=32, stem=1, widths=(8, 8, 12, 12, 12, 12), code=8, over="source", norm=True)


def generator(config: Config) -> Generator:
    torch.manual_seed(0)
    return Generator(config).eval()


@pytest.mark.parametrize("config", [LIGHT, PUBLISHED], ids=["light", "published"])
def test_shapes_and_ranges(config):
    given = examples(config, 3, torch.Generator().manual_seed(0))
    with torch.inference_mode():
        image, mask = generator(config)(*given)
    assert image.shape == (3, 3, 32, 32) and mask.shape == (3, 1, 32, 32)
    assert image.abs().max() <= 1.0 and mask.min() >= 0.0 and mask.max() <= 1.0


def test_untrained_over_a_warp_it_is_the_warp():
    given = examples(LIGHT, 2, torch.Generator().manual_seed(0))
    with torch.inference_mode():
        image, _ = generator(LIGHT)(*given)
    assert torch.equal(image, given[3])


@pytest.mark.parametrize("config", [replace(LIGHT, over="source"), PUBLISHED], ids=["light", "published"])
def test_the_priors_enter_as_their_difference_in_the_feature_space(config):
    """Eq. 11: what the decoder is told of the priors is E(p_t) - E(p_s): nothing, where both are the same."""
    network = generator(config)
    source, before, after, warp, sure = examples(config, 2, torch.Generator().manual_seed(0))
    with torch.inference_mode():
        same = [network(source, prior, prior, warp, sure)[0] for prior in (before, after)]
        moved, _ = network(source, before, after, warp, sure)
    assert torch.allclose(*same, atol=1e-6)
    assert (moved - same[0]).abs().max() > 1e-4


def test_as_published_what_is_not_the_networks_is_the_sources():
    network = generator(PUBLISHED)
    torch.nn.init.constant_(network.head.out.bias[3:], -50.0)
    given = examples(PUBLISHED, 2, torch.Generator().manual_seed(0))
    with torch.inference_mode():
        image, mask = network(*given)
    assert mask.max() < 1e-6 and torch.allclose(image, given[0], atol=1e-5)


def test_every_block_of_the_decoder_reads_all_coarser_ones():
    """The paper's dense connections: each block's first convolution takes the outputs of all blocks before it."""
    blocks = generator(LIGHT).blocks
    assert [block.merge.in_channels for block in blocks] == [3 * 8 + 12 + 16, 3 * 12 + 16, 3 * 16]


def test_the_published_widths_are_those_of_the_released_code():
    network = Generator(Config(side=128, stem=1, widths=(64, 128, 256, 512, 512, 512), code=128, over="source", norm=True))
    assert [block.first.out_channels for block in network.photo.blocks] == [128, 256, 512, 512, 512]
    assert network.prior_code.read.out_features == 128 and network.prior_code.read.in_features == 512 * 4 * 4


def test_the_discriminator_judges_a_picture_by_its_prior():
    torch.manual_seed(0)
    network = Discriminator(widths=(8, 8, 8)).eval()
    first, second, image = (torch.rand(2, 3, 32, 32) for _ in range(3))
    assert not torch.allclose(network(first, image), network(second, image))
    assert not torch.allclose(network(first, image), network(first, second))


def test_every_weight_gets_a_gradient():
    network = Generator(PUBLISHED)
    image, mask = network(*examples(PUBLISHED, 2, torch.Generator().manual_seed(0)))
    (image.square().mean() + mask.mean()).backward()
    assert all(parameter.grad is not None and torch.isfinite(parameter.grad).all() for parameter in network.parameters())


def test_a_config_survives_being_written():
    assert config_from_text(config_to_text(PUBLISHED)) == PUBLISHED
