"""What One-shot Face Reenactment is shown in training: faces with another person's jaw (boundary resampling), or true pairs of one person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..data.boundary_resampling import resampled
from ..data.face_pairs import FacePairs
from ..evaluation.sface import grid_place
from ..video.face_crop import FaceCrop
from ..video.face_motion import MOTION, motion_field
from ..video.parsing import BRIDGE, BROWS, EYES, GAZE, LOWER, NOSE, TEETH, UPPER, only_face, parsing_map
from ..video.reenactment_network import Config

TURN, SHIFT, SIZES = np.radians(10.0), 10.0 / 256.0, (0.9, 1.1)  # by which a reference is turned, shifted (of its side) and scaled
GAIN, GAMMA = 0.12, 0.2  # deviations of the logarithms of a picture's colours and of its contrast
COUNTS = {BROWS: 2.0, EYES: 3.0, GAZE: 4.0, NOSE: 2.0, UPPER: 3.0, LOWER: 3.0, TEETH: 2.0, BRIDGE: 1.0}  # of a pixel, in L_reconstruct


@dataclass(frozen=True)
class Batch:
    """reference and wanted (B, 3, S, S) -1..1; parsing (B, 9, S, S) of the wanted face, motion (B, 2, S / 4, S / 4) from the reference to it; counts
    (B, 1, S, S): how much a pixel counts; faces and reference_faces (B, 2, 3): where SFace's picture lies in them, for affine_grid."""

    reference: Tensor
    wanted: Tensor
    parsing: Tensor
    motion: Tensor
    counts: Tensor
    faces: Tensor
    reference_faces: Tensor

    @property
    def inputs(self) -> tuple[Tensor, Tensor, Tensor]:
        return self.reference, self.parsing, self.motion

    def to(self, device: torch.device) -> Batch:
        return Batch(*(value.to(device) for value in vars(self).values()))


class Batches:
    """Batches of face pairs for a network of a config."""

    def __init__(self, pairs: FacePairs, config: Config):
        self.pairs, self.config = pairs, config
        self.full = pairs.source.shape[1]

    def resampled(self, people: np.ndarray, which: np.ndarray, others: np.ndarray, rng: np.random.Generator, masked: bool) -> Batch:
        """Rows (B,): which picture of people, beside the same with the jaw of others (Eq. 3.8)."""
        rows = []
        for person, number, other in zip(people, which, others, strict=True):
            picture, points = self.pairs.target[person, number], self.pairs.points[person, number].astype(float)
            warped, moved = resampled(picture, points, self.pairs.source_points[other].astype(float))
            shown = self._shaken(rng)
            rows.append((shown.of(picture), shown.points(points), warped.astype(np.float32), moved))
        return self._batch(rows, masked, rng)

    def paired(self, people: np.ndarray, which: np.ndarray, rng: np.random.Generator | None, masked: bool) -> Batch:
        """Rows (B,): people's photos, beside which of their other pictures; without rng as they are."""
        rows = []
        for person, number in zip(people, which, strict=True):
            picture, points = self.pairs.source[person].astype(np.float32), self.pairs.source_points[person].astype(float)
            wanted, moved = self.pairs.target[person, number].astype(np.float32), self.pairs.points[person, number].astype(float)
            if rng is not None and rng.uniform() < 0.5:
                picture, points, wanted, moved = wanted, moved, picture, points
            rows.append((picture, points, wanted, moved))
        return self._batch(rows, masked, rng)

    def _shaken(self, rng: np.random.Generator) -> FaceCrop:
        side = self.full
        middle = side * (0.5 + rng.uniform(-SHIFT, SHIFT, 2))
        return FaceCrop(middle, side / rng.uniform(*SIZES), float(rng.uniform(-TURN, TURN)), side)

    def _batch(self, rows: list[tuple[np.ndarray, ...]], masked: bool, rng: np.random.Generator | None) -> Batch:
        """Of references (S, S, 3) 0..255 and their points (478, 3) px, and the wanted ones and theirs."""
        size, scale = self.config.size, self.config.size / self.full
        references, points, wanted, moved = zip(*rows, strict=True)
        pictures = [self._sized(np.stack(each)) for each in (references, wanted)]
        if rng is not None:
            pictures = _recoloured(pictures, rng)
        before, after = ([scale * each for each in places] for places in (points, moved))
        maps = [torch.from_numpy(np.stack([parsing_map(each, size) for each in places])) for places in (before, after)]
        reference, target = (2.0 * picture - 1.0 for picture in pictures)
        if masked:
            reference, target = (
                torch.stack([only_face(*one) for one in zip(each, own, strict=True)])
                for each, own in zip((reference, target), maps, strict=True)
            )
        field = torch.zeros(len(rows), 2, size // MOTION, size // MOTION)
        if self.config.carried:
            field = torch.from_numpy(np.stack([motion_field(a, b, size) for a, b in zip(before, after, strict=True)]))
        counts = torch.stack([COUNTS[channel] * maps[1][:, channel] for channel in COUNTS]).amax(dim=0).clamp_min(1.0)[:, None]
        faces, reference_faces = (torch.from_numpy(np.stack([grid_place(each, size) for each in places])) for places in (after, before))
        return Batch(reference, target, maps[1], field, counts, faces, reference_faces)

    def _sized(self, pictures: np.ndarray) -> Tensor:
        """(B, 3, S, S) 0..1 of pictures (B, full, full, 3) 0..255."""
        given = torch.from_numpy(pictures).permute(0, 3, 1, 2).float().div(255.0)
        size = (self.config.size, self.config.size)
        return given if self.config.size == self.full else functional.interpolate(given, size, mode="bilinear", antialias=True)


def _recoloured(pictures: list[Tensor], rng: np.random.Generator) -> list[Tensor]:
    """The same change of colour and contrast for both pictures of a row."""
    count = len(pictures[0])
    gamma = np.exp(GAMMA * rng.normal(size=(count, 1, 1, 1)))
    gain = np.exp(GAIN * (rng.normal(size=(count, 1, 1, 1)) + 0.5 * rng.normal(size=(count, 3, 1, 1))))
    contrast, colour = (torch.from_numpy(values.astype(np.float32)) for values in (gamma, gain))
    return [(each.clamp_min(1e-4) ** contrast * colour).clamp(0.0, 1.0) for each in pictures]
