"""Table 3 from data to cells, on a tiny set that it trains on."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from core.errors import ValueRangeError  # noqa: E402
from core.evaluation import motion_samples, table3  # noqa: E402
from core.evaluation.cross_validation import Record  # noqa: E402
from core.training import motion  # noqa: E402


@pytest.fixture
def quick(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setitem(motion.PRESETS, "short", motion.Preset(steps=3, batch=8, rate=1e-4, generator_rate=1e-5, critic_only=1))
    monkeypatch.setattr(table3, "RE_READ", 6)


def _said(messages: list[str]):
    return lambda fraction, what: messages.append(what)


def test_other_data_are_trained_on_and_scored(tiny, quick, monkeypatch):
    monkeypatch.setattr(table3.networks, "shipped", lambda name, vertices: lambda landmarks, neutral: np.zeros_like(neutral))
    messages: list[str] = []
    first, again, paper = table3.table3(replace(tiny, name="CoMA"), preset="short", draws=2, samples=48, progress=_said(messages))
    assert [row[0] for row in first.rows] == list(motion_samples.TITLES.values())
    assert all(len(row) == len(table.columns) for table in (first, again, paper) for row in table.rows)
    metrics = first.metrics
    assert metrics["motion_class_mean_diversity_mm"] < 1e-3 < metrics["motion_held_out_diversity_mm"]
    ratio = metrics["motion_motion3dgan_diversity_mm"] / metrics["motion_held_out_diversity_mm"]
    assert np.isclose(metrics["motion_diversity_ratio"], ratio)
    assert all(np.isfinite(list(table.metrics.values())).all() for table in (first, again))
    gen, det = again.rows
    assert gen[0] == "Gen-LM" and det[0] == "Det-LM"
    assert det[1] == pytest.approx(det[2])  # a decoder that never moves leaves nothing to tell motions apart by
    assert "64" in first.notes[0] and messages[-1] == "Done"


def test_the_paper_tests_on_first_takes_and_the_synthetic_set_on_people(tiny):
    (first,) = table3.masks(replace(tiny, name="CoMA"))
    assert np.array_equal(first, tiny.take == 0)
    people = table3.masks(tiny)
    assert len(people) == 4 and np.array_equal(np.sum(people, axis=0), np.ones(len(tiny.take)))


def test_a_cross_validation_goes_on_where_it_stopped(tiny, quick, tmp_path, monkeypatch):
    record = Record(tmp_path / "record.json", tiny.name, "short")
    table3.validate(tiny, record, tmp_path / "work", 1, lambda *_: None, samples=48)
    rows = record.read()
    assert {(row["fold"], row["seed"]) for row in rows} == {(k, 0) for k in range(4)}
    monkeypatch.setattr(table3, "train", lambda *_: pytest.fail("trained again"))
    table3.validate(tiny, record, tmp_path / "work", 1, lambda *_: None, samples=48)
    (table,) = table3.recorded(record)
    ours = [row["accuracy"] for row in rows if row["method"] == "motion3dgan"]
    assert "4 trainings" in table.title and np.isclose(table.metrics["motion_cv_accuracy"], np.mean(ours))
    assert table3.recorded(Record(tmp_path / "none.json", "x", "short")) == []


def test_landmarks_read_again_from_a_perfect_decoder_are_the_same(tiny):
    frames = tiny.frames(np.arange(len(tiny.take)) < 2)
    curves = frames.landmarks.reshape(2, -1, 68, 3)
    dense = iter([frames.displacement(slice(None))])
    again = table3.re_read(tiny, curves, tiny.person[:2], lambda landmarks, neutral: next(dense))
    assert np.allclose(again, curves, atol=1e-6)


def test_too_few_clips_are_named(tiny):
    label = tiny.label.copy()
    label[:] = 0
    setting = table3.Setting(replace(tiny, label=label), None, tiny.person > 1, tiny.person < 2)
    with pytest.raises(ValueRangeError, match="too few clips"):
        table3.measure(setting, {}, 1, 8, lambda *_: None)
