"""The zip, installed into every Blender that the extension supports."""

from pathlib import Path

import pytest
from blender_harness import VERSIONS, run_in_blender

SCRIPTS = Path(__file__).parent / "scripts"
pytestmark = [pytest.mark.blender, pytest.mark.parametrize("version", VERSIONS)]


def test_the_zips_wheels_load_and_compute(version):
    made = run_in_blender(version, SCRIPTS / "wheels_load.py")
    for name in ("onnxruntime", "scipy", "trimesh"):
        assert "extensions" in made["files"][name] and ".local" in made["files"][name]
    assert "extensions" not in made["files"]["numpy"]
    assert made["solved"] == [1.0, 0.5, 0.25]
    assert made["finite"] and len(made["shapes"]) == 2
