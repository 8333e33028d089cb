"""How Motion3DGAN is trained: the tangent space of the data, the generator's start, the losses of Eqs. 2 to 4, presets."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
import torch
from scipy.stats import norm as normal
from torch import Tensor, nn

from ..data.synthetic import Takes
from ..labels import LABELS
from ..motion import sphere, srvf
from ..motion.motion3dgan import NOISE, Config, Critic, Generator, gradient_penalty
from .loop import update

PENALTY = 10.0  # lambda of Eq. 2
CRITIC_STEPS = 4
KEPT = 0.999  # of the averaged generator, which is the one that ships


@dataclass(frozen=True)
class Preset:
    """steps of `batch` motions; learning rate `rate` of the critic and `generator_rate`; alpha_1 and alpha_2 weigh adversarial and
    reconstruction loss; critic_only: first steps in which the generator, which begins close to the data, waits for a critic worth hearing."""

    steps: int
    batch: int
    rate: float
    generator_rate: float
    alpha_1: float = 1.0
    alpha_2: float = 0.0
    critic_only: int = 300


PRESETS = {
    "cpu": Preset(steps=20_000, batch=128, rate=2e-4, generator_rate=2e-5),
    "full": Preset(steps=100_000, batch=128, rate=2e-4, generator_rate=2e-5),
    "published": Preset(steps=100_000, batch=128, rate=1e-4, generator_rate=1e-4, alpha_2=10.0, critic_only=0),
    "short": Preset(steps=2000, batch=128, rate=2e-4, generator_rate=2e-5),
}


def encode(landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Landmark displacement (N, S + 1, 68, 3) m -> q (N, S, 204) float32 on the sphere and log_length (N, 1)."""
    q, log_length = srvf.encode(landmarks.reshape(*landmarks.shape[:2], -1).astype(np.float64))
    return q.astype(np.float32), log_length[:, None].astype(np.float32)


def two_groups(points: np.ndarray, rounds: int = 30) -> np.ndarray:
    """Splits points (N, K) in two (N,) bool: k-means with two centres, begun across the first principal component."""
    centred = points - points.mean(axis=0)
    group = centred @ np.linalg.svd(centred, full_matrices=False)[2][0] > 0
    for _ in range(rounds):
        centres = [points[group].mean(axis=0), points[~group].mean(axis=0)]
        found = ((points - centres[0]) ** 2).sum(axis=1) < ((points - centres[1]) ** 2).sum(axis=1)
        if found.all() or not found.any() or (found == group).all():
            break
        group = found
    return group


