"""Ridge regressions against scikit-learn and against data that are exactly what they can express."""

from dataclasses import replace

import numpy as np
import pytest

from core.data.performances import STEP
from core.evaluation import baselines, ridge
from core.evaluation.metrics import measure


@pytest.fixture(scope="module")
def fitted(tiny):
    frames, aside = baselines.training_frames(tiny, ~tiny.fold("identity", 0), "identity")
    return frames, aside, ridge.fit_ridges(frames, aside, tiny.embedding, tiny.triangles, baselines.RIDGES)


def test_a_ridge_is_scikit_learns(tiny, fitted):
    linear = pytest.importorskip("sklearn.linear_model")
    frames, _, made = fitted
    ours = made["ridge"]
    x = frames.landmarks.reshape(-1, 204).astype(float) * 1000
    x = (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 1e-3)
    y = frames.dense.reshape(len(x), -1) * (STEP * 1000)
    theirs = linear.Ridge(alpha=ours.strength * len(x)).fit(x, y).predict(x[:20]) / 1000
    found = ours.predict(frames.landmarks[:20], tiny.neutral[frames.person[:20]])
    assert np.abs(found.reshape(20, -1) - theirs).max() < 2e-6


def test_only_the_bilinear_ridge_follows_motion_whose_size_a_face_decides(tiny):
    rng = np.random.default_rng(5)
    wide = tiny.neutral.reshape(len(tiny.people), -1)
    wide = (wide - wide.mean(axis=0)) @ np.linalg.svd(wide - wide.mean(axis=0), full_matrices=False)[2][0]
    x = tiny.frame_landmarks.reshape(*tiny.dense.shape[:2], 204)
    moved = (wide / wide.std())[tiny.person][:, None, None] * (x @ rng.normal(size=(204, tiny.dense[0, 0].size)) * 0.1)
    bent = replace(tiny, dense=np.round(moved.reshape(tiny.dense.shape) / STEP).astype(np.int16))
    frames = bent.frames(np.ones(len(bent.person), bool))
    made = ridge.fit_ridges(frames, frames.person % 4 == 1, tiny.embedding, tiny.triangles, baselines.RIDGES)
    models = {name: model.predict for name, model in made.items()} | {"zero": baselines.zero}
    error = {name: each.mean for name, each in measure(models, frames, tiny.visible).items()}
    assert error["ridge_bilinear"] < 0.1 * error["zero"]
    assert min(error["ridge"], error["ridge_neutral"]) > 0.5 * error["zero"]


def test_the_strength_is_chosen_on_the_frames_set_aside_and_not_on_the_test(tiny, fitted):
    frames, aside, made = fitted
    people = set(frames.person[aside])
    assert people and people < set(frames.person) and not people & set(tiny.person[tiny.fold("identity", 0)])
    errors = []
    for strength in ridge.STRENGTHS:
        patch = pytest.MonkeyPatch()
        patch.setattr(ridge, "STRENGTHS", (strength,))
        clips = np.isin(tiny.person, sorted(set(frames.person) - people))
        some = tiny.frames(clips)
        one = ridge.fit_ridges(
            some, np.zeros(len(some.person), bool) | (some.person == some.person[0]), tiny.embedding, tiny.triangles, ("ridge",)
        )
        patch.undo()
        held = tiny.frames(np.isin(tiny.person, sorted(people)))
        errors.append(measure({"r": one["ridge"].predict}, held, tiny.visible)["r"].mean)
    best = ridge.STRENGTHS[int(np.argmin(errors))]
    assert made["ridge"].strength == pytest.approx(best, rel=11)  # the standardisation differs a little, a step or two of the grid at most


def test_labels_are_set_aside_where_labels_are_split(tiny):
    train = ~tiny.fold("expression", 2)
    frames, aside = baselines.training_frames(tiny, train, "expression")
    of = tiny.label[frames.clip]
    assert not set(of[aside]) & set(of[~aside]) and aside.any() and not aside.all()


def test_frames_are_thinned_evenly(tiny, monkeypatch):
    monkeypatch.setattr(baselines, "MOST", 100)
    frames, _ = baselines.training_frames(tiny, ~tiny.fold("identity", 0), "identity")
    assert 50 < len(frames.landmarks) <= 100 and len(np.unique(frames.person)) == 6
