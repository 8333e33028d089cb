"""Recipes, expression files, clips as assets, and all selected heads; the installed zip in every Blender."""

from pathlib import Path

import pytest
from blender_harness import VERSIONS, run_in_blender

SCRIPTS = Path(__file__).parent / "scripts"
pytestmark = [pytest.mark.blender, pytest.mark.parametrize("version", VERSIONS)]


@pytest.fixture(scope="module")
def made(root, tmp_path_factory):
    """By version, what the script found; made once."""
    found = {}

    def get(version):
        if version not in found:
            found[version] = run_in_blender(version, SCRIPTS / "library.py", root / "demo" / "head.obj", tmp_path_factory.mktemp("library"))
        return found[version]

    return get


def test_a_sequence_goes_out_and_in(version, made):
    recipe = made(version)["recipe"]
    assert recipe["same"] and recipe["kept"] and recipe["cues"] == 2
    empty, wrong = recipe["errors"]
    assert "is empty" in empty and "is not a recipe" in wrong


def test_an_expression_of_mpfb_goes_in_and_out(version, made):
    pose = made(version)["pose"]
    assert pose["shown"]["1"] == pytest.approx(1.0, abs=1e-3)  # neutral at first: the blink is 1 off
    assert pose["shown"]["10"] < 1e-3 and pose["shown"]["30"] < 1e-3 and pose["again"] < 1e-3
    assert "52 weights of 'rest' are 0" in pose["rest"]


def test_a_clip_of_the_library_plays_on_another_head(version, made):
    library = made(version)["library"]
    assert library["files"] == ["surprise.blend", "wink.blend"] and library["asset"] == "surprise"
    assert library["tags"] == ["ARKit", "Mimica", "face"] and library["registered"] == ["Mimica"] and library["unchanged"]
    assert 0.3 < library["covered"] < 0.9 and 0.2 < library["middle"] < 0.95  # a face in the middle of nothing
    assert library["moves"] > 0.3 and library["off"] < 0.03  # thinned twice
    none, nothing = library["errors"]
    assert "has no ARKit keys yet" in none and "cannot be read as a .blend" in nothing


def test_all_selected_heads_are_done_but_for_the_one_that_fails(version, made):
    done = made(version)["all"]
    assert done["status"] == ["FINISHED"] and done["cube"]
    assert done["played"] == {"One": ["surprise"], "Two": ["surprise"]}
    assert done["directed"] == {"One": ["Performance", "surprise"], "Two": ["Performance", "surprise"]}
