"""How 3DDP is trained: Eqs. 8 to 10 of FaceAnime on predicted and on target-driven sequences, and presets."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from ..data.coefficient_sequences import CoefficientSequences
from ..errors import ValueRangeError
from ..morphable.model import MorphableModel, load_model
from ..video.dynamics import LATENT, MOVED, NAME, POSE, REACH, SEEN, SPREAD, WINDOW, normalised
from ..video.dynamics_network import LARGEST, Config, Dynamics, rollout
from .distributed import mine
from .loop import follow, update
from .recipe import preset_of

LAMBDA = 1e3  # lambda_1 of Eq. 10; vertices are in mm, coefficients normalised
MEDIAN_LAMBDA, NEAR = 20.0, 1e-6  # the same of distances that are not squared; what keeps their slope finite
SURFACE = 128  # vertices of the face that Eq. 9 looks at
ALONE = 0.4  # share of the batches in which one frame is seen
ROLLED, OFTEN = 2 * WINDOW, 0.75  # frames that are predicted in one go, in most batches the paper's WINDOW
WAYS = (4, 48)  # frames, least and most, of a way to a target
WATCHED = 512  # windows of the validation
POSTERIOR, CLOSER = 256, 5.0  # width of the network that reads what happened; how closely it looks at what changes
CLIPS, SHARES = 2000, np.linspace(0.05, 0.97, 47)  # windows that what goes on is found from, and the shares that are tried
KEPT = 0.997  # of the averaged weights, a step
STILL_HEADS = 0.2  # share of the sequences whose head is held still, as in recordings without the head's rotation
MOST, FARTHER, STILL = 99.9, 1.5, 1e-9  # percentile of the steps in the data, how much farther a step may go; no step at all


@dataclass(frozen=True)
class Preset:
    """steps of `batch` sequences at learning rate `rate`; hidden: width of the LSTM; stepping: see Config; beta: weight of the divergence; median:
    what is to be expected is the median of the futures (median_loss), otherwise their mean (Eqs. 8 to 10)."""

    steps: int
    hidden: int = 128
    batch: int = 64
    rate: float = 2e-3
    beta: float = 0.5
    stepping: bool = True
    median: bool = True


PRESETS = {
    "short": Preset(600),
    "cpu": Preset(2000),
    "full": Preset(40_000, hidden=1024, batch=128, rate=5e-4),
    "published": Preset(40_000, hidden=1024, batch=8, rate=1e-4, stepping=False, median=False),
}
preset = partial(preset_of, NAME, PRESETS)


class Skin(nn.Module):
    """Some vertices of the face as the camera sees them (Eqs. 1 and 2), in mm at the first frame's size."""

    mean: Tensor
    basis: Tensor

    def __init__(self, model: MorphableModel, count: int = SURFACE):
        super().__init__()
        face = np.flatnonzero(model.face)
        chosen = face[np.linspace(0, len(face) - 1, min(count, len(face))).astype(int)]
        self.register_buffer("mean", torch.from_numpy(model.mean[chosen]))
        self.register_buffer("basis", torch.from_numpy(model.flat.reshape(len(model.flat), -1, 3)[:, chosen]).flatten(1))

    def forward(self, values: Tensor) -> Tensor:
        """Normalised coefficients (..., 62) -> (..., K, 3) mm, depth included."""
        still = self.mean + (SPREAD * values[..., POSE:] @ self.basis).unflatten(-1, self.mean.shape)
        pose = values[..., :POSE].unflatten(-1, (3, 4))
        return 1000.0 * (still @ pose[..., :3].transpose(-1, -2) + REACH * pose[..., None, :, 3])


def coefficient_loss(made: Tensor, true: Tensor) -> Tensor:
    """L_3dc (Eq. 8): squared distance of normalised coefficients (B, T, 62), mean over frames and sequences."""
    return ((made - true) ** 2).sum(dim=-1).mean()


def vertex_loss(made: Tensor, true: Tensor) -> Tensor:
    """L_3dv (Eq. 9): squared distance of vertices (B, T, K, 3), mean over vertices, frames and sequences."""
    return ((made - true) ** 2).sum(dim=-1).mean()


def median_loss(made: Tensor, true: Tensor, vertices: Tensor, true_vertices: Tensor) -> Tensor:
    """Eqs. 8 to 10 of distances that are not squared: least for the median of what may happen, which does not draw a face away from rest."""
    each = ((vertices - true_vertices) ** 2, (made - true) ** 2)
    surface, coefficients = (squares.sum(dim=-1).add(NEAR).sqrt().mean() for squares in each)
    return surface + MEDIAN_LAMBDA * coefficients


