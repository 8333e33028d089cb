"""The benchmark measures real work and writes what it printed."""

import json
import time

import pytest

from core.__main__ import main
from core.evaluation.benchmark import BENCHMARKS, median_seconds, run


def test_median_is_of_the_work_and_the_first_call_is_not_counted():
    calls = []

    def work():
        calls.append(0)
        time.sleep(0.2 if len(calls) == 1 else 0.01)

    assert 0.009 < median_seconds(work, 3) < 0.1 and len(calls) == 4


def test_one_benchmark_gives_seconds_ratio_and_versions(tmp_path, capsys):
    out = tmp_path / "b.json"
    assert main(["benchmark", "motion", "--json", str(out)]) == 0
    found = json.loads(out.read_text())
    metrics = found["metrics"]
    assert metrics["motion_ratio"] == pytest.approx(metrics["motion_s"] / metrics["reference_s"])
    assert [row["benchmark"] for row in found["rows"]] == ["motion"] and "onnxruntime" in found["versions"]
    assert "motion" in capsys.readouterr().out


def test_unknown_names_are_refused(capsys):
    assert main(["benchmark", "levitation"]) == 1
    assert "Known: " + ", ".join(BENCHMARKS) in capsys.readouterr().err


def test_a_file_that_cannot_be_written(tmp_path, capsys):
    assert main(["benchmark", "motion", "--json", str(tmp_path / "nowhere" / "b.json")]) == 1
    assert "cannot be written" in capsys.readouterr().err
    with pytest.raises(Exception, match="Unknown benchmark"):
        run("nothing")
