"""A head's motion as keys and weights: a few of its own, or those that the head has."""

from __future__ import annotations

import numpy as np

from ..head.adaptation import Adaptation
from ..head.decompose import decompose, region_weights
from ..head.mesh import HeadMesh
from ..head.solve import solve
from ..keys import Keys
from .carry import Carried

THIN_MM = 0.05  # error that thinning one key's F-curve may add, at life size
MOVES_MM = 0.01  # what moves less in a frame has no say in the percentile of the error


def few_keys(
    mesh: HeadMesh, adaptation: Adaptation, carried: Carried, label: str, tolerance_mm: float
) -> tuple[Keys, tuple[float, float], np.ndarray]:
    """Region-local keys, (largest error, 95th percentile) in mm at life size, and each weight's tolerance (K,)."""
    canonical = adaptation.frame.to_canonical(mesh.vertices)
    regions = region_weights(canonical, adaptation.landmarks.points(canonical, mesh.triangles))
    unit_mm = 1000.0 * adaptation.frame.scale
    keys = decompose(carried.motion, regions, f"Mimica {label}", tolerance_mm / unit_mm)
    return _finish(keys, carried, unit_mm)


def weights_onto(
    adaptation: Adaptation, carried: Carried, onto: Keys, limits: tuple[float, float]
) -> tuple[Keys, tuple[float, float], np.ndarray]:
    """Weights on keys that the head has, (largest error, 95th percentile) in mm at life size, and each weight's tolerance (K,)."""
    unit_mm = 1000.0 * adaptation.frame.scale
    keys = solve(carried.motion, onto, limits, THIN_MM / unit_mm)
    return _finish(keys, carried, unit_mm)


def _finish(keys: Keys, carried: Carried, unit_mm: float) -> tuple[Keys, tuple[float, float], np.ndarray]:
    error = errors_mm(keys, carried.motion, unit_mm)
    moves = np.einsum("fvd,fvd->fv", carried.motion, carried.motion) > (MOVES_MM / unit_mm) ** 2
    found = (float(error.max(initial=0.0)), float(np.percentile(error[moves], 95)) if moves.any() else 0.0)
    spread = Keys(keys.names, keys.deltas, carried.spread(keys.weights))
    return spread, found, weight_tolerance(keys, unit_mm)


def errors_mm(keys: Keys, motion: np.ndarray, unit_mm: float) -> np.ndarray:
    """How far (F, V) the keys are off motion (F, V, 3), in mm."""
    deltas = keys.deltas.reshape(len(keys.names), 3 * keys.deltas.shape[1])
    rows = zip(keys.weights, motion, strict=True)
    off = ((row @ deltas).reshape(-1, 3) - frame for row, frame in rows)
    return unit_mm * np.sqrt(np.stack([np.einsum("vd,vd->v", one, one) for one in off]))


def weight_tolerance(keys: Keys, unit_mm: float) -> np.ndarray:
    """Error (K,) of each key's weight that moves no vertex by more than THIN_MM."""
    reach_mm = unit_mm * np.linalg.norm(keys.deltas, axis=2).max(axis=1, initial=0.0)
    return THIN_MM / np.maximum(reach_mm, THIN_MM)
