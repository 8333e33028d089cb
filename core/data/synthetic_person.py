"""All takes of one synthetic person: landmark curves, dense frames, and what the set's gates need to know about them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..labels import LABELS
from .performances import landmark_displacement, quantised
from .synthetic_recipes import apex_weights
from .synthetic_rig import FaceRig, Units
from .synthetic_style import random_person
from .synthetic_timing import Take, perform
from .validate_set import Findings, Inspector

SAMPLES = 31  # of a curve: neutral, then 30 steps to the apex
KEPT = (2, 1, 1)  # random dense frames of the onset, the hold and the return; the apex is kept beside them, last
DENSE_FRAMES = sum(KEPT) + 1
SMALLEST = 0.15  # chance of a still frame to be kept, relative to one at the apex


@dataclass(frozen=True)
class Performed:
    """curves (C, SAMPLES, 68, 3) and frame_landmarks (C, K, 68, 3) float32 m, dense (C, K, V, 3) int16 in steps of STEP; findings."""

    curves: np.ndarray
    frame_landmarks: np.ndarray
    dense: np.ndarray
    findings: Findings


def dense_frames(take: Take, rng: np.random.Generator) -> np.ndarray:
    """Random frames (sum(KEPT),) int of a take, ascending, none of them neutral or the apex, large ones the more likely."""
    size = np.linalg.norm(take.weights, axis=1)
    chance = SMALLEST + size / size.max()
    spans = np.split(np.arange(len(size)), [1, take.apex, take.apex + 1, take.end])
    chosen = [
        np.sort(rng.choice(span, count, replace=False, p=chance[span] / chance[span].sum()))
        for span, count in zip((spans[1], spans[3], spans[4]), KEPT, strict=True)
    ]
    return np.concatenate(chosen)


def perform_person(units: Units, neutral: np.ndarray, seed: int, takes: int) -> Performed:
    """Every label `takes` times, label by label, by the person with neutral (V, 3) m; one seed, one result."""
    template, names = units.template, units.names
    rig, inspector = FaceRig(units, neutral), Inspector(units, neutral)
    person = random_person(names, LABELS, template.landmark_points(neutral), seed)
    curves, landmarks, dense, found = [], [], [], []
    for c in range(len(LABELS) * takes):
        label, rng = LABELS[c // takes], np.random.default_rng([seed, c // takes, c % takes])
        take = perform(person, label, apex_weights(person, names, LABELS, label, rng), names, rng)
        weights = np.concatenate([take.onset(SAMPLES), take.weights[dense_frames(take, rng)]])
        moved = rig.displacement(weights)
        sparse = landmark_displacement(template.landmarks, template.triangles, moved).astype(np.float32)
        kept = np.r_[SAMPLES : len(moved), SAMPLES - 1]
        curves.append(sparse[:SAMPLES])
        landmarks.append(sparse[kept])
        dense.append(quantised(moved[kept]))
        found.append(inspector.clip(moved[kept], weights[kept]))
    return Performed(np.array(curves), np.array(landmarks), np.array(dense), inspector.findings(rig, found))
