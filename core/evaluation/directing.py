"""Directed performances measured: how suddenly landmarks move where expressions meet, and how many keys a captured curve takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..labels import LABELS
from ..motion.curves import fit, thin
from ..motion.joining import Clip, acceleration, join, own_acceleration
from ..motion.live_link_face import read_recording
from ..motion.sequence import Cue, Sequence
from ..runtime.backend import Backend, OnnxBackend
from .tables import Cell, Table

Progress = Callable[[float, str], None]

RATES = (24.0, 30.0, 60.0)
SEQUENCES, CUES = 60, (2, 6)  # of each kind and rate; cues in each
SHORTEST = {"usual": 0.3, "hasty": 0.05}  # s, of an attack or release
LONGEST, APART = 2.0, (0.05, 2.0)  # s; between the starts of two cues
TOLERANCES = (0.005, 0.01, 0.02)  # of a weight


def directing(recordings: Path, progress: Progress) -> list[Table]:
    """Accelerations of random sequences, and keys of the Live Link Face recordings in a folder, if they are there."""
    tables = [accelerations(progress)]
    files = sorted(recordings.glob("*.csv*")) if recordings.is_dir() else []
    return [*tables, keys_of(files, progress)] if files else tables


def random_sequence(rng: np.random.Generator, shortest: float) -> Sequence:
    """Expressions that begin within two seconds of one another, most of them before the last is gone."""
    cues, start = [], 0.0
    for _ in range(rng.integers(*CUES)):
        attack, release = np.exp(rng.uniform(np.log(shortest), np.log(LONGEST), 2))
        label, intensity, seed = str(rng.choice(LABELS)), float(rng.uniform(0.2, 1.6)), int(rng.integers(1000))
        cues.append(Cue(label, start, attack, float(rng.uniform(0.0, 0.8)), release, intensity, seed))
        start += float(rng.uniform(*APART))
    return Sequence(tuple(cues))


def ratio(sequence: Sequence, fps: float, backend: Backend) -> float:
    """The largest acceleration of any landmark in a sequence over that of its clips, played by themselves."""
    own = max(own_acceleration(Clip(cue, backend), cue, fps) for cue in sequence.active)
    return acceleration(join(sequence, fps, backend), fps) / own


def accelerations(progress: Progress) -> Table:
    """Over random sequences at several frame rates."""
    backend = OnnxBackend()
    rows: list[tuple[Cell, ...]] = []
    metrics: dict[str, float] = {}
    for k, (kind, shortest) in enumerate(SHORTEST.items()):
        for j, fps in enumerate(RATES):
            progress((k * len(RATES) + j) / (len(SHORTEST) * len(RATES)), f"Directing {kind} sequences")
            rng = np.random.default_rng([k, j])
            found = np.array([ratio(random_sequence(rng, shortest), fps, backend) for _ in range(SEQUENCES)])
            rows.append((f"{kind}, {fps:g} frames a second", *map(float, (np.median(found), np.percentile(found, 95), found.max()))))
            metrics[f"acceleration_{kind}_{fps:g}_max"] = float(found.max())
    progress(1.0, "Done")
    note = f"{SEQUENCES} sequences of {CUES[0]} to {CUES[1] - 1} expressions a row; attacks and releases from {SHORTEST['usual']:g} s (usual) or "
    note += f"{SHORTEST['hasty']:g} s (hasty) to {LONGEST:g} s. The demand: no more than 2."
    title = "Largest landmark acceleration of a sequence over that of its expressions played by themselves"
    return Table(title, ("sequences", "median", "95 %", "max"), tuple(rows), metrics, (note,))


def keys_of(files: list[Path], progress: Progress) -> Table:
    """Keys of all 52 weights of captures: smooth Bezier curves against straight lines of the same tolerance."""
    captures = [read_recording(file).weights for file in files]
    rows: list[tuple[Cell, ...]] = []
    metrics: dict[str, float] = {}
    for k, tolerance in enumerate(TOLERANCES):
        progress(k / len(TOLERANCES), "Counting keys")
        curves = [weights[:, unit] for weights in captures for unit in range(weights.shape[1])]
        smooth, straight = (sum(count(curve) for curve in curves) for count in (_smooth(tolerance), _straight(tolerance)))
        rows.append((f"tolerance {tolerance:g}", smooth, straight, smooth / straight))
        metrics[f"keys_ratio_{tolerance:g}"] = smooth / straight
    progress(1.0, "Done")
    frames = sum(len(weights) for weights in captures)
    title = f"Keys of {len(files)} captures, {frames} frames of 52 weights ({52 * frames} values)"
    return Table(title, ("", "Bezier curves", "straight lines", "ratio"), tuple(rows), metrics)


def _smooth(tolerance: float) -> Callable[[np.ndarray], int]:
    return lambda curve: len(fit(curve, tolerance).frames)


def _straight(tolerance: float) -> Callable[[np.ndarray], int]:
    return lambda curve: len(thin(curve, tolerance))
