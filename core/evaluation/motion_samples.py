"""Where the motions of Table 3 come from: the network, its fitted start, and the baselines it must be held against."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..data.performances import Performances
from ..motion import srvf
from ..motion.generate import MOST_NOISE
from ..motion.motion3dgan import NOISE, Generator
from ..training.motion_start import motions_of, start
from . import lstm_generator

Sampler = Callable[[np.ndarray, int], np.ndarray]
"""Labels (n,) and a seed to curves (n, S + 1, 68, 3) float32 m."""

TITLES = {
    "held_out": "real, held out",
    "real_train": "real, training (floor)",
    "motion3dgan": "Motion3DGAN",
    "fitted_start": "its fitted start",
    "class_gaussian": "class Gaussian",
    "class_mean": "class mean",
    "lstm": "LSTM",
}


def curves_of(generator: Generator, code: Tensor) -> np.ndarray:
    """Coordinates (n, K + 1) in a generator's tangent space to curves (n, S + 1, 68, 3) float32 m."""
    with torch.no_grad():
        q, log_length = generator.space.to_sphere(code)
    made = srvf.decode(q.numpy().astype(np.float64), log_length.numpy()[:, 0].astype(np.float64)).astype(np.float32)
    return made.reshape(*made.shape[:2], -1, 3)


@dataclass(frozen=True)
class Training:
    """The training motions in a generator's tangent space: code (N, K + 1), one-hot label (N, C), intensity (N, 1)."""

    code: Tensor
    label: Tensor
    intensity: Tensor

    def rows(self, label: int) -> np.ndarray:
        return np.flatnonzero(self.label[:, label].numpy() > 0)


def training_of(generator: Generator, performances: Performances, chosen: np.ndarray) -> Training:
    """The clips of mask `chosen` (C,)."""
    motions = motions_of(performances, chosen)
    code = generator.space.from_sphere(torch.from_numpy(motions.q), torch.from_numpy(motions.log_length))
    return Training(code, torch.eye(len(generator.config.labels))[motions.label], torch.from_numpy(motions.intensity)[:, None])


def network(generator: Generator, training: Training) -> Sampler:
    """The generator as it ships, noise held to what the product draws; intensities are those of random training motions of the label."""

    def draw(labels: np.ndarray, seed: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        noise = np.clip(rng.standard_normal((len(labels), NOISE)), -MOST_NOISE, MOST_NOISE).astype(np.float32)
        rows = np.array([rng.choice(training.rows(k)) for k in labels])
        with torch.no_grad():
            code = generator.code(torch.from_numpy(noise), torch.eye(len(generator.config.labels))[labels], training.intensity[rows])
        return curves_of(generator, code)

    return draw


def fitted_start(generator: Generator, training: Training, seed: int) -> Generator:
    """The generator before any step of training, in the same tangent space."""
    fresh = Generator(generator.config)
    fresh.space, fresh.range = copy.deepcopy(generator.space), generator.range.clone()
    start(fresh, training.code, training.label, training.intensity, seed)
    return fresh.eval()


def class_gaussian(generator: Generator, training: Training) -> Sampler:
    """One full Gaussian a label in all tangent components and the log-length."""
    factors = {}
    for k in range(len(generator.config.labels)):
        points = training.code[training.rows(k)]
        if len(points) > 1:
            values, directions = torch.linalg.eigh(torch.cov(points.T))
            factors[k] = points.mean(dim=0), values.clamp_min(0).sqrt()[:, None] * directions.T

    def draw(labels: np.ndarray, seed: int) -> np.ndarray:
        noise = torch.randn(len(labels), training.code.shape[1], generator=torch.Generator().manual_seed(seed))
        code = torch.empty_like(noise)
        for k in np.unique(labels):
            rows = torch.from_numpy(labels == k)
            code[rows] = factors[k][0] + noise[rows] @ factors[k][1]
        return curves_of(generator, code)

    return draw


def class_mean(generator: Generator, training: Training) -> Sampler:
    """The mean of each label on the sphere's tangent space; no noise at all."""
    means = torch.stack([training.code[training.rows(k)].mean(dim=0) for k in range(len(generator.config.labels))])
    return lambda labels, seed: curves_of(generator, means[labels])


def lstm(curves: np.ndarray, labels: np.ndarray, count: int, seed: int) -> Sampler:
    """See lstm_generator; `curves` of training."""
    model = lstm_generator.fit_lstm(curves, labels, count, seed)
    return lambda wanted, draw: lstm_generator.sample(model, wanted, count, curves.shape[1])


def real(curves: np.ndarray, labels: np.ndarray) -> Sampler:
    """Motions of the training people, each at most once a draw as long as there are enough."""

    def draw(wanted: np.ndarray, seed: int) -> np.ndarray:
        rng, rows = np.random.default_rng(seed), np.empty(len(wanted), np.int64)
        for k in np.unique(wanted):
            own, places = np.flatnonzero(labels == k), np.flatnonzero(wanted == k)
            rows[places] = rng.choice(own, len(places), replace=len(places) > len(own))
        return curves[rows]

    return draw
