"""Training of the capture network (core/video/face_capture.py) on pictures of rendered people (core/data/capture_set.py)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from ..data.capture_set import NEUTRALS, CaptureSet
from ..errors import ValueRangeError
from ..head.template import load_template
from ..video.face_capture import NAME, Config, FaceCapture
from ..video.flow import Flow, mirror_places, places
from ..video.frontal import Frontal
from ..video.level import CAMERA_TO_CANONICAL, learn, level
from ..video.point_mesh import load_mesh
from . import distributed
from .loop import update
from .recipe import preset_of

HELD = 6  # one person in so many is held out
ABSOLUTE = 0.12  # of the deviation's own size, added to squares: small errors matter, too
ALONE = 0.2  # share of the rows whose face at rest is not known: it is taken to be the face itself
JITTER = 0.15  # of each point's spread: noise added to points
RESTS = 2  # faces at rest of each person that the flow is taken from


@dataclass(frozen=True)
class Preset:
    """steps; batch; rate: Adam's learning rate; hidden: width of the network."""

    steps: int
    batch: int
    rate: float
    hidden: int


PRESETS = {
    "short": Preset(4, 8, 1.5e-3, 16),
    "cpu": Preset(7000, 64, 1.2e-3, 256),
    "full": Preset(30000, 256, 1.5e-3, 512),
}
preset = partial(preset_of, NAME, PRESETS)


def mirror_units(names: tuple[str, ...]) -> np.ndarray:
    """For each ARKit unit the one of the other side (52,)."""
    swapped = {"Left": "Right", "Right": "Left"}
    ends = [next((side for side in swapped if name.endswith(side)), "") for name in names]
    return np.array([names.index(name.removesuffix(end) + swapped.get(end, "")) for name, end in zip(names, ends, strict=True)])


@dataclass(frozen=True)
class Inputs:
    """What the network is given of N pictures, as they are or mirrored: features (N, C, M) half floats, points (N, 478, 3), flow (N, RESTS, W, 3),
    and weights (N, 52)."""

    features: Tensor
    points: Tensor
    flow: Tensor
    weights: Tensor


