"""The 52 ARKit keys of a head: the template's units carried over, and what two of them must be together."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial import cKDTree

from .adaptation import Adaptation
from .landmarks import LIPS_INNER
from .mesh import HeadMesh
from .template import Template
from .transfer import AT_ONCE, Transfer

ROUNDED = {"mouthFunnel": ("mouthPucker", 0.4)}  # MakeHuman's funnel leaves the mouth's corners where they are
LIPS = 0.006  # m around the inner lips that must meet however the chin is stretched
SEAM = 0.0025  # m around the inner lips: what is compared between them
COLUMNS, SMOOTH = 25, 0.06  # across the mouth, and the width of each, of the mouth's
FADE = 0.02  # m


def arkit_deltas(adaptation: Adaptation, mesh: HeadMesh, template: Template, progress: Callable[[float], None]) -> np.ndarray:
    """Displacement (52, V, 3) float32 in the head's own units and axes of every ARKit key, in the order of template.arkit_names."""
    names = template.arkit_names
    carrier = Transfer(adaptation, mesh, template)
    units = {name: template.arkit_field(name).astype(np.float64) for name in names}
    for name, (other, share) in ROUNDED.items():
        units[name] = units[name] + share * units[other]
    made = np.empty((len(names), *mesh.vertices.shape), np.float32)
    step = max(1, AT_ONCE // mesh.vertices.size)
    for first in range(0, len(names), step):
        chosen = names[first : first + step]
        moved = carrier.carry(np.stack([units[name] for name in chosen]))
        made[first : first + step] = adaptation.frame.displacement_from_canonical(moved)
        progress((first + len(chosen)) / len(names))
    jaw, closed = (names.index(name) for name in ("jawOpen", "mouthClose"))
    made[closed] = _closing(carrier, made[jaw].astype(np.float64), made[closed].astype(np.float64))
    return made


def _closing(carrier: Transfer, opened: np.ndarray, closing: np.ndarray) -> np.ndarray:
    """mouthClose (V, 3) as it must be for jawOpen (V, 3), which it is always used with: the lips meet and the chin is not torn."""
    frame = carrier.adaptation.frame
    both = frame.displacement_to_canonical(opened + closing)
    relieved = carrier.strain.relieve(_lips_met(carrier, both), _near_lips(carrier))
    return frame.displacement_from_canonical(relieved) - opened


def _lips_met(carrier: Transfer, moved: np.ndarray) -> np.ndarray:
    """Displacement moved (V, 3) with the lower lip's brought to the upper lip's, column by column; it fades away from the lips."""
    upper, lower = _lips(carrier)
    rest, near = carrier.rest, _lip_distance(carrier) < SEAM
    width = np.ptp(carrier.points[LIPS_INNER][:, 0])
    if not (upper & near).any() or not (lower & near).any():
        return moved
    sides = [rest[lip & near, 0] for lip in (upper, lower)]
    columns = np.linspace(max(x.min() for x in sides), min(x.max() for x in sides), COLUMNS)
    kernel = [np.exp(-(((columns[:, None] - x) / (SMOOTH * width)) ** 2)) + 1e-9 for x in sides]
    above, below = (each @ moved[lip & near] / each.sum(axis=1)[:, None] for each, lip in zip(kernel, (upper, lower), strict=True))
    fade = np.clip(1.0 - (cKDTree(rest[lower & near]).query(rest)[0] - 0.5 * LIPS) / FADE, 0.0, 1.0)
    weight = np.where(lower, fade * fade * (3.0 - 2.0 * fade), 0.0)
    change = np.stack([np.interp(rest[:, 0], columns, (above - below)[:, axis]) for axis in range(3)], axis=1)
    return moved + weight[:, None] * change


def _lips(carrier: Transfer) -> tuple[np.ndarray, np.ndarray]:
    """Masks (V,) of the skin that goes with the upper and with the lower lip: by which of the template's seams its counterpart is nearer to."""
    adaptation, template = carrier.adaptation, carrier.template
    found = np.flatnonzero(carrier.soft & carrier.on)
    opened = template.vertices + template.arkit_field("jawOpen")  # so that one lip is not taken for the other
    corners = opened[template.triangles[adaptation.source_triangle[found]]]
    at = np.einsum("nk,nkd->nd", adaptation.source_barycentric[found], corners)
    distance = [cKDTree(opened[template.lip_seams[side]]).query(at)[0] for side in ("upper", "lower")]
    lower = np.zeros(len(carrier.rest), bool)
    lower[found] = distance[1] < distance[0]
    known = np.zeros(len(lower), bool)
    known[found] = True
    return known & ~lower, lower


def _near_lips(carrier: Transfer) -> np.ndarray:
    """1 (V,) on the lips' inner edges, 0 away from them."""
    return np.clip(1.6 - _lip_distance(carrier) / LIPS, 0.0, 1.0)


def _lip_distance(carrier: Transfer) -> np.ndarray:
    """Distance (V,) m to the closed line through the inner lips' landmarks."""
    inner = carrier.points[LIPS_INNER]
    share = np.linspace(0.0, 1.0, 8)[:, None, None]
    line = ((1.0 - share) * inner + share * np.roll(inner, -1, axis=0)).reshape(-1, 3)
    return np.asarray(cKDTree(line).query(carrier.rest)[0])
