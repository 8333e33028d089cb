"""Clips on NLA tracks, of the installed zip, inside every Blender that the extension supports."""

from pathlib import Path

import pytest
from blender_harness import VERSIONS, run_in_blender

SCRIPTS = Path(__file__).parent / "scripts"
pytestmark = [pytest.mark.blender, pytest.mark.parametrize("version", VERSIONS)]
MINE = ["my track", False, [["my tracked", 1.0]]]


def test_clips_play_on_tracks_of_their_own(version, root):
    made = run_in_blender(version, SCRIPTS / "clips.py", root / "demo" / "head.obj")
    surprise, happiness = ["Mimica demo_head surprise 1", 10.0], ["Mimica demo_head happiness 1", 40.0]
    assert made["tracks"] == [MINE, ["surprise", False, [surprise]], ["happiness", False, [happiness]]]
    assert made["before"] == [0.0] * 4 and made["apex"] > 0.5 and made["holds"] == 0.0 and made["second_rests"] == 0.0
    fading, over, gone = made["gives_way"]
    assert 0.1 < fading < made["apex"] and over == gone == 0.0
    assert made["second"][0] > 0.5 and made["second"][0] == made["second"][1]
    assert made["scrub_differs"] == 0.0
    assert made["muted"] == {"my track": False, "surprise": False, "happiness": True, "fear": False}
    assert made["older_rests"] == 0.0 and made["newer_plays"] > 0.5 and "it has" in made["unknown"]
    assert made["chosen"] == {"my track": False, "surprise": False, "happiness": False, "fear": True} and made["newer_rests"] == 0.0
    assert [name for name, _, _ in made["replaced"]] == ["my track", "surprise", "happiness", "fear"]
    assert made["replaced"][1] == ["surprise", False, [["Mimica demo_head surprise 2", 100.0]]]
    assert "Mimica demo_head surprise 1" not in made["actions"] and made["others_kept"]
    assert made["moved_to"][0] == 0.0 and made["moved_to"][1] > 0.5
    assert made["editing"] == "Mimica demo_head surprise 2" and made["editing_shows"] == pytest.approx(made["moved_to"][1])
    assert made["edited"] == pytest.approx(0.125) and made["active_again"] == "my active" and made["ends"] == [130.0]
    assert "has no clip 'joy'" in made["edit_unknown"]
    assert made["users"] == made["users_after"] == [0.5, 0.5, "my active", "my track"]
    assert made["removed"] == [[MINE], []]
    assert made["arkit_before"] == 0.0 and made["arkit_second"] == 0.0
    assert made["arkit_first"][0] == 0.0 and made["arkit_first"][1] > 0.01 * made["size"]
    assert made["cleared"] == [["my active", "my tracked"], [MINE], ["Basis", "active", "tracked"]]
