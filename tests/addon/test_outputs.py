"""What a clip may be made of, of the installed zip, inside every Blender that the extension supports."""

from pathlib import Path

import pytest
from blender_harness import VERSIONS, run_in_blender

SCRIPTS = Path(__file__).parent / "scripts"
pytestmark = [pytest.mark.blender, pytest.mark.parametrize("version", VERSIONS)]


def test_keys_cache_and_arkit(version, root, tmp_path):
    made = run_in_blender(version, SCRIPTS / "outputs.py", root / "demo" / "head.obj", tmp_path)
    assert made["curve_off"] < 1.02 and max(made["points"]) <= 10 and made["interpolation"] == ["BEZIER"]  # of 24 frames; float32 values
    assert made["residual"] <= 1.0 and made["tight"] > made["loose"] > 1 and made["tight_residual"] < 0.5 * made["residual"]
    assert "not saved yet" in made["unsaved"] and made["unsaved_unchanged"]
    assert made["modifiers"] == [["MESH_CACHE", "Mimica mouth_open"], ["SUBSURF", "Subdivision"]]
    assert made["relative"].startswith("//mimica_cache") and made["keys_gone"] == [] and made["tracks"] == []
    assert made["cache_off"] < 1e-6 and max(made["outside_off"]) < 1e-6
    assert made["keys_again"] == ["mouth_open"]
    assert made["rests_before"] == 0.0 and made["after_other"] < 1e-6 and made["files"] == 1
    assert made["left"] == [["Subdivision"], [], True, []] and made["files_left"] == 0
    assert made["auto_own"] > 1 and made["auto"] == [["mouth_open", "ARKIT"]] and made["auto_keys"] == 53
