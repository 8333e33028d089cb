"""The buttons on parts, of the installed zip, inside every Blender that the extension supports."""

from pathlib import Path

import pytest
from blender_harness import VERSIONS, run_in_blender

SCRIPTS = Path(__file__).parent / "scripts"
pytestmark = [pytest.mark.blender, pytest.mark.parametrize("version", VERSIONS)]


def test_parts_are_coloured_grouped_corrected_and_hidden(version, root):
    made = run_in_blender(version, SCRIPTS / "part_groups.py", root / "demo" / "head.obj")
    assert {f"Mimica {name}" for name in ("skin", "mouth_bag", "eye_right", "eye_left", "teeth_upper", "teeth_lower", "tongue")} <= set(
        made["groups"]
    )
    assert sum(made["groups"].values()) == made["vertices"]
    assert made["overlay"] == len(made["groups"]) and made["active"] == "Mimica parts"
    assert made["differs"] < 0.01 * made["size"]  # the groups say what Mimica finds by itself
    assert made["eye_moved"] > 0.005 * made["size"] and made["other_moved"] == 0.0
    assert made["hidden"] and made["active_again"] == "Mine" and made["groups_kept"] >= len(made["groups"])
    assert made["groups_left"] == [] and made["notes_left"] == []
