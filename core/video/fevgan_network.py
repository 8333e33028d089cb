"""FEV-GAN (Bouzid and Ballihi 2022): a clip of one of six expressions from one picture, by a decoder of transposed convolutions in space and time.

A frozen encoder of a face-recognition network tells who it is, a trained one the rest, a label what to do. The paper's VGG-FACE is not to be had:
SFace (Zhong et al. 2021) takes its place, whose layers 7 and 12 give 512 maps of 14 x 14 each, as many as the paper has. Mimica's addition: beside
colours the decoder may give a mask and a flow, out = mask * rgb + (1 - mask) * picture moved by the flow, so that a photo keeps its own pixels.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..runtime.torch_backend import restore
from .fevgan import FRAMES
from .fevgan import NAME as NAME

INPUTS, OUTPUTS = ("image", "label"), ("rgb", "mask", "flow")
LABELS = 6
SEEN, PLACES = 112, 14  # px that the encoders see, and places a side of their maps
SFACE = ((32, 1, False), (32, 1, True), (64, 1, False), (64, 2, True), (128, 1, False), (128, 1, True), (128, 1, False), (128, 2, True),
         (256, 1, False), (256, 1, True), (256, 1, False), (256, 2, True), (512, 1, False), *(((512, 1, True), (512, 1, False)) * 5))  # fmt: skip
MAPS = 512  # of a layer that is tapped
FARTHEST = 0.25  # of the picture's width, that a flow reaches
STARTS, RIM = 6, 0.08  # frames in which a change sets in; share of the picture at each side over which it ends
HIDDEN = 3.0  # what the mask starts from, before the sigmoid: the picture itself, moved
TOLD = 8.0  # how loud the label is beside the maps, of which there are many
SPREAD = 0.01  # standard deviation of the weights at the start, as in the paper
LEAK = 0.2


@dataclass(frozen=True)
class Config:
    """size px of a frame; taps: layers of SFace, none: no identity encoder; kept: channels that its maps are reduced to, 0: all; spatial: channels of
    the spatial encoder, none: it is left out; mixed: channels after both, 0: straight on; start: places a side that the decoder begins with; decoder:
    its channels; pooled: a code without places, as VGAN's; composed: mask and flow beside colours, which are a change of the picture moved."""

    size: int = 64
    taps: tuple[int, ...] = (7, 12)
    kept: int = 0
    spatial: tuple[int, ...] = (128, 256, 512)
    mixed: int = 0
    start: int = 4
    decoder: tuple[int, ...] = (1024, 512, 256, 128)
    pooled: bool = False
    composed: bool = True


