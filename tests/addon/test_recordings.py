"""Live Link Face recordings on a head: weights, rotation on empties and bones, timecode; the installed zip in every Blender."""

from pathlib import Path

import pytest
from blender_harness import VERSIONS, run_in_blender

SCRIPTS = Path(__file__).parent / "scripts"
pytestmark = [pytest.mark.blender, pytest.mark.parametrize("version", VERSIONS)]


def test_recordings_play_on_keys_empties_and_bones(version, root, tmp_path):
    folder = root.parent / "shared" / "data" / "arkit_capture"
    captures = sorted(folder.glob("*.csv.gz")) if folder.is_dir() else []
    made = run_in_blender(version, SCRIPTS / "recordings.py", root / "demo" / "head.obj", tmp_path, *captures)
    for what, message in {"absent": "cannot be read", "empty": "0 frames", "table": "lacks", "no_armature": "No armature"}.items():
        assert message in made["refused"][what]
    assert made["refused_unchanged"] and "no bone 'neck'" in made["wrong_bone"]
    assert made["frames"] == 72 and made["keys"] == 52
    assert made["weights_off"] < 2e-3  # thinned: less than 0.05 mm a key
    assert made["empties_off"] < 2e-3 and made["bones_off"] < 2e-3
    assert made["parents"] == [None, "demo_head", "demo_head"]
    x, y, z = made["left_eye"]
    assert x > 2.0 and abs(y) < 1.0 and abs(z) < 1.0  # cm, of a head whose origin is between its eyes
    assert made["timecodes"] == ["11:22:33:44.000"] and len(made["actions"]) == 4
    assert made["bone_tracks"] == ["take_1"] and set(map(tuple, made["tracks"].values())) == {("take_1",)}
    assert made["rested"] < 1e-4 and made["constraints"] == ["Mimica Head"]
    assert made["out_weights"] < 2e-3 and made["out_rotations"] < 2e-3 and max(made["again"]) < 2e-3 and made["out_frame"] == 9
    assert made["out_timecodes"] == ["11:22:33:44.000", "11:22:34:44.000"]
    assert "There is no folder" in made["out_refused"][0] and "'noon'" in made["out_refused"][1]
    assert made["muted"] == [True, False, 0, 0]
    assert made["left"] == ["demo_head"] and made["left_constraints"] == []
    if captures:
        assert made["real_keys"] == 52 and made["real_frames"] == 7839
        assert made["real_timecodes"] == ["13:13:04:31.652", "16:55:51:38.453"]
