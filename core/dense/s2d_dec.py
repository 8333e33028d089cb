"""S2D-Dec as published (Otberdout et al. 2022, Sect. 3.2 and 7.3): 68 landmark displacements to the displacement of every vertex.

A fully connected layer gives features on the coarsest mesh; four times they are up-sampled and spiral-convolved (ELU between); one linear spiral
convolution ends on the full mesh. Inputs and targets are standardised and targets are millimetres inside, metres outside (the paper's own
scaling trains badly). What ships is conditioned.py; this one stands beside it in every table.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..runtime.torch_backend import restore
from . import sampling, spirals

NAME = "s2d_dec_published"
INPUTS, OUTPUTS = ("landmarks",), ("displacement",)
MM = 1000.0
BATCH = 64  # frames that fit in a cache


@dataclass(frozen=True)
class Config:
    """vertices: of each mesh, finest first; lengths and dilations of the spirals of each convolution, in the order they run;
    channels: of the coarsest features, then of each convolution but the last, which has 3."""

    vertices: tuple[int, ...]
    lengths: tuple[int, ...] = (9, 9, 14, 15, 15)
    dilations: tuple[int, ...] = (1, 1, 2, 2, 2)
    channels: tuple[int, ...] = (128, 64, 32, 32, 16)


class SpiralConv(nn.Module):
    """One spiral convolution on a mesh of V vertices, after barycentric up-sampling from a coarser one where `up` is given.

    spiral (V, L) with the dummy id V, whose features are zero; up: index (V, 3), weight (V, 3).
    """

    def __init__(self, spiral: Tensor, inputs: int, outputs: int, up: tuple[Tensor, Tensor] | None):
        super().__init__()
        self.register_buffer("spiral", spiral.to(torch.int32))
        self.upsampled = up is not None
        if up is not None:
            self.register_buffer("up_index", up[0].to(torch.int32))
            self.register_buffer("up_weight", up[1].to(torch.float32))
        self.linear = nn.Linear(spiral.shape[1] * inputs, outputs)
        self._fused: tuple[Tensor, Tensor] | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Features (B, Vc, C) on the coarser (or same) mesh -> (B, V, C')."""
        if self.upsampled:
            count, corners = self.up_index.shape
            x = x.index_select(1, self.up_index.flatten()).unflatten(1, (count, corners))
            x = (x * self.up_weight[..., None]).sum(dim=2)
        x = functional.pad(x, (0, 0, 0, 1))  # the dummy vertex
        count, length = self.spiral.shape
        return self.linear(x.index_select(1, self.spiral.flatten()).unflatten(1, (count, length)).flatten(2))

    def fused(self, x: Tensor) -> Tensor:
        """The same as `forward`, vertex-major and faster on a CPU: features (Vc, B, C) -> (V, B, C').

        y_v = sum_l sum_j U[s(v, l), j] (x_j W_l): features are multiplied on the coarse mesh, then one sparse matrix up-samples and gathers.
        """
        coarse, batch, inputs = x.shape
        length, outputs = self.spiral.shape[1], self.linear.out_features
        weight = self.linear.weight.view(outputs, length, inputs).permute(2, 1, 0).reshape(inputs, length * outputs)
        spread = (x.reshape(-1, inputs) @ weight).view(coarse, batch, length, outputs).permute(0, 2, 1, 3).reshape(coarse * length, -1)
        if self._fused is None:
            self._fused = self._matrices(coarse)
        return _SparseProduct.apply(spread, *self._fused).view(-1, batch, outputs) + self.linear.bias

    def _matrices(self, coarse: int) -> tuple[Tensor, Tensor]:
        """The sparse matrix (V, Vc * L) of `fused` and its transpose."""
        from scipy import sparse

        spiral = self.spiral.numpy()
        count, length = spiral.shape
        if self.upsampled:
            index, weight = self.up_index.numpy(), self.up_weight.numpy()
        else:
            index, weight = np.arange(count)[:, None], np.ones((count, 1), np.float32)
        rows, turn = np.nonzero(spiral < count)
        columns = index[spiral[rows, turn]] * length + turn[:, None]
        values = weight[spiral[rows, turn]]
        rows = np.broadcast_to(rows[:, None], columns.shape)
        matrix = sparse.csr_matrix((values.ravel(), (rows.ravel(), columns.ravel())), shape=(count, coarse * length))
        return _torch_csr(matrix), _torch_csr(matrix.T.tocsr())


def _torch_csr(matrix) -> Tensor:
    parts = (matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64), matrix.data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls sparse tensors a beta; a test holds them to the plain form
        return torch.sparse_csr_tensor(*map(torch.from_numpy, parts), size=matrix.shape, check_invariants=True)


class _SparseProduct(torch.autograd.Function):
    """matrix @ dense for a constant sparse matrix; its transpose is at hand for the gradient."""

    @staticmethod
    def forward(ctx, dense: Tensor, matrix: Tensor, transpose: Tensor) -> Tensor:
        ctx.transpose = transpose
        return matrix @ dense

    @staticmethod
    def backward(ctx, gradient: Tensor):
        return ctx.transpose @ gradient.contiguous(), None, None


