"""A head's animation in glTF, FBX, USD, Alembic and PC2, read back and compared frame by frame; the installed zip in every Blender."""

from pathlib import Path

import pytest
from blender_harness import VERSIONS, run_in_blender

SCRIPTS = Path(__file__).parent / "scripts"
FORMATS = ("GLB", "FBX", "USD", "ALEMBIC", "PC2")
TOLERANCE = 1e-6  # of the head's size; 0.2 micrometres on a head of life size
pytestmark = [pytest.mark.blender, pytest.mark.parametrize("version", VERSIONS)]


@pytest.fixture(scope="module")
def exported(root, tmp_path_factory):
    """By version, what the script found; made once."""
    made = {}

    def get(version):
        if version not in made:
            made[version] = run_in_blender(version, SCRIPTS / "exports.py", root / "demo" / "head.obj", tmp_path_factory.mktemp("exports"))
        return made[version]

    return get


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_exported_comes_back(version, kind, exported):
    made = exported(version)
    if kind in made["absent"]:
        pytest.skip(made["absent"][kind])
    back = made["back"][kind]
    assert back["off"] < TOLERANCE * made["size"]
    if kind in ("GLB", "FBX"):
        assert back["names"] == made["names"] and len(back["names"]) == 53 and "jawOpen" in back["names"]
    if kind == "USD":  # sorted, and no spaces
        assert sorted(back["names"]) == sorted(name.replace(" ", "_") for name in made["names"])
    if kind in ("GLB", "FBX", "ALEMBIC"):
        assert back["object"] == back["mesh"] == "demo_head"


def test_the_scene_stays_as_it_was(version, exported):
    made = exported(version)
    assert made["unchanged"]
    nowhere, wrong, cached = made["refused"]
    assert "plays a vertex cache ('Played')" in cached
    assert "There is no folder" in nowhere and "must not come before" in wrong
