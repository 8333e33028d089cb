"""PGFG, FaceAnime's prior-guided face generation network (Tu et al. 2021, Sect. II-C): the generator of Eq. 11 and its dual-input discriminator.

One shape, two widths. `published` is what the authors' released code shows: residual down blocks, a code of 128 numbers, composed over the photo.
Mimica's own is light: pixels are taken together before the first convolution, there is no code, and what is composed over is the photo's dense
warp, which the decoder sees beside its confidence. Pictures are -1..1.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..runtime.torch_backend import restore

NAME = "pgfg"
INPUTS = ("source", "source_prior", "target_prior", "warp", "confidence")
OUTPUTS = ("image", "mask")
SLOPE = 0.2  # of leaky ReLU


@dataclass(frozen=True)
class Config:
    """side px of the pictures; stem: pixels a side that the first convolution takes together; widths of the scales, finest first, each half as
    large as the one before; code: numbers that the coarsest features pass through, 0 for none; over: what the result is composed over, "source" (as
    published) or "warp"; norm: batch normalisation in the decoder; prior: what the priors are (core/training/pgfg_inputs.py)."""

    side: int = 160
    stem: int = 4
    widths: tuple[int, ...] = (32, 48, 64, 96)
    code: int = 0
    over: str = "warp"
    norm: bool = False
    prior: str = "sparse1"


class Down(nn.Module):
    """A residual block that halves the picture."""

    def __init__(self, before: int, after: int):
        super().__init__()
        self.first = nn.Conv2d(before, after, 3, padding=1)
        self.second = nn.Conv2d(after, after, 3, padding=1)
        self.across = nn.Conv2d(before, after, 1)

    def forward(self, x: Tensor) -> Tensor:
        made = self.second(functional.leaky_relu(self.first(functional.leaky_relu(x, SLOPE)), SLOPE))
        return functional.avg_pool2d(made + self.across(x), 2)


class Encoder(nn.Module):
    """Features (B, widths[k], S / stem / 2**k, ...) of pictures (B, channels, S, S), finest first."""

    def __init__(self, channels: int, config: Config):
        super().__init__()
        self.stem = config.stem
        self.enter = nn.Conv2d(channels * config.stem**2, config.widths[0], 3, padding=1)
        self.blocks = nn.ModuleList(Down(a, b) for a, b in zip(config.widths[:-1], config.widths[1:], strict=True))

    def forward(self, image: Tensor) -> list[Tensor]:
        features = [self.enter(functional.pixel_unshuffle(image, self.stem))]
        for block in self.blocks:
            features.append(block(features[-1]))
        return features


class Code(nn.Module):
    """The coarsest features as a few numbers."""

    def __init__(self, width: int, side: int, numbers: int):
        super().__init__()
        self.read = nn.Linear(width * side**2, numbers)

    def forward(self, features: Tensor) -> Tensor:
        return self.read(functional.leaky_relu(features, SLOPE).flatten(1))


class Dense(nn.Module):
    """One of the decoder's blocks: what the encoders know at its scale, and what all coarser blocks made."""

    def __init__(self, skips: int, coarser: int, width: int, norm: bool):
        super().__init__()
        self.merge = nn.Conv2d(skips + coarser, width, 1)
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) if norm else nn.Identity() for _ in range(2))

    def forward(self, skips: Tensor, coarser: list[Tensor]) -> Tensor:
        size = skips.shape[-2:]
        x = self.merge(torch.cat([skips, *(functional.interpolate(each, size) for each in coarser)], dim=1))
        made = self.first(functional.leaky_relu(self.norms[0](x), SLOPE))
        return x + self.second(functional.leaky_relu(self.norms[1](made), SLOPE))


