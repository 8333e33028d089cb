"""How Motion3DGAN is trained: the losses of Eqs. 2 to 4 on the tangent space of the data, and presets."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from ..data.performances import Performances
from ..motion.motion3dgan import NAME, NOISE, Config, Critic, Generator, gradient_penalty
from . import distributed
from .loop import follow, update
from .motion_start import Motions, motions_of, own_noise, span, start
from .recipe import preset_of

PENALTY = 10.0  # lambda of Eq. 2
CRITIC_STEPS = 4
KEPT = 0.999  # of the averaged generator, which is the one that ships
CLIPS_A_COMPONENT = 4  # the tangent space of a small set gets fewer components


@dataclass(frozen=True)
class Preset:
    """steps of `batch` motions; learning rate `rate` of the critic and `generator_rate`; alpha_1 and alpha_2 weigh adversarial and
    reconstruction loss; critic_only: first steps in which the generator, which begins close to the data, waits for a critic worth hearing."""

    steps: int
    batch: int
    rate: float
    generator_rate: float
    alpha_1: float = 1.0
    alpha_2: float = 10.0
    critic_only: int = 200


PRESETS = {
    "cpu": Preset(steps=1200, batch=128, rate=3e-4, generator_rate=1e-4),
    "full": Preset(steps=10_000, batch=256, rate=3e-4, generator_rate=2e-5),
    "published": Preset(steps=100_000, batch=128, rate=1e-4, generator_rate=1e-4, critic_only=0),
    "short": Preset(steps=400, batch=128, rate=3e-4, generator_rate=2e-5),
}
preset = partial(preset_of, NAME, PRESETS)


class MotionRecipe:
    """The recipe the training loop runs on the clips of mask `chosen` (C,), watching those of `held` (C,).

    networks["motion3dgan"] is the averaged generator, `fitted` the generator as it was before any step.
    """

    def __init__(self, performances: Performances, chosen: np.ndarray, held: np.ndarray, preset: Preset, seed: int):
        torch.manual_seed(seed)
        self.preset, self.steps = preset, preset.steps
        train = motions_of(performances, chosen)
        components = min(Config.components, max(2, len(train.label) // CLIPS_A_COMPONENT))
        steps, dimension = train.q.shape[1:]
        directions = min(Config.directions, dimension)
        components = min(components, steps * directions - 1)
        config = Config(performances.labels, steps, dimension, directions, components, rank=min(Config.rank, components))
        self.generator = Generator(config)
        span(self.generator, train)
        self.label, self.intensity, self.code = self._tensors(train)
        start(self.generator, self.code, self.label, self.intensity, seed)
        self.noise = own_noise(self.generator, self.code, self.label, self.intensity, seed)
        watched = motions_of(performances, held, train.size)
        self.held_label, self.held_intensity, self.held_code = self._tensors(watched)
        self.fitted, self.average = copy.deepcopy(self.generator).eval(), copy.deepcopy(self.generator)
        self.critic = Critic(config)
        self.networks: dict[str, nn.Module] = {NAME: self.average, "generator": self.generator, "critic": self.critic}
        betas = (0.5, 0.9)
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            "generator": torch.optim.Adam(self.generator.parameters(), lr=preset.generator_rate, betas=betas),
            "critic": torch.optim.Adam(self.critic.parameters(), lr=preset.rate, betas=betas),
        }

    def _tensors(self, motions: Motions) -> tuple[Tensor, Tensor, Tensor]:
        """One-hot labels, intensities (N, 1) and coordinates of motions."""
        code = self.generator.space.from_sphere(torch.from_numpy(motions.q), torch.from_numpy(motions.log_length))
        return torch.eye(len(self.generator.config.labels))[motions.label], torch.from_numpy(motions.intensity)[:, None], code

    def _batch(self, random: torch.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Rows drawn for this process: noise, label, intensity, what the critic is given beside a motion, and the rows' numbers."""
        where = self.generator.slope.device
        drawn = torch.randint(len(self.code), (self.preset.batch,), generator=random)
        noise = torch.randn(self.preset.batch, NOISE, generator=random)
        rows, noise = distributed.mine(drawn), distributed.mine(noise).to(where)
        label, intensity = self.label[rows].to(where), self.intensity[rows].to(where)
        return noise, label, intensity, torch.cat([label, self.generator.condition(intensity)[0]], dim=1), rows

    def _made(self, noise: Tensor, label: Tensor, intensity: Tensor) -> Tensor:
        """log_p(exp_p(G(z, c))) in the tangent space's coordinates."""
        return self.generator.space.returned(self.generator.code(noise, label, intensity))

    def _critic_step(self, random: torch.Generator) -> dict[str, float]:
        noise, label, intensity, given, rows = self._batch(random)
        real = self.code[rows].to(label.device)
        with torch.no_grad():
            made = self._made(noise, label, intensity)
        gap = self.critic(made, given).mean() - self.critic(real, given).mean()
        tau = distributed.mine(torch.rand(self.preset.batch, 1, generator=random)).to(label.device)
        penalty = gradient_penalty(self.critic, real, made, given, tau)
        update(self.optimisers["critic"], gap + PENALTY * penalty, clip=10.0)
        return {"critic_gap": -gap.item(), "penalty": penalty.item()}

    def step(self, index: int, random: torch.Generator) -> dict[str, float]:
        for _ in range(CRITIC_STEPS):
            losses = self._critic_step(random)
        if index < self.preset.critic_only:
            return losses | {"reconstruction": 0.0}
        noise, label, intensity, given, rows = self._batch(random)
        adversarial = -self.critic(self._made(noise, label, intensity), given).mean()
        # Eq. 4 on the motion that this noise, label and intensity stand for; what the start leaves open stays random.
        own = self.noise[rows].to(label.device)
        paired = self._made(torch.cat([own, noise[:, own.shape[1] :]], dim=1), label, intensity)
        reconstruction = (paired - self.code[rows].to(label.device)).abs().mean()
        update(self.optimisers["generator"], self.preset.alpha_1 * adversarial + self.preset.alpha_2 * reconstruction, clip=10.0)
        follow(self.average, self.generator, min(KEPT, index / (index + 10.0)))
        return losses | {"reconstruction": reconstruction.item()}

    def validate(self, draws: int = 4) -> dict[str, float]:
        """Energy distance (Szekely and Rizzo 2013) per label between held-out and generated motions, whose intensities are those of training
        motions; 0 were they the same distribution."""
        return {"held_out_energy": self.energy(self.average, draws)}

    def energy(self, generator: Generator, draws: int = 4) -> float:
        """See validate; of any generator in this recipe's tangent space."""
        random, where = torch.Generator().manual_seed(1), generator.slope.device
        distances = []
        for k in range(len(generator.config.labels)):
            real, drive = self.held_code[self.held_label[:, k] > 0], self.intensity[self.label[:, k] > 0]
            if len(real) < 2 or len(drive) < 2:
                continue
            rows = torch.randint(len(drive), (draws * len(real),), generator=random)
            label = torch.eye(len(generator.config.labels))[k].expand(len(rows), -1)
            noise = torch.randn(len(rows), NOISE, generator=random)
            with torch.no_grad():
                code = generator.code(noise.to(where), label.to(where), drive[rows].to(where))
                distances.append(energy_distance(real, generator.space.returned(code).cpu()))
        return float(np.mean(distances)) if distances else 0.0


def energy_distance(a: Tensor, b: Tensor) -> float:
    """Energy distance between samples (N, K) and (M, K), unbiased within each sample."""
    n, m = len(a), len(b)
    within = torch.cdist(a, a).sum() / (n * (n - 1)) + torch.cdist(b, b).sum() / (m * (m - 1))
    return float(2.0 * torch.cdist(a, b).mean() - within)