class MotionRecipe:
    """The recipe the training loop runs; `networks["motion3dgan"]` is the averaged generator."""

    def __init__(self, takes: Takes, preset: Preset, seed: int):
        torch.manual_seed(seed)
        self.preset, self.steps = preset, preset.steps
        held = takes.held_out[takes.person]
        q, log_length = encode(takes.landmarks)
        self.label = torch.eye(len(LABELS))[torch.from_numpy(takes.label[~held])]
        self.config = Config(len(LABELS), steps=q.shape[1], dimension=q.shape[2])
        self.generator = Generator(self.config)
        self._span(q[~held], log_length[~held])
        space = self.generator.space
        self.code = space.from_sphere(torch.from_numpy(q[~held]), torch.from_numpy(log_length[~held]))
        self.held_code = space.from_sphere(torch.from_numpy(q[held]), torch.from_numpy(log_length[held]))
        self.held_label = torch.eye(len(LABELS))[torch.from_numpy(takes.label[held])]
        self._start()
        self.average = copy.deepcopy(self.generator)
        self.critic = Critic(self.config)
        self.networks: dict[str, nn.Module] = {"motion3dgan": self.average, "generator": self.generator, "critic": self.critic}
        betas = (0.5, 0.9)
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            "generator": torch.optim.Adam(self.generator.parameters(), lr=preset.generator_rate, betas=betas),
            "critic": torch.optim.Adam(self.critic.parameters(), lr=preset.rate, betas=betas),
        }

    def _span(self, q: np.ndarray, log_length: np.ndarray) -> None:
        """The tangent space at the mean SRVF, its principal components and the coordinates' scale."""
        space, steps = self.generator.space, self.config.steps
        p = sphere.frechet_mean(q.astype(np.float64))
        tangent = torch.from_numpy(sphere.log(p, q).astype(np.float32)).flatten(1)
        _, _, directions = torch.pca_lowrank(tangent, q=self.config.components + 16, center=True, niter=3)
        mean = torch.from_numpy(p.astype(np.float32)).flatten()
        basis = directions[:, : self.config.components].T
        basis = basis - torch.outer(basis @ mean / steps, mean)  # tangent at p to the last digit
        basis = torch.linalg.qr(basis.T)[0].T * steps**0.5
        values = tangent @ basis.T / steps
        lengths = torch.from_numpy(log_length)
        spread = values.std(dim=0)
        space.p.copy_(mean.view_as(space.p))
        space.basis.copy_(basis.view_as(space.basis))
        space.centre.copy_(torch.cat([values.mean(dim=0), lengths.mean(dim=0)]))
        # Half whitened: small components must be seen by the critic and large ones must stay more important.
        space.scale.copy_(torch.cat([(spread * spread[0]).sqrt(), lengths.std(dim=0)]))

    def _start(self) -> None:
        """Each label's mean, two ways and spread begin as they are in the data."""
        generator, rank = self.generator, self.config.rank
        with torch.no_grad():
            for k in range(len(LABELS)):
                points = self.code[self.label[:, k] > 0].numpy().astype(np.float64)
                group = two_groups(points)
                high, low = points[group].mean(axis=0), points[~group].mean(axis=0)
                rest = points - np.where(group[:, None], high, low)
                values, directions = np.linalg.eigh(rest.T @ rest / len(rest))
                spread = directions[:, ::-1][:, :rank].T * np.sqrt(np.maximum(values[::-1][:rank], 0.0))[:, None]
                generator.mean[k] = torch.from_numpy((high + low) / 2)
                generator.way[k] = torch.from_numpy((high - low) / 2)
                generator.threshold[k] = float(normal.ppf(1.0 - group.mean()))
                generator.spread[k] = torch.from_numpy(spread.ravel())

    def _made(self, noise: Tensor, label: Tensor) -> Tensor:
        """log_p(exp_p(G(z, c))) in the tangent space's coordinates."""
        return self.generator.space.from_sphere(*self.generator(noise, label))

    def step(self, index: int, random: torch.Generator) -> dict[str, float]:
        batch = self.preset.batch
        for _ in range(CRITIC_STEPS):
            rows = torch.randint(len(self.code), (batch,), generator=random)
            real, label = self.code[rows], self.label[rows]
            with torch.no_grad():
                made = self._made(torch.randn(batch, NOISE, generator=random), label)
            gap = self.critic(made, label).mean() - self.critic(real, label).mean()
            tau = torch.rand(batch, 1, generator=random)
            penalty = gradient_penalty(self.critic, real, made, label, tau)
            update(self.optimisers["critic"], gap + PENALTY * penalty, clip=10.0)
        losses = {"critic_gap": -gap.item(), "penalty": penalty.item(), "reconstruction": 0.0}
        if index < self.preset.critic_only:
            return losses
        rows = torch.randint(len(self.code), (batch,), generator=random)
        label = self.label[rows]
        made = self._made(torch.randn(batch, NOISE, generator=random), label)
        adversarial = -self.critic(made, label).mean()
        reconstruction = (made - self.code[rows]).abs().mean()  # Eq. 4, a real motion of the same label
        update(self.optimisers["generator"], self.preset.alpha_1 * adversarial + self.preset.alpha_2 * reconstruction, clip=10.0)
        with torch.no_grad():
            kept = min(KEPT, index / (index + 10.0))
            for ours, theirs in zip(self.average.parameters(), self.generator.parameters(), strict=True):
                ours.lerp_(theirs, 1.0 - kept)
        return losses | {"reconstruction": reconstruction.item()}

    def validate(self, draws: int = 4) -> dict[str, float]:
        """Energy distance (Szekely and Rizzo 2013) per label between held-out and generated motions; 0 were they the same distribution."""
        random = torch.Generator().manual_seed(1)
        distances = []
        with torch.no_grad():
            for k in range(len(LABELS)):
                real = self.held_code[self.held_label[:, k] > 0]
                label = torch.eye(len(LABELS))[k].expand(draws * len(real), -1)
                noise = torch.randn(len(label), NOISE, generator=random)
                made = self.average.space.from_sphere(*self.average(noise, label))
                distances.append(energy_distance(real, made))
        return {"held_out_energy": float(np.mean(distances))}


def energy_distance(a: Tensor, b: Tensor) -> float:
    """Energy distance between samples (N, K) and (M, K), unbiased within each sample."""
    n, m = len(a), len(b)
    within = torch.cdist(a, a).sum() / (n * (n - 1)) + torch.cdist(b, b).sum() / (m * (m - 1))
    return float(2.0 * torch.cdist(a, b).mean() - within)
