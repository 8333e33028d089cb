"""Clips converted and faces baked, of the installed zip, inside every Blender that the extension supports."""

from pathlib import Path

import pytest
from blender_harness import VERSIONS, run_in_blender

SCRIPTS = Path(__file__).parent / "scripts"
pytestmark = [pytest.mark.blender, pytest.mark.parametrize("version", VERSIONS)]


def test_clips_are_converted_and_faces_baked(version, root, tmp_path):
    made = run_in_blender(version, SCRIPTS / "bake.py", root / "demo" / "head.obj", tmp_path)
    assert made["moved"] > 0.02
    for name, kind, most in (("cache", "CACHE", 1e-5), ("own", "OWN", 1e-3), ("arkit", "ARKIT", 0.02)):  # of the head's size; 1e-3: 0.25 mm
        found = made["converted"][name]
        assert found["kinds"] == [["mouth_open", kind, 5.0, 20.0]] and found["frame"] == 17
        assert found["off"] < most, name
    assert made["read"] < 1e-6
    baked = made["baked"]
    assert baked["frame"] == 17 and baked["action"] == "Take 1" and baked["moved_keys"] == ["driven", "mine"]
    assert all(baked["all_muted"]) and baked["stashed"] == ["my own"]
    assert baked["thin_off"] < 5e-4 and baked["thin_points"] < 0.4 * 40 * baked["channels"]
    assert baked["full_points"] == [40] and baked["full_off"] < 5e-4
    assert baked["step_frames"] == [1] and baked["again_off"] < 5e-4
    errors = made["errors"]
    assert "the last must not come before the first" in errors["range"] and "carries no sequence" in errors["no_sequence"]
    assert "has no clip 'joy'" in errors["no_clip"] and made["unchanged"]
    assert "Convert it into keys" in errors["cache"] and "has no shape keys to bake" in errors["nothing"]
