"""Neural3DMM (Bouritsas et al. 2019) as Otberdout et al. 2022 (Sect. 4.2) changed it for their Table 1: a baseline.

Spiral convolutions and pooling encode the neutral mesh to 16 numbers; the displacement of the landmarks is set beside them; a spiral decoder
gives the coordinates of the expressive mesh. It is trained on L_pr alone. Coordinates are standardised per vertex, as its authors do.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..data.performances import MM, Performances
from ..dense import sampling, spirals
from ..dense.s2d_dec import SpiralConv
from ..runtime.torch_backend import restore
from .export import save_safetensors
from .loop import update
from .recipe import preset_of

NAME = "neural3dmm"
LATENT = 16
ENCODER, DECODER = (3, 16, 16, 16, 32), (32, 32, 16, 16, 16)  # channels of Bouritsas et al.
LENGTHS, DILATIONS = (15, 14, 9, 9), (2, 2, 1, 1)  # of the spirals, finest mesh first, as in S2D-Dec
NEAREST_MM = 1.0  # a vertex nearer to a landmark than this has the full weight


@dataclass(frozen=True)
class Preset:
    """steps of `people` people with `each` frames of each (encoding a face costs as much as making one) at learning rate `rate`."""

    steps: int
    people: int = 4
    each: int = 4
    rate: float = 1e-3


PRESETS = {"short": Preset(1000), "cpu": Preset(12_000), "full": Preset(100_000), "published": Preset(100_000)}
preset = partial(preset_of, NAME, PRESETS)


@dataclass(frozen=True)
class Shape:
    """counts: vertices of each mesh, finest first. What a file states to be read again."""

    counts: tuple[int, ...]


class Neural3DMM(nn.Module):
    """The auto-encoder; `meshes` gives its hierarchy (sampling.hierarchy), or None where a state dict is about to be loaded into it."""

    def __init__(self, shape: Shape, meshes: list[sampling.Level] | None = None):
        super().__init__()
        self.shape, counts, levels = shape, shape.counts, len(LENGTHS)
        turns = [torch.zeros(counts[k], LENGTHS[k], dtype=torch.int32) for k in range(levels)]
        ups, downs = ([(torch.zeros(n, 3, dtype=torch.int32), torch.zeros(n, 3)) for n in of] for of in (counts[:-1], counts[1:]))
        if meshes is not None:
            turns = [
                torch.from_numpy(spirals.spirals(meshes[k].vertices, meshes[k].triangles, LENGTHS[k], DILATIONS[k])) for k in range(levels)
            ]
            ups = [_tensors(sampling.upsampling(meshes[k + 1], meshes[k])) for k in range(levels)]
            downs = [_tensors(sampling.upsampling(meshes[k], meshes[k + 1])) for k in range(levels)]
        self.register_buffer("mean", torch.zeros(counts[0], 3))  # mm
        self.register_buffer("scale", torch.ones(counts[0], 3))
        self.register_buffer("input_mean", torch.zeros(204))
        self.register_buffer("input_scale", torch.ones(204))
        self.encode = nn.ModuleList(SpiralConv(turns[k], ENCODER[k], ENCODER[k + 1], None) for k in range(levels))
        for k, (index, weight) in enumerate(downs):
            self.register_buffer(f"down_index_{k}", index.to(torch.int32))
            self.register_buffer(f"down_weight_{k}", weight.to(torch.float32))
        self.to_latent = nn.Linear(counts[-1] * ENCODER[-1], LATENT)
        self.from_latent = nn.Linear(LATENT + 204, counts[-1] * DECODER[0])
        self.decode = nn.ModuleList(
            SpiralConv(turns[k], DECODER[levels - 1 - k], DECODER[levels - k], ups[k]) for k in reversed(range(levels))
        )
        self.last = SpiralConv(turns[0], DECODER[-1], 3, None)
        for convolution in [*self.encode, *self.decode, self.last]:
            nn.init.kaiming_normal_(convolution.linear.weight)
            nn.init.zeros_(convolution.linear.bias)

    def latent(self, neutral: Tensor) -> Tensor:
        """Neutral vertices (B, V, 3) mm to the latent vector (B, LATENT)."""
        x = ((neutral - self.mean) / self.scale).transpose(0, 1)
        for k, convolution in enumerate(self.encode):
            x = functional.elu(convolution.fused(x.contiguous()))
            index, weight = getattr(self, f"down_index_{k}"), getattr(self, f"down_weight_{k}")
            x = (x[index.flatten().long()].unflatten(0, index.shape) * weight[..., None, None]).sum(dim=1)
        return self.to_latent(x.transpose(0, 1).flatten(1))

    def forward(self, latent: Tensor, landmarks: Tensor) -> Tensor:
        """Latent (B, LATENT) and landmark displacement (B, 68, 3) mm to the expressive mesh (B, V, 3) mm."""
        moved = (landmarks.flatten(1) - self.input_mean) / self.input_scale
        x = self.from_latent(torch.cat([latent, moved], dim=1)).view(len(moved), -1, DECODER[0]).transpose(0, 1)
        for convolution in self.decode:
            x = functional.elu(convolution.fused(x.contiguous()))
        return self.last.fused(x).transpose(0, 1) * self.scale + self.mean

    @torch.no_grad()
    def predict(self, landmarks: np.ndarray, neutral: np.ndarray) -> np.ndarray:
        """Displacement (n, V, 3) m from landmarks (n, 68, 3) m and neutral vertices (n, V, 3) m."""
        parts = []
        for k in range(0, len(landmarks), 64):
            still = torch.from_numpy(neutral[k : k + 64].astype(np.float32)) * MM
            made = self(self.latent(still), torch.from_numpy(landmarks[k : k + 64].astype(np.float32)) * MM)
            parts.append(((made - still) / MM).numpy())
        return np.concatenate(parts)


def _tensors(index_and_weight: tuple[np.ndarray, np.ndarray]) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(index_and_weight[0]), torch.from_numpy(index_and_weight[1])


class Recipe:
    """The recipe the training loop runs, on the training clips in mask `train` (C,), watching those in mask `held`."""

    def __init__(self, performances: Performances, train: np.ndarray, held: np.ndarray, preset: Preset, seed: int):
        torch.manual_seed(seed)
        self.preset, self.steps = preset, preset.steps
        self.frames = performances.frames(train)
        self.rows = [np.flatnonzero(self.frames.person == p) for p in np.unique(self.frames.person)]
        watched = np.flatnonzero(held)
        self.held = performances.frames(watched[:: max(1, len(watched) // 64)])
        base = performances.neutral.mean(axis=0)
        meshes = sampling.hierarchy(base, performances.triangles)
        self.model = Neural3DMM(Shape(tuple(len(level.vertices) for level in meshes)), meshes)
        self._standardise()
        gap = np.linalg.norm(base[:, None] - performances.embedding.points(base, performances.triangles)[None], axis=2).min(axis=1)
        weight = 1.0 / np.maximum(gap * MM, NEAREST_MM)
        self.weight = torch.from_numpy(weight / weight.max()).float()
        self.networks: dict[str, nn.Module] = {NAME: self.model}
        self.optimisers: dict[str, torch.optim.Optimizer] = {NAME: torch.optim.Adam(self.model.parameters(), lr=preset.rate)}

    def _standardise(self) -> None:
        """Per vertex over the training people's faces, per landmark over the training frames."""
        sample = np.arange(0, len(self.frames.landmarks), max(1, len(self.frames.landmarks) // 997))
        meshes = (self.frames.neutral[self.frames.person[sample]] + self.frames.displacement(sample)) * MM
        moved = self.frames.landmarks[sample].reshape(len(sample), -1) * MM
        with torch.no_grad():
            self.model.mean.copy_(torch.from_numpy(meshes.mean(axis=0)))
            self.model.scale.copy_(torch.from_numpy(np.maximum(meshes.std(axis=0), 0.1)))
            self.model.input_mean.copy_(torch.from_numpy(moved.mean(axis=0)))
            self.model.input_scale.copy_(torch.from_numpy(np.maximum(moved.std(axis=0), 1e-2)))

    def step(self, index: int, random: torch.Generator) -> dict[str, float]:
        people = torch.randint(len(self.rows), (self.preset.people,), generator=random).tolist()
        picks = [self.rows[p][torch.randint(len(self.rows[p]), (self.preset.each,), generator=random).numpy()] for p in people]
        rows, which = np.concatenate(picks), np.repeat(np.arange(len(people)), self.preset.each)
        still = torch.from_numpy(self.frames.neutral[self.frames.person[rows[:: self.preset.each]]]) * MM
        true = still[which] + torch.from_numpy(self.frames.displacement(rows)) * MM
        made = self.model(self.model.latent(still)[which], torch.from_numpy(self.frames.landmarks[rows]) * MM)
        loss = (self.weight * (made - true).abs().sum(dim=2)).mean()
        update(self.optimisers[NAME], loss)
        return {"L_pr_mm": loss.item()}

    def predict(self, landmarks: np.ndarray, neutral: np.ndarray) -> np.ndarray:
        """Displacement (n, V, 3) m of the model as it stands."""
        return self.model.predict(landmarks, neutral)

    def validate(self) -> dict[str, float]:
        made = self.predict(self.held.landmarks, self.held.neutral[self.held.person])
        return {"held_out_mm": float(np.linalg.norm(made - self.held.displacement(slice(None)), axis=2).mean() * MM)}


def save(model: Neural3DMM, path: Path) -> None:
    """Writes the weights as safetensors, whole or not at all."""
    save_safetensors(model, path, {"format_version": "1", "config": json.dumps({"counts": model.shape.counts})})


def load(path: Path) -> Neural3DMM:
    """The model from its safetensors, ready to run."""
    return restore(path, lambda text: Neural3DMM(Shape(tuple(json.loads(text)["counts"]))))
