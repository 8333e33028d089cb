"""How FEV-GAN is trained: Eqs. 1 to 5 of the paper with log(1 - .) where it prints 1 - log(.), what its additions learn from, and presets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..data.expression_clips import EVERY, FINE, GRID, SIZE, ExpressionClips
from ..errors import ModelError, ValueRangeError
from ..video.fevgan import FRAMES, NAME
from ..video.fevgan_network import LABELS, Config, Discriminator, Generator, IdentityEncoder, as_seen, carried, composed
from .distributed import mine
from .loop import update
from .recipe import preset_of
from .recognition import layers_of

PIXEL = 127.5  # grey levels of a unit
BETTER = 0.06  # colours, of -1..1, by which painting has to be nearer the truth
WRONG, UNSEEN = 0.3, 10.0  # of a moved picture, -1..1, from where on it counts in full; how much more colours count there
WATCHED, PART = 48, 8  # held-out clips of the validation, and how many at once
LIGHT, TINT, GREY = (
    0.15,
    0.06,
    0.1,
)  # standard deviations of a clip's brightness and of its channels', chance of no colour: beside what is rendered


@dataclass(frozen=True)
class Preset:
    """config: the generator; judge: widths of the discriminator; steps of `batch` clips at learning rates `rate` and `judge_rate`, beta1 of Adam;
    reconstruction and identity: lambda_1 and lambda_2 of Eq. 1; looked: frames of a clip that L_id looks at; looks: steps from one that the
    discriminator and L_id take part in to the next; of_input: L_id is held against the input (Eq. 5), or frame by frame against the true clip
    (Algorithm 1). Weights of what is Mimica's: flow, see flow_loss; mask, see mask_loss; painted, colours that the mask hides."""

    config: Config
    judge: tuple[int, ...]
    steps: int
    batch: int
    rate: float
    judge_rate: float
    beta: float = 0.5
    reconstruction: float = 100.0
    identity: float = 1.0
    looked: int = 4
    looks: int = 1
    of_input: bool = True
    flow: float = 20.0
    mask: float = 1.0
    painted: float = 10.0


PUBLISHED = Preset(Config(composed=False), (128, 256, 512, 1024), 120_000, 16, 2e-5, 2e-5)
LIGHTER = Config(taps=(8,), kept=48, spatial=(24, 56, 96), mixed=96, start=8, decoder=(112, 96, 40, 20))
CPU = Preset(LIGHTER, (16, 32, 64, 96), 3000, 4, 1e-3, 2e-4, looked=1, looks=4, of_input=False, flow=100.0, painted=10.0, mask=10.0)
PRESETS = {
    "short": replace(CPU, steps=300),
    "cpu": CPU,
    "fine": replace(CPU, config=replace(LIGHTER, size=FINE, decoder=(112, 96, 40, 20, 16))),
    "full": replace(PUBLISHED, config=Config()),
    "full_fine": replace(PUBLISHED, config=Config(size=FINE, decoder=(1024, 512, 256, 128, 64))),
    "published": PUBLISHED,
}
preset = partial(preset_of, NAME, PRESETS)


def without(config: Config, part: str) -> Config:
    """The generator with a part left out: the identity encoder, the spatial one, the composition; or all: one encoder's code without places, as the
    conditional VGAN has it."""
    changed = {
        "identity": {"taps": ()},
        "spatial": {"spatial": ()},
        "composition": {"composed": False},
        "all": {"taps": (), "composed": False, "pooled": True},
    }
    return replace(config, **changed[part])  # type: ignore[arg-type]


def read_identity(path: Path, encoder: IdentityEncoder) -> None:
    """Fills the encoder with SFace's weights (ONNX), each layer's normalisation folded in. Errors as layers_of; ModelError, too, for another
    network."""
    chain = layers_of(path)[2:]  # the first two bring pictures of 0..255 to -1..1
    for number, (layer, slope) in enumerate(zip(encoder.layers, encoder.slopes, strict=True)):
        own = chain[3 * number : 3 * number + 3]
        assert isinstance(layer, nn.Conv2d) and layer.bias is not None
        if [each.kind for each in own] != ["Conv", "BatchNormalization", "PRelu"] or own[0].weights[0].shape != layer.weight.shape:
            raise ModelError(f"{path} is not the SFace network that FEV-GAN's identity encoder is made of. Fetch it again.")
        gamma, beta, mean, variance = own[1].weights
        gain = gamma / (variance + own[1].stated["epsilon"]).sqrt()
        weight = own[0].weights[0] * gain[:, None, None, None]
        layer.weight.data.copy_(weight * (PIXEL / 128.0 if number == 0 else 1.0))
        layer.bias.data.copy_(beta - mean * gain)
        slope.data.copy_(own[2].weights[0].flatten())