class CaptureRecipe:
    """See core.training.recipe.Recipe."""

    def __init__(self, data: CaptureSet, names: tuple[str, ...], preset: Preset, seed: int):
        torch.manual_seed(seed)
        self.preset, self.steps = preset, preset.steps
        first = np.searchsorted(data.person, data.person)  # each one's first picture
        rest = np.arange(len(first)) - first < NEUTRALS
        held = data.person % HELD == HELD - 1
        if held.all() or not held.any():
            raise ValueRangeError(f"The capture set has {data.person.max() + 1} people; at least {HELD} are needed. Make more.")
        front = load_template().landmark_points() @ CAMERA_TO_CANONICAL
        self.reference = learn(data.points[~held].astype(float), rest[~held], front)
        self.first = torch.from_numpy(first)
        self.train, self.watched = torch.from_numpy(np.flatnonzero(~held)), torch.from_numpy(np.flatnonzero(held & ~rest))
        self.plain, self.mirrored = self._inputs(data, first, mirror_units(names))
        config = Config(names, windows=self.plain.flow.shape[2], channels=data.features.shape[2], hidden=preset.hidden)
        self.network = FaceCapture(config)
        self._scale()
        self.networks: dict[str, nn.Module] = {NAME: self.network}
        adam = torch.optim.AdamW(self.network.parameters(), preset.rate, weight_decay=0.05)
        self.optimisers: dict[str, torch.optim.Optimizer] = {NAME: adam}

    def _inputs(self, data: CaptureSet, first: np.ndarray, units: np.ndarray) -> tuple[Inputs, Inputs]:
        levelled = level(data.points.astype(float), self.reference)
        frontal = Frontal(self.reference)
        pictures = frontal.pictures(list(data.crops), levelled)
        middles = places(frontal.outside)
        flows = [[Flow(pictures[start + k], middles) for k in range(RESTS)] for start in np.unique(first)]
        flow = np.stack([[one(picture) for one in flows[person]] for picture, person in zip(pictures, data.person, strict=True)])
        points, middle = levelled.points.astype(np.float32), np.float32(self.reference.shape[1, 0])
        turned = points[:, load_mesh().mirror] * np.float32([-1, 1, 1]) + np.float32([2, 0, 0]) * middle
        weights = data.weights.astype(np.float32)
        back = flow[:, :, mirror_places(middles)] * np.float32([1, -1, 1])
        features = torch.from_numpy(data.features)
        plain = Inputs(features[:, 0], *map(torch.from_numpy, (points, flow, weights)))
        return plain, Inputs(features[:, 1], *map(torch.from_numpy, (turned, back, weights[:, units])))

    def _scale(self) -> None:
        """What the network's inputs are measured in, from the people it learns from."""
        network, plain, chosen = self.network, self.plain, self.train
        features = plain.features[chosen].float()
        network.feature_mean.copy_(features.mean(dim=0))
        network.feature_spread.copy_(features.std(dim=(0, 2))[:, None].expand_as(network.feature_spread) + 1e-3)
        network.point_mean.copy_(torch.from_numpy(self.reference.shape.astype(np.float32)))
        moved = plain.points[chosen] - plain.points[self.first[chosen]]
        network.point_spread.copy_(moved.square().mean(dim=(0, 2)).sqrt()[:, None] + 1e-4)
        network.flow_spread.copy_(plain.flow[chosen].flatten(0, 2).std(dim=0) + 1e-3)

    def reference_arrays(self) -> dict[str, np.ndarray]:
        """What core/video/capture.py reads beside the weights."""
        return {"shape": self.reference.shape.astype(np.float32), "steadiness": self.reference.steadiness.astype(np.float32)}

    def given(self, inputs: Inputs, rows: Tensor, which: Tensor, alone: Tensor) -> tuple[Tensor, ...]:
        """The network's inputs for rows (B,), each beside its person's face at rest number `which` (B,), or beside itself."""
        rests = torch.where(alone, rows, self.first[rows] + which)
        flow = torch.where(alone[:, None, None], 0.0, inputs.flow[rows, which])
        return inputs.features[rows].float(), inputs.features[rests].float(), inputs.points[rows], inputs.points[rests], flow

    def step(self, index: int, random: torch.Generator) -> dict[str, float]:
        self.network.train()
        rows = self.train[torch.randint(len(self.train), (self.preset.batch,), generator=random)]
        which = torch.randint(RESTS, rows.shape, generator=random)
        alone = torch.rand(rows.shape, generator=random) < ALONE
        inputs = self.plain if torch.rand(1, generator=random) < 0.5 else self.mirrored
        features, rest_features, points, rest_points, flow = self.given(inputs, rows, which, alone)
        where, spread = self.network.point_mean.device, self.network.point_spread.cpu()
        noise = JITTER * torch.randn(2, *points.shape, generator=random) * spread
        rows_given = (features, rest_features, points + noise[0], rest_points + noise[1], flow, inputs.weights[rows])
        *told, wanted = (distributed.mine(value).to(where) for value in rows_given)
        off = self.network(*told) - wanted
        loss = (off.square() + ABSOLUTE * off.abs()).mean()
        update(self.optimisers[NAME], loss, clip=5.0)
        return {"loss": loss.item()}

    def predicted(self, rows: Tensor) -> Tensor:
        """Weights (N, 52), 0 to 1, of rows, each beside the first of its person at rest."""
        self.network.eval()
        where, made = self.network.point_mean.device, []
        with torch.inference_mode():
            for part in rows.split(256):
                told = self.given(self.plain, part, torch.zeros_like(part), torch.zeros(len(part), dtype=torch.bool))
                made.append(self.network(*(value.to(where) for value in told)).clamp(0.0, 1.0).cpu())
        return torch.cat(made)

    def validate(self) -> dict[str, float]:
        """Mean square and mean absolute error of the weights of people held out, and the median of the units' correlations."""
        made, wanted = self.predicted(self.watched), self.plain.weights[self.watched]
        off = made - wanted
        a, b = made - made.mean(dim=0), wanted - wanted.mean(dim=0)
        correlation = (a * b).sum(dim=0) / (a.square().sum(dim=0) * b.square().sum(dim=0)).sqrt().clamp_min(1e-9)
        return {"held_out": off.square().mean().item(), "error": off.abs().mean().item(), "correlation": correlation.median().item()}
