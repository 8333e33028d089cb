"""A head that was modelled with an expression, and its neutral as a key that all else is relative to."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import numpy as np
import parts


def main(head: str) -> dict:
    parts.empty_scene()
    obj = parts.import_head(head)
    mesh = parts.head_of(obj).mesh
    api = parts.module("core.api")
    made = api.generate(mesh, "happiness", frames=10, seed=1)
    smile = made.keys.vertices(mesh.vertices)[-1]
    obj.data.vertices.foreach_set("co", smile.astype(np.float32).ravel())
    obj.data.update()
    bpy.ops.mimica.neutralise()
    moved = np.linalg.norm(smile - mesh.vertices, axis=1)
    face = moved > 0.2 * moved.max()
    left = np.linalg.norm(shape(obj, "Mimica neutral") - mesh.vertices, axis=1)
    expected = api.neutralise(parts.module("core.head.mesh").HeadMesh(smile.astype(np.float32).astype(float), mesh.triangles, "demo_head"))
    found = {
        "before": float(moved[face].mean()),
        "after": float(left[face].mean()),
        "api_off": float(np.abs(shape(obj, "Mimica neutral") - expected).max() / np.ptp(mesh.vertices, axis=0).max()),
        "neutral": obj.mimica_neutral,
        "shown": float(np.abs(parts.evaluated(obj, 1) - shape(obj, "Mimica neutral")).max()),
        "basis_kept": float(np.abs(shape(obj, "Basis") - smile).max()),
    }
    bpy.ops.mimica.arkit_keys()
    jaw = obj.data.shape_keys.key_blocks["jawOpen"]
    found["relative"] = jaw.relative_key.name
    delta = shape(obj, "jawOpen") - shape(obj, "Mimica neutral")
    bpy.ops.mimica.neutralise()
    again = shape(obj, "jawOpen") - shape(obj, "Mimica neutral")
    found |= {"keys": len(parts.key_names(obj)), "again": float(np.abs(again - delta).max()), "jaw": float(np.abs(delta).max())}
    bpy.ops.mimica.clear()
    return {**found, "cleared": [parts.key_names(obj), obj.mimica_neutral]}


def shape(obj, name):
    made = np.empty(3 * len(obj.data.vertices), np.float32)
    obj.data.shape_keys.key_blocks[name].data.foreach_get("co", made)
    return made.reshape(-1, 3)