class S2DDec(nn.Module):
    """The decoder; `meshes` gives its hierarchy, or None where a state dict is about to be loaded into it."""

    def __init__(self, config: Config, meshes: Meshes | None = None):
        super().__init__()
        self.config = config
        meshes = meshes or Meshes.blank(config)
        counts = config.vertices
        self.register_buffer("input_mean", torch.zeros(204))
        self.register_buffer("input_scale", torch.ones(204))
        self.register_buffer("output_mean", torch.zeros(counts[0], 3))
        self.register_buffer("output_scale", torch.ones(()))  # mm
        self.full = nn.Linear(204, counts[-1] * config.channels[0])
        widths = (*config.channels, 3)
        self.convolutions = nn.ModuleList(
            SpiralConv(spiral, widths[k], widths[k + 1], up)
            for k, (spiral, up) in enumerate(zip(meshes.spirals, (*meshes.ups, None), strict=True))
        )
        nn.init.normal_(self.full.weight, std=self.full.in_features**-0.5)
        for convolution in self.convolutions:  # torch's default loses half the signal in each of them
            nn.init.kaiming_normal_(convolution.linear.weight)
            nn.init.zeros_(convolution.linear.bias)

    def _standardised(self, landmarks: Tensor) -> Tensor:
        return (landmarks.flatten(1) * MM - self.input_mean) / self.input_scale

    def _finish(self, decoded: Tensor) -> Tensor:
        """Metres (B, V, 3) from the decoder's output (B, V, 3)."""
        return (decoded * self.output_scale + self.output_mean) / MM

    def forward(self, landmarks: Tensor) -> Tensor:
        """Landmark displacement (B, 68, 3) m -> displacement (B, V, 3) m of every template vertex."""
        x = self._standardised(landmarks)
        y = self.full(x).view(-1, self.config.vertices[-1], self.config.channels[0])
        for convolution in self.convolutions[:-1]:
            y = functional.elu(convolution(y))
        return self._finish(self.convolutions[-1](y))

    def fast(self, landmarks: Tensor) -> Tensor:
        """`forward` by fused sparse products, for training on a CPU."""
        x = self._standardised(landmarks)
        y = self.full(x).view(-1, self.config.vertices[-1], self.config.channels[0]).transpose(0, 1)
        for convolution in self.convolutions[:-1]:
            y = functional.elu(convolution.fused(y))
        return self._finish(self.convolutions[-1].fused(y).transpose(0, 1))


@dataclass(frozen=True)
class Meshes:
    """spirals: (V, L) of every convolution in the order they run; ups: index and weight (V, 3) of each up-sampling; counts, finest first."""

    spirals: list[Tensor]
    ups: list[tuple[Tensor, Tensor]]
    counts: tuple[int, ...]

    @staticmethod
    def build(vertices: np.ndarray, triangles: np.ndarray, lengths: tuple[int, ...], dilations: tuple[int, ...]) -> Meshes:
        """The hierarchy of a mesh (V, 3), (T, 3), best in a pose with open mouth; lengths and dilations as in Config."""
        levels = sampling.hierarchy(vertices, triangles)
        ups = [sampling.upsampling(coarse, fine) for coarse, fine in zip(levels[1:], levels[:-1], strict=True)]
        turns = [
            spirals.spirals(level.vertices, level.triangles, length, dilation)
            for level, length, dilation in zip([*levels[-2::-1], levels[0]], lengths, dilations, strict=True)
        ]
        return Meshes(
            [torch.from_numpy(t) for t in turns],
            [(torch.from_numpy(i), torch.from_numpy(w)) for i, w in reversed(ups)],
            tuple(len(level.vertices) for level in levels),
        )

    @staticmethod
    def blank(config: Config) -> Meshes:
        """Buffers of the right shapes, to be filled from a file."""
        counts = [*config.vertices[-2::-1], config.vertices[0]]
        turns = [torch.zeros(n, length, dtype=torch.int32) for n, length in zip(counts, config.lengths, strict=True)]
        ups = [(torch.zeros(n, 3, dtype=torch.int32), torch.zeros(n, 3)) for n in counts[:-1]]
        return Meshes(turns, ups, config.vertices)


def examples(config: Config, batch: int, random: torch.Generator) -> tuple[Tensor, ...]:
    """Inputs at the scale of real ones."""
    return (torch.randn(batch, 68, 3, generator=random) * 2e-3,)


def config_to_text(config: Config) -> str:
    return json.dumps(asdict(config))


def config_from_text(text: str) -> Config:
    return Config(**{key: tuple(v) if isinstance(v, list) else v for key, v in json.loads(text).items()})


def load(path: Path) -> S2DDec:
    """The model from its safetensors, ready to run."""
    return restore(path, lambda text: S2DDec(config_from_text(text)))


def predictor(model: S2DDec) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """A function of landmarks (n, 68, 3) m and neutral (n, V, 3) m, which has no say here, to displacement (n, V, 3) m."""

    def predict(landmarks: np.ndarray, neutral: np.ndarray) -> np.ndarray:
        where = model.input_mean.device
        run = model.fast if where.type == "cpu" else model
        with torch.no_grad():
            rows = (torch.from_numpy(landmarks[k : k + BATCH]).float().to(where) for k in range(0, len(landmarks), BATCH))
            return np.concatenate([run(part).cpu().numpy() for part in rows])

    return predict
