"""The sequence of a head, of the installed zip, inside every Blender that the extension supports."""

from pathlib import Path

import pytest
from blender_harness import VERSIONS, run_in_blender

SCRIPTS = Path(__file__).parent / "scripts"
pytestmark = [pytest.mark.blender, pytest.mark.parametrize("version", VERSIONS)]
THIN = 4e-4  # of the head's size, 0.1 mm: each smooth F-curve may add 0.05 mm, and regions overlap


def test_a_sequence_is_listed_previewed_directed_and_read_back(version, root, tmp_path):
    made = run_in_blender(version, SCRIPTS / "sequence.py", root / "demo" / "head.obj", tmp_path)
    assert "is empty" in made["empty"][0] and "Add an expression to the sequence first" in made["empty"][1]
    assert made["starts"] == [0.0, 36.0]
    assert made["copied"] == [["surprise", 0.0, 0.5], ["surprise", 36.0, 0.5], ["happiness", 36.0, 1.0]]
    assert made["reordered"] == [["surprise", 0.0], ["happiness", 36.0], ["surprise", 36.0]]
    assert made["at_the_top"] == [0, ["CANCELLED"]] and made["removed"] == [["surprise", "surprise"], 0]
    fear = ["fear", True, [["Mimica demo_head fear 0", 11.0]]]
    assert made["tracks"] == [fear, ["Good news", False, [["Mimica demo_head Good news 0", 1.0]]]]
    assert made["frames"] >= 46 and made["moved"] > 0.02 and made["direct_off"] < THIN and made["rests_at_the_end"] < 2e-3
    assert made["again"] == [fear, ["Good news", False, [["Mimica demo_head Good news 0", 101.0]]]] and made["again_off"] < THIN
    assert all("There is no preview" in message for message in made["grey"])
    assert [name for name, _, _ in made["shown"]] == made["during"] == ["fear", "Good news", "Preview"]
    assert [mute for _, mute, _ in made["before"]] == [False, False] and [mute for _, mute, _ in made["shown"]] == [True, False, False]
    assert made["preview_off"] < THIN and made["next"][0] == 5 and made["next"][1] < THIN and made["discarded"]
    assert made["kept"] == [["fear", True, fear[2]], ["Good news", False, [["Mimica demo_head Good news 0", 1.0]]]]
    assert made["kept_off"] < THIN and not made["left"]
    assert made["pictures"] == [[], [3, 4], [5, 6], 6] and made["other_expression"] == []
    assert made["picture_off"] <= 1.0 and 20 < made["picture_drawn"] <= 255
    assert made["read"] == {"own": True, "cache": True, "arkit": True, "baked": True} and made["baked"] == "demo_head baked"
    assert "carries no sequence" in made["no_sequence"]
    assert "cannot be named 'Preview'" in made["taken"] and "cannot be named 'arkit'" in made["reserved"] and made["refused_unchanged"]
    preview, kept = [["Preview"], True, True], [["Good news"], False, True]
    assert made["undone"] == [preview, kept, preview]