def windows(sequences: CoefficientSequences, rows: np.ndarray, starts: np.ndarray, seen: int, frames: int) -> Tensor:
    """Normalised coefficients (B, seen + frames, 62) of sequences `rows` (B,) from frame `starts` (B,) on, relative to the last frame seen."""
    place = starts[:, None] + np.arange(seen + frames)
    moving = sequences.moving[rows[:, None], place]
    shape = np.repeat(sequences.shape[rows][:, None], place.shape[1], axis=1)
    whole = np.concatenate([moving[..., :POSE], shape, moving[..., POSE:]], axis=2)
    return torch.from_numpy(normalised(whole, whole[:, seen - 1 : seen])).float()


class Posterior(nn.Module):
    """Which latents a true future stands for: mean and logarithm of the variance (B, W, 16) of each window of (B, F, 62), the last frame seen first.

    A network of two layers reads a window's frames, from where it begins; a shorter last one is held on.
    """

    def __init__(self) -> None:
        super().__init__()
        self.read = nn.Sequential(nn.Linear((WINDOW + 1) * len(MOVED), POSTERIOR), nn.ReLU(), nn.Linear(POSTERIOR, 2 * LATENT))

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        moving = frames[..., torch.as_tensor(MOVED, device=frames.device)]
        windows = -(-(frames.shape[1] - 1) // WINDOW)
        missing = windows * WINDOW + 1 - frames.shape[1]
        moving = torch.cat([moving, moving[:, -1:].expand(-1, missing, -1)], dim=1)
        parts = moving.unfold(1, WINDOW + 1, WINDOW).transpose(2, 3)  # (B, W, WINDOW + 1, 22)
        parts = torch.cat([parts[:, :, :1], CLOSER * (parts[:, :, 1:] - parts[:, :, :1])], dim=2)
        mean, log_variance = self.read(parts.flatten(2)).chunk(2, dim=-1)
        return mean, log_variance.clamp(-8.0, 4.0)


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Kullback-Leibler divergence (nats a window) of N(mean, variance) from the standard normal distribution, mean over windows."""
    return 0.5 * (mean**2 + log_variance.exp() - 1.0 - log_variance).sum(dim=-1).mean()


class DynamicsRecipe:
    """The recipe the training loop runs; networks["dynamics_3dd"] is the average of the network's weights over the last steps.

    From half of each batch the one network learns what is to be expected, from the other half the other one what may happen.
    """

    def __init__(self, sequences: CoefficientSequences, preset: Preset, seed: int, model: MorphableModel | None = None):
        torch.manual_seed(seed)
        self.preset, self.steps, self.sequences = preset, preset.steps, sequences
        held = sequences.held
        self.rows, self.held = np.flatnonzero(~held), np.flatnonzero(held)
        if not len(self.rows) or not len(self.held) or sequences.moving.shape[1] < SEEN + WAYS[1]:
            raise ValueRangeError(
                f"The coefficient sequences are {len(self.rows)} to learn from and {len(self.held)} to watch, of {sequences.moving.shape[1]} frames; "
                f"needed are some of both, of {SEEN + WAYS[1]} frames or more. Make a larger set."
            )
        self.model, self.posterior = Dynamics(Config(hidden=preset.hidden, stepping=preset.stepping)), Posterior()
        self.skin = Skin(model or load_model())
        begins = self._carried() if preset.stepping else self._usual()
        reach, usual = self._paces()
        for step in (self.model.expected, self.model.drawn):
            step.reach.copy_(reach)
            step.usual.copy_(usual)
            with torch.no_grad():
                (step.carry if preset.stepping else step.project).bias.copy_(begins)
        self.average = copy.deepcopy(self.model)
        self.networks: dict[str, nn.Module] = {NAME: self.average, "model": self.model, "posterior": self.posterior, "skin": self.skin}
        parameters = [*self.model.parameters(), *self.posterior.parameters()]
        self.optimisers: dict[str, torch.optim.Optimizer] = {"dynamics": torch.optim.Adam(parameters, lr=preset.rate)}

    def _paces(self) -> tuple[Tensor, Tensor]:
        """The farthest that each coefficient (62,) moves in a frame, 0 for those that never do, and the root mean square, 1 for those."""
        chosen = self.rows[:: max(1, len(self.rows) // 200)]
        whole = self.sequences.coefficients(chosen)
        steps = np.abs(np.diff(normalised(whole, whole[:, :1]), axis=1)).reshape(-1, whole.shape[2])
        far, usual = FARTHER * np.percentile(steps, MOST, axis=0), np.sqrt((steps**2).mean(axis=0))
        moves = usual > STILL
        return torch.from_numpy(np.where(moves, far, 0.0)).float(), torch.from_numpy(np.where(moves, usual, 1.0)).float()

    def _carried(self) -> Tensor:
        """Where the share of a step that goes on begins (62,), before the sigmoid: of each coefficient the one that tells its next 24 frames best."""
        rng = np.random.default_rng(0)
        rows = self.rows[rng.integers(len(self.rows), size=CLIPS)]
        starts = rng.integers(self.sequences.moving.shape[1] - 2 - WINDOW + 1, size=CLIPS)
        whole = windows(self.sequences, rows, starts, 2, WINDOW).numpy()
        step, true = whole[:, 1] - whole[:, 0], whole[:, 2:] - whole[:, 1:2]
        errors = np.empty((len(SHARES), whole.shape[2]))
        for k, share in enumerate(SHARES):
            gone = np.cumsum(share ** np.arange(1, WINDOW + 1))
            errors[k] = ((true - gone[:, None] * step[:, None]) ** 2).mean(axis=(0, 1))
        best = SHARES[errors.argmin(axis=0)]
        return torch.from_numpy(np.log(best / (1.0 - best))).float()

    def _usual(self) -> Tensor:
        """Where coefficients (62,) that are predicted themselves begin, before the tanh: the mean of the data."""
        whole = self.sequences.coefficients(self.rows[: CLIPS // 10], slice(0, 1))
        return torch.from_numpy(np.arctanh(np.clip(normalised(whole, whole).mean(axis=(0, 1)) / LARGEST, -0.9, 0.9))).float()

    def _batch(self, index: int, random: torch.Generator) -> tuple[Tensor, int, bool, Tensor]:
        """Windows of this process, how many of their frames are seen, whether the last is a target, and noise."""
        aimed = index % 2 == 1
        seen = 1 if torch.rand(1, generator=random) < ALONE else int(torch.randint(2, SEEN + 1, (1,), generator=random))
        far = WINDOW if torch.rand(1, generator=random) < OFTEN else ROLLED
        way = int(torch.randint(WAYS[0], WAYS[1] + 1, (1,), generator=random))
        frames = way if aimed else far
        batch = self.preset.batch
        rows = torch.randint(len(self.rows), (batch,), generator=random)
        last = self.sequences.moving.shape[1] - seen - frames
        starts = torch.randint(last + 1, (batch,), generator=random)
        noise = torch.randn(batch, -(-frames // WINDOW), LATENT, generator=random)
        still = torch.rand(batch, generator=random) < STILL_HEADS
        rows, starts, still = mine(rows), mine(starts), mine(still)
        whole = windows(self.sequences, self.rows[rows.numpy()], starts.numpy(), seen, frames)
        whole[still, :, :POSE] = whole[still, seen - 1 : seen, :POSE]
        return whole, seen, aimed, mine(noise)

    def step(self, index: int, random: torch.Generator) -> dict[str, float]:
        whole, seen, aimed, noise = self._batch(index, random)
        where = self.skin.mean.device
        whole, noise = whole.to(where), noise.to(where)
        true = whole[:, seen:]
        half = len(whole) // 2
        mean, log_variance = self.posterior(whole[half:, seen - 1 :])
        drawn = mean + noise[half:] * (0.5 * log_variance).exp()
        target = whole[:, -1] if aimed else None
        parts = ((self.model.expected, slice(None, half), noise[:half]), (self.model.drawn, slice(half, None), drawn))
        made = torch.cat(
            [
                rollout(step, whole[rows, :seen], None if target is None else target[rows], true.shape[1], latents)
                for step, rows, latents in parts
            ]
        )
        surface, true_surface = self.skin(made), self.skin(true)
        own = slice(half if self.preset.median else 0, None)
        first, second = vertex_loss(surface[own], true_surface[own]), coefficient_loss(made[own], true[own])
        expected = median_loss(made[:half], true[:half], surface[:half], true_surface[:half])
        nats = divergence(mean, log_variance)
        loss = first + LAMBDA * second + self.preset.beta * nats
        update(self.optimisers["dynamics"], loss + expected if self.preset.median else loss)
        kept = min(KEPT, index / (index + 10.0))
        follow(self.average, self.model, kept)
        return {"median": expected.item(), "L_3dv": first.item(), "L_3dc": second.item(), "nats": nats.item()}

    def validate(self) -> dict[str, float]:
        """Mean distance of vertices in mm over the first 24 frames of what is expected: seen 10 frames, seen one, and towards a target."""
        rng = np.random.default_rng(0)
        rows = self.held[rng.integers(len(self.held), size=WATCHED)]
        starts = rng.integers(self.sequences.moving.shape[1] - 10 - WINDOW, size=WATCHED)
        whole = windows(self.sequences, rows, starts, 10, WINDOW).to(self.skin.mean.device)
        latents = whole.new_zeros(WATCHED, 1, LATENT)
        scores = {}
        with torch.no_grad():
            for name, seen, target in (("predict_10", 10, False), ("predict_1", 1, False), ("towards_1", 1, True)):
                made = rollout(self.average, whole[:, 10 - seen : 10], whole[:, -1] if target else None, WINDOW, latents)
                scores[f"{name}_mm"] = float((self.skin(made) - self.skin(whole[:, 10:])).norm(dim=-1).mean())
        return scores
