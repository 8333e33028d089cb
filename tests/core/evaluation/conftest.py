"""A tiny set of performances on a small mesh: people who differ, labels that differ, motion that is bilinear in face and label."""

from __future__ import annotations

import numpy as np
import pytest

from core.data.performances import STEP, Performances
from core.head.landmarks import Landmarks

PEOPLE, LABELS, TAKES, KEPT, SAMPLES = 8, 8, 3, 4, 6
SIDE = 12


def grid() -> tuple[np.ndarray, np.ndarray]:
    """A bumpy patch of SIDE x SIDE vertices, 0.1 m wide, standing upright, and its triangles."""
    place = np.linspace(-0.05, 0.05, SIDE)
    x, z = np.meshgrid(place, place, indexing="ij")
    vertices = np.stack([x, 0.02 * np.sin(30 * x) * np.cos(40 * z), z], axis=-1).reshape(-1, 3)
    corner = (np.arange(SIDE - 1)[:, None] * SIDE + np.arange(SIDE - 1)).ravel()
    first = np.stack([corner, corner + SIDE, corner + 1], axis=1)
    second = np.stack([corner + 1, corner + SIDE, corner + SIDE + 1], axis=1)
    return vertices, np.concatenate([first, second]).astype(np.int32)


def made(seed: int = 0, name: str = "synthetic tiny", people: int = PEOPLE) -> Performances:
    rng = np.random.default_rng(seed)
    vertices, triangles = grid()
    picked = rng.choice(len(triangles), 68, replace=False).astype(np.int32)
    embedding = Landmarks(picked, np.full((68, 3), 1 / 3), np.ones(68))
    shape = rng.normal(size=(people, 3))
    waves = np.stack([np.sin(40 * vertices[:, [k]] * (k + 1)) * np.eye(3)[k] for k in range(3)])
    neutral = (vertices + 0.002 * np.tensordot(shape, waves, 1)).astype(np.float32)
    fields = np.stack(
        [np.exp(-((vertices - vertices[k]) ** 2).sum(axis=1) / 4e-4)[:, None] * rng.normal(size=3) for k in triangles[picked[:LABELS], 0]]
    )
    order = np.arange(people * LABELS * TAKES)
    person, label, take = order // (LABELS * TAKES), order // TAKES % LABELS, order % TAKES
    gain = 0.004 * (1.0 + 0.2 * shape[person, 0] + 0.1 * rng.normal(size=len(order)))
    share = np.array([0.0, 0.4, 1.0, 0.9])
    moved = gain[:, None, None, None] * share[:, None, None] * fields[label][:, None]
    moved += 0.0008 * shape[person, 1][:, None, None, None] * (share**2)[:, None, None] * fields[(label + 1) % LABELS][:, None]
    dense = np.round(moved / STEP).astype(np.int16)
    kept = (dense * STEP).astype(np.float32)
    landmarks = embedding.points(kept, triangles).astype(np.float32)
    rise = np.linspace(0.0, 1.0, SAMPLES)
    curves = (landmarks[:, 2][:, None] * rise[:, None, None]).astype(np.float32)
    visible = vertices[:, 2] > -0.04
    return Performances(
        name, tuple(f"p{k}" for k in range(people)), tuple(f"l{k}" for k in range(LABELS)), triangles, embedding, visible, neutral,
        person, label, take, curves, landmarks, dense,
    )  # fmt: skip


@pytest.fixture(scope="session")
def tiny() -> Performances:
    return made()
