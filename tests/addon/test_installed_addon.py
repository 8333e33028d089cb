"""The add-on of the installed zip, inside every Blender that the extension supports."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from blender_harness import VERSIONS, run_in_blender

SCRIPTS = Path(__file__).parent / "scripts"
pytestmark = [pytest.mark.blender, pytest.mark.parametrize("version", VERSIONS)]


def test_generate_on_the_demo_head(version, root, tmp_path):
    made = run_in_blender(version, SCRIPTS / "generate.py", root / "demo" / "head.obj", tmp_path)
    assert made["status"] == ["FINISHED"] and made["relative"] and made["in_range"]
    assert made["names"] == made["api_names"] and len(made["names"]) > 2
    assert made["delta_error"] < 1e-6 and made["neutral_kept"]
    assert made["moved"] > 0.02
    assert made["differs"] < 2e-4  # thinning a curve moves no vertex by more than 0.05 mm
    assert made["tracks"] == [["surprise", False, [["Mimica demo_head surprise 3", 1.0]]]] and made["active_action"] == ""
    assert made["second_seconds"] < made["seconds"]
    assert all("no memory for F-curves" in message for message in made["broken"]) and made["broken_unchanged"]
    own = [name for name in made["before"] if "happiness" not in name]
    assert own == [name for name in made["after"] if "happiness" not in name]
    assert {"mine"} < set(own) and any("surprise" in name for name in own)
    assert made["actions"] == ["Mimica demo_head happiness 2", "Mimica demo_head surprise 4"]
    assert made["mine"] == pytest.approx([0.25, 1.0], abs=1e-5) and made["surprise_rests"]
    assert made["reload_differs"] == 0.0 and made["adaptation_kept"] and made["fingerprint_sees_change"]
    assert made["with_arkit"] == len(made["after"]) + 52
    assert made["left"] == ["Basis", "mine"] and made["left_actions"] == [] and made["left_properties"] == []


MESSAGES = {
    "nothing": "Select the mesh of a head",
    "no_mesh": "is no mesh",
    "cube": "a head needs",
    "no_face": "face",
    "not_finite": "not a number",
    "two_heads": "two|heads|faces",
    "unknown_expression": "joyful",
    "linked": "linked from another file",
    "edit_mode": "Object Mode",
    "absolute_keys": "absolute",
}


def test_bad_input_says_what_to_do_and_leaves_the_scene(version, root, tmp_path):
    made = run_in_blender(version, SCRIPTS / "bad_input.py", root / "demo" / "head.obj", tmp_path)
    assert made.keys() == MESSAGES.keys()
    wrong = {
        name: found
        for name, found in made.items()
        if not found["unchanged"] or not any(word in found["message"] for word in MESSAGES[name].split("|"))
    }
    assert not wrong


def test_blender_starts_as_fast_as_without(version):
    made = run_in_blender(version, SCRIPTS / "start.py")
    assert made["heavy"] == []
    assert made["seconds"] < 0.5  # 0.05 is asked for and 0.01 measured; a loaded machine is forgiven


def test_operator_and_command_line_give_one_result(version, root, tmp_path):
    size = run_in_blender(version, SCRIPTS / "command_line.py", root / "demo" / "head.obj", tmp_path)
    command = [sys.executable, "-m", "core", "generate", "--head", tmp_path / "head.obj", "--expression", "mouth_open"]
    command += ["--frames", "12", "--fps", "24", "--seed", "5", "--out", tmp_path / "cli.npz"]
    subprocess.run(list(map(str, command)), cwd=root, check=True, capture_output=True)
    with np.load(tmp_path / "cli.npz") as cli, np.load(tmp_path / "operator.npz") as operator:
        moved = np.abs(cli["vertices"][-1] - cli["vertices"][0]).max()
        assert moved > 0.02 * size
        assert np.abs(cli["vertices"] - operator["vertices"]).max() < 3e-4 * size  # thinned F-curves


def test_torch_in_a_worker_gives_the_embedded_result(version, root):
    pytest.importorskip("torch")
    made = run_in_blender(version, SCRIPTS / "torch_worker.py", root / "demo" / "head.obj", sys.executable)
    assert made["checked"] == ["FINISHED"] and made["used"] == "PyTorch on cpu"
    assert made["differs"] < 1e-4
    assert "no Python at '/no/such/python'" in made["absent"] and made["absent_unchanged"]
    assert "No Python with PyTorch is named" in made["unnamed"] and made["unnamed_unchanged"]
