"""`python -m core evaluate` from end to end on a tiny set."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.data import performances
from core.evaluation import baselines, evaluate, fitted_models, networks, table1, table2
from core.image.files import read_png
from core.labels import LABELS


@pytest.fixture(scope="module")
def data(tiny, tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "tiny"
    performances.save(folder, replace(tiny, labels=LABELS), {})
    return f"synthetic:{folder}"


@pytest.fixture(autouse=True)
def small(monkeypatch, tmp_path):
    monkeypatch.setattr(fitted_models, "ATOMS", 12)
    monkeypatch.setattr(evaluate, "RECORDINGS", tmp_path / "none")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def quick(monkeypatch):
    """One cheap baseline in place of all."""
    monkeypatch.setattr(baselines, "fit_baselines", lambda *given: {"zero": baselines.zero, "ridge": third})
    monkeypatch.setattr(table1, "fit_baselines", baselines.fit_baselines)


def third(landmarks, neutral):
    """A ridge that knows less."""
    return half(landmarks, neutral) / 3


def half(landmarks, neutral):
    """A network that knows little."""
    return np.zeros(neutral.shape, np.float32) + landmarks.mean(axis=1, keepdims=True)


def test_table1_on_weights_that_are_here(data, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(networks, "shipped", lambda name, vertices: half if name == "product" else None)
    out = tmp_path / "t.json"
    assert main(["evaluate", "table1", "--data", data, "--json", str(out), "--figures", str(tmp_path / "figures")]) == 0
    printed, found = capsys.readouterr().out, json.loads(out.read_text())
    metrics = found["metrics"]
    assert "2 unseen people" in printed and "other data" in printed and "no recordings here" in printed
    assert "No weights of Neural3DMM auto-encoder, S2D-Dec as published" in printed
    known = [value for key, value in metrics.items() if key.endswith("mean_mm") and "product" not in key]
    assert metrics["table1_identity_ratio"] == pytest.approx(metrics["table1_identity_product_mean_mm"] / min(known))
    assert {row["method"] for row in found["rows"]} >= {"ridge", "PCA-38, least squares", "DL-3DMM, regularised", "Mimica"}
    assert read_png(tmp_path / "figures" / "error_maps.png").std() > 5
    assert read_png(tmp_path / "figures" / "curves_identity.png").shape[2] == 3


def test_table1_trains_what_is_missing_when_asked(data, tmp_path, monkeypatch, capsys, quick):
    monkeypatch.setattr(networks, "shipped", lambda name, vertices: None)
    seen = []

    def trained(name, *rest):
        seen.append(name)
        return half

    monkeypatch.setattr(networks, "train", trained)
    out = tmp_path / "t.json"
    assert main(["evaluate", "table1", "--data", data, "--full", "--seeds", "1", "--json", str(out)]) == 0
    metrics = json.loads(out.read_text())["metrics"]
    assert len(seen) == 2 * 4 * 3 and {"table1_cv_identity_ratio", "table1_cv_expression_p99_ratio"} <= set(metrics)
    assert main(["evaluate", "table1", "--data", data, "--full", "--seeds", "1"]) == 0
    assert len(seen) == 24
    assert "cross-validation, preset cpu" in capsys.readouterr().out


def test_other_data_are_trained_on_and_recorded_in_the_cache(tiny, tmp_path, monkeypatch, capsys, quick):
    from core.data import open as data_sets

    asked, masks = [], []
    monkeypatch.setattr(data_sets, "open_data", lambda *given: asked.append(given) or replace(tiny, name="CoMA"))
    monkeypatch.setattr(networks, "train", lambda name, performances, given, *rest: masks.append(given) or half)
    arguments = ["evaluate", "table1", "--data", "coma:/data", "--seeds", "1", "--bad-files", "skip", "--preset", "short"]
    assert main([*arguments, "--landmarks", "lm.npz"]) == 0
    assert asked[0][:3] == ("coma:/data", Path("lm.npz"), "skip")
    assert {int((tiny.person[test] >= 0).sum()) for _, test in masks} == {len(tiny.person) // 4}
    (record,) = (tmp_path / "cache").rglob("cross_validation.json")
    assert json.loads(record.read_text())["data"] == "CoMA"
    printed = capsys.readouterr().out
    assert "CoMA: cross-validation, preset short" in printed and "weights that ship" not in printed


def test_table2_holds_the_scale_of_the_losses_equal():
    for weights, mean in (("none", 0.07), ("ones", 1.0), ("inverse", 0.07)):
        first, second = table2.betas(weights, mean)
        assert first + second * mean == pytest.approx(1.0)
        assert second == pytest.approx(0.0 if weights == "none" else 0.1 * first)


def test_table2_records_its_variants(data, tiny, tmp_path, monkeypatch, capsys):
    masks = []

    def trained(name, performances, given, *rest):
        masks.append(given)
        return half

    monkeypatch.setattr(table2, "train", trained)
    out = tmp_path / "t.json"
    assert main(["evaluate", "table2", "--data", data]) == 0
    assert "--full` makes them" in capsys.readouterr().out
    assert main(["evaluate", "table2", "--data", data, "--full", "--seeds", "2", "--json", str(out)]) == 0
    assert len(masks) == 6 and set(tiny.person[masks[0][1]]) == {0, 1} and not (masks[0][0] & masks[0][1]).any()
    metrics = json.loads(out.read_text())["metrics"]
    assert {f"table2_s{k}_mean_mm" for k in (1, 2, 3)} <= set(metrics)
    assert "S3: L_dr + L_pr, w = 1 / d" in capsys.readouterr().out


def test_ratios_are_to_the_best_baseline_of_each_measure():
    scores = {
        "ridge": {"mean": 2.0, "moving": 4.0, "p99": 9.0},
        "pca_38": {"mean": 3.0, "moving": 3.0, "p99": 10.0},
        "published": {"mean": 0.1, "moving": 0.1, "p99": 0.1},
        "product": {"mean": 1.0, "moving": 1.5, "p99": 3.0},
    }
    assert table1.ratios(scores)["product"] == pytest.approx({"mean": 0.5, "moving": 0.5, "p99": 1 / 3})
    flat = table1.flat("t", scores)
    assert flat["t_ratio"] == 0.5 and flat["t_p99_ratio"] == pytest.approx(1 / 3) and flat["t_published_ratio"] == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tableX"], "Known: table1, table2, table3, gate"),
        (["table1", "--data", "nothing"], "Data 'nothing' is not known"),
        (["table1", "--data", "synthetic:/nowhere"], "/nowhere"),
        (["table1", "--seeds", "0"], "Give at least 1"),
        (["table1", "--json", "/nowhere/t.json"], "could not be written"),
    ],
)
def test_errors_say_what_was_wrong(arguments, message, capsys):
    assert main(["evaluate", *arguments]) == 1
    assert message in capsys.readouterr().err


def test_a_wrong_option_is_a_usage_error(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["evaluate", "table1", "--preset", "endless"])
    assert stopped.value.code == 2


def test_the_shipped_folders_are_in_the_repository(root):
    assert Path(networks.WEIGHTS["product"]).is_relative_to(root) and networks.WEIGHTS["product"].is_file()
