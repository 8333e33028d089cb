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
    relieved = carrier.strain.relieve(both, _near_lips(carrier))
    return frame.displacement_from_canonical(relieved) - opened if relieved is not both else closing


def _near_lips(carrier: Transfer) -> np.ndarray:
    """1 (V,) on the lips' inner edges, 0 away from them."""
    inner = carrier.points[LIPS_INNER]
    share = np.linspace(0.0, 1.0, 8)[:, None, None]
    line = ((1.0 - share) * inner + share * np.roll(inner, -1, axis=0)).reshape(-1, 3)
    return np.clip(1.6 - cKDTree(line).query(carrier.rest)[0] / LIPS, 0.0, 1.0)
