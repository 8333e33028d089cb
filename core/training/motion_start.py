"""Where Motion3DGAN's training begins: motions on the sphere, their tangent space, and a generator fitted to them in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.cluster.vq import kmeans2
from scipy.stats import norm as normal
from torch import Tensor

from ..data.performances import Performances
from ..errors import ValueRangeError
from ..motion import sphere, srvf
from ..motion.motion3dgan import Generator

RANGE = (1.0, 99.0)  # percentiles of the training intensities between which intensity is a condition
CLIPS_A_WAY = 3  # at least, on average
CAUTION = 4.0  # clips as broad as usual that each way is credited with, so that a way of two clips that are alike is not a copy of them
SEEN = 30  # principal components of a label in which its ways are told apart
MEANT = 1500  # motions that the mean SRVF is taken of: any point near them will do
NEVER = 10.0  # an edge that no noise passes


@dataclass(frozen=True)
class Motions:
    """N motions: q (N, S, D) float32 on the sphere; log_length (N, 1) float32; label (N,) int; intensity (N,) float32 > 0; size (C,), the
    mean apex size of each label's training motions in m, which has intensity 1."""

    q: np.ndarray
    log_length: np.ndarray
    label: np.ndarray
    intensity: np.ndarray
    size: np.ndarray


def encode(curves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Landmark displacement (N, S + 1, 68, 3) m -> q (N, S, 204) float32 on the sphere and log_length (N, 1)."""
    q, log_length = srvf.encode(curves.reshape(*curves.shape[:2], -1).astype(np.float64))
    return q.astype(np.float32), log_length[:, None].astype(np.float32)


def apex_size(curves: np.ndarray) -> np.ndarray:
    """Size (N,) m of motions (N, S + 1, 68, 3): the displacement at their last sample, RMS over the landmarks."""
    return np.sqrt((curves[:, -1].astype(np.float64) ** 2).sum(axis=-1).mean(axis=-1))


def motions_of(performances: Performances, chosen: np.ndarray, size: np.ndarray | None = None) -> Motions:
    """The clips of mask `chosen` (C,) that move at all. `size` (labels,) as it is in training motions; None where these are they."""
    rows = np.flatnonzero(chosen)
    found = apex_size(performances.curves[rows])
    rows, found = rows[found > 0.0], found[found > 0.0]
    if len(rows) < 2:
        raise ValueRangeError(f"{performances.name} has {len(rows)} moving clips where at least 2 are needed. Choose other data or folds.")
    label = performances.label[rows].astype(np.int64)
    if size is None:
        count = np.bincount(label, minlength=len(performances.labels))
        size = np.bincount(label, found, len(performances.labels)) / np.maximum(count, 1)
        size = np.where(count > 0, size, found.mean())
    q, log_length = encode(performances.curves[rows])
    return Motions(q, log_length, label, (found / size[label]).astype(np.float32), size)


def span(generator: Generator, motions: Motions) -> None:
    """The tangent space at the mean SRVF, its principal components, the coordinates' scale and the range of intensity."""
    space, config = generator.space, generator.config
    p = sphere.frechet_mean(motions.q[:: -(-len(motions.q) // MEANT)].astype(np.float64))
    tangent = torch.from_numpy(sphere.log(p, motions.q).astype(np.float32))
    mean = torch.from_numpy(p.astype(np.float32))
    moves = tangent.flatten(0, 1)
    space.directions.copy_(torch.linalg.eigh(moves.T @ moves)[1].flip(1)[:, : config.directions].T)
    tangent, mean = (tangent @ space.directions.T).flatten(1), (mean @ space.directions.T).flatten()
    _, _, directions = torch.pca_lowrank(tangent, q=min(config.components + 16, *tangent.shape), center=True, niter=3)
    basis = directions[:, : config.components].T
    basis = basis - torch.outer(basis @ mean, mean) / (mean @ mean)  # tangent at p
    basis = torch.linalg.qr(basis.T)[0].T * config.steps**0.5
    values, lengths = tangent @ basis.T / config.steps, torch.from_numpy(motions.log_length)
    spread = values.std(dim=0).clamp_min(1e-4)
    space.p.copy_(torch.from_numpy(p))
    space.basis.copy_(basis.view_as(space.basis))
    space.centre.copy_(torch.cat([values.mean(dim=0), lengths.mean(dim=0)]))
    # Half whitened: small components must be seen by the critic and large ones must stay more important.
    space.scale.copy_(torch.cat([(spread * spread[0]).sqrt(), lengths.std(dim=0).clamp_min(1e-4)]))
    generator.range.copy_(torch.tensor(np.percentile(motions.intensity, RANGE), dtype=torch.float32))


def slope_of(points: np.ndarray, strength: np.ndarray) -> np.ndarray:
    """How points (N, K) follow strength (N,): least squares, (K,)."""
    drive = strength - strength.mean()
    return drive @ (points - points.mean(axis=0)) / max(float(drive @ drive), 1e-9)


def ways_of(points: np.ndarray, most: int, seed: int) -> np.ndarray:
    """Which of at most `most` ways each of points (N, K) is done in, (N,) int from 0: k-means (Arthur and Vassilvitskii 2007) in the first
    principal components; as many ways as there are clips for."""
    count = min(most, max(1, len(points) // CLIPS_A_WAY))
    if count == 1:
        return np.zeros(len(points), np.int64)
    centred = points - points.mean(axis=0)
    directions = np.linalg.svd(centred, full_matrices=False)[2][:SEEN]
    found = kmeans2(centred @ directions.T, count, iter=50, minit="++", rng=np.random.default_rng(seed))[1]
    return np.unique(found, return_inverse=True)[1]  # a way that nobody took is not one


def breadth_of(rest: np.ndarray, way: np.ndarray) -> np.ndarray:
    """How broad each way (W,) is, 1 for the usual: RMS of what its clips' points rest (N, K) have beside its mean, W ways in way (N,)."""
    square = (rest**2).sum(axis=1)
    size, count = np.bincount(way, square), np.bincount(way)
    several = size > 0.0  # the only clip of a way says nothing of its breadth
    if not several.any():
        return np.ones(len(count))
    return np.sqrt((size / np.median((size / count)[several]) + CAUTION) / (count + CAUTION))


def start(generator: Generator, code: Tensor, label: Tensor, intensity: Tensor, seed: int) -> None:
    """Each label's ways, slope and spread as they are in the data: code (N, K + 1), one-hot label (N, C), intensity (N, 1)."""
    config = generator.config
    strength = generator.condition(intensity)[0].numpy()[:, 0].astype(np.float64)
    with torch.no_grad():
        generator.edges.fill_(NEVER)
        for k in range(len(config.labels)):
            rows = label[:, k].numpy() > 0
            if not rows.any():
                continue
            points = code[rows].numpy().astype(np.float64)
            slope = slope_of(points, strength[rows])
            flat = points - strength[rows, None] * slope
            way = ways_of(flat, config.ways, seed)
            means = np.stack([flat[way == w].mean(axis=0) for w in range(way.max() + 1)])
            rest = flat - means[way]
            breadth = breadth_of(rest, way)
            rest = rest / breadth[way, None]  # a blink must not lend its breadth to motions without one
            values, directions = np.linalg.eigh(rest.T @ rest / len(rest))
            spread = directions[:, ::-1][:, : config.rank].T * np.sqrt(np.maximum(values[::-1][: config.rank], 0.0))[:, None]
            share = np.cumsum(np.bincount(way) / len(way))[:-1]
            generator.edges[k, : len(share)] = torch.from_numpy(normal.ppf(share))
            filled = np.concatenate([means, np.repeat(means[-1:], config.ways - len(means), axis=0)])
            generator.mean[k] = torch.from_numpy(filled.ravel())
            generator.breadth[k, : len(breadth)] = torch.from_numpy(breadth)
            generator.slope[k] = torch.from_numpy(slope)
            generator.spread[k] = torch.from_numpy(spread.ravel())


def own_noise(generator: Generator, code: Tensor, label: Tensor, intensity: Tensor, seed: int) -> Tensor:
    """The noise (N, 1 + rank) under which a generator fresh from `start` comes closest to each motion, so that Eq. 4 can pair a motion with
    a noise of its own: the nearest way, any first value that chooses it, and the place along each direction of spread."""
    config, rng = generator.config, np.random.default_rng(seed)
    strength = generator.condition(intensity)[0]
    with torch.no_grad():
        flat = code - strength * (label @ generator.slope)
        means = (label @ generator.mean.float()).unflatten(1, (config.ways, -1))
        way = (flat[:, None] - means).norm(dim=2).argmin(dim=1)
        rest = flat - means[torch.arange(len(way)), way]
        spread = (label @ generator.spread.float()).unflatten(1, (config.rank, -1))
        breadth = (label @ generator.breadth)[torch.arange(len(way)), way, None]
        along = (rest[:, None] * spread).sum(dim=2) / (spread**2).sum(dim=2).clamp_min(1e-9) / breadth
        edges = normal.cdf((label @ generator.edges).numpy())
    low = np.concatenate([np.zeros((len(way), 1)), edges], axis=1)[np.arange(len(way)), way]
    high = np.concatenate([edges, np.ones((len(way), 1))], axis=1)[np.arange(len(way)), way]
    first = normal.ppf(np.clip(low + (high - low) * rng.uniform(size=len(way)), 1e-6, 1.0 - 1e-6))
    return torch.cat([torch.from_numpy(first.astype(np.float32))[:, None], along], dim=1)
