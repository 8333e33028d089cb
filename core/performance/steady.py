"""The head's own turning and shifting taken out of a motion, so that what is left is the face's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

STILL = 0.0002  # of the head's diagonal, about 0.1 mm; what moves by less than about this decides how the head is turned
STILLEST = 0.25  # share of the vertices that decide it at least, where all of them move, as in a noisy capture
ROUNDS = 10
ENOUGH = 2000  # vertices
AT_ONCE = 8_000_000  # values worked on together


@dataclass(frozen=True)
class Steadied:
    """A motion as if the head were held: vertices (F, V, 3) float32; as recorded they are vertices @ rotation.T + translation, with
    rotation (F, 3, 3) and translation (F, 3) in the mesh's own units."""

    vertices: np.ndarray
    rotation: np.ndarray
    translation: np.ndarray


def steady(vertices: np.ndarray, neutral: np.ndarray) -> Steadied:
    """Vertices (F, V, 3) laid rigidly onto neutral (V, 3) by what the face leaves still."""
    rotation, translation = head_motion(vertices, neutral)
    made = np.empty(vertices.shape, np.float32)
    step = max(1, AT_ONCE // neutral.size)
    for first in range(0, len(vertices), step):
        rows = slice(first, first + step)
        made[rows] = undone(vertices[rows], rotation[rows], translation[rows])
    return Steadied(made, rotation, translation)


def head_motion(vertices: np.ndarray, neutral: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (F, 3, 3) and translations (F, 3) of the whole head in vertices (F, V, 3), against neutral (V, 3).

    Kabsch's least squares, reweighted by Geman and McClure's function of each vertex's distance: first frame by frame, then once more by how
    far each vertex strays over the whole motion, so that all frames are held by the same skin. ENOUGH vertices, evenly chosen, tell it.
    """
    scale = STILL * float(np.linalg.norm(np.ptp(neutral, axis=0)))
    every = max(1, len(neutral) // ENOUGH)
    rest = np.asarray(neutral[::every], np.float64)
    frames = np.asarray(vertices[:, ::every], np.float64)
    strayed = np.zeros(len(rest))
    step = max(1, AT_ONCE // rest.size)
    for first in range(0, len(frames), step):
        strayed += _strayed(frames[first : first + step], rest, scale).sum(axis=0)
    strayed /= len(frames)
    trust = _trust(strayed, max(scale**2, float(np.quantile(strayed, STILLEST))))
    return fit_rigid(rest, frames, np.broadcast_to(trust, frames.shape[:2]))


def _strayed(frames: np.ndarray, neutral: np.ndarray, scale: float) -> np.ndarray:
    """Squared distance (F, V) of each vertex from where the head's own motion, frame by frame, takes it."""
    weights = np.ones(frames.shape[:2])
    for _ in range(ROUNDS):
        turn, shift = fit_rigid(neutral, frames, weights)
        squared = ((undone(frames, turn, shift) - neutral) ** 2).sum(axis=2)
        weights = _trust(squared, np.maximum(scale**2, np.quantile(squared, STILLEST, axis=1, keepdims=True)))
    return squared


def reach(rotation: np.ndarray, translation: np.ndarray, neutral: np.ndarray) -> float:
    """The farthest that rotations (F, 3, 3) and translations (F, 3) take any corner of the box around neutral (V, 3)."""
    box = np.array([neutral.min(axis=0), neutral.max(axis=0)])
    corners = np.stack(np.meshgrid(*box.T, indexing="ij"), axis=-1).reshape(-1, 3)
    moved = np.einsum("fij,nj->fni", rotation, corners) + translation[:, None] - corners
    return float(np.linalg.norm(moved, axis=2).max())


def undone(frames: np.ndarray, rotation: np.ndarray, translation: np.ndarray) -> np.ndarray:
    """Frames (F, V, 3) before they were turned by rotation (F, 3, 3) and shifted by translation (F, 3)."""
    return np.einsum("fvi,fij->fvj", frames - translation[:, None], rotation, optimize=True)


def fit_rigid(neutral: np.ndarray, frames: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (F, 3, 3) and translations (F, 3) that best take neutral (V, 3) to frames (F, V, 3), by weights (F, V) (Kabsch 1976)."""
    share = weights / weights.sum(axis=1, keepdims=True)
    before, after = share @ neutral, np.einsum("fv,fvi->fi", share, frames)
    covariance = np.einsum("fv,fvi,vj->fij", share, frames, neutral, optimize=True) - after[:, :, None] * before[:, None]
    u, _, vt = np.linalg.svd(covariance)
    u[:, :, 2] *= np.sign(np.linalg.det(u) * np.linalg.det(vt))[:, None]
    rotation = u @ vt
    return rotation, after - np.einsum("fij,fj->fi", rotation, before)


def _trust(squared: np.ndarray, scale: np.ndarray | float) -> np.ndarray:
    return 1.0 / (1.0 + squared / scale) ** 2
