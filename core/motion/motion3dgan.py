"""Motion3DGAN (Otberdout et al. 2022, Sect. 3.1): landmark motion on the hypersphere of SRVFs, from noise and an expression label.

A conditional Wasserstein GAN with gradient penalty on the tangent space at the mean SRVF p. The generator's point is projected to the tangent
space, taken to the sphere by exp_p, and comes back to the critic by log_p (Eqs. 2 to 4). The tangent space is spanned by principal components,
and the log of the path's length is generated together with the shape, because size and shape of a motion belong together.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from ..runtime.torch_backend import restore

NAME = "motion3dgan"
INPUTS, OUTPUTS = ("noise", "label"), ("q", "log_length")
NOISE = 128
TINY = 1e-7


@dataclass(frozen=True)
class Config:
    """labels: how many; steps S of a curve; dimension D (3 x landmarks); components of the tangent space; rank of a label's own
    variation; hidden width of both networks."""

    labels: int
    steps: int = 30
    dimension: int = 204
    components: int = 64
    rank: int = 48
    hidden: int = 256


def inner(a: Tensor, b: Tensor) -> Tensor:
    """<a, b> (...) of curves (..., S, D), as in core/motion/sphere.py."""
    return (a * b).sum(dim=-1).mean(dim=-1)


def _norm(a: Tensor) -> Tensor:
    return inner(a, a).clamp_min(TINY**2).sqrt()[..., None, None]


def exp_map(p: Tensor, v: Tensor) -> Tensor:
    """Eq. 8: from p (S, D) along v (B, S, D), which is projected to the tangent space first."""
    v = v - inner(v, p)[..., None, None] * p
    angle = _norm(v)
    return torch.cos(angle) * p + torch.sin(angle) / angle * v


def log_map(p: Tensor, q: Tensor) -> Tensor:
    """Eq. 8: the tangent vector (B, S, D) at p that leads to q (B, S, D); the angle is taken from chords."""
    angle = 2.0 * torch.atan2(_norm(p - q), _norm(p + q))
    across = q - inner(q, p)[..., None, None] * p
    return angle / _norm(across) * across


class TangentSpace(nn.Module):
    """The tangent space at the mean SRVF p, in standardised coordinates: principal components, and the log-length beside them.

    p (S, D) on the sphere; basis (K, S, D), orthonormal and tangent at p; centre and scale (K + 1,) of the coordinates.
    """

    def __init__(self, config: Config):
        super().__init__()
        self.register_buffer("p", torch.zeros(config.steps, config.dimension))
        self.register_buffer("basis", torch.zeros(config.components, config.steps, config.dimension))
        self.register_buffer("centre", torch.zeros(config.components + 1))
        self.register_buffer("scale", torch.ones(config.components + 1))

    def to_sphere(self, code: Tensor) -> tuple[Tensor, Tensor]:
        """Coordinates (B, K + 1) -> exp_p of them (B, S, D), and log_length (B, 1)."""
        values = code * self.scale + self.centre
        tangent = (values[:, :-1] @ self.basis.flatten(1)).unflatten(1, self.p.shape)
        return exp_map(self.p, tangent), values[:, -1:]

    def from_sphere(self, q: Tensor, log_length: Tensor) -> Tensor:
        """Points (B, S, D) and log_length (B, 1) -> coordinates (B, K + 1) of log_p(q)."""
        tangent = log_map(self.p, q)
        values = tangent.flatten(1) @ self.basis.flatten(1).T / self.p.shape[0]
        return (torch.cat([values, log_length], dim=1) - self.centre) / self.scale


class Generator(nn.Module):
    """Noise (B, 128) and one-hot label (B, C) -> q (B, S, D) on the sphere and log_length (B, 1).

    Each label has a mean, two ways around it, and a low-rank spread, all learned (they begin at the data's own); a network of three
    layers bends these into the real distribution.
    """

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        width = config.components + 1
        self.space = TangentSpace(config)
        self.mean = nn.Parameter(torch.zeros(config.labels, width))
        self.way = nn.Parameter(torch.zeros(config.labels, width))
        self.register_buffer("threshold", torch.zeros(config.labels, 1))
        self.spread = nn.Parameter(torch.zeros(config.labels, config.rank * width))
        self.bend = nn.Sequential(
            nn.Linear(NOISE + config.labels + 1, config.hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(config.hidden, config.hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(config.hidden, width),
        )
        nn.init.zeros_(self.bend[-1].weight)
        nn.init.zeros_(self.bend[-1].bias)

    def code(self, noise: Tensor, label: Tensor) -> Tensor:
        """G(z, c): coordinates (B, K + 1) in the tangent space."""
        side = torch.sign(noise[:, :1] - label @ self.threshold)  # one way or the other: half of each would be no expression
        spread = (label @ self.spread).unflatten(1, (self.config.rank, self.config.components + 1))
        own = (noise[:, 1 : self.config.rank + 1, None] * spread).sum(dim=1)
        bent = self.bend(torch.cat([noise, side, label], dim=1))
        return label @ self.mean + side * (label @ self.way) + own + bent

    def forward(self, noise: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        return self.space.to_sphere(self.code(noise, label))


class Critic(nn.Module):
    """D(log_p(q), c): coordinates (B, K + 1) and label (B, C) -> score (B, 1), higher for real."""

    def __init__(self, config: Config):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(config.components + 1 + config.labels, 2 * config.hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(2 * config.hidden, config.hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(config.hidden, 1),
        )

    def forward(self, code: Tensor, label: Tensor) -> Tensor:
        return self.layers(torch.cat([code, label], dim=1))


def gradient_penalty(critic: Critic, real: Tensor, made: Tensor, label: Tensor, tau: Tensor) -> Tensor:
    """The last term of Eq. 2 at the points between real and made coordinates (B, K + 1) of Eq. 3; tau (B, 1) in [0, 1]."""
    between = ((1.0 - tau) * real + tau * made).detach().requires_grad_(True)
    (slope,) = torch.autograd.grad(critic(between, label).sum(), between, create_graph=True)
    return ((slope.norm(dim=1) - 1.0) ** 2).mean()


def config_to_text(config: Config) -> str:
    return json.dumps(asdict(config))


def config_from_text(text: str) -> Config:
    return Config(**json.loads(text))


def load(path: Path) -> Generator:
    """The generator from its safetensors, ready to run."""
    return restore(path, lambda text: Generator(config_from_text(text)))
