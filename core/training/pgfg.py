"""How PGFG is trained: Eqs. 12 to 15 of FaceAnime on pairs of rendered faces, and presets."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..data.face_pairs import FacePairs
from ..errors import ValueRangeError
from ..video.pgfg_network import NAME, Config, Discriminator, Generator
from .distributed import mine
from .loop import follow, update
from .pgfg_inputs import Batch, Batches
from .recipe import preset_of
from .recognition import Recognition

KEPT = 0.998  # of the averaged weights, a step
WATCHED = 96  # pairs of the validation
WRONG = 0.1  # of a warp, -1..1


@dataclass(frozen=True)
class Preset:
    """steps of `batch` pairs at learning rate `rate`; config of the generator; weights of the losses: squares (Eq. 12, summed over a picture),
    absolute (mean), structure (1 - SSIM), identity (lambda_2 of Eq. 15), adversarial (lambda_3), doubt: of
    the mask against where what is under it is wrong; regions: how much more
    eyes and mouth count; judged: pairs a step that the identity is looked at in; later: share of the steps before the discriminator joins."""

    steps: int
    config: Config = field(default_factory=Config)
    batch: int = 8
    rate: float = 1e-3
    squares: float = 0.0
    absolute: float = 10.0
    structure: float = 2.0
    identity: float = 1.0
    adversarial: float = 0.03
    doubt: float = 0.2
    regions: float = 3.0
    judged: int = 2
    later: float = 0.75


_FULL = Config(side=128, stem=1, widths=(64, 128, 256, 512, 512, 512), code=128, over="source", norm=True)
_SMALL = Config(side=80, stem=2, over="source", widths=(32, 48, 64, 96))
_PUBLISHED = Preset(
    400_000, _FULL, rate=1e-4, squares=1.0, absolute=0.0, structure=0.0, identity=1e4, adversarial=1.0, doubt=0.0, regions=0.0, judged=8, later=0.0
)  # fmt: skip
PRESETS = {
    "short": Preset(4, Config(side=80), batch=2, judged=1),
    "cpu": Preset(3400),
    "full": Preset(120_000, Config(widths=(96, 128, 192, 256)), batch=32, judged=8),
    "published": _PUBLISHED,
}
_VARIANT = Preset(1500, _SMALL, batch=12, identity=1.0, adversarial=0.03)
VARIANTS = {
    "sparse1": _VARIANT,
    "no_identity": replace(_VARIANT, identity=0.0),
    **{
        prior: replace(_VARIANT, config=replace(_SMALL, prior=prior))
        for prior in ("dense", "landmarks68", "landmarks_dense", "sparse2", "sparse3")
    },
}  # of the paper's Table III, small


_KNOWN = PRESETS | {f"table3-{variant}": one for variant, one in VARIANTS.items()}
preset = partial(preset_of, NAME, _KNOWN)


def pixel_loss(made: Tensor, true: Tensor) -> Tensor:
    """L_img (Eq. 12): squared Euclidean distance of pictures (B, 3, S, S), mean over pictures."""
    return ((made - true) ** 2).flatten(1).sum(dim=1).mean()


def identity_loss(made: Tensor, true: Tensor) -> Tensor:
    """L_id (Eq. 14): squared distance of features (B, D) on the unit sphere, mean over faces."""
    return ((functional.normalize(made) - functional.normalize(true)) ** 2).sum(dim=1).mean()


def discriminator_loss(of_true: Tensor, of_made: Tensor) -> Tensor:
    """What the discriminator descends: minus L_adv (Eq. 13), of logits."""
    return functional.softplus(-of_true).mean() + functional.softplus(of_made).mean()


def adversarial_loss(of_made: Tensor) -> Tensor:
    """What the generator descends of Eq. 13: -log D in place of log(1 - D), which has the same fixed point and does not fade (Goodfellow 2014)."""
    return functional.softplus(-of_made).mean()


def doubt_loss(mask: Tensor, under: Tensor, true: Tensor) -> Tensor:
    """Cross-entropy of a mask (B, 1, S, S) 0..1 with how wrong the picture under it (B, 3, S, S) is there: 0 where right, near 1 far beyond WRONG."""
    off = functional.avg_pool2d((under - true).abs().mean(dim=1, keepdim=True), 5, 1, 2)
    with torch.autocast(mask.device.type, enabled=False):
        return functional.binary_cross_entropy(mask.clamp(1e-4, 1.0 - 1e-4), 1.0 - torch.exp(-off / WRONG))


def structure(made: Tensor, true: Tensor) -> Tensor:
    """SSIM (B, 1, S - 6, S - 6) of pictures (B, 3, S, S) -1..1, mean over channels, in windows of 7 px. Its luminance, too, is of -1..1: a shift of
    grey counts for more than in SSIM of 0..255."""
    means = [functional.avg_pool2d(each, 7, 1) for each in (made, true, made * made, true * true, made * true)]
    a, b, aa, bb, ab = means
    first, second = (0.01 * 2.0) ** 2, (0.03 * 2.0) ** 2
    index = (2 * a * b + first) * (2 * (ab - a * b) + second) / ((a * a + b * b + first) * (aa - a * a + bb - b * b + second))
    return index.mean(dim=1, keepdim=True)


class PgfgRecipe:
    """The recipe the training loop runs; networks["pgfg"] is the average of the generator's weights over the last steps."""

    def __init__(self, pairs: FacePairs, preset: Preset, seed: int, recognition: Path | None = None):
        torch.manual_seed(seed)
        self.preset, self.steps = preset, preset.steps
        held = pairs.held
        if not held.any():
            raise ValueRangeError(f"There are pairs of {len(held)} people; some must be held out. Make more: at least 8.")
        self.batches = Batches(pairs, preset.config.prior, preset.config.side)
        self.people, self.watched, self.count = np.flatnonzero(~held), np.flatnonzero(held), pairs.target.shape[1]
        self.model, self.discriminator = Generator(preset.config), Discriminator()
        for network in (self.model, self.discriminator):  # faster on CPUs
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.model)
        self.networks: dict[str, nn.Module] = {NAME: self.average, "model": self.model, "discriminator": self.discriminator}
        self.recognition = Recognition(recognition) if preset.identity and recognition else None
        adam = {"betas": (0.5, 0.99)}
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            "generator": torch.optim.Adam(self.model.parameters(), preset.rate, **adam),
            "discriminator": torch.optim.Adam(self.discriminator.parameters(), preset.rate, **adam),
        }

    def step(self, index: int, random: torch.Generator) -> dict[str, float]:
        count, where = self.preset.batch, next(self.model.parameters()).device
        people = mine(torch.from_numpy(self.people)[torch.randint(len(self.people), (count,), generator=random)])
        which = mine(torch.randint(self.count, (count,), generator=random))
        batch = self.batches(people.numpy(), which.numpy(), random).to(where)
        self.model.train()
        made, mask = self.model(*(each.contiguous(memory_format=torch.channels_last) for each in batch.inputs))
        against = self.preset.adversarial > 0 and index >= self.preset.later * self.steps
        losses = self._losses(made, mask, batch)
        if against:
            self.discriminator.requires_grad_(False)
            losses["adversarial"] = adversarial_loss(self.discriminator(batch.target_prior, made))
            self.discriminator.requires_grad_(True)
        weights = vars(self.preset)
        update(self.optimisers["generator"], torch.stack([weights[key] * value for key, value in losses.items()]).sum(), clip=5.0)
        if against:
            seen = [self.discriminator(batch.target_prior, each) for each in (batch.target, made.detach())]
            losses["discriminator"] = discriminator_loss(*seen)
            update(self.optimisers["discriminator"], losses["discriminator"], clip=5.0)
        follow(self.average, self.model, min(KEPT, (index + 1.0) / (index + 10.0)))
        return {key: value.item() for key, value in losses.items()}

    def _losses(self, made: Tensor, mask: Tensor, batch: Batch) -> dict[str, Tensor]:
        """By the names of the preset's weights."""
        preset, losses = self.preset, {}
        more = 1.0 + preset.regions * batch.regions
        if preset.squares:
            losses["squares"] = pixel_loss(made, batch.target)
        if preset.absolute:
            losses["absolute"] = ((made - batch.target).abs() * more).mean()
        if preset.structure:
            losses["structure"] = ((1.0 - structure(made.float(), batch.target)) * more[..., 3:-3, 3:-3]).mean()
        if preset.doubt:
            under = batch.source if preset.config.over == "source" else batch.warp
            losses["doubt"] = doubt_loss(mask.float(), under, batch.target)
        if self.recognition is not None:
            self.recognition.to(made.device)
            rows = slice(0, preset.judged)
            with torch.no_grad():
                true = self.recognition(batch.target[rows], batch.faces[rows])
            losses["identity"] = identity_loss(self.recognition(made[rows], batch.faces[rows]), true)
        return losses

    def validate(self) -> dict[str, float]:
        """On people held out: mean absolute error (grey levels), SSIM and the regions' error, and the warp's own."""
        rng, found = np.random.default_rng(0), []
        people, which = rng.choice(self.watched, WATCHED), rng.integers(self.count, size=WATCHED)
        self.average.eval()
        with torch.inference_mode():
            for start in range(0, WATCHED, 16):
                batch = self.batches(people[start : start + 16], which[start : start + 16]).to(next(self.average.parameters()).device)
                made, mask = self.average(*batch.inputs)
                found.append([float(each) for other in (made, batch.warp) for each in _scores(other, batch)] + [float(mask.mean())])
        names = ("error", "ssim", "regions", "warp_error", "warp_ssim", "warp_regions", "mask")
        return dict(zip(names, np.mean(found, axis=0).tolist(), strict=True))


def _scores(made: Tensor, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    off = 127.5 * (made - batch.target).abs()
    return off.mean(), structure(made, batch.target).mean(), (off * batch.regions).mean() / batch.regions.mean()
