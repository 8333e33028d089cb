"""How long an animator waits, in the installed zip; in one Blender, as all run the same core."""

from pathlib import Path

import numpy as np
import pytest
from blender_harness import VERSIONS, run_in_blender

from core.evaluation.benchmark import USUAL, head_of

SCRIPTS = Path(__file__).parent / "scripts"
pytestmark = pytest.mark.blender


def test_preview_performance_and_playback_on_a_dense_head(tmp_path):
    mesh = head_of(USUAL)
    lines = [f"v {x!r} {y!r} {z!r}" for x, y, z in mesh.vertices.tolist()]
    lines += ["f {} {} {}".format(*corners) for corners in (np.asarray(mesh.triangles) + 1).tolist()]
    path = tmp_path / "dense.obj"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    made = run_in_blender(VERSIONS[1], SCRIPTS / "speed.py", path, timeout=480)
    assert made["vertices"] >= USUAL and made["keys"] > 4
    assert made["next_seed"] < 1.5 and made["direct"] < 5.0 and made["frames_a_second"] > 30.0
