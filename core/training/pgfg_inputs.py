"""What PGFG is shown in training: batches of face pairs, recoloured and mirrored at random, with priors of any kind of the paper's Table III."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..data.face_pairs import INTERVALS, FacePairs
from ..errors import ValueRangeError
from ..evaluation.sface import grid_place
from ..morphable.camera import Pose
from ..morphable.model import load_model
from ..morphable.photo import PHOTO_POINTS
from ..morphable.texture import drawn_triangles
from ..video.point_mesh import LIPS, LOWER_LIDS, UPPER_LIDS

SPARSE = {f"sparse{interval}": interval for interval in INTERVALS if interval}
PRIORS = ("dense", *SPARSE, "landmarks68", "landmarks_dense")
GAIN, GAMMA = 0.12, 0.2  # deviations of the logarithms of a picture's colours and of its contrast
REACH = 1.6  # of a region's own size: how far what counts more reaches


@dataclass(frozen=True)
class Batch:
    """Pictures (B, 3, S, S) -1..1: source, source_prior, target_prior, warp, target; (B, 1, S, S) 0..1: confidence, and regions, eyes and mouth;
    faces (B, 2, 3): where SFace's picture lies in the target, for affine_grid."""

    source: Tensor
    source_prior: Tensor
    target_prior: Tensor
    warp: Tensor
    confidence: Tensor
    target: Tensor
    regions: Tensor
    faces: Tensor

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """The generator's."""
        return self.source, self.source_prior, self.target_prior, self.warp, self.confidence

    def to(self, device: torch.device) -> Batch:
        return Batch(*(value.to(device) for value in vars(self).values()))


class Batches:
    """Rows of face pairs as batches of pictures `side` px wide, with a prior of PRIORS."""

    def __init__(self, pairs: FacePairs, prior: str, side: int):
        if prior not in PRIORS:
            raise ValueRangeError(f"There is no prior '{prior}'. Known: {', '.join(PRIORS)}.")
        self.pairs, self.prior, self.side = pairs, prior, side
        self.full = pairs.source.shape[1]
        self.model = load_model().as_detected
        self.seen = np.unique(drawn_triangles(self.model))

    def __call__(self, people: np.ndarray, which: np.ndarray, random: torch.Generator | None = None) -> Batch:
        """Rows (B,): people, and which of each one's targets; random: recolours and mirrors them."""
        pairs = self.pairs
        source, target = _pictures(pairs.source[people]), _pictures(pairs.target[people, which])
        warp, confidence = _pictures(pairs.warp[people, which]), _pictures(pairs.confidence[people, which][..., None])
        points = pairs.points[people, which]
        if random is not None:
            source, target, warp, dense = _recoloured([source, target, warp, _pictures(pairs.dense[people, which])], random)
        else:
            dense = _pictures(pairs.dense[people, which])
        before, after = self._priors(people, which, source, dense)
        regions = torch.from_numpy(_regions(points, self.full))
        faces = torch.from_numpy(np.stack([grid_place(one, self.full) for one in points]))
        flipped = torch.rand(len(people), generator=random) < 0.5 if random is not None else torch.zeros(len(people), dtype=torch.bool)
        pictures = [_mirrored(each, flipped) for each in (source, before, after, warp, confidence, target, regions)]
        faces[flipped, 0] *= -1.0
        source, before, after, warp, confidence, target, regions = (self._sized(each) for each in pictures)
        source, before, after, warp, target = (2.0 * each - 1.0 for each in (source, before, after, warp, target))
        return Batch(source, before, after, warp, confidence, target, regions, faces)

    def _sized(self, pictures: Tensor) -> Tensor:
        size = (self.side, self.side)
        return pictures if self.side == self.full else functional.interpolate(pictures, size, mode="bilinear", antialias=True)

    def _priors(self, people: np.ndarray, which: np.ndarray, source: Tensor, dense: Tensor) -> tuple[Tensor, Tensor]:
        """p_s and p_t (B, 3, S, S) 0..1."""
        pairs = self.pairs
        if self.prior == "landmarks68":
            before, after = pairs.source_points[people], pairs.points[people, which]
            return self._dots(before[:, PHOTO_POINTS, :2].mean(axis=2)), self._dots(after[:, PHOTO_POINTS, :2].mean(axis=2))
        if self.prior == "landmarks_dense":
            return self._vertices(pairs.source_coefficients[people]), self._vertices(pairs.coefficients[people, which])
        bit = INTERVALS.index(SPARSE.get(self.prior, 0))
        shown = [
            torch.from_numpy((mask >> bit & 1).astype(np.float32))[:, None]
            for mask in (pairs.source_mask[people], pairs.mask[people, which])
        ]
        return source * shown[0], dense * shown[1]

    def _dots(self, places: np.ndarray) -> Tensor:
        """Pictures of landmarks (B, N, 2) px: 3 x 3 px each."""
        out = torch.zeros(len(places), 1, self.full, self.full)
        at = np.clip(places.astype(int), 0, self.full - 1)
        rows = np.repeat(np.arange(len(places)), places.shape[1])
        out[rows, 0, at[..., 1].ravel(), at[..., 0].ravel()] = 1.0
        return functional.max_pool2d(out, 3, 1, 1).expand(-1, 3, -1, -1)

    def _vertices(self, coefficients: np.ndarray) -> Tensor:
        """Pictures of the face's vertices with coefficients (B, 62), brighter where nearer."""
        out = np.zeros((len(coefficients), self.full, self.full), np.float32)
        for picture, own in zip(out, coefficients, strict=True):
            pixels, depth = Pose.of_matrix(own[:12]).project(self.model.vertices(own))
            pixels, depth = pixels[self.seen], depth[self.seen]
            near = 1.0 - 0.8 * (depth - depth.min()) / max(float(np.ptp(depth)), 1e-6)
            column, row = np.clip(pixels, 0, self.full - 1).astype(int).T
            np.maximum.at(picture, (row, column), near.astype(np.float32))
        return torch.from_numpy(out)[:, None].expand(-1, 3, -1, -1)


