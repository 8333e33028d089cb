"""Folds by the paper's protocol; rows that are written as soon as they are there; a run that goes on where it stopped."""

import json
from dataclasses import replace

import numpy as np
import pytest

from core.errors import FileError
from core.evaluation import baselines, cross_validation, networks
from core.evaluation.cross_validation import CURVE, Record, folds, run, summary


def quiet(fraction, what):
    assert 0 <= fraction <= 1 and what


@pytest.mark.parametrize("split", cross_validation.SPLITS)
def test_every_clip_is_tested_once_and_on_what_training_has_not_seen(tiny, split):
    masks = folds(tiny, split)
    assert len(masks) == 4 and (np.sum(masks, axis=0) == 1).all()
    of = tiny.person if split == "identity" else tiny.label
    assert all(not set(of[mask]) & set(of[~mask]) for mask in masks)


def test_d3dfacs_has_the_papers_one_fold(tiny):
    named = replace(tiny, name="D3DFACS")
    (identity,), (expression,) = folds(named, "identity"), folds(named, "expression")
    assert set(tiny.person[identity]) == {0, 1, 2} and expression.all()  # of 8 labels all are among the first 11


def fake(name, performances, masks, preset, seed, folder, progress):
    """A network that is the ridge with an error of its own."""
    share = {"product": 0.9, "published": 0.8, "neural3dmm": 0.5}[name]
    mean = performances.frames(masks[0]).displacement(slice(None)).mean(axis=0)
    return lambda landmarks, neutral: np.broadcast_to(share * mean, neutral.shape)


@pytest.fixture
def quick(monkeypatch):
    """Two cheap baselines in place of all."""
    monkeypatch.setattr(
        baselines,
        "fit_baselines",
        lambda p, t, s, seed, progress: {"zero": baselines.zero, "ridge": fake("product", p, (t, t), "", 0, None, None)},
    )


def test_a_stopped_run_goes_on_and_a_finished_one_does_nothing(tiny, tmp_path, quick):
    record, calls = Record(tmp_path / "record.json", tiny.name, "cpu"), []

    def stops(name, performances, masks, *rest):
        assert not (masks[0] & masks[1]).any() and (masks[0] | masks[1]).all()
        if len(calls) == 5:
            raise KeyboardInterrupt
        calls.append(name)
        return fake(name, performances, masks, *rest)

    with pytest.raises(KeyboardInterrupt):
        run(tiny, record, tmp_path, 2, quiet, stops)
    kept = record.read()
    assert len(kept) == 5 + 2 * 2 and kept[0]["fold"] == 0
    calls[:] = [None] * 6  # counts on without stopping
    run(tiny, record, tmp_path, 2, quiet, stops)
    rows = record.read()
    assert rows[: len(kept)] == kept and len(rows) == 8 * (2 + 2 * len(networks.NETWORKS))
    run(tiny, record, tmp_path, 2, quiet, None)
    assert record.read() == rows


def test_summary_is_over_folds_and_seeds(tiny, tmp_path, quick):
    record = Record(tmp_path / "record.json", tiny.name, "cpu")
    run(tiny, record, tmp_path, 2, quiet, fake)
    found = summary(record.read(), "identity")
    assert found["product"].runs == 8 and found["zero"].runs == 4 and list(found)[0] == "zero"
    means = [row["mean"] for row in record.read() if row["split"] == "identity" and row["method"] == "product"]
    assert found["product"].scores["mean"] == pytest.approx((np.mean(means), np.std(means)))
    assert found["product"].curve.shape == CURVE.shape and (np.diff(found["product"].curve) >= 0).all()


def test_a_record_of_other_data_or_preset_is_not_read(tiny, tmp_path):
    record = Record(tmp_path / "record.json", tiny.name, "cpu")
    record.add([{"split": "identity", "fold": 0, "seed": 0, "method": "ridge"}])
    assert record.has("identity", 0, 0, "ridge") and not record.has("identity", 1, 0, "ridge")
    assert not Record(record.path, "other", "cpu").read() and not Record(record.path, tiny.name, "full").read()
    assert json.loads(record.path.read_text())["curve_mm"] == CURVE.tolist()


def test_a_damaged_record_is_named(tmp_path):
    (tmp_path / "record.json").write_text("{")
    with pytest.raises(FileError, match="record.json cannot be read"):
        Record(tmp_path / "record.json", "x", "cpu").read()
