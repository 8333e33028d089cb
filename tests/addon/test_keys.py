"""ARKit keys: clips on them, the user's own among them, and out to glTF and in again; the installed zip in every Blender."""

from pathlib import Path

import pytest
from blender_harness import VERSIONS, run_in_blender

SCRIPTS = Path(__file__).parent / "scripts"
pytestmark = [pytest.mark.blender, pytest.mark.parametrize("version", VERSIONS)]


def test_a_clip_on_arkit_keys(version, root):
    made = run_in_blender(version, SCRIPTS / "onto_arkit.py", root / "demo" / "head.obj")
    assert made["broken"] and made["broken_unchanged"]
    assert len(made["keys"]) == 52 and made["others"] == ["Basis", "wart"] and made["jaw_kept"] == made["drawn"] == 0.5
    assert 5 < len(made["curves"]) < 52 and set(made["curves"]) <= set(made["keys"])
    assert made["curves"]["browInnerUp"] > 0.3 and all(0.0 < top <= 1.0001 for top in made["curves"].values())
    assert made["moved"] > 0.01 * made["size"] and made["residual_mm"] > 0.0
    assert made["actions"] == ["Mimica demo_head surprise 0"]
    assert made["own"] > 2 and made["arkit_rests"] and made["stray"] == [] and made["own_left"] == []
    assert made["both_actions"] == ["Mimica demo_head happiness 0", "Mimica demo_head surprise 0"]
    assert made["wart"] == pytest.approx([0.25, 0.9])
    assert made["unreplaced"] == [0.5, 0.5] and made["replaced"][0] != 0.5 and made["replaced"][1] > 0.01 * made["size"]
    assert made["drivers"] == ["0.125"] and made["animated"] and made["slider_max"] == pytest.approx(0.9)
    assert made["after_clear"] == ["Basis", "jawOpen", "wart", "tongueOut"]  # the user's own, redrawn or not
    assert made["action_after_clear"] == "my own"


def test_gltf_brings_52_named_morph_targets_back(version, root, tmp_path):
    made = run_in_blender(version, SCRIPTS / "gltf.py", root / "demo" / "head.obj", tmp_path)
    if "absent" in made:
        pytest.skip(made["absent"])
    assert len(made["names"]) == 52 and made["found"] == made["names"]
    assert made["moves"] == 52  # the demo head has a tongue
    assert made["neutral_off"] < 1e-6 and made["differs"] < 1e-6
