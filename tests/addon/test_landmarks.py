"""The buttons on landmarks, of the installed zip, inside every Blender that the extension supports."""

from pathlib import Path

import pytest
from blender_harness import VERSIONS, run_in_blender

SCRIPTS = Path(__file__).parent / "scripts"
pytestmark = [pytest.mark.blender, pytest.mark.parametrize("version", VERSIONS)]


def test_landmarks_are_found_shown_dragged_mirrored_kept_and_used(version, root, tmp_path):
    made = run_in_blender(version, SCRIPTS / "landmarks.py", root / "demo" / "head.obj", tmp_path)
    size = made["size"]
    assert made["found"] == ["FINISHED"] and made["facing"] == "+Z/+Y"  # the OBJ's own axes
    assert len(made["names"]) == 68 and made["names"][36] == "Mimica 36 eye right outer"
    assert made["homes"] == ["Mimica Landmarks demo_head"] and not made["render"]
    assert made["on_surface"] < 1e-5 * size and made["dragged_on_surface"] < 1e-5 * size
    assert made["had_fit"] and made["fit_dropped"] and made["active"] and made["sure"] == 1.0
    assert 0.012 * size < made["dragged_by"] < 0.05 * size and made["others_moved"] < 1e-3 * size
    assert made["mirror_kept"] < 1e-3 * size and made["mirror_moved"] > 0.01 * size
    assert made["mirror_differs"] < 0.005 * size  # the demo head itself is not quite symmetric
    assert made["reloaded"] and made["sculpted_kept"] and made["other_noticed"] and made["hidden"] == [0, []] and made["shown_again"] == 0.0
    assert made["used"] and made["forgotten"] == []
    assert made["nine_names"][0] == "Mimica eye right outer" and len(made["nine_names"]) == 9
    assert made["nine_guess_off"] < 0.5 and made["nine_off"] < 0.06  # of the distance between the eyes
    assert "press Use Landmarks first" in made["nine_early"] and "8 of the 9" in made["nine_missing"]