def judged(logits: Tensor, real: bool) -> Tensor:
    """Eq. 3's terms, to be minimised: -log D of what is to pass for real, -log(1 - D) of what is not."""
    return functional.binary_cross_entropy_with_logits(logits, torch.full_like(logits, float(real)))


def identity_loss(made: list[Tensor], true: list[Tensor]) -> Tensor:
    """Eq. 5: mean absolute difference of the identity encoder's maps."""
    return torch.stack([(a - b).abs().mean() for a, b in zip(made, true, strict=True)]).mean()


def mask_loss(mask: Tensor, rgb: Tensor, moved: Tensor, true: Tensor) -> Tensor:
    """Cross-entropy of a mask (B, 1, 32, S, S) with where painted colours (B, 3, 32, S, S) are nearer the truth than the picture's own, moved, by
    more than BETTER. Unlike the clip's own error it draws a mask back from 0."""
    with torch.no_grad():
        off = [functional.avg_pool3d((each - true).abs().mean(dim=1, keepdim=True), (1, 3, 3), 1, (0, 1, 1)) for each in (rgb, moved)]
        wanted = (off[0] + BETTER < off[1]).float()
    with torch.autocast(mask.device.type, enabled=False):
        return functional.binary_cross_entropy(mask.float().clamp(1e-4, 1.0 - 1e-4), wanted.float())


def painted_loss(rgb: Tensor, moved: Tensor, true: Tensor) -> Tensor:
    """Mean absolute difference of colours (B, 3, 32, S, S) from the truth, which counts up to UNSEEN times more where the picture's own, moved, are
    wrong."""
    wrong = ((moved - true).abs().mean(dim=1, keepdim=True).detach() / WRONG).clamp(max=1.0)
    return ((rgb - true).abs() * (1.0 + UNSEEN * wrong)).mean()


