"""The ARKit head out to glTF and in again: names and shapes of its morph targets."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import addon_utils
import bpy
import numpy as np
import parts


def main(head: str, folder: str) -> dict:
    if addon_utils.enable("io_scene_gltf2", default_set=False) is None:
        return {"absent": "this Blender module has no glTF add-on"}
    parts.empty_scene()
    obj = parts.import_head(head)
    bpy.ops.mimica.arkit_keys()
    names, basis, fields = shapes(obj)
    path = str(Path(folder) / "head.glb")
    arguments = {"export_morph_normal": False, "export_animations": False, "export_normals": False, "export_texcoords": False}
    bpy.ops.export_scene.gltf(filepath=path, export_format="GLB", use_selection=True, export_morph=True, **arguments)
    parts.empty_scene()
    bpy.ops.import_scene.gltf(filepath=path)
    again = next(one for one in bpy.data.objects if one.type == "MESH")
    found, base, moved = shapes(again)
    nearest, apart = match(basis, base)
    size = float(np.ptp(basis, axis=0).max())
    return {
        "names": names,
        "found": found,
        "faces": [len(obj_faces) for obj_faces in (again.data.polygons,)],
        "neutral_off": apart / size,
        "differs": float(max(np.abs(moved[k] - fields[names.index(name)][nearest]).max() for k, name in enumerate(found))) / size,
        "moves": int(sum(field.any() for field in moved)),
    }


def shapes(obj):
    """Names (K,), the neutral (V, 3) and the displacements (K, V, 3), in world space."""
    turn, offset = np.array(obj.matrix_world.to_3x3()), np.array(obj.matrix_world.translation)
    blocks = list(obj.data.shape_keys.key_blocks)
    read = [np.empty(3 * len(obj.data.vertices), np.float32) for _ in blocks]
    for block, made in zip(blocks, read, strict=True):
        block.data.foreach_get("co", made)
    basis, *others = (made.reshape(-1, 3) for made in read)
    return [block.name for block in blocks[1:]], basis @ turn.T + offset, np.array([(other - basis) @ turn.T for other in others])


def match(points, again):
    """For every vertex of `again` the one of `points` in the same place, and how far apart the worst pair is."""
    from scipy.spatial import cKDTree

    distance, nearest = cKDTree(points).query(again)
    return nearest, float(distance.max())
