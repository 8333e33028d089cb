"""How S2D-Dec is trained: the losses of Eqs. 6 and 7, the linear path's start, presets, and the baselines it is held against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy import linalg
from scipy.spatial import cKDTree
from torch import Tensor, nn

from ..data.synthetic import STEP, Takes
from ..dense.s2d_dec import MM, Config, Meshes, S2DDec
from ..head.template import Template
from .loop import update

NEAREST_MM = 1.0  # a vertex nearer to a landmark than this has the full weight, so that 1 / d stays finite
MOUTH_OPEN = 0.7  # of jawOpen, in the pose on which the mesh hierarchy is built
RIDGE = 1e-4  # the best of 1e-5 to 1e-1 on the synthetic set


@dataclass(frozen=True)
class Preset:
    """steps of `batch` frames at learning rate `rate`; beta_1 and beta_2 of the total loss; rank of the linear path."""

    steps: int
    batch: int
    rate: float
    rank: int
    beta_1: float = 1.0
    beta_2: float = 0.1


PRESETS = {
    "cpu": Preset(steps=20_000, batch=32, rate=1e-3, rank=128),
    "full": Preset(steps=60_000, batch=32, rate=1e-3, rank=128),
    "published": Preset(steps=60_000, batch=16, rate=1e-3, rank=0),
    "short": Preset(steps=2000, batch=32, rate=1e-3, rank=128),
}


def landmark_weights(vertices: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """w (V,) of Eq. 7: the inverse distance in mm of each vertex (V, 3) m to its closest landmark (68, 3) m, rescaled to at most 1."""
    distance = np.maximum(cKDTree(landmarks).query(vertices)[0] * MM, NEAREST_MM)
    weight = 1.0 / distance
    return weight / weight.max()


def displacement_loss(made: Tensor, true: Tensor) -> Tensor:
    """L_dr, Eq. 6: mean over vertices and frames of the L1 norm of the error; displacements (B, V, 3), in their own unit."""
    return (made - true).abs().sum(dim=2).mean()


def weighted_loss(made: Tensor, true: Tensor, weight: Tensor) -> Tensor:
    """L_pr, Eq. 7, on meshes or, the neutral being the same, on displacements (B, V, 3); weight (V,)."""
    return (weight * (made - true).abs().sum(dim=2)).mean()


@dataclass(frozen=True)
class Ridge:
    """Landmarks to surface by ridge regression: standardised input (204,) @ weight (204, V * 3) + mean (V * 3,), all in mm."""

    input_mean: np.ndarray
    input_scale: np.ndarray
    weight: np.ndarray
    mean: np.ndarray
    gram: np.ndarray

    def predict(self, landmarks: np.ndarray) -> np.ndarray:
        """Displacement (N, V, 3) m of landmark displacement (N, 68, 3) m."""
        x = (landmarks.reshape(len(landmarks), -1) * MM - self.input_mean) / self.input_scale
        return (x @ self.weight + self.mean).reshape(len(landmarks), -1, 3) / MM

    def low_rank(self, rank: int) -> tuple[np.ndarray, np.ndarray]:
        """Factors (204, rank) and (rank, V * 3): reduced-rank regression, the best of that rank on the training inputs."""
        root = linalg.cholesky(self.gram)
        _, _, directions = linalg.svd(root @ self.weight, full_matrices=False)
        return self.weight @ directions[:rank].T, directions[:rank]


def fit_ridge(landmarks: np.ndarray, dense: np.ndarray, ridge: float) -> Ridge:
    """landmarks (N, 68, 3) m, dense (N, V, 3) int16 in steps; `ridge` is relative to the number of frames."""
    x = landmarks.reshape(len(landmarks), -1).astype(np.float64) * MM
    mean, scale = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-3)
    x = (x - mean) / scale
    total, cross = np.zeros(dense[0].size), np.zeros((x.shape[1], dense[0].size))
    for start in range(0, len(x), 2048):
        y = dense[start : start + 2048].reshape(-1, dense[0].size).astype(np.float32)
        total += y.sum(axis=0, dtype=np.float64)
        cross += x[start : start + 2048].astype(np.float32).T @ y
    gram = x.T @ x / len(x) + ridge * np.eye(x.shape[1])
    unit = STEP * MM
    weight = linalg.solve(gram, cross / len(x), assume_a="pos") * unit
    return Ridge(mean, scale, weight, total / len(x) * unit, gram)


def mean_error(made: np.ndarray, dense: np.ndarray) -> np.ndarray:
    """Euclidean error (N, V) mm of made (N, V, 3) m against dense (N, V, 3) int16 in steps."""
    return np.linalg.norm(made * MM - dense * (STEP * MM), axis=2)


class S2DRecipe:
    """The recipe the training loop runs; `networks["s2d_dec"]` is the model."""

    def __init__(self, takes: Takes, template: Template, preset: Preset, seed: int, ridge: float = RIDGE):
        torch.manual_seed(seed)
        self.preset, self.steps = preset, preset.steps
        self.inputs, self.targets, _ = takes.pairs(held_out=False)
        self.held_inputs, self.held_targets, _ = takes.pairs(held_out=True)
        self.ridge = fit_ridge(self.inputs, self.targets, ridge)
        pose = template.vertices + MOUTH_OPEN * template.arkit_field("jawOpen")
        plain = Config((0,) * 5)
        meshes = Meshes.build(pose, template.triangles, plain.lengths, plain.dilations)
        self.model = S2DDec(Config(meshes.counts, rank=preset.rank), meshes)
        self._start()
        weight = landmark_weights(template.vertices, template.landmark_points())
        self.weight = torch.from_numpy(weight).float()
        self.networks: dict[str, nn.Module] = {"s2d_dec": self.model}
        self.optimisers: dict[str, torch.optim.Optimizer] = {"s2d_dec": torch.optim.Adam(self.model.parameters(), lr=preset.rate)}

    def _start(self) -> None:
        """Standardisation from the data; the linear path begins as ridge regression of its rank and the decoder as nothing beside it."""
        model, ridge = self.model, self.ridge
        sample = slice(None, None, max(1, len(self.inputs) // 512))
        rest = self.targets[sample] * (STEP * MM) - ridge.mean.reshape(-1, 3)
        if self.preset.rank:
            rest = self.targets[sample] * (STEP * MM) - ridge.predict(self.inputs[sample]) * MM
        scale = float(rest.std())
        with torch.no_grad():
            model.input_mean.copy_(torch.from_numpy(ridge.input_mean))
            model.input_scale.copy_(torch.from_numpy(ridge.input_scale))
            model.output_mean.copy_(torch.from_numpy(ridge.mean.reshape(-1, 3)))
            model.output_scale.fill_(scale)
            if self.preset.rank:
                first, second = ridge.low_rank(self.preset.rank)
                model.linear_in.copy_(torch.from_numpy(first / scale))
                model.linear_out.copy_(torch.from_numpy(second))
                model.convolutions[-1].linear.weight.zero_()
                model.convolutions[-1].linear.bias.zero_()

    def step(self, index: int, random: torch.Generator) -> dict[str, float]:
        rows = torch.randint(len(self.inputs), (self.preset.batch,), generator=random).numpy()
        true = torch.from_numpy(self.targets[rows].astype(np.float32)) * (STEP * MM)
        made = self.model.fast(torch.from_numpy(self.inputs[rows])) * MM
        first, second = displacement_loss(made, true), weighted_loss(made, true, self.weight)
        update(self.optimisers["s2d_dec"], self.preset.beta_1 * first + self.preset.beta_2 * second)
        return {"L_dr_mm": first.item(), "L_pr_mm": second.item()}

    def predict(self, landmarks: np.ndarray) -> np.ndarray:
        """Displacement (N, V, 3) m of the model as it stands."""
        with torch.no_grad():
            parts = [self.model.fast(torch.from_numpy(landmarks[k : k + 64])).numpy() for k in range(0, len(landmarks), 64)]
        return np.concatenate(parts)

    def validate(self, most: int = 384) -> dict[str, float]:
        rows = slice(None, None, max(1, len(self.held_inputs) // most))
        return {"held_out_mm": float(mean_error(self.predict(self.held_inputs[rows]), self.held_targets[rows]).mean())}

    def scores(self) -> dict[str, float]:
        """Held-out identities, mm: zero prediction, ridge and the network; on all frames, and on moving visible vertices of the apexes."""
        result: dict[str, float] = {}
        apex = np.zeros(len(self.held_inputs), bool)
        apex[3::4] = True
        chunks = range(0, len(self.held_inputs), 512)
        makers = {
            "zero": lambda x: np.zeros((len(x), *self.held_targets.shape[1:]), np.float32),
            "ridge": self.ridge.predict,
            "network": self.predict,
        }
        for name, make in makers.items():
            means, moving = [], []
            for k in chunks:
                rows = slice(k, k + 512)
                error = mean_error(make(self.held_inputs[rows]), self.held_targets[rows])
                means.append(error.mean(axis=1))
                moves = (np.linalg.norm(self.held_targets[rows] * (STEP * MM), axis=2) > 0.5) & apex[rows, None]
                moving.append(error[moves])
            result[f"{name}_mean_mm"] = float(np.concatenate(means).mean())
            result[f"{name}_apex_moving_mm"] = float(np.concatenate(moving).mean())
            result[f"{name}_apex_moving_p99_mm"] = float(np.percentile(np.concatenate(moving), 99))
        return result
