"""Every baseline that has a closed form, in its best form, fitted to the training clips of one fold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..data.performances import Frames, Performances, interleaved
from .fitted_models import fit_models
from .metrics import Predict
from .ridge import fit_ridges

Progress = Callable[[float, str], None]

MOST = 40_000  # training frames that baselines are fitted to, evenly spread over the clips; the synthetic set has fewer
RIDGES = ("ridge", "ridge_neutral", "ridge_bilinear")

TITLES = {
    "zero": "no motion",
    "ridge": "ridge",
    "ridge_neutral": "ridge, neutral landmarks beside",
    "ridge_bilinear": "ridge, bilinear in identity",
    "pca_38": "PCA-38, least squares",
    "pca_220": "PCA-220, least squares",
    "pca_220_regularised": "PCA-220, regularised",
    "dl_3dmm": "DL-3DMM, regularised",
    "neural3dmm": "Neural3DMM auto-encoder",
    "published": "S2D-Dec as published",
    "product": "Mimica",
}
"""Rows of Table 1 by the name they have in metrics."""

OURS = ("published", "product")  # all others are baselines


def zero(landmarks: np.ndarray, neutral: np.ndarray) -> np.ndarray:
    """No motion at all: the scale on which to read the other errors."""
    return np.zeros(neutral.shape, np.float32)


def training_frames(performances: Performances, train: np.ndarray, split: str) -> tuple[Frames, np.ndarray]:
    """Frames of the training clips in mask (C,), at most about MOST; and the mask (N,) of those set aside for choosing strengths: every
    fourth training person, or label where labels are split."""
    frames = performances.frames(interleaved(train, max(1, MOST // performances.dense.shape[1])))
    of = frames.person if split == "identity" else performances.label[frames.clip]
    known = np.unique(of)
    aside = np.isin(of, known[len(known) % 4 :: 4] if len(known) >= 4 else known[-1:])
    return frames, aside


def fit_baselines(performances: Performances, train: np.ndarray, split: str, seed: int, progress: Progress) -> dict[str, Predict]:
    """All of them, by name, from the training clips in mask (C,)."""
    progress(0.0, "Reading the training frames")
    frames, aside = training_frames(performances, train, split)
    progress(0.1, f"Ridge regressions on {len(frames.landmarks)} frames")
    ridges = fit_ridges(frames, aside, performances.embedding, performances.triangles, RIDGES)
    progress(0.5, "PCA and dictionary")
    fitted = fit_models(frames, aside, performances.embedding, performances.triangles, seed)
    made: dict[str, Predict] = {"zero": zero}
    return made | {name: model.predict for name, model in (ridges | fitted).items()}
