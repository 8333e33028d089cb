"""S2D-Dec as Mimica ships it: landmark displacement AND the neutral face to the displacement of every vertex.

The paper's network (s2d_dec.py) sees how the landmarks move and not whose face it is. Here a face's own shape has a say, which is what an unseen
person needs, and the surface is made of principal components instead of spiral convolutions, which is what two CPU cores need:

    N(d, s) = B (c(d, s) - c(0, s)),    c(d, s) = A d + MLP(d, s),    s = the neutral's coordinates
    D(d, S_n) = N(d, s) + F r(d - L N(d, s))

d is h's input in Sect. 3.2 of Otberdout et al. 2022. The second line is for motion that training had nothing like: L reads the landmarks of the
surface made, and the skin follows, by F, what is left of theirs; r quiets what is no larger than capture noise. No displacement gives exactly none.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..runtime.torch_backend import restore

NAME = "s2d_dec"
INPUTS, OUTPUTS = ("landmarks", "neutral"), ("displacement",)
MM = 1000.0
NOISE = 0.4  # mm; half of what is left of a landmark's motion is followed at this size, nearly all of it above, nearly nothing below
FARTHEST = 3.0  # standard deviations from the mean face; a stranger one counts as this far


@dataclass(frozen=True)
class Config:
    """vertices: of the mesh; moving: of them, those that ever move; seen: of these, those that are visible; components: K of the displacement;
    code: size of the neutral's coordinates; hidden: width of the network."""

    vertices: int
    moving: int
    seen: int
    components: int = 232
    code: int = 24
    hidden: int = 512


class ConditionedS2D(nn.Module):
    """The decoder; its buffers are filled by core/training/s2d_conditioned.py or from a file."""

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        half = torch.float16  # half the file; the components lose 1e-3 mm by it
        self.register_buffer("scale", torch.ones(204))  # mm, of the landmarks' displacement
        self.register_buffer("basis", torch.zeros(config.components, config.moving * 3, dtype=half))
        self.register_buffer("size", torch.ones(()))  # mm, of the coordinates
        self.register_buffer("moves", torch.zeros(config.moving, dtype=torch.int32))
        self.register_buffer("place", torch.zeros(config.vertices, dtype=torch.int32))
        self.register_buffer("follows", torch.zeros(68, config.moving, dtype=half))  # F: share of each landmark's motion, in any direction
        self.register_buffer("corners", torch.zeros(68, 3, dtype=torch.int32))  # L: the vertices about each landmark, as `place` counts
        self.register_buffer("barycentric", torch.zeros(68, 3))
        self.register_buffer("seen", torch.zeros(config.seen, dtype=torch.int32))  # of all vertices
        self.register_buffer("mean", torch.zeros(config.seen * 3))  # mm
        self.register_buffer("shapes", torch.zeros(config.code, config.seen * 3, dtype=half))
        self.linear = nn.Linear(204, config.components, bias=False)
        self.of_landmarks = nn.Linear(204, config.hidden)
        self.of_neutral = nn.Linear(config.code, config.hidden, bias=False)
        self.within = nn.Linear(config.hidden, config.hidden)
        self.out = nn.Linear(config.hidden, config.components, bias=False)
        nn.init.zeros_(self.out.weight)

    def code(self, neutral: Tensor) -> Tensor:
        """Coordinates s (P, code), about 1 in size, of neutral faces (P, V, 3) m in canonical space."""
        offset = neutral.index_select(1, self.seen).flatten(1) * MM - self.mean
        return (offset @ self.shapes.float().T).clamp(-FARTHEST, FARTHEST)

    def coordinates(self, landmarks: Tensor, code: Tensor) -> Tensor:
        """c(d, s) - c(0, s) (B, K) for landmarks (B, 68, 3) m and code (B, code) or (1, code)."""
        x = landmarks.flatten(1) * MM / self.scale
        about = self.of_neutral(code)
        return self.linear(x) + self._bend(self.of_landmarks(x) + about) - self._bend(self.of_landmarks.bias + about)

    def _bend(self, first: Tensor) -> Tensor:
        return self.out(functional.gelu(self.within(functional.gelu(first))))

    def forward(self, landmarks: Tensor, neutral: Tensor) -> Tensor:
        """Landmark displacement (B, 68, 3) m and neutral (B, V, 3) m, or (1, V, 3) for all -> displacement (B, V, 3) m."""
        return self.surface(landmarks, self.coordinates(landmarks, self.code(neutral)))

    def surface(self, landmarks: Tensor, coordinates: Tensor) -> Tensor:
        """Displacement (B, V, 3) m of coordinates (B, K) and of what they leave of landmarks (B, 68, 3) m."""
        made = ((coordinates @ self.basis.float()) * (self.size / MM)).unflatten(1, (-1, 3))
        made = functional.pad(made, (0, 0, 0, 1))  # vertices that never move share one still place at the end
        return (made + functional.pad(self.following(landmarks - self.landmarks(made)), (0, 0, 0, 1))).index_select(1, self.place)

    def landmarks(self, made: Tensor) -> Tensor:
        """Displacement (B, 68, 3) of the landmarks of made (B, moving + 1, 3)."""
        corners = made.index_select(1, self.corners.flatten()).unflatten(1, (68, 3))
        return (corners * self.barycentric[:, :, None]).sum(dim=2)

    def following(self, left: Tensor) -> Tensor:
        """Displacement (B, moving, 3) m of the vertices that move, where the landmarks have left (B, 68, 3) m to go."""
        square = left.square().sum(dim=2, keepdim=True) * MM**2
        clear = left * (square / (square + NOISE**2))
        return (clear.transpose(1, 2) @ self.follows.float()).transpose(1, 2)


def predictor(model: ConditionedS2D) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """A function of landmarks (n, 68, 3) m and neutral (n, V, 3) m to displacement (n, V, 3) m."""

    def predict(landmarks: np.ndarray, neutral: np.ndarray) -> np.ndarray:
        where = model.scale.device
        with torch.no_grad():
            made = model(torch.from_numpy(landmarks).float().to(where), torch.from_numpy(neutral).float().to(where))
        return made.cpu().numpy()

    return predict


def examples(config: Config, batch: int, random: torch.Generator) -> tuple[Tensor, ...]:
    """Inputs at the scale of real ones: frames of one face."""
    return torch.randn(batch, 68, 3, generator=random) * 2e-3, torch.randn(1, config.vertices, 3, generator=random) * 0.05


def config_to_text(config: Config) -> str:
    return json.dumps(asdict(config))


def config_from_text(text: str) -> Config:
    return Config(**json.loads(text))


def load(path: Path) -> ConditionedS2D:
    """The model from its safetensors, ready to run."""
    return restore(path, lambda text: ConditionedS2D(config_from_text(text)))
