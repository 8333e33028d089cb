"""The capture network: 52 ARKit weights of a face beside the same face at rest.

No paper's. What it is given has been made independent of pose, light and camera before: the inner features of the landmark network (trained on real
faces), the levelled points (core/video/level.py), and how the skin has moved since the face at rest (core/video/flow.py). Two layers read them.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from ..runtime.torch_backend import restore
from .point_mesh import POINTS

NAME = "face_capture"
INPUTS, OUTPUTS = ("features", "rest_features", "points", "rest_points", "flow"), ("weights",)
FAR = 4.0  # deviations beyond which nothing counts more
NEUTRAL = 0.5  # of what the face at rest looks like by itself, beside how it has changed


@dataclass(frozen=True)
class Config:
    """units: names of the outputs; points; windows of the flow; channels of the features and places of each of their maps; kept: channels that are
    kept of each place; hidden: width of the layers; drop: share left out in training."""

    units: tuple[str, ...]
    points: int = POINTS
    windows: int = 110
    channels: int = 128
    maps: tuple[int, ...] = (36, 16, 16, 16, 16, 16)
    kept: int = 24
    hidden: int = 256
    drop: float = 0.2


class FaceCapture(nn.Module):
    """features, rest_features (B, C, sum of maps); points, rest_points (B, P, 3) levelled; flow (B, W, 3); out: weights (B, 52), unbounded."""

    feature_mean: Tensor
    feature_spread: Tensor
    point_mean: Tensor
    point_spread: Tensor
    flow_spread: Tensor

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        places = sum(config.maps)
        self.reduce = nn.ModuleList([nn.Conv1d(2 * config.channels, config.kept, 1) for _ in config.maps])
        self.seen = nn.Linear(config.kept * places, config.hidden)
        self.moved = nn.Linear(3 * config.points, config.hidden)
        self.rested = nn.Linear(3 * config.points, config.hidden // 8)
        self.flowed = nn.Linear(3 * config.windows, config.hidden)
        self.drop = nn.Dropout(config.drop)
        self.head = nn.Sequential(
            nn.ReLU(), nn.Dropout(1.5 * config.drop), nn.Linear(3 * config.hidden + config.hidden // 8, config.hidden),
            nn.ReLU(), nn.Dropout(0.75 * config.drop), nn.Linear(config.hidden, len(config.units)),
        )  # fmt: skip
        self.register_buffer("feature_mean", torch.zeros(config.channels, places))
        self.register_buffer("feature_spread", torch.ones(config.channels, places))
        self.register_buffer("point_mean", torch.zeros(config.points, 3))
        self.register_buffer("point_spread", torch.ones(config.points, 1))
        self.register_buffer("flow_spread", torch.ones(3))

    def forward(self, features: Tensor, rest_features: Tensor, points: Tensor, rest_points: Tensor, flow: Tensor) -> Tensor:
        rest = (rest_features - self.feature_mean) / self.feature_spread
        change = (features - rest_features) / self.feature_spread
        maps = torch.cat([change, NEUTRAL * rest], dim=1).split(self.config.maps, dim=2)
        kept = torch.cat([layer(part) for layer, part in zip(self.reduce, maps, strict=True)], dim=2)
        moved = ((points - rest_points) / self.point_spread).clamp(-FAR, FAR)
        rested = (rest_points - self.point_mean) / self.point_spread * NEUTRAL
        flowed = (flow / self.flow_spread).clamp(-FAR, FAR)
        told = [
            self.seen(self.drop(torch.relu(kept)).flatten(1)),
            self.moved(moved.flatten(1)),
            self.rested(rested.clamp(-FAR, FAR).flatten(1)),
            self.flowed(self.drop(flowed).flatten(1)),
        ]
        return self.head(torch.cat(told, dim=1))


def config_to_text(config: Config) -> str:
    return json.dumps(asdict(config))


def config_from_text(text: str) -> Config:
    stated = json.loads(text)
    return Config(**stated | {"units": tuple(stated["units"]), "maps": tuple(stated["maps"])})


def load(path: Path) -> FaceCapture:
    """The network of a safetensors file. ModelError where the file will not do."""
    return restore(path, lambda text: FaceCapture(config_from_text(text)))


def examples(config: Config, batch: int, random: torch.Generator) -> tuple[Tensor, ...]:
    """Inputs to trace or compare with."""
    features = [torch.randn(batch, config.channels, sum(config.maps), generator=random) for _ in range(2)]
    points = [torch.randn(batch, config.points, 3, generator=random) for _ in range(2)]
    return *features, *points, torch.randn(batch, config.windows, 3, generator=random)