def _pictures(values: np.ndarray) -> Tensor:
    """(B, S, S, C) uint8 as (B, C, S, S) 0..1."""
    return torch.from_numpy(values).permute(0, 3, 1, 2).to(torch.float32).div(255.0)


def _recoloured(pictures: list[Tensor], random: torch.Generator) -> list[Tensor]:
    """The same change of colour and contrast for all pictures of a row."""
    count = len(pictures[0])
    gamma = (GAMMA * torch.randn(count, 1, 1, 1, generator=random)).exp()
    gain = (GAIN * (torch.randn(count, 1, 1, 1, generator=random) + 0.5 * torch.randn(count, 3, 1, 1, generator=random))).exp()
    return [(each.clamp_min(1e-4) ** gamma * gain).clamp(0.0, 1.0) for each in pictures]


def _mirrored(pictures: Tensor, chosen: Tensor) -> Tensor:
    return torch.where(chosen[:, None, None, None], pictures.flip(-1), pictures)


def _regions(points: np.ndarray, side: int) -> np.ndarray:
    """(B, 1, S, S) float32 0..1: ellipses about eyes and mouth of points (B, 478, 3) px."""
    y, x = np.mgrid[:side, :side].astype(np.float32) + 0.5
    out = np.zeros((len(points), 1, side, side), np.float32)
    for ids in (np.concatenate([UPPER_LIDS[0], LOWER_LIDS[0]]), np.concatenate([UPPER_LIDS[1], LOWER_LIDS[1]]), LIPS):
        low, high = points[:, ids, :2].min(axis=1), points[:, ids, :2].max(axis=1)
        middle, half = (low + high) / 2, np.maximum((high - low) / 2, 0.3 * (high - low).max(axis=1, keepdims=True)) * REACH
        off = sum(((at - middle[:, k, None, None]) / half[:, k, None, None]) ** 2 for k, at in enumerate((x, y)))
        out[:, 0] = np.maximum(out[:, 0], np.clip(2.0 - 1.5 * off, 0.0, 1.0))
    return out
