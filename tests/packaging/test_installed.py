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


def test_generate_embedded_and_in_a_worker(version, root):
    made = run_in_blender(version, SCRIPTS / "generate.py", root / "demo" / "head.obj", "surprise")
    assert made["label"] == "surprise" and made["frames"] == 30 and made["finite"]
    assert made["moved"] > 0.01
    assert made["worker"] == ["onnx", "cpu"] and made["worker_differs"] < 1e-6
