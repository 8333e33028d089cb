"""Motion3DGAN (Otberdout et al. 2022, Sect. 3.1): landmark motion on the hypersphere of SRVFs, from noise and an expression label.

A conditional Wasserstein GAN with gradient penalty on the tangent space at the mean SRVF p. The generator's point is projected to the tangent
space, taken to the sphere by exp_p, and comes back to the critic by log_p (Eqs. 2 to 4). The tangent space is spanned by principal components,
and the log of the path's length is generated together with the shape, because size and shape of a motion belong together.

Intensity is a condition beside the label: the size of a motion's apex (RMS over the landmarks of their displacement) over the mean of that
size among the training motions of its label, so that 1 is a typical full performance whatever the data.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from ..runtime.torch_backend import restore

NAME = "motion3dgan"
INPUTS, OUTPUTS = ("noise", "label", "intensity"), ("q", "log_length")
NOISE = 128
TINY = 1e-7


@dataclass(frozen=True)
class Config:
    """labels: their names in the order of the one-hot input; steps S of a curve; dimension D (3 x landmarks); directions in which landmarks
    move together; components of the tangent space; ways in which a label can be performed; rank of a label's own variation; hidden width of
    the generator's network, the critic's is four times that."""

    labels: tuple[str, ...]
    steps: int = 30
    dimension: int = 204
    directions: int = 64
    components: int = 144
    ways: int = 110
    rank: int = 64
    hidden: int = 128


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

    p (S, D) on the sphere; directions (R, D), orthonormal, in which landmarks move; basis (K, S, R) in these directions, orthonormal and
    tangent at p, in half precision, which training sees too; centre and scale (K + 1,) of the coordinates.
    """

    p: Tensor
    directions: Tensor
    basis: Tensor
    centre: Tensor
    scale: Tensor

    def __init__(self, config: Config):
        super().__init__()
        self.register_buffer("p", torch.zeros(config.steps, config.dimension))
        self.register_buffer("directions", torch.zeros(config.directions, config.dimension))
        self.register_buffer("basis", torch.zeros(config.components, config.steps, config.directions, dtype=torch.float16))
        self.register_buffer("centre", torch.zeros(config.components + 1))
        self.register_buffer("scale", torch.ones(config.components + 1))

    def to_sphere(self, code: Tensor) -> tuple[Tensor, Tensor]:
        """Coordinates (B, K + 1) -> exp_p of them (B, S, D), and log_length (B, 1)."""
        values = code * self.scale + self.centre
        tangent = (values[:, :-1] @ self.basis.float().flatten(1)).unflatten(1, self.basis.shape[1:])
        return exp_map(self.p, tangent @ self.directions), values[:, -1:]

    def from_sphere(self, q: Tensor, log_length: Tensor) -> Tensor:
        """Points (B, S, D) and log_length (B, 1) -> coordinates (B, K + 1) of log_p(q)."""
        tangent = log_map(self.p, q)
        values = (tangent @ self.directions.T).flatten(1) @ self.basis.float().flatten(1).T / self.p.shape[0]
        return (torch.cat([values, log_length], dim=1) - self.centre) / self.scale

    def returned(self, code: Tensor) -> Tensor:
        """What `from_sphere` gives back of `to_sphere`: log_p(exp_p(v)) in coordinates (B, K + 1), without the way over the curves.

        exp_p goes round the sphere, log_p comes back the short way: the angle is taken modulo 2 pi into [-pi, pi], the direction stays.
        """
        values = code * self.scale + self.centre
        angle = values[:, :-1].norm(dim=1, keepdim=True).clamp_min(TINY)
        turns = torch.round(angle.detach() / (2.0 * torch.pi))
        values = torch.cat([values[:, :-1] * (1.0 - 2.0 * torch.pi * turns / angle), values[:, -1:]], dim=1)
        return (values - self.centre) / self.scale


