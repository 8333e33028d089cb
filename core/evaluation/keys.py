"""`python -m core evaluate keys`: what generated clips lose as weights on the 52 ARKit keys of the demo head, and as a few region-local keys."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .. import api
from ..head.files import read_head
from ..head.mesh import HeadMesh
from ..performance.carry import Carried
from ..performance.onto_keys import MOVES_MM, few_keys
from ..performance.performance import Performance
from .head_subjects import DEMO
from .tables import Cell, Table

Progress = Callable[[float, str], None]
SEEDS = 2
FEW, WANTED_P95 = 6, 0.5  # region keys, and the error in mm that they should reach
TOLERANCES = 0.25 * 2.0 ** np.linspace(0.0, 5.0, 31)  # mm, what the region keys may be given


def errors(made: Performance, unit_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """Error and size (F, V) in mm of a performance whose motion was asked for."""
    assert made.motion is not None
    keyed = made.keys.vertices(np.zeros(made.motion.shape[1:], np.float32))
    return unit_mm * np.linalg.norm(keyed - made.motion, axis=2), unit_mm * np.linalg.norm(made.motion, axis=2)


def fewest(made: Performance, mesh: HeadMesh) -> tuple[int, float]:
    """Region keys and their error (95th percentile, mm): at the strictest tolerance that takes no more than FEW, or as few as it gets."""
    assert made.motion is not None
    carried = Carried(np.arange(len(made.motion)), made.motion, len(made.motion))
    strict, loose = 0, len(TOLERANCES) - 1
    while strict < loose:
        middle = (strict + loose) // 2
        keys = few_keys(mesh, made.adaptation, carried, made.label, TOLERANCES[middle])[0]
        strict, loose = (strict, middle) if len(keys.names) <= FEW else (middle + 1, loose)
    keys, (_, p95), _ = few_keys(mesh, made.adaptation, carried, made.label, TOLERANCES[loose])
    return len(keys.names), p95


def keys(progress: Progress) -> list[Table]:
    """Every label in SEEDS seeds on the demo head."""
    mesh = read_head(DEMO)
    rig = api.arkit_keys(mesh)
    unit_mm = 1000.0 * rig.adaptation.frame.scale
    rows: list[tuple[Cell, ...]] = [("wanted", "<= 0.3", "<= 1", None, None, f"<= {FEW}", f"<= {WANTED_P95}")]
    every, sizes, reached = [], [], []
    for k, label in enumerate(api.labels()):
        for seed in range(SEEDS):
            progress((SEEDS * k + seed) / (SEEDS * len(api.labels())), f"Keys of {label}")
            made = api.generate(mesh, label, seed=seed, onto=rig.keys, adaptation=rig.adaptation, dense=True)
            error, size = errors(made, unit_mm)
            moves = size > MOVES_MM
            count, p95 = fewest(made, mesh)
            every.append(error[moves])
            sizes.append(size[moves])
            reached.append(count <= FEW and p95 <= WANTED_P95)
            spread = np.percentile(error[moves], (50, 95))
            rows.append((f"{label} {seed}", *map(float, spread), float(error.max()), float(np.percentile(size[moves], 95)), count, p95))
    whole = np.percentile(np.concatenate(every), (50, 95))
    rows.append(
        ("all", *map(float, whole), None, float(np.percentile(np.concatenate(sizes), 95)), f"{sum(reached)} of {len(reached)} clips", None)
    )
    metrics = {
        "keys.arkit.median_mm": float(whole[0]),
        "keys.arkit.p95_mm": float(whole[1]),
        "keys.region.reached": float(np.mean(reached)),
    }
    columns = ("clip", "ARKit median mm", "p95 mm", "largest mm", "motion p95 mm", "region keys", "their p95 mm")
    note = f"Over vertices x frames that move by more than {MOVES_MM} mm at life size; demo head of {len(mesh.vertices)} vertices."
    return [Table("Keys of generated clips", columns, tuple(rows), metrics, (note,))]
