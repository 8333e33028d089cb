"""Scores of generated motion, read together because each alone can be fooled: accuracy, FID-like distance, diversity, jitter, nearest neighbour."""

from __future__ import annotations

import numpy as np
import torch
from scipy import linalg
from torch import Tensor, nn
from torch.nn import functional

from ..data.synthetic import Takes
from ..labels import LABELS
from ..motion import srvf
from ..motion.motion3dgan import NOISE, Generator
from .motion import encode

SAMPLES = 2160  # generated a draw, 120 of each label
CURVE_SCALE = 200.0  # brings metres of landmark motion to about 1


class Classifier(nn.Module):
    """One LSTM and a fully connected layer of 64 features (Sect. 4.3, smaller), on landmark curves (N, S + 1, 204) m."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(204, 64, batch_first=True)
        self.features = nn.Linear(64, 64)
        self.label = nn.Linear(64, len(LABELS))

    def forward(self, curves: Tensor) -> tuple[Tensor, Tensor]:
        """Features (N, 64) and logits (N, labels)."""
        last = self.lstm(curves * CURVE_SCALE)[0][:, -1]
        features = functional.elu(self.features(last))
        return features, self.label(features)


def fit_classifier(curves: np.ndarray, labels: np.ndarray, seed: int, epochs: int = 8) -> Classifier:
    """Trains on real motions only."""
    torch.manual_seed(seed)
    model, x, y = Classifier(), torch.from_numpy(curves), torch.from_numpy(labels)
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(64):
            optimiser.zero_grad()
            functional.cross_entropy(model(x[rows])[1], y[rows]).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
    return model.eval()


def frechet(a: np.ndarray, b: np.ndarray) -> float:
    """Fréchet distance of the Gaussians of two feature sets (N, K), (M, K) (Heusel et al. 2017); FID-like, as the features are our own."""
    root = linalg.sqrtm(np.cov(a.T) @ np.cov(b.T)).real
    return float(((a.mean(axis=0) - b.mean(axis=0)) ** 2).sum() + np.trace(np.cov(a.T) + np.cov(b.T) - 2.0 * root))


def diversity(curves: np.ndarray, labels: np.ndarray) -> float:
    """Mean distance, in mm RMS over the landmarks, between apexes of the same label."""
    apart = []
    for k in np.unique(labels):
        apex = torch.from_numpy(curves[labels == k, -1].astype(np.float64))
        count = len(apex)
        apart.append(float(torch.cdist(apex, apex).sum() / (count * (count - 1))))
    return 1000.0 * float(np.mean(apart)) / np.sqrt(68)


def jitter(curves: np.ndarray) -> float:
    """Size of the third difference in time relative to that of the first."""
    return float(np.linalg.norm(np.diff(curves, n=3, axis=1), axis=2).mean() / np.linalg.norm(np.diff(curves, axis=1), axis=2).mean())


def nearest(curves: np.ndarray, train: np.ndarray) -> float:
    """Median distance to the nearest training motion, mm RMS over landmarks and samples."""
    a, b = (torch.from_numpy(x.reshape(len(x), -1).astype(np.float32)) for x in (curves, train))
    return 1000.0 * float(torch.cdist(a, b).min(dim=1).values.median()) / np.sqrt(68 * curves.shape[1])


def _curves(generator: Generator, code: Tensor) -> np.ndarray:
    with torch.no_grad():
        q, log_length = generator.space.to_sphere(code)
    return srvf.decode(q.numpy().astype(np.float64), log_length.numpy()[:, 0].astype(np.float64)).astype(np.float32)


def samples(generator: Generator, code: Tensor, label: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Curves (SAMPLES, S + 1, 204) of the network and of the baselines it must be held against; code (N, K + 1), label (N,) of training."""
    wanted = torch.from_numpy(np.arange(SAMPLES) % len(LABELS))
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        network = generator.code(torch.randn(SAMPLES, NOISE, generator=random), torch.eye(len(LABELS))[wanted])
    mean, gaussian = torch.empty(SAMPLES, code.shape[1]), torch.empty(SAMPLES, code.shape[1])
    for k in range(len(LABELS)):
        points = code[torch.from_numpy(label == k)]
        values, directions = torch.linalg.eigh(torch.cov(points.T))
        rows = wanted == k
        noise = torch.randn(int(rows.sum()), code.shape[1], generator=random)
        mean[rows] = points.mean(dim=0)
        gaussian[rows] = points.mean(dim=0) + (noise * values.clamp_min(0).sqrt()) @ directions.T
    return {"network": _curves(generator, network), "class_gaussian": _curves(generator, gaussian), "class_mean": _curves(generator, mean)}


def motion_scores(takes: Takes, generator: Generator, seed: int) -> dict[str, float]:
    """Flat scores of held-out real motion ("real"), the network, the class Gaussian and the class mean; one draw."""
    curves = takes.landmarks.reshape(*takes.landmarks.shape[:2], -1)
    held = takes.held_out[takes.person]
    train, label = curves[~held], takes.label[~held].astype(np.int64)
    classifier = fit_classifier(train, label, seed)
    q, log_length = encode(takes.landmarks[~held])
    code = generator.space.from_sphere(torch.from_numpy(q), torch.from_numpy(log_length))
    sets = {"real": curves[held], **samples(generator, code, label, seed)}
    wanted = {name: takes.label[held] if name == "real" else np.arange(SAMPLES) % len(LABELS) for name in sets}
    with torch.no_grad():
        known = classifier(torch.from_numpy(train))[0].numpy()
        read = {name: classifier(torch.from_numpy(x)) for name, x in sets.items()}
    result: dict[str, float] = {}
    for name, made in sets.items():
        result[f"{name}_accuracy"] = float((read[name][1].argmax(dim=1).numpy() == wanted[name]).mean())
        result[f"{name}_fid_like"] = frechet(known, read[name][0].numpy())
        result[f"{name}_diversity_mm"] = diversity(made, wanted[name])
        result[f"{name}_jitter"] = jitter(made)
        result[f"{name}_nearest_train_mm"] = nearest(made, train)
    return result
