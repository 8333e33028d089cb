"""The network of One-shot Face Reenactment: what a reference face looks like, drawn over the parsing map of the face it shall make.

Appearance auto-encoder F (section 3.2.2) and semantically adaptive decoder D (3.2.3), whose last four scales take F's features of the same size
and the parsing map (SPADE, Eqs. 3.3 to 3.7). One addition: F's features may be carried along by a motion field, which the published network
does not have; a field of zeros leaves them where they are.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..runtime.torch_backend import restore
from .face_motion import MOTION

NAME = "reenactment"
INPUTS, OUTPUTS = ("reference", "parsing", "motion"), ("picture", "reconstruction")
PARTS = 9
ADAPTIVE = 4  # scales of D with appearance features and parsing map: of 256 px 16, 32, 64 and 128
SLOPE = 0.2


@dataclass(frozen=True)
class Config:
    """size: px a side of the pictures; encoder: channels after each halving of them; decoder: channels after each doubling but the last, of F and D
    alike; appearance: whether D takes F's features at its last four scales (Table 4.2); what it was trained with: carried: the face's motion, or
    none, as published; masked: references of which only the face is seen."""

    size: int = 256
    encoder: tuple[int, ...] = (64, 128, 256, 512, 1024, 1024, 1024, 1024)
    decoder: tuple[int, ...] = (1024, 1024, 1024, 1024, 512, 256, 128)
    appearance: bool = True
    carried: bool = False
    masked: bool = False


def normalised(x: Tensor) -> Tensor:
    """Instance normalisation without parameters; a map of one pixel, of which nothing would be left, stays as it is."""
    return x if x.shape[-1] == 1 else functional.instance_norm(x)


class Encoder(nn.Module):
    """Pictures (B, 3, S, S) to the appearance code (B, C, s, s): 3x3 convolutions of stride 2."""

    def __init__(self, channels: tuple[int, ...]):
        super().__init__()
        self.down = nn.ModuleList([nn.Conv2d(a, b, 3, 2, 1) for a, b in zip((3, *channels[:-1]), channels, strict=True)])

    def forward(self, x: Tensor) -> Tensor:
        for number, layer in enumerate(self.down):
            x = layer(x)
            x = functional.leaky_relu(normalised(x) if number else x, SLOPE)
        return x


class Doubling(nn.Module):
    """A 4x4 deconvolution of stride 2."""

    def __init__(self, before: int, after: int):
        super().__init__()
        self.up = nn.ConvTranspose2d(before, after, 4, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(normalised(self.up(x)))


class Spade(nn.Module):
    """The SPADE unit: IN(x) * w(parsing) + b(parsing) (Eq. 3.7), w and b one 3x3 convolution each; then ReLU and a 1x1 convolution."""

    def __init__(self, before: int, after: int):
        super().__init__()
        self.scale, self.shift = nn.Conv2d(PARTS, before, 3, 1, 1), nn.Conv2d(PARTS, before, 3, 1, 1)
        self.mix = nn.Conv2d(before, after, 1)
        nn.init.ones_(self.scale.get_parameter("bias"))

    def forward(self, x: Tensor, parsing: Tensor) -> Tensor:
        return self.mix(functional.relu(normalised(x) * self.scale(parsing) + self.shift(parsing)))


class SpadeBlock(nn.Module):
    """Two units, and a third one beside them (figure 3.7); then a 1x1 convolution (figure 3.6)."""

    def __init__(self, before: int, after: int):
        super().__init__()
        self.first, self.second, self.beside = Spade(before, after), Spade(after, after), Spade(before, after)
        self.last = nn.Conv2d(after, after, 1)

    def forward(self, x: Tensor, parsing: Tensor) -> Tensor:
        return self.last(self.second(self.first(x, parsing), parsing) + self.beside(x, parsing))


class Reenactment(nn.Module):
    """F and D. reference (B, 3, S, S) -1..1; parsing (B, 9, S, S) 0..1; motion (B, 2, S / 4, S / 4): how far right and down of each place its
    appearance lies in the reference, in halves of the picture's side. Out: the picture, and the reference as F has it (B, 3, S, S) -1..1."""

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        code, wide = config.encoder[-1], config.decoder
        if len(wide) != len(config.encoder) - 1 or len(wide) < ADAPTIVE:
            raise ValueError(f"{len(config.encoder)} halvings need {len(config.encoder) - 1} widths of the decoder, {ADAPTIVE} or more.")
        if config.size % 2 ** len(config.encoder):
            raise ValueError(f"Pictures of {config.size} px cannot be halved {len(config.encoder)} times.")
        steps = list(zip((code, *wide[:-1]), wide, strict=True))
        self.encoder = Encoder(config.encoder)
        self.appearance = nn.ModuleList([Doubling(*step) for step in steps])
        self.seen = nn.ConvTranspose2d(wide[-1], 3, 4, 2, 1)
        self.decoder = nn.ModuleList([Doubling(*step) for step in steps])
        self.adaptive = nn.ModuleList([SpadeBlock(width * (1 + config.appearance), width) for width in wide[-ADAPTIVE:]])
        self.drawn = nn.ConvTranspose2d(wide[-1], 3, 4, 2, 1)

    def carry(self, x: Tensor, motion: Tensor, size: int) -> Tensor:
        """Features (B, C, size, size) at the places where the motion says their appearance lies."""
        whole = self.config.size // MOTION
        if size < whole:
            motion = functional.avg_pool2d(motion, whole // size)
        elif size > whole:
            motion = functional.interpolate(motion, (size, size), mode="bilinear", align_corners=False)
        half = (torch.arange(size, device=x.device) + 0.5) / size * 2.0 - 1.0
        field = torch.stack(torch.meshgrid(half, half, indexing="xy")) + motion
        return functional.grid_sample(x, field.permute(0, 2, 3, 1), mode="bilinear", padding_mode="border", align_corners=False)

    def forward(self, reference: Tensor, parsing: Tensor, motion: Tensor) -> tuple[Tensor, Tensor]:
        code = self.encoder(reference)
        parsings = {self.config.size // 2**k: functional.avg_pool2d(parsing, 2**k) for k in range(1, ADAPTIVE + 1)}
        size = self.config.size // 2 ** len(self.config.encoder)
        looks, x, drawn = [], code, self.carry(code, motion, size)
        for layer in self.appearance:
            x = layer(x)
            looks.append(x)
        first = len(self.decoder) - ADAPTIVE
        for number, layer in enumerate(self.decoder):
            drawn, size = layer(drawn), 2 * size
            if number >= first:
                given = [drawn, self.carry(looks[number], motion, size)] if self.config.appearance else [drawn]
                drawn = self.adaptive[number - first](torch.cat(given, dim=1), parsings[size])
        return torch.tanh(self.drawn(drawn)), torch.tanh(self.seen(x))


class Discriminator(nn.Module):
    """PatchGANs that look at pictures of the whole, half and a quarter of their size (figure 3.12): four 4x4 convolutions and an answer a patch."""

    def __init__(self, width: int = 64):
        super().__init__()
        self.scales = nn.ModuleList([self._patches(width) for _ in range(3)])

    @staticmethod
    def _patches(width: int) -> nn.Sequential:
        layers: list[nn.Module] = [nn.Conv2d(3, width, 4, 2, 1), nn.LeakyReLU(SLOPE)]
        for k, stride in enumerate((2, 2, 1)):
            layers += [
                nn.Conv2d(width * 2**k, width * 2 ** (k + 1), 4, stride, 1),
                nn.InstanceNorm2d(width * 2 ** (k + 1)),
                nn.LeakyReLU(SLOPE),
            ]
        return nn.Sequential(*layers, nn.Conv2d(width * 8, 1, 4, 1, 1))

    def forward(self, pictures: Tensor) -> list[Tensor]:
        return [patches(functional.avg_pool2d(pictures, 2**k) if k else pictures) for k, patches in enumerate(self.scales)]


def config_to_text(config: Config) -> str:
    return json.dumps(asdict(config))


def config_from_text(text: str) -> Config:
    stated = json.loads(text)
    return Config(**stated | {"encoder": tuple(stated["encoder"]), "decoder": tuple(stated["decoder"])})


def load(path: Path) -> Reenactment:
    """The network of a safetensors file. ModelError where the file will not do."""
    return restore(path, lambda text: Reenactment(config_from_text(text)))


def examples(config: Config, batch: int, random: torch.Generator) -> tuple[Tensor, ...]:
    """Inputs to trace or compare with."""
    side, field = config.size, config.size // MOTION
    reference = torch.rand(batch, 3, side, side, generator=random) * 2.0 - 1.0
    parsing = torch.rand(batch, PARTS, side, side, generator=random)
    return reference, parsing, 0.1 * torch.randn(batch, 2, field, field, generator=random)
