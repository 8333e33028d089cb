"""The add-on of the installed zip, inside every Blender that the extension supports."""

from pathlib import Path

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
    assert made["differs"] < 2e-4  # the F-curves are thinned to 0.002 of a key's weight
    assert made["action"] == "Mimica demo_head surprise 3"
    assert made["second_seconds"] < made["seconds"]
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
