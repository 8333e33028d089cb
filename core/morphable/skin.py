"""The skin whose shading is believed: which vertices, how their normals follow the coefficients, and what hides light from them."""

from __future__ import annotations

import functools

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from .model import MorphableModel
from .texture import rasterise

PATCHES, PATCH = 40, 0.02  # smooth patches of lighter and darker skin, and how wide they are, m
APART = {
    "brows": (17, 27, 0.006),
    "nose": (31, 36, 0.006),
    "eyes": (36, 48, 0.007),
    "lips": (48, 68, 0.005),
}  # first, last landmark; m around
MOST = 4000  # vertices; of finer models every second, every third ...
SIDES, DEPTH_SIDE, DEPTH_PIXEL, DEPTH_BIAS = 128, 128, 0.0028, 0.004  # directions from which the head is looked at; px; m; m
SCATTERED = 0.7  # power of the sky's share: skin passes light on into its folds


def _spread(count: int) -> np.ndarray:
    """Unit directions (count, 3) spread evenly over the sphere."""
    height, turn = 1.0 - 2.0 * (np.arange(count) + 0.5) / count, np.pi * (1 + 5**0.5) * np.arange(count)
    level = np.sqrt(1.0 - height**2)
    return np.stack([level * np.cos(turn), -height, level * np.sin(turn)], axis=1)


class Skin:
    """The vertices of a model whose shading is believed (S of them), how their normals follow the coefficients, and the share `open` (S,) of the
    sky that each sees on the mean face."""

    def __init__(self, model: MorphableModel):
        points = model.landmarks.points(model.mean.astype(float), model.triangles)
        bare = model.face.copy()
        for first, last, reach in APART.values():
            marks = points[first:last]
            between = np.concatenate([marks + share * (np.roll(marks, -1, axis=0) - marks) for share in (0.0, 0.33, 0.67)])
            bare &= cKDTree(between).query(model.mean)[0] > reach
        crowd = np.flatnonzero(bare)
        bare[np.setdiff1d(crowd, crowd[:: len(crowd) // MOST + 1])] = False
        triangles = model.triangles[bare[model.triangles].any(axis=1)]
        self.used, local = np.unique(triangles, return_inverse=True)
        self.triangles = local.reshape(-1, 3)
        self.rows = np.flatnonzero(bare[self.used] & np.isin(np.arange(len(self.used)), self.triangles))
        self.mean = model.mean[self.used].astype(float)
        bases = [basis[:, self.used] for basis in (model.shape, model.expression, model.detail)]
        self.bases = np.moveaxis(np.concatenate(bases), 0, -1).astype(float)
        self.patches = _patches(self.mean[self.rows])
        of, corner = np.arange(len(self.triangles)).repeat(3), self.triangles.ravel()
        self.gather = sparse.csr_matrix((np.ones(len(of)), (corner, of)), shape=(len(self.used), len(self.triangles)))[self.rows]
        a, b, c = (self.bases[self.triangles[:, k]] for k in range(3))
        self.sides = b - a, c - a  # (T, 3, K): how two sides of each triangle follow the coefficients
        self.open = _open(model, self.used[self.rows], self.normals(self.mean)[0])

    def vertices(self, coefficients: np.ndarray) -> np.ndarray:
        return self.mean + self.bases @ coefficients

    def normals(self, vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Unit normals (S, 3) of the believed vertices, and their derivatives (S, 3, K)."""
        a, b, c = (vertices[self.triangles[:, k]] for k in range(3))
        first, second = b - a, c - a
        area = self.gather @ np.cross(first, second)
        turned = np.cross(first[:, None], np.swapaxes(self.sides[1], 1, 2)) - np.cross(second[:, None], np.swapaxes(self.sides[0], 1, 2))
        change = (self.gather @ turned.reshape(len(turned), -1)).reshape(len(area), -1, 3)
        length = np.linalg.norm(area, axis=1)
        unit = area / length[:, None]
        change = (change - (change @ unit[..., None]) * unit[:, None]) / length[:, None, None]
        return unit, np.swapaxes(change, 1, 2)


def _open(model: MorphableModel, used: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """Share 0..1 (S,) of an even sky's light that reaches vertices used (S,), with normals (S, 3), of the mean face, by the depth seen from every
    side (ambient occlusion: Zhukov, Iones and Kronin 1998)."""
    a, b, c = model.triangles.T
    points, corners = model.mean - model.mean[model.face].mean(axis=0, dtype=float), (a, b, c)
    lit, all_of_it = np.zeros(len(used)), np.zeros(len(used))
    for towards in _spread(SIDES):
        right = np.cross([0.0, 0.0, 1.0] if abs(towards[2]) < 0.9 else [1.0, 0.0, 0.0], towards)
        right /= np.linalg.norm(right)
        local = points @ np.stack([right, np.cross(right, towards), -towards], axis=1)
        place = local[:, :2] / DEPTH_PIXEL + DEPTH_SIDE / 2
        pixel, triangle, weights = rasterise(place, local[:, 2], corners, (DEPTH_SIDE, DEPTH_SIDE))
        front = np.full(DEPTH_SIDE**2, np.inf)
        front[pixel] = sum(w * local[corner[triangle], 2] for w, corner in zip(weights, corners, strict=True))
        near = np.floor(place[used, None] - 0.5).astype(int) + [[0, 0], [0, 1], [1, 0], [1, 1]]
        column, row = np.moveaxis(np.clip(near, 0, DEPTH_SIDE - 1), -1, 0)
        cosine = np.maximum(normals @ towards, 0.0)
        lit += cosine * (local[used, 2, None] < front[row * DEPTH_SIDE + column] + DEPTH_BIAS).mean(axis=1)
        all_of_it += cosine
    return (lit / all_of_it) ** SCATTERED


def _patches(points: np.ndarray) -> np.ndarray:
    """Smooth bumps (S, PATCHES) around points spread evenly over points (S, 3) m."""
    centres = [int(np.abs(points[:, 0]).argmin())]
    distance = np.full(len(points), np.inf)
    for _ in range(PATCHES):
        distance = np.minimum(distance, np.linalg.norm(points - points[centres[-1]], axis=1))
        centres.append(int(distance.argmax()))
    apart = np.linalg.norm(points[:, None] - points[centres[:-1]], axis=2)
    return np.exp(-((apart / PATCH) ** 2))


@functools.lru_cache(maxsize=2)
def skin_of(model: MorphableModel) -> Skin:
    return Skin(model)