def flow_loss(flow: Tensor, true: Tensor) -> Tensor:
    """Huber's loss, px of a frame with its bend at 1, of a flow (B, 2, 32, S, S) from what is known (B, 32 / EVERY, GRID, GRID, 2), NaN elsewhere.

    Squares where it is small: most of a picture hardly moves, and absolute differences would settle for no motion at all.
    """
    size = flow.shape[-1]
    seen = functional.avg_pool3d(flow[:, :, EVERY - 1 :: EVERY], (1, size // GRID, size // GRID)).permute(0, 2, 3, 4, 1)
    known = torch.isfinite(true)
    off = functional.huber_loss(size * seen, size * torch.nan_to_num(true), reduction="none")
    return torch.where(known, off, 0.0).sum() / known.sum().clamp_min(1)


class FevGanRecipe:
    """See core.training.recipe.Recipe. sface: the file of the identity encoder's weights; None leaves them as drawn, for tests."""

    def __init__(self, clips: ExpressionClips, preset: Preset, seed: int, sface: Path | None):
        torch.manual_seed(seed)
        self.preset, self.steps = preset, preset.steps
        size, held = clips.frames.shape[2], clips.held
        if size != preset.config.size or clips.frames.shape[1] != FRAMES:
            raise ValueRangeError(
                f"The clips are of {clips.frames.shape[1]} frames of {size} px; the preset is for {FRAMES} of {preset.config.size}. "
                f"Make them with --size {preset.config.size} ({SIZE} or {FINE})."
            )
        if held.all() or not held.any():
            raise ValueRangeError(f"The expression clips are of {len(set(clips.person))} people; five at least are needed. Make more.")
        self.frames, self.flow = torch.from_numpy(clips.frames), torch.from_numpy(clips.flow)
        self.labels = functional.one_hot(torch.from_numpy(clips.label), LABELS) * torch.from_numpy(clips.intensity)[:, None]
        self.rows = torch.from_numpy(np.flatnonzero(~held))
        watched = np.flatnonzero(held)
        self.watched = torch.from_numpy(watched[np.linspace(0, len(watched) - 1, min(WATCHED, len(watched))).astype(int)])
        self.model, self.judge = Generator(preset.config), Discriminator(size, preset.judge)
        self.eye = self.model.identity or IdentityEncoder((8,))
        if sface is not None:
            read_identity(sface, self.eye)
        self.networks: dict[str, nn.Module] = {NAME: self.model, "discriminator": self.judge, "eye": self.eye}
        trained = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            "generator": torch.optim.Adam(trained, preset.rate, betas=(preset.beta, 0.999)),
            "discriminator": torch.optim.Adam(self.judge.parameters(), preset.judge_rate, betas=(preset.beta, 0.999)),
        }

    def clips(self, rows: Tensor, where: torch.device) -> Tensor:
        """(B, 3, 32, S, S) in -1..1."""
        return (self.frames[rows].to(where).float() / PIXEL - 1.0).permute(0, 4, 1, 2, 3)

    def _batch(self, random: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Clips, labels and flows of a step, some mirrored, in any light."""
        count = self.preset.batch
        rows = self.rows[torch.randint(len(self.rows), (count,), generator=random)]
        mirrored = torch.rand(count, generator=random) < 0.5
        gain = torch.exp(LIGHT * torch.randn(count, 1, generator=random) + TINT * torch.randn(count, 3, generator=random))
        lift = LIGHT * torch.randn(count, generator=random)
        grey = torch.rand(count, generator=random) < GREY
        rows, mirrored, gain, lift, grey = (mine(value) for value in (rows, mirrored, gain, lift, grey))
        where = self.judge.first.weight.device
        clips, flow = self.clips(rows, where), self.flow[rows].to(where).float()
        clips[mirrored] = clips[mirrored].flip(-1)
        flow[mirrored] = flow[mirrored].flip(-2) * torch.tensor([-1.0, 1.0], device=where)
        clips = (clips * gain.to(where)[:, :, None, None, None] + lift.to(where)[:, None, None, None, None]).clamp(-1.0, 1.0)
        clips[grey] = clips[grey].mean(dim=1, keepdim=True).expand(-1, 3, -1, -1, -1)
        return clips, self.labels[rows].to(where).float(), flow

    def step(self, index: int, random: torch.Generator) -> dict[str, float]:
        preset = self.preset
        self.model.train()
        self.judge.train()
        true, label, flow = self._batch(random)
        image = true[:, :, 0]
        rgb, mask, moving = self.model(image, label)
        moved = carried(image, moving)
        made = mask * rgb + (1.0 - mask) * moved
        off = (made - true).abs().mean()
        loss, said = preset.reconstruction * off, {"L_rec": off.item()}
        if index % preset.looks == 0:
            judging = judged(self.judge(true, label), True) + judged(self.judge(made.detach(), label), False)
            update(self.optimisers["discriminator"], judging)
            passing, near = judged(self.judge(made, label), True), self._identity(image, true, made, random)
            loss = loss + passing + preset.identity * near
            told = {"L_adv": passing, "L_D": judging, "L_id": near}
            said |= {key: preset.looks * value.item() for key, value in told.items()}
        if preset.config.composed:
            strayed, chosen = flow_loss(moving, flow), mask_loss(mask, rgb, moved, true)
            loss = loss + preset.flow * strayed + preset.mask * chosen + preset.painted * painted_loss(rgb, moved, true)
            said |= {"L_flow": strayed.item(), "L_mask": chosen.item(), "mask": mask.mean().item()}
        update(self.optimisers["generator"], loss)
        return said

    def _identity(self, image: Tensor, true: Tensor, made: Tensor, random: torch.Generator) -> Tensor:
        """L_id of some frames."""
        chosen = torch.randperm(FRAMES, generator=random)[: self.preset.looked].to(made.device)
        frames = made[:, :, chosen].transpose(1, 2).flatten(0, 1)
        with torch.no_grad():
            against = image[:, :, None].expand_as(made[:, :, chosen]) if self.preset.of_input else true[:, :, chosen]
            wanted = self.eye(as_seen(against.transpose(1, 2).flatten(0, 1)))
        return identity_loss(self.eye(as_seen(frames)), wanted)

    def validate(self) -> dict[str, float]:
        """Mean absolute difference (of 0..255) and PSNR (dB) of clips of people held out, and of their first frames held still."""
        self.model.eval()
        where = self.judge.first.weight.device
        sums = np.zeros(4)
        with torch.inference_mode():
            for rows in self.watched.split(PART):
                true = self.clips(rows, where)
                made = composed(true[:, :, 0], *self.model(true[:, :, 0], self.labels[rows].to(where).float()))
                for place, shown in ((0, made), (2, true[:, :, :1].expand_as(true))):
                    off = PIXEL * (shown - true)
                    decibels = 10.0 * torch.log10(255.0**2 / off.square().mean(dim=(1, 3, 4)).clamp_min(1e-1))
                    sums[place : place + 2] += float(off.abs().mean()) * len(rows), float(decibels.mean()) * len(rows)
        found = sums / len(self.watched)
        return dict(zip(("held_out", "psnr", "still", "still_psnr"), map(float, found), strict=True))
