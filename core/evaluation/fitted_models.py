"""Linear deformation models fitted to the landmarks: PCA 3DMMs and DL-3DMM (Ferrari et al. 2015), the paper's baselines (Sect. 4.2).

Every fit below is linear in the landmarks, so each becomes one matrix. A model of deformations D = mean + C a is fitted by the coefficients a
that bring the landmarks' rows of C to the observed displacement; "plain" is least squares as in the paper, the rest are regularised and
choose their strength on people or labels set aside from the training ones.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from scipy import linalg

from ..data.performances import MM, STEP, Frames, landmark_displacement
from ..errors import ModelError
from ..head.landmarks import Landmarks
from .metrics import distance
from .ridge import JUDGED, LANDMARKS, LinearMap

SAMPLE = 3000  # frames, evenly spread, that the components are taken from
KEPT = 400  # directions in which the dictionary is learned: a rotation changes no distance
STRENGTHS = tuple(10.0 ** np.arange(-6.0, 1.1, 0.5))  # relative to the mean square of a landmark's coordinate
ATOMS = 220
SPARSITY = 1.0  # of the codes' L1 penalty, on data scaled to unit mean square length; the paper of DL-3DMM uses lambda = 1


@dataclass(frozen=True)
class Components:
    """mean (3 V,) and directions (K, 3 V) orthonormal, in steps; variance (K,) of the training frames along them, descending."""

    mean: np.ndarray
    directions: np.ndarray
    variance: np.ndarray


def principal(rows: np.ndarray, count: int, gram: np.ndarray | None = None) -> Components:
    """Principal components of rows (N, 3 V) by the method of snapshots; gram: rows @ rows.T where it is known."""
    gram = rows @ rows.T if gram is None else gram
    gram = gram - gram.mean(axis=0) - gram.mean(axis=1)[:, None] + gram.mean()  # as if the mean had been subtracted
    count = min(count, len(rows) - 1)
    values, vectors = linalg.eigh(gram, subset_by_index=(len(rows) - count, len(rows) - 1))
    values, vectors = values[::-1], vectors[:, ::-1]
    real = values > 1e-7 * values[0]
    values, vectors = values[real], vectors[:, real]
    mean = rows.mean(axis=0, dtype=np.float64).astype(np.float32)
    directions = ((vectors / np.sqrt(values)).T.astype(np.float32)) @ (rows - mean)
    return Components(mean, directions, values / len(rows))


@dataclass(frozen=True)
class Deformations:
    """A deformation model: mean (3 V,), components (K, 3 V) in steps, prior (K,) variance expected of each coefficient."""

    mean: np.ndarray
    components: np.ndarray
    prior: np.ndarray

    def fit(self, embedding: Landmarks, triangles: np.ndarray, strength: float | None) -> LinearMap:
        """Its fit to landmarks: least squares (of least norm where that is not unique) for None, else the most probable coefficients with
        landmark noise of `strength` times the mean variance of a landmark coordinate."""
        seen = self._landmarks(self.components, embedding, triangles)
        if strength is None:
            solver = np.linalg.pinv(seen.T)
        else:
            weighted = seen * self.prior[:, None]
            expected = seen.T @ weighted
            noise = strength * np.trace(expected) / LANDMARKS
            solver = weighted @ linalg.inv(expected + noise * np.eye(LANDMARKS))
        weight = solver.T.astype(np.float32) @ self.components
        offset = self.mean - self._landmarks(self.mean[None], embedding, triangles)[0].astype(np.float32) @ weight
        return LinearMap(weight, offset * np.float32(STEP * MM))

    @staticmethod
    def _landmarks(rows: np.ndarray, embedding: Landmarks, triangles: np.ndarray) -> np.ndarray:
        moved = rows.reshape(len(rows), -1, 3)
        return landmark_displacement(embedding, triangles, moved).reshape(len(rows), LANDMARKS).astype(np.float64)


def dictionary(found: Components, scores: np.ndarray, seed: int) -> Deformations:
    """ATOMS atoms learned from scores (N, K) of the training frames along `found`; the prior is each atom's mean use, as in DL-3DMM."""
    try:
        from sklearn.decomposition import MiniBatchDictionaryLearning
        from sklearn.exceptions import ConvergenceWarning
    except ImportError as error:
        raise ModelError("DL-3DMM needs scikit-learn, which is not installed here. Install the extra 'train'.") from error
    size = float(np.sqrt(np.square(scores).sum(axis=1).mean()))
    learner = MiniBatchDictionaryLearning(
        min(ATOMS, len(scores)), alpha=SPARSITY / ATOMS, max_iter=20, batch_size=256, fit_algorithm="cd", random_state=seed
    )
    scaled = (scores / size).astype(np.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # codes of single batches that end at 1e-4 of the data's size: near enough
        learner.fit(scaled)
    atoms = learner.components_
    codes = np.linalg.lstsq(atoms @ atoms.T + 1e-3 * np.eye(len(atoms)), atoms @ scaled.T, rcond=None)[0]
    use = np.square(codes).mean(axis=1)
    return Deformations(found.mean, atoms.astype(np.float32) @ found.directions, use * size**2)


def fit_models(
    frames: Frames, aside: np.ndarray, embedding: Landmarks, triangles: np.ndarray, seed: int, learn: bool = True
) -> dict[str, LinearMap]:
    """PCA-38 and PCA-220 by plain least squares, PCA-220 in its best form and (`learn`) DL-3DMM in its best form; aside (N,) marks the
    training frames on which strengths are chosen with models of the others."""
    sample = np.arange(0, len(frames.dense), max(1, -(-len(frames.dense) // SAMPLE)))
    rows = frames.dense[sample].reshape(len(sample), -1).astype(np.float32)
    gram = (rows @ rows.T).astype(np.float64)
    kept = ~aside[sample]
    judged = np.flatnonzero(aside)
    judged = judged[:: max(1, -(-len(judged) // JUDGED))]
    whole = _models(rows, gram, seed, learn)
    part = _models(rows[kept], gram[np.ix_(kept, kept)], seed, learn)
    true, x = frames.displacement(judged), frames.landmarks[judged]

    def best(name: str) -> LinearMap:
        errors = [float(distance(part[name].fit(embedding, triangles, s).predict(x, true), true).mean()) for s in STRENGTHS]
        return whole[name].fit(embedding, triangles, STRENGTHS[int(np.argmin(errors))])

    pca = whole["pca_220"]
    few = Deformations(pca.mean, pca.components[:38], pca.prior[:38])
    made = {"pca_38": few.fit(embedding, triangles, None), "pca_220": pca.fit(embedding, triangles, None)}
    made["pca_220_regularised"] = best("pca_220")
    return made | ({"dl_3dmm": best("dl_3dmm")} if learn else {})


def _models(rows: np.ndarray, gram: np.ndarray, seed: int, learn: bool) -> dict[str, Deformations]:
    found = principal(rows, KEPT, gram)
    made = {"pca_220": Deformations(found.mean, found.directions[:220], found.variance[:220])}
    if learn:
        made["dl_3dmm"] = dictionary(found, (rows - found.mean) @ found.directions.T, seed)
    return made
