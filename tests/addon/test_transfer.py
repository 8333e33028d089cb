"""The motion of another head, of a cache and of a mesh sequence on a head of another mesh; a neutral for a head that has none.

The installed zip in every Blender.
"""

from pathlib import Path

import pytest
from blender_harness import VERSIONS, run_in_blender

SCRIPTS = Path(__file__).parent / "scripts"
pytestmark = [pytest.mark.blender, pytest.mark.parametrize("version", VERSIONS)]


def test_a_head_does_what_another_does(version, root, tmp_path):
    made = run_in_blender(version, SCRIPTS / "transfer.py", root / "demo" / "head.obj", tmp_path, timeout=480)
    none, absent, still = made["refused"]
    assert "0 meshes are selected" in none and "'Nobody' is no other mesh" in absent and "does not move" in still
    assert made["refused_unchanged"] and made["frame_kept"]
    assert made["from_keys"] < 0.05  # of the motion, which is known
    assert made["api_off"] < 3e-4  # F-curves are thinned
    assert made["clips"] == ["Actor"]
    assert made["from_cache"]["off"] < 0.15 and made["from_cache"]["keys"] == 53  # on the 52 ARKit keys
    assert made["from_folder"]["off"] < 0.05 and "0 ply or obj frames" in made["from_folder"]["empty"]


def test_a_head_that_smiles_gets_a_neutral(version, root):
    made = run_in_blender(version, SCRIPTS / "neutralise.py", root / "demo" / "head.obj")
    assert made["after"] < 0.5 * made["before"]  # of what the smile moved
    assert made["api_off"] < 1e-6 and made["basis_kept"] < 1e-5 and made["shown"] < 1e-5
    assert made["neutral"] == made["relative"] == "Mimica neutral" and made["keys"] == 54
    assert made["again"] < 1e-4 and made["jaw"] > 1.0  # neutralised again, keys stay relative to it
    assert made["cleared"] == [[], ""]
