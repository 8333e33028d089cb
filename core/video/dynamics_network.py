"""3DDP, FaceAnime's 3D dynamic prediction network (Sect. II-B, Eqs. 5 to 7): one frame's step. core/video/dynamics.py says what goes in.

Where the paper leaves a choice open, taken by measurement (models/dynamics_3dd/card.md):

- Eq. 6 predicts the coefficients themselves. Here r(w h) is added to the step from one frame to the next, so that a prediction begins where the
  photo is, and of the step before a share g(h), 0 to 1 for each coefficient, goes on; `stepping=False` is Eq. 6 as it is written.
- Eq. 7 puts (t / T) h_T in the place of the memory cell, which has another size; here it goes in beside h_{t-1}. The rest of the way to the target
  is divided evenly among the frames that are left (p = 1 / (T - t + 1) of it in each), and the network adds what departs from that, 1 - p of
  it, so that the last frame is the target itself.
- What will happen is not known: a latent variable, new every WINDOW frames, decides. It is learned as in a conditional variational autoencoder (Sohn,
  Lee and Yan 2015), and goes into the LSTM and into w. A second network, without it, tells what is to be expected.
- The shape is the source's in every frame; the pose is brought back to a rotation and a scale after each step, and without a target size and place
  come back to the first frame's by SETTLING.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from ..runtime.torch_backend import restore
from .dynamics import COEFFICIENTS, LATENT, NAME, POSE, SHAPE, STATE, WINDOW, Steps, time_of

__all__ = ["NAME", "INPUTS", "OUTPUTS", "Config", "Dynamics", "rollout", "examples", "load"]

INPUTS, OUTPUTS = ("frame", "before", "target", "time", "latent", "state"), ("next", "state_after")
SETTLING, SLOWER = (
    0.02,
    0.2,
)  # share by which size comes back in a free frame, and of that for the place: a long prediction would wander off
LARGEST = 1.5  # a coefficient that r = tanh cannot pass, where it is predicted itself


@dataclass(frozen=True)
class Config:
    """code: width of the encoder; hidden: of the LSTM, at most STATE; stepping: whether steps or the coefficients themselves are predicted."""

    code: int = 32
    hidden: int = 128
    stepping: bool = True


class Step(nn.Module):
    """One step of an LSTM: normalised coefficients of this frame -> those of the next.

    reach (62,): the farthest that each coefficient moves in a frame; 0 for the shape and what else never moves. usual (62,): what one moves as
    a rule, its root mean square. latent: how many numbers of the latent variable it listens to.
    """

    reach: Tensor
    usual: Tensor

    def __init__(self, config: Config, latent: int):
        super().__init__()
        self.config, self.latent = config, latent
        self.encoder = nn.Sequential(nn.Linear(2 * COEFFICIENTS, config.code), nn.ReLU())
        self.gates = nn.Linear(2 * config.code + 2 + latent + config.hidden, 4 * config.hidden)
        self.project = nn.Linear(config.hidden + latent, COEFFICIENTS)
        self.register_buffer("reach", torch.zeros(COEFFICIENTS))
        self.register_buffer("usual", torch.ones(COEFFICIENTS))
        nn.init.zeros_(self.project.weight)  # begins with faces that stay as they are, or go straight to the target
        nn.init.zeros_(self.project.bias)
        if config.stepping:
            self.carry = nn.Linear(config.hidden, COEFFICIENTS)
            nn.init.zeros_(self.carry.weight)
            nn.init.zeros_(self.carry.bias)

    def encode(self, frame: Tensor, pace: Tensor) -> Tensor:
        """Enc of Eqs. 5 and 7 (B, code): of coefficients (B, 62) and of how fast they move, over `usual`."""
        return self.encoder(torch.cat([frame, pace], dim=1))

    def forward(self, frame: Tensor, before: Tensor, target: Tensor, time: Tensor, latent: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """See Dynamics.forward."""
        size, latent = self.config.hidden, latent[:, : self.latent]
        hidden, cell = state[:, :size], state[:, STATE : STATE + size]
        pace = (frame - before) / self.usual
        seen = torch.cat([self.encode(frame, pace), time[:, :1] * self.encode(target, torch.zeros_like(pace)), time, latent, hidden], dim=1)
        keep, enter, new, show = self.gates(seen).split(size, dim=1)
        cell = torch.sigmoid(keep + 1.0) * cell + torch.sigmoid(enter) * torch.tanh(new)
        hidden = torch.sigmoid(show) * torch.tanh(cell)
        said, pull = torch.tanh(self.project(torch.cat([hidden, latent], dim=1))), time[:, 1:]
        moves = (self.reach > 0.0).to(said.dtype)
        even = pull * (target - frame)
        if self.config.stepping:
            goes_on = torch.sigmoid(self.carry(hidden)) * moves * (frame - before - even)
            after = frame + even + (1.0 - pull) * (goes_on + self.reach * said)
        else:
            after = frame + even + (1.0 - pull) * moves * (LARGEST * said - frame)
        rest = torch.zeros_like(state[:, : STATE - size])
        free = SETTLING * (pull == 0.0).to(said.dtype)
        return settled(upright(after), free), torch.cat([hidden, rest, cell, rest], dim=1)


class Dynamics(nn.Module):
    """3DDP: one network for what is to be expected, which takes over where the latent variable is zero, and one for what may happen."""

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.expected, self.drawn = Step(config, 0), Step(config, LATENT)

    def forward(self, frame: Tensor, before: Tensor, target: Tensor, time: Tensor, latent: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """frame, the one before and target (B, 62) normalised; time (B, 2), the shares t / T and p; latent (B, 16); state (B, 2048) -> next
        (B, 62) and the state after."""
        one, its = self.expected(frame, before, target, time, latent, state)
        other, others = self.drawn(frame, before, target, time, latent, state)
        drawn = latent.abs().sum(dim=1, keepdim=True) > 0.0
        return torch.where(drawn, other, one), torch.where(drawn, others, its)


def upright(coefficients: Tensor) -> Tensor:
    """Normalised coefficients (B, 62) whose pose is a scaled rotation: the two nearest equally long, perpendicular rows, and their cross product."""
    pose = coefficients[:, :POSE].unflatten(1, (3, 4))
    right, down = pose[:, 0, :3], pose[:, 1, :3]
    long, wide = right.norm(dim=1, keepdim=True), down.norm(dim=1, keepdim=True)
    right, down = right / long, down / wide
    along, across = nn.functional.normalize(right + down, dim=1), nn.functional.normalize(right - down, dim=1)
    right, down = (along + across) * 0.5**0.5, (along - across) * 0.5**0.5
    rows = torch.stack([right, down, torch.linalg.cross(right, down, dim=1)], dim=1) * (0.5 * (long + wide))[:, None]
    return torch.cat([torch.cat([rows, pose[:, :, 3:]], dim=2).flatten(1), coefficients[:, POSE:]], dim=1)


def settled(coefficients: Tensor, share: Tensor) -> Tensor:
    """Normalised coefficients (B, 62), a true pose, whose size and place have come back by a share (B, 1), the place by SLOWER of it,
    to those of the first frame."""
    pose = coefficients[:, :POSE].unflatten(1, (3, 4))
    size = pose[:, 0, :3].norm(dim=1, keepdim=True)
    turn, place = pose[:, :, :3] * size.pow(-share)[:, None], pose[:, :, 3:] * (1.0 - SLOWER * share)[:, None]
    return torch.cat([torch.cat([turn, place], dim=2).flatten(1), coefficients[:, POSE:]], dim=1)


def rollout(model: Steps, seen: Tensor, target: Tensor | None, frames: int, latents: Tensor) -> Tensor:
    """The torch twin of dynamics.rollout: (B, frames, 62) after seen (B, F0, 62); target (B, 62) or None; latents (B, W, 16)."""
    batch, towards = len(seen), target is not None
    state = seen.new_zeros(batch, 2 * STATE)
    aim = target if target is not None else torch.zeros_like(seen[:, 0])
    still, before = seen.new_zeros(batch, 2), seen[:, 0]
    for frame in seen[:, :-1].unbind(1):
        _, state = model(frame, before, aim, still, latents[:, 0], state)
        before = frame
    made, frame = [], seen[:, -1]
    if towards and seen.shape[1] == 1:
        before = frame - (aim - frame) / frames
    for t in range(1, frames + 1):
        time = seen.new_tensor(time_of(t, frames, towards)).expand(batch, 2)
        after, state = model(frame, before, aim, time, latents[:, (t - 1) // WINDOW], state)
        before, frame = frame, after
        made.append(frame)
    return torch.stack(made, dim=1)


def examples(config: Config, batch: int, random: torch.Generator) -> tuple[Tensor, ...]:
    """Inputs at the scale of real ones."""
    frame, target = (torch.randn(batch, COEFFICIENTS, generator=random) * 0.3 for _ in range(2))
    for given in (frame, target):
        given[:, :POSE] = 0.1 * given[:, :POSE] + torch.tensor([1.0, 0, 0, 0, 0, 0, -1.0, 0, 0, 1.0, 0, 0])
        given[:, SHAPE] = 0.2
    latent, state = torch.randn(batch, LATENT, generator=random), 0.3 * torch.randn(batch, 2 * STATE, generator=random)
    before = frame - 0.01 * torch.randn(batch, COEFFICIENTS, generator=random)
    return frame, before, target, torch.rand(batch, 2, generator=random), latent, state


def config_to_text(config: Config) -> str:
    return json.dumps(asdict(config))


def config_from_text(text: str) -> Config:
    return Config(**json.loads(text))


def load(path: Path) -> Dynamics:
    """The network from its safetensors, ready to run."""
    return restore(path, lambda text: Dynamics(config_from_text(text)))