class Generator(nn.Module):
    """source (B, 3, S, S), its prior p_s and the target's p_t like it, warp like it with confidence (B, 1, S, S) 0..1; out: image (B, 3, S, S) and
    the mask (B, 1, S, S) 0..1 of how far it is the network's: what it is composed by over the source, what is told of the warp's faults over that."""

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        widths = config.widths
        warped = config.over == "warp"
        self.photo, self.prior = Encoder(3, config), Encoder(3, config)
        self.warped = Encoder(4, config) if warped else None
        side = config.side // config.stem // 2 ** (len(widths) - 1)
        if config.code:
            self.photo_code, self.prior_code = (Code(widths[-1], side, config.code) for _ in range(2))
            self.begin = nn.Linear(2 * config.code, widths[-1] * side**2)
        self.blocks = nn.ModuleList(
            Dense(
                (3 if warped else 2) * width + (width if config.code and k == len(widths) - 1 else 0),
                sum(widths[k + 1 :]),
                width,
                config.norm,
            )
            for k, width in enumerate(widths)
        )
        self.head = Head(config)

    def forward(
        self, source: Tensor, source_prior: Tensor, target_prior: Tensor, warp: Tensor, confidence: Tensor
    ) -> tuple[Tensor, Tensor]:
        photo, before, after = self.photo(source), self.prior(source_prior), self.prior(target_prior)
        levels = [[h, t - s] for h, s, t in zip(photo, before, after, strict=True)]  # Eq. 11: E(I_s) + [E(p_t) - E(p_s)], concatenated
        if self.warped is not None:
            for level, features in zip(levels, self.warped(torch.cat([warp, 2.0 * confidence - 1.0], dim=1)), strict=True):
                level.append(features)
        if self.config.code:
            change = self.prior_code(after[-1]) - self.prior_code(before[-1])
            told = self.begin(torch.cat([self.photo_code(photo[-1]), change], dim=1))
            levels[-1].append(told.reshape(photo[-1].shape))
        made: list[Tensor] = []
        for block, level in zip(reversed(self.blocks), reversed(levels), strict=True):
            made.append(block(torch.cat(level, dim=1), made))
        drawn, mask = self.head(made[-1], warp, confidence)
        if self.config.over == "source":
            return torch.tanh(drawn) * mask + source * (1.0 - mask), mask
        return (warp + drawn).clamp(-1.0, 1.0), mask


class Head(nn.Module):
    """Colours (B, 3, S, S) and the mask (B, 1, S, S) 0..1; over a warp, colours are what is added to it, and nothing is at first."""

    def __init__(self, config: Config):
        super().__init__()
        width, fine = config.widths[0], 16
        self.pooled = max(1, config.stem // 2)
        self.grown = config.stem // self.pooled
        self.warped = config.over == "warp"
        self.up = nn.Conv2d(width, fine * self.grown**2, 3, padding=1)
        self.mix = nn.Conv2d(fine + (4 * self.pooled**2 if self.warped else 0), 2 * fine, 3, padding=1)
        self.out = nn.Conv2d(2 * fine, 4 * self.pooled**2, 3, padding=1)
        if self.warped:
            for parameter in self.out.parameters():
                nn.init.zeros_(parameter)

    def forward(self, features: Tensor, warp: Tensor, confidence: Tensor) -> tuple[Tensor, Tensor]:
        x = functional.leaky_relu(self.up(functional.leaky_relu(features, SLOPE)), SLOPE)
        x = functional.pixel_shuffle(x, self.grown)
        if self.warped:
            x = torch.cat([x, functional.pixel_unshuffle(torch.cat([warp, confidence], dim=1), self.pooled)], dim=1)
        out = functional.pixel_shuffle(self.out(functional.leaky_relu(self.mix(x), SLOPE)), self.pooled)
        return out[:, :3], torch.sigmoid(out[:, 3:])


class Discriminator(nn.Module):
    """Whether a picture (B, 3, S, S) is a true one with prior p_t (B, 3, S, S) (Eq. 13): logits of overlapping patches."""

    def __init__(self, stem: int = 2, widths: tuple[int, ...] = (32, 64, 128)):
        super().__init__()
        self.stem = stem
        channels = [6 * stem**2, *widths]
        layers: list[nn.Module] = []
        for before, after in zip(channels[:-1], channels[1:], strict=True):
            layers += [nn.utils.spectral_norm(nn.Conv2d(before, after, 4, 2, 1)), nn.LeakyReLU(SLOPE)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 3, padding=1))

    def forward(self, prior: Tensor, image: Tensor) -> Tensor:
        return self.layers(functional.pixel_unshuffle(torch.cat([prior, image], dim=1), self.stem))


def config_to_text(config: Config) -> str:
    return json.dumps(asdict(config))


def config_from_text(text: str) -> Config:
    stated = json.loads(text)
    return Config(**stated | {"widths": tuple(stated["widths"])})


def load(path: Path) -> Generator:
    """The generator of a safetensors file. ModelError where the file will not do."""
    return restore(path, lambda text: Generator(config_from_text(text)))


def examples(config: Config, batch: int, random: torch.Generator) -> tuple[Tensor, ...]:
    """Inputs to trace or compare with."""
    pictures = [torch.rand(batch, 3, config.side, config.side, generator=random) * 2.0 - 1.0 for _ in range(4)]
    return *pictures, torch.rand(batch, 1, config.side, config.side, generator=random)