class Generator(nn.Module):
    """Noise (B, 128), one-hot label (B, C) and intensity (B, 1) >= 0 -> q (B, S, D) on the sphere and log_length (B, 1).

    Each label has many ways of being done, chosen by the first noise value, a slope along the log of the intensity, and a low-rank spread,
    broader in some ways than in others: a mixture of Gaussians that is fitted to the data in closed form, its large parts in half precision.
    A network of three layers, trained against the critic, bends it into the real distribution. Intensity acts as a condition within the range
    seen in training, and beyond it scales the motion on.
    """

    mean: Tensor
    spread: Tensor
    edges: Tensor
    range: Tensor

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        width, labels = config.components + 1, len(config.labels)
        self.space = TangentSpace(config)
        self.register_buffer("mean", torch.zeros(labels, config.ways * width, dtype=torch.float16))
        self.register_buffer("spread", torch.zeros(labels, config.rank * width, dtype=torch.float16))
        self.slope = nn.Parameter(torch.zeros(labels, width))
        self.breadth = nn.Parameter(torch.ones(labels, config.ways))
        self.register_buffer("edges", torch.zeros(labels, config.ways - 1))  # of the first noise value, ascending
        self.register_buffer("range", torch.tensor([TINY, 1.0]))
        self.bend = nn.Sequential(
            nn.Linear(NOISE + config.ways + labels + 1, config.hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(config.hidden, config.hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(config.hidden, width),
        )
        nn.init.zeros_(self.bend[-1].weight)
        nn.init.zeros_(self.bend[-1].bias)

    def condition(self, intensity: Tensor) -> tuple[Tensor, Tensor]:
        """The log of the intensity (B, 1) within the range of the data, and the log of the factor that takes it the rest of the way."""
        inside = torch.minimum(torch.maximum(intensity, self.range[0]), self.range[1])
        return inside.log(), intensity.clamp_min(TINY).log() - inside.log()

    def code(self, noise: Tensor, label: Tensor, intensity: Tensor) -> Tensor:
        """G(z, c): coordinates (B, K + 1) in the tangent space."""
        strength, rest = self.condition(intensity)
        passed = (noise[:, :1] > label @ self.edges).to(noise.dtype)
        way = torch.cat([torch.ones_like(strength), passed], dim=1) - torch.cat([passed, torch.zeros_like(strength)], dim=1)
        width = self.config.components + 1
        mean = (way[:, :, None] * (label @ self.mean.float()).unflatten(1, (self.config.ways, width))).sum(dim=1)
        spread = (label @ self.spread.float()).unflatten(1, (self.config.rank, width))
        breadth = (way * (label @ self.breadth)).sum(dim=1, keepdim=True)
        own = breadth * (noise[:, 1 : self.config.rank + 1, None] * spread).sum(dim=1)
        bent = self.bend(torch.cat([noise, way, label, strength], dim=1))
        shape = mean + strength * (label @ self.slope) + own + bent
        return torch.cat([shape[:, :-1], shape[:, -1:] + rest / self.space.scale[-1]], dim=1)

    def forward(self, noise: Tensor, label: Tensor, intensity: Tensor) -> tuple[Tensor, Tensor]:
        return self.space.to_sphere(self.code(noise, label, intensity))


class Critic(nn.Module):
    """D(log_p(q), c): coordinates (B, K + 1), label (B, C) and log of the intensity (B, 1) -> score (B, 1), higher for real."""

    def __init__(self, config: Config):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(config.components + 1 + len(config.labels) + 1, 4 * config.hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(4 * config.hidden, 2 * config.hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(2 * config.hidden, 1),
        )

    def forward(self, code: Tensor, given: Tensor) -> Tensor:
        """given (B, C + 1): the label and the log of the intensity."""
        return self.layers(torch.cat([code, given], dim=1))


def gradient_penalty(critic: nn.Module, real: Tensor, made: Tensor, given: Tensor, tau: Tensor) -> Tensor:
    """The last term of Eq. 2 at the points between real and made coordinates (B, K + 1) of Eq. 3; tau (B, 1) in [0, 1]."""
    between = ((1.0 - tau) * real + tau * made).detach().requires_grad_(True)
    (slope,) = torch.autograd.grad(critic(between, given).sum(), between, create_graph=True)
    return ((slope.norm(dim=1) - 1.0) ** 2).mean()


def examples(config: Config, batch: int, random: torch.Generator) -> tuple[Tensor, ...]:
    """Inputs at the scale of real ones."""
    count = len(config.labels)
    label = torch.eye(count)[torch.arange(batch) % count]
    return torch.randn(batch, NOISE, generator=random), label, torch.linspace(0.2, 1.8, batch)[:, None]


def config_to_text(config: Config) -> str:
    return json.dumps(asdict(config))


def config_from_text(text: str) -> Config:
    stated = json.loads(text)
    return Config(**stated | {"labels": tuple(stated["labels"])})


def load(path: Path) -> Generator:
    """The generator from its safetensors, ready to run."""
    return restore(path, lambda text: Generator(config_from_text(text)))