class IdentityEncoder(nn.Module):
    """SFace up to its 12th layer at most, normalisation folded in: pictures (B, 3, 112, 112) in -1..1 -> maps (B, 512, 14, 14) of each layer tapped.

    Its weights are never trained; core/training/fevgan.py reads them.
    """

    def __init__(self, taps: tuple[int, ...]):
        super().__init__()
        self.taps = taps
        self.layers, self.slopes, before = nn.ModuleList(), nn.ParameterList(), 3
        for number, (channels, stride, alone) in enumerate(SFACE[: 2 * max(taps) - 1]):
            size, groups = (3, before) if alone else (3 if number == 0 else 1, 1)
            self.layers.append(nn.Conv2d(before, channels, size, stride, size // 2, groups=groups))
            self.slopes.append(nn.Parameter(torch.full((channels,), 0.25)))
            before = channels
        for parameter in self.parameters():
            parameter.requires_grad_(False)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        x, found = pictures, []
        for number, (layer, slope) in enumerate(zip(self.layers, self.slopes, strict=True)):
            x = functional.prelu(layer(x), slope)
            if number % 2 == 0 and number // 2 + 1 in self.taps:
                found.append(x)
        return found


def as_seen(pictures: Tensor) -> Tensor:
    """Pictures (B, 3, S, S) at the size that the encoders see."""
    return functional.interpolate(pictures, (SEEN, SEEN), mode="bilinear", align_corners=False)


def spatial_encoder(channels: tuple[int, ...]) -> nn.Sequential:
    """(B, 3, 112, 112) -> (B, channels[-1], 14, 14)."""
    layers: list[nn.Module] = []
    for before, after in zip((3, *channels), channels, strict=False):
        layers += [nn.Conv2d(before, after, 4, 2, 1), nn.BatchNorm2d(after), nn.LeakyReLU(LEAK)]
    return nn.Sequential(*layers)


class Generator(nn.Module):
    """image (B, 3, S, S) in -1..1 and label (B, 6), the intensity in its expression's place and 0 elsewhere -> rgb (B, 3, 32, S, S) in -1..1, mask
    (B, 1, 32, S, S) in 0..1, and flow (B, 2, 32, S, S), right and down in widths of the picture: where in it each place lies. The first frame is the
    picture."""

    window: Tensor

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.identity = IdentityEncoder(config.taps) if config.taps else None
        known = len(config.taps) * MAPS
        self.reduce = nn.Conv2d(known, config.kept, 1) if config.kept and config.taps else nn.Identity()
        self.spatial = spatial_encoder(config.spatial) if config.spatial else None
        channels = (config.kept or known) * bool(config.taps) + (config.spatial[-1] if config.spatial else 0)
        self.mix: nn.Module = nn.Identity()
        if config.mixed:
            self.mix = nn.Sequential(nn.Conv2d(channels, config.mixed, 1), nn.LeakyReLU(LEAK))
            channels = config.mixed
        stride = 16 // config.start
        first = config.decoder[0]
        self.squeeze = nn.Conv2d(channels + LABELS, first, 4, stride, 1 + (config.start == 8))
        self.decode = _decoder(config)
        self.apply(_initialised)
        self.register_buffer("window", _window(config.size))

    def forward(self, image: Tensor, label: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        out = self.decoded(image, label)
        change = torch.tanh(out[:, :3])
        if not self.config.composed:
            return change, torch.ones_like(out[:, :1]), torch.zeros_like(out[:, :2])
        mask, flow = torch.sigmoid(out[:, 3:4] - HIDDEN), FARTHEST * torch.tanh(out[:, 4:6])
        told = smoothed(torch.cat([mask, flow], dim=1)) * self.window
        rgb = (carried(image, told[:, 1:].detach()) + 2.0 * change).clamp(-1.0, 1.0)
        return rgb, told[:, :1], told[:, 1:]

    def decoded(self, image: Tensor, label: Tensor) -> Tensor:
        seen, known = as_seen(image), []
        if self.identity is not None:
            known.append(self.reduce(torch.cat(self.identity(seen), dim=1)))
        if self.spatial is not None:
            known.append(self.spatial(seen))
        maps = self.mix(torch.cat(known, dim=1))
        if self.config.pooled:
            maps = maps.mean(dim=(2, 3), keepdim=True).expand_as(maps)
        told = TOLD * label[:, :, None, None].expand(-1, -1, PLACES, PLACES)
        code = functional.relu(self.squeeze(torch.cat([maps, told], dim=1)))
        return self.decode(code[:, :, None])


def _decoder(config: Config) -> nn.Sequential:
    """(B, C, 1, start, start) -> (B, 3 or 6, 32, size, size): time doubles in the first steps, space in the last."""
    first, outputs = config.decoder[0], 6 if config.composed else 3
    layers: list[nn.Module] = [nn.ConvTranspose3d(first, first, (2, 1, 1)), nn.BatchNorm3d(first), nn.ReLU()]
    times, spaces = FRAMES.bit_length() - 2, (config.size // config.start).bit_length() - 1
    steps, before = max(times, spaces), first
    if len(config.decoder) != steps:
        raise ValueError(f"{config.size} px from {config.start} take {steps} widths; {len(config.decoder)} were given.")
    for step in range(steps):
        after = config.decoder[step + 1] if step + 1 < steps else outputs
        longer, larger = step < times, step >= steps - spaces
        doubled = tuple(4 if grows else 1 for grows in (longer, larger, larger))
        layers.append(nn.ConvTranspose3d(before, after, doubled, tuple(d // 2 or 1 for d in doubled), tuple(int(d == 4) for d in doubled)))
        if step + 1 < steps:
            layers += [nn.BatchNorm3d(after), nn.ReLU()]
        before = after
    return nn.Sequential(*layers)


def _window(size: int) -> Tensor:
    """How far (1, 1, 32, S, S) a change is let through: none in the first frame and at the picture's rim."""
    inside = ((0.5 - (torch.arange(size) + 0.5 - size / 2).abs() / size) / RIM).clamp(0.0, 1.0)
    inside = 0.5 - 0.5 * torch.cos(torch.pi * inside)
    starts = (torch.arange(FRAMES) / STARTS).clamp(max=1.0)
    return (starts[:, None, None] * inside[:, None] * inside)[None, None]


def _initialised(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.Conv3d | nn.ConvTranspose3d) and module.weight.requires_grad:
        nn.init.normal_(module.weight, 0.0, SPREAD)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def smoothed(maps: Tensor) -> Tensor:
    """Maps (B, C, 32, S, S) without the checks, in place and in time, that transposed convolutions leave."""
    half = functional.avg_pool3d(maps, (1, 2, 2))
    half = functional.avg_pool3d(half, 3, 1, 1, count_include_pad=False)
    half = functional.avg_pool3d(half, (3, 1, 1), 1, (1, 0, 0), count_include_pad=False)
    batch, channels, frames, height, width = half.shape
    whole = functional.interpolate(
        half.reshape(batch, channels * frames, height, width), scale_factor=2.0, mode="bilinear", align_corners=False
    )
    return whole.reshape(batch, channels, frames, 2 * height, 2 * width)


def carried(image: Tensor, flow: Tensor) -> Tensor:
    """The clip (B, 3, 32, S, S) of an image (B, 3, S, S) moved by a flow (B, 2, 32, S, S)."""
    batch, _, frames, height, width = flow.shape
    y, x = (torch.linspace(-1.0 + 1.0 / n, 1.0 - 1.0 / n, n, device=flow.device) for n in (height, width))
    rest = torch.stack([x.expand(height, width), y[:, None].expand(height, width)], dim=-1)
    at = rest + 2.0 * flow.permute(0, 2, 3, 4, 1)
    repeated = image[:, None].expand(-1, frames, -1, -1, -1).flatten(0, 1)
    moved = functional.grid_sample(repeated, at.flatten(0, 1), padding_mode="border", align_corners=False)
    return moved.unflatten(0, (batch, frames)).transpose(1, 2)


def composed(image: Tensor, rgb: Tensor, mask: Tensor, flow: Tensor) -> Tensor:
    """The clip (B, 3, 32, S, S): mask * rgb + (1 - mask) * image (B, 3, S, S) moved by the flow."""
    return mask * rgb + (1.0 - mask) * carried(image, flow)


class Discriminator(nn.Module):
    """Whether a clip (B, 3, 32, S, S) is a real one of its label (B, 6): logits (B,). Five layers; the label joins the first one's maps."""

    def __init__(self, size: int, channels: tuple[int, ...] = (128, 256, 512, 1024)):
        super().__init__()
        self.first = nn.Conv3d(3, channels[0], 4, (2, size // 32, size // 32), 1)
        layers: list[nn.Module] = []
        for before, after in zip((channels[0] + LABELS, *channels[1:]), channels[1:], strict=False):
            layers += [nn.Conv3d(before, after, 4, 2, 1), nn.BatchNorm3d(after), nn.LeakyReLU(LEAK)]
        self.rest = nn.Sequential(*layers, nn.Conv3d(channels[-1], 1, (2, 4, 4)))
        self.apply(_initialised)

    def forward(self, clip: Tensor, label: Tensor) -> Tensor:
        maps = functional.leaky_relu(self.first(clip), LEAK)
        told = label[:, :, None, None, None].expand(-1, -1, *maps.shape[2:])
        return self.rest(torch.cat([maps, told], dim=1)).flatten()


def config_to_text(config: Config) -> str:
    return json.dumps(asdict(config))


def config_from_text(text: str) -> Config:
    stated = json.loads(text)
    return Config(**{key: tuple(value) if isinstance(value, list) else value for key, value in stated.items()})


def load(path: Path) -> Generator:
    """The generator of a safetensors file. ModelError where the file will not do."""
    return restore(path, lambda text: Generator(config_from_text(text)))


def examples(config: Config, batch: int, random: torch.Generator) -> tuple[Tensor, ...]:
    """Inputs to trace or compare with."""
    image = torch.rand(batch, 3, config.size, config.size, generator=random) * 2.0 - 1.0
    return image, torch.rand(batch, LABELS, generator=random)
