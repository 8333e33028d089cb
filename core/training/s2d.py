"""How the paper's S2D-Dec is trained: the losses of Eqs. 6 and 7, and its ablation. The network that ships has s2d_conditioned.py."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import Tensor, nn

from ..data.performances import MM, Frames, Performances
from ..dense.s2d_dec import Config, Meshes, S2DDec, predictor
from .distributed import mine
from .loop import update
from .recipe import preset_of

NEAREST_MM = 1.0  # a vertex nearer to a landmark than this has the full weight, so that 1 / d stays finite
SAMPLE = 997  # frames that standardisation is taken from
WATCHED = 384  # frames of the validation
UPPER_LIP, LOWER_LIP = 62, 66  # inner points of the 68


@dataclass(frozen=True)
class Preset:
    """steps of `batch` frames at learning rate `rate`; beta_1 and beta_2 of the total loss; weights of L_pr: "inverse" distance to the
    nearest landmark (Eq. 7), "ones" or "none" (Table 2's S2 and S1)."""

    steps: int
    batch: int = 16
    rate: float = 1e-3
    beta_1: float = 1.0
    beta_2: float = 0.1
    weights: str = "inverse"


# "published" is the paper's 300 epochs of about 32,000 frames
PRESETS = {"short": Preset(500), "cpu": Preset(12_000), "full": Preset(200_000), "published": Preset(600_000)}
preset = partial(preset_of, "the published S2D-Dec", PRESETS)


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


def open_mouth(frames: Frames) -> np.ndarray:
    """Vertices (V, 3) m of the frame whose lips are farthest apart: a pose whose decimation keeps them apart."""
    gap = np.linalg.norm(frames.landmarks[:, UPPER_LIP] - frames.landmarks[:, LOWER_LIP], axis=1)
    widest = int(gap.argmax())
    return frames.neutral[frames.person[widest]] + frames.displacement(slice(widest, widest + 1))[0]


class S2DRecipe:
    """The recipe the training loop runs; `networks["s2d_dec_published"]` is the model."""

    def __init__(self, performances: Performances, train: np.ndarray, held: np.ndarray, preset: Preset, seed: int):
        """train, held: masks (C,) of the clips to learn from and to validate on."""
        torch.manual_seed(seed)
        self.preset, self.steps = preset, preset.steps
        self.frames = performances.frames(train)
        self.held = performances.frames(held)
        plain = Config((0,) * 5)
        meshes = Meshes.build(open_mouth(self.frames), performances.triangles, plain.lengths, plain.dilations)
        self.model = S2DDec(Config(meshes.counts), meshes)
        self._standardise()
        neutral = performances.neutral.mean(axis=0)
        weight = landmark_weights(neutral, performances.embedding.points(neutral, performances.triangles))
        self.weight = torch.from_numpy(weight if preset.weights == "inverse" else np.ones_like(weight)).float()
        self.networks: dict[str, nn.Module] = {"s2d_dec_published": self.model}
        self.optimisers: dict[str, torch.optim.Optimizer] = {"s2d": torch.optim.Adam(self.model.parameters(), lr=preset.rate)}

    def _standardise(self) -> None:
        sample = slice(None, None, max(1, len(self.frames.person) // SAMPLE))
        inputs = torch.from_numpy(self.frames.landmarks[sample] * MM).flatten(1)
        targets = torch.from_numpy(self.frames.displacement(sample) * MM)
        with torch.no_grad():
            self.model.input_mean.copy_(inputs.mean(dim=0))
            self.model.input_scale.copy_(inputs.std(dim=0).clamp_min(1e-2))
            self.model.output_mean.copy_(targets.mean(dim=0))
            self.model.output_scale.copy_(targets.std())

    def step(self, index: int, random: torch.Generator) -> dict[str, float]:
        rows = mine(torch.randint(len(self.frames.person), (self.preset.batch,), generator=random)).numpy()
        where = self.model.input_mean.device
        run = self.model.fast if where.type == "cpu" else self.model
        true = torch.from_numpy(self.frames.displacement(rows)).to(where) * MM
        made = run(torch.from_numpy(self.frames.landmarks[rows]).to(where)) * MM
        first = displacement_loss(made, true)
        second = weighted_loss(made, true, self.weight.to(where))
        beta_2 = 0.0 if self.preset.weights == "none" else self.preset.beta_2
        update(self.optimisers["s2d"], self.preset.beta_1 * first + beta_2 * second)
        return {"L_dr_mm": first.item(), "L_pr_mm": second.item()}

    def predict(self, landmarks: np.ndarray, neutral: np.ndarray) -> np.ndarray:
        """Displacement (n, V, 3) m of the model as it stands; the neutral has no say in the paper's network."""
        return predictor(self.model)(landmarks, neutral)

    def validate(self) -> dict[str, float]:
        rows = slice(None, None, max(1, len(self.held.person) // WATCHED))
        made = self.predict(self.held.landmarks[rows], self.held.neutral[self.held.person[rows]])
        return {"held_out_mm": float(np.linalg.norm(made - self.held.displacement(rows), axis=2).mean() * MM)}
