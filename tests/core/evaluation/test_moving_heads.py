"""The tables of keys, transfers and neutral faces, from end to end on heads that are quickly made."""

from __future__ import annotations

import numpy as np
import pytest

from core import api
from core.evaluation import keys, neutrals, tables, transfers
from core.evaluation.head_subjects import template_subject
from core.evaluation.moving_heads import Mover, poses
from core.head.template import load_template


@pytest.fixture(scope="module")
def mover() -> Mover:
    """The template itself, twice as large, opening its mouth and raising its brows."""
    template = load_template()
    subject = template_subject(template, "twice", 2.0 * template.vertices)
    motion = np.stack([template.arkit_field(name).astype(np.float64) for name in ("jawOpen", "browInnerUp")])
    return Mover(subject, 2.0 * motion)


def _quiet(_done: float, _what: str) -> None:
    pass


def test_sizes_and_faces_of_movers(mover):
    assert mover.size == pytest.approx(2.0, rel=1e-3)
    assert 0.2 < mover.face().mean() < 0.6 and mover.face()[mover.subject.mesh.triangles[mover.subject.landmarks.triangles]].mean() > 0.9


def test_poses_without_recordings_are_the_labels(tmp_path):
    names, weights = poses(tmp_path)
    assert names == list(api.labels()) and weights.shape == (18, 52) and (np.abs(weights).max(axis=1) > 0.3).all()


def test_transfers_are_scored_against_the_truth(mover, monkeypatch, tmp_path):
    monkeypatch.setattr(transfers, "pairs", lambda people, folder: [("own", lambda: mover, lambda: mover)] * people)
    (table,) = transfers.transfers(1, tmp_path, _quiet)
    error = {row[0]: row[2] for row in table.rows}
    assert error["own: closest point"] < 0.001 and error["own: surface (ours)"] < error["own: landmarks, S2D-Dec (paper)"] < 0.5
    assert set(table.metrics) == {f"transfer.own.{way}.mean_mm" for way in ("closest", "landmarks", "surface")}
    mean, p95, relative = transfers.scores(np.zeros_like(mover.motion), mover)
    assert relative == pytest.approx(1.0) and p95 > mean > 0.5


def test_neutral_faces_are_scored_against_the_truth(mover, monkeypatch, tmp_path):
    monkeypatch.setattr(neutrals, "pairs", lambda people, folder: [("own", lambda: mover, lambda: mover)])
    monkeypatch.setattr(neutrals, "poses", lambda folder: (["open", "recording 7"], np.zeros((2, 52))))
    monkeypatch.setattr(neutrals, "POSES", ("neutral", "open"))
    monkeypatch.setattr(neutrals, "automatic", lambda mesh: None)
    (table,) = neutrals.neutrals(1, tmp_path, _quiet)
    rows = {row[0]: row for row in table.rows}
    assert list(rows) == ["own: neutral", "own: open", "own: recording"]
    _, heads, nothing, paper, ours, found, p95 = rows["own: open"]
    assert heads == 1 and ours < 0.5 * nothing and ours < paper and found is None and p95 > ours
    assert rows["own: neutral"][2] == 0.0 and rows["own: neutral"][4] < 0.3
    assert "neutral.own.open.ours" in table.metrics and "neutral.own.open.automatic" not in table.metrics
    assert "| own: open" in tables.text(table)


def test_keys_of_a_clip(monkeypatch):
    monkeypatch.setattr(api, "labels", lambda: ("mouth_up",))
    (table,) = keys.keys(_quiet)
    assert [row[0] for row in table.rows] == ["wanted", "mouth_up 0", "mouth_up 1", "all"]
    assert 0 < table.metrics["keys.arkit.median_mm"] < table.metrics["keys.arkit.p95_mm"] < 1.0
    assert table.metrics["keys.region.reached"] == 1.0 and table.rows[1][5] <= keys.FEW
