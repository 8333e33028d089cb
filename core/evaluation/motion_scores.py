"""Scores of generated motion, read together because each alone can be fooled: a collapsed generator wins accuracy, noise wins diversity.

All work on landmark curves (N, S + 1, 68, 3) m with labels (N,).
"""

from __future__ import annotations

import numpy as np
import torch
from scipy import linalg
from torch import Tensor, nn
from torch.nn import functional

MM = 1000.0
CURVE_SCALE = 200.0  # brings metres of landmark motion to about 1
FEATURES = 64
NEIGHBOURS = 3  # k of precision and recall
SPARSE = 5  # motions are compared at every so many samples


class Classifier(nn.Module):
    """One LSTM and a fully connected layer of 64 features (Sect. 4.3, smaller: 512 there), on curves (N, S + 1, 204) m."""

    def __init__(self, dimension: int, labels: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(dimension, FEATURES, batch_first=True)
        self.features = nn.Linear(FEATURES, FEATURES)
        self.label = nn.Linear(FEATURES, labels)

    def forward(self, curves: Tensor) -> tuple[Tensor, Tensor]:
        """Features (N, 64) and logits (N, labels)."""
        last = self.lstm(curves * CURVE_SCALE)[0][:, -1]
        features = functional.elu(self.features(last))
        return features, self.label(features)

    def read(self, curves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Features (N, 64) float64 and the most likely label (N,) of curves (N, S + 1, 68, 3)."""
        with torch.no_grad():
            features, logits = self(torch.from_numpy(curves.reshape(*curves.shape[:2], -1).astype(np.float32)))
        return features.numpy().astype(np.float64), logits.argmax(dim=1).numpy()


def fit_classifier(curves: np.ndarray, labels: np.ndarray, count: int, seed: int, epochs: int = 8) -> Classifier:
    """Trains on real motions only; `count` labels."""
    torch.manual_seed(seed)
    x, y = torch.from_numpy(curves.reshape(*curves.shape[:2], -1).astype(np.float32)), torch.from_numpy(labels.astype(np.int64))
    model = Classifier(x.shape[2], count)
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
    one, other = np.cov(a.T), np.cov(b.T)
    root = np.sqrt(np.maximum(linalg.eigvals(one @ other).real, 0.0)).sum()  # the trace of the product's square root, singular or not
    return float(((a.mean(axis=0) - b.mean(axis=0)) ** 2).sum() + np.trace(one) + np.trace(other) - 2.0 * root)


def coverage(points: np.ndarray, by: np.ndarray) -> float:
    """Share of points (N, K) that lie within the k-nearest-neighbour balls around `by` (M, K): recall for real points by generated ones,
    precision the other way round (Kynkäänniemi et al. 2019, Eqs. 1 and 2)."""
    a, b = torch.from_numpy(points), torch.from_numpy(by)
    radius = torch.cdist(b, b).kthvalue(min(NEIGHBOURS + 1, len(b)), dim=1).values  # the first is the point itself
    return float((torch.cdist(a, b) <= radius).any(dim=1).double().mean())


def diversity(curves: np.ndarray, labels: np.ndarray) -> float:
    """Mean distance, in mm RMS over the landmarks, between apexes of the same label."""
    apart = []
    for k in np.unique(labels):
        apex = torch.from_numpy(curves[labels == k, -1].reshape(int((labels == k).sum()), -1).astype(np.float64))
        count = len(apex)
        if count > 1:
            apart.append(float(torch.cdist(apex, apex).sum() / (count * (count - 1))))
    return MM * float(np.mean(apart)) / curves.shape[2] ** 0.5 if apart else 0.0


def jitter(curves: np.ndarray) -> float:
    """Size of the third difference in time relative to that of the first."""
    flat = curves.reshape(*curves.shape[:2], -1)
    return float(np.linalg.norm(np.diff(flat, n=3, axis=1), axis=2).mean() / np.linalg.norm(np.diff(flat, axis=1), axis=2).mean())


def nearest(curves: np.ndarray, train: np.ndarray) -> float:
    """Median distance to the nearest training motion, mm RMS over landmarks and every fifth sample from the apex back."""
    a, b = (torch.from_numpy(np.ascontiguousarray(x[:, ::-SPARSE]).reshape(len(x), -1).astype(np.float32)) for x in (curves, train))
    return MM * float(torch.cdist(a, b).min(dim=1).values.median()) / (a.shape[1] / 3) ** 0.5


class Judge:
    """Holds a classifier and what real motion is like: train and held curves with labels (N,)."""

    def __init__(self, train: tuple[np.ndarray, np.ndarray], held: tuple[np.ndarray, np.ndarray], count: int, seed: int):
        self.classifier = fit_classifier(*train, count, seed)
        self.train, self.held = train[0], held[0]
        self.features = self.classifier.read(held[0])[0]

    def scores(self, curves: np.ndarray, labels: np.ndarray, *, real: bool = False) -> dict[str, float]:
        """accuracy; diversity_mm; jitter; and for all but held-out motion itself fid_like, precision and recall against it. `real`: motion of
        the training people, which has no nearest_mm."""
        features, found = self.classifier.read(curves)
        made = {"accuracy": float((found == labels).mean()), "diversity_mm": diversity(curves, labels), "jitter": jitter(curves)}
        if curves is not self.held:
            made["fid_like"] = frechet(self.features, features)
            made["precision"], made["recall"] = coverage(features, self.features), coverage(self.features, features)
        return made if real else made | {"nearest_mm": nearest(curves, self.train)}
