"""PCA and dictionary models against numpy and scikit-learn, and on data in their span."""

import numpy as np
import pytest

from core.evaluation import baselines, fitted_models
from core.evaluation.fitted_models import Deformations, fit_models, principal
from core.evaluation.metrics import measure


def test_components_are_scikit_learns():
    decomposition = pytest.importorskip("sklearn.decomposition")
    rows = np.random.default_rng(0).normal(size=(60, 90)).astype(np.float32) * np.linspace(10, 1, 90, dtype=np.float32)
    found = principal(rows, 12)
    theirs = decomposition.PCA(12, svd_solver="full").fit(rows)
    assert np.allclose(found.variance, theirs.explained_variance_ * 59 / 60, rtol=1e-4)
    assert np.allclose(np.abs((found.directions * theirs.components_).sum(axis=1)), 1, atol=1e-3)
    assert np.allclose(found.mean, rows.mean(axis=0), atol=1e-5)


def test_least_squares_is_exact_on_data_in_its_span(tiny):
    frames = tiny.frames(np.ones(len(tiny.person), bool))
    rows = frames.dense.reshape(len(frames.dense), -1).astype(np.float32)
    found = principal(rows, 8)
    code = np.random.default_rng(1).normal(size=(5, 8)) * np.sqrt(found.variance)
    moved = ((found.mean + code @ found.directions) * 2e-6).reshape(5, -1, 3)
    landmarks = tiny.embedding.points(moved, tiny.triangles)
    model = Deformations(found.mean, found.directions, found.variance).fit(tiny.embedding, tiny.triangles, None)
    assert np.abs(model.predict(landmarks.astype(np.float32), moved) - moved).max() < 1e-6


def test_regularised_fit_is_the_most_probable_one(tiny):
    rng = np.random.default_rng(2)
    size = 3 * tiny.neutral.shape[1]
    model = Deformations(rng.normal(size=size), rng.normal(size=(10, size)), rng.uniform(0.5, 2, 10))
    fitted = model.fit(tiny.embedding, tiny.triangles, 0.3)
    seen = tiny.embedding.points(model.components.reshape(10, -1, 3), tiny.triangles).reshape(10, 204)
    noise = 0.3 * np.trace(seen.T @ np.diag(model.prior) @ seen) / 204
    target = rng.normal(size=204)
    offset = tiny.embedding.points(model.mean.reshape(-1, 3), tiny.triangles).ravel()
    code = np.linalg.solve(seen @ seen.T / noise + np.diag(1 / model.prior), seen @ (target - offset) / noise)
    expected = (model.mean + code @ model.components) * 2e-6
    found = fitted.predict((target * 2e-6).reshape(1, 68, 3), np.zeros((1, size // 3, 3)))
    assert np.allclose(found.ravel(), expected, atol=2e-9)


def test_the_best_form_is_no_worse_than_least_squares(tiny, monkeypatch):
    pytest.importorskip("sklearn")
    monkeypatch.setattr(fitted_models, "ATOMS", 12)
    frames, aside = baselines.training_frames(tiny, ~tiny.fold("identity", 0), "identity")
    models = fit_models(frames, aside, tiny.embedding, tiny.triangles, seed=0)
    assert set(models) == {"pca_38", "pca_220", "pca_220_regularised", "dl_3dmm"}
    held = tiny.frames(tiny.fold("identity", 0))
    error = {name: each.mean for name, each in measure({k: v.predict for k, v in models.items()}, held, tiny.visible).items()}
    zero = measure({"zero": baselines.zero}, held, tiny.visible)["zero"].mean
    assert error["pca_220_regularised"] <= error["pca_220"] * 1.01
    assert error["dl_3dmm"] < zero / 3
    again = fit_models(frames, aside, tiny.embedding, tiny.triangles, seed=0)
    assert np.array_equal(again["dl_3dmm"].weight, models["dl_3dmm"].weight)


def test_without_scikit_learn_the_message_says_what_to_install(tiny, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "sklearn.decomposition", None)
    frames, aside = baselines.training_frames(tiny, ~tiny.fold("identity", 0), "identity")
    with pytest.raises(Exception, match="extra 'train'"):
        fit_models(frames, aside, tiny.embedding, tiny.triangles, seed=0)
