"""Writes the head that the operator sees as OBJ, and what the operator makes of it as npz, for comparison with the command line."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import numpy as np
import parts


def main(head: str, folder: str) -> float:
    parts.empty_scene()
    obj = parts.import_head(head)
    mesh = parts.head_of(obj).mesh
    lines = [f"v {x!r} {y!r} {z!r}" for x, y, z in mesh.vertices.tolist()]
    lines += [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in mesh.triangles.tolist()]
    (Path(folder) / "head.obj").write_text("\n".join(lines) + "\n", "utf-8")
    bpy.ops.mimica.generate(expression="mouth_open", frames=12, seed=5)
    np.savez(Path(folder) / "operator.npz", vertices=np.array([parts.evaluated(obj, frame) for frame in range(1, 13)]))
    return float(np.ptp(mesh.vertices, axis=0).max())
