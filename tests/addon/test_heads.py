"""Heads as users have them: in several objects, rigged, with modifiers, keys and scale of their own; the installed zip in every Blender."""

from pathlib import Path

import pytest
from blender_harness import VERSIONS, run_in_blender

SCRIPTS = Path(__file__).parent / "scripts"
EDGES = (VERSIONS[0], VERSIONS[-1])  # the oldest and the newest: what these hold is no matter of the version, and takes its time
pytestmark = [pytest.mark.blender, pytest.mark.parametrize("version", EDGES)]


def test_eyes_and_teeth_as_objects_move_as_in_one_piece(version, root, tmp_path):
    made = run_in_blender(version, SCRIPTS / "companions.py", root / "demo" / "head.obj", tmp_path)
    assert made["listed"] == ["Eye L", "Eye R", "Teeth"]
    assert made["generate_differs"] < 1e-4 and made["first_frame_off"] == 0.0  # F-curves are thinned; the rest is one calculation
    assert made["arkit_differs"] < 1e-4
    keys = made["keys"]
    assert len(keys["Head"]) == 53
    assert keys["Eye R"] == ["Basis", "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight"]
    assert keys["Eye L"] == ["Basis", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft"]
    assert {"jawOpen", "jawLeft", "jawRight", "tongueOut"} < set(keys["Teeth"]) and "eyeBlinkLeft" not in keys["Teeth"]
    assert {"Mimica Head surprise 3", "Mimica Teeth surprise 3"} <= set(made["actions"])
    assert made["tracks"]["Head"] == made["tracks"]["Teeth"] == [["surprise", 1.0]]
    assert made["alone"] == {"Eye R": 0, "Eye L": 0, "Teeth": 0}
    assert made["cleared"] == {"keys": [], "notes": [], "actions": []}
    assert made["none"] == [] and made["selected"] == ["Teeth"]
    assert made["hidden"] == ["Eye L", "Eye R"] and made["near"] == ["Eye R", "Teeth"]
    assert "Make Single User" in made["shared"][0] and "Mirror modifier" in made["mirror"][0]
    assert made["shared"][1] and made["mirror"][1]  # nothing changed


def test_rigs_modifiers_and_scale_change_no_key(version, root, tmp_path):
    made = run_in_blender(version, SCRIPTS / "rigged.py", root / "demo" / "head.obj", tmp_path)
    rig = made["armature"]
    assert rig["pieces"] == ["Twin", "Bead"] and rig["same"] and rig["pose_kept"] and rig["differs"] == 0.0
    assert rig["modifiers"] == ["ARMATURE", "SUBSURF"] and rig["shown"]
    assert "Apply the modifier first" in made["mirror"]["message"] and made["mirror"]["unchanged"]
    calm = made["neutral"]
    assert "no shape key 'Gone'" in calm["gone"] and calm["relative"] == ["Calm"] and calm["calm_value"] == 1.0
    assert calm["differs"] < 1e-6 and calm["shown_off"] < 1e-6
    assert made["shared"]["same"] and made["shared"]["keys"] == 53 and made["shared"]["differs"] == 0.0
    assert "linked from another file" in made["override"]["object"] and "library override" in made["override"]["both"]
    assert made["stands_turned"]["same"]
    assert made["uneven"]["differs"] < 1e-5
    assert made["negative"]["differs"] < 0.01  # of the head's size; its quads are cut the other way, so its landmarks differ a little
