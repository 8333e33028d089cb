"""A head's animation out to every format and in again, compared frame by frame with what the timeline showed."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import addon_utils
import bpy
import numpy as np
import parts

FIRST, LAST, FPS = 5, 28, 24


def main(head: str, folder: str) -> dict:
    for name in ("io_scene_gltf2", "io_scene_fbx"):
        addon_utils.enable(name, default_set=False)
    build(head)
    obj = bpy.context.object
    truth, own, names = shown(obj), np.array([parts.evaluated(obj, frame) for frame in range(FIRST, LAST + 1)]), parts.key_names(obj)[1:]
    before = state()
    made = {"names": names, "files": {}, "size": float(np.ptp(truth[0], axis=0).max()), "absent": {}}
    for kind in ("GLB", "FBX", "USD", "ALEMBIC", "PC2"):
        why = parts.module("addon.scene.formats").absent(kind)
        if why:
            made["absent"][kind] = why
            continue
        bpy.ops.mimica.export(filepath=str(Path(folder) / f"face_{kind}"), format=kind)
        made["files"][kind] = [path.name for path in Path(folder).glob(f"face_{kind}*")]
    after = state()
    made["unchanged"] = after == before
    made["changed"] = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    made["refused"] = refused(obj, folder)
    paths = {kind: Path(folder) / files[0] for kind, files in made["files"].items()}
    made["back"] = {kind: back(kind, path, truth) for kind, path in paths.items() if kind != "PC2"}
    made["back"]["PC2"] = cached(paths["PC2"], own, head)
    return made


def build(head):
    """A clip on ARKit keys, a driver beside it, a key relative to another one and masked by a group, and a head that moves in the scene."""
    parts.empty_scene()
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end, scene.render.fps = FIRST, LAST, FPS
    obj = parts.import_head(head)
    bpy.ops.mimica.generate(expression="surprise", frames=LAST - FIRST - 4, onto="ARKIT")
    blocks = obj.data.shape_keys.key_blocks
    driver = blocks["mouthSmileLeft"].driver_add("value").driver
    driver.expression = "0.5 + 0.02 * frame - 0.1"
    extra = obj.shape_key_add(name="My lump", from_mix=False)
    points = np.array([point.co[:] for point in extra.data], np.float32)
    points[:200, 0] += 0.5
    extra.data.foreach_set("co", points.ravel())
    extra.relative_key, extra.value = blocks["jawOpen"], 0.6
    obj.vertex_groups.new(name="half").add(list(range(100)), 0.5, "REPLACE")
    extra.vertex_group = "half"
    obj.location = (0.3, 0.1, 0.0)
    obj.keyframe_insert("rotation_euler", frame=FIRST)
    obj.rotation_euler.z += 0.5
    obj.keyframe_insert("rotation_euler", frame=LAST)
    obj.modifiers.new("Smooth", "SUBSURF").show_viewport = False
    return obj


def state():
    """What an export must leave as it was."""
    return {
        **parts.snapshot(),
        "scenes": sorted(bpy.data.scenes.keys()),
        "window": bpy.context.window.scene.name,
        "values": [round(block.value, 6) for keys in bpy.data.shape_keys for block in keys.key_blocks],
    }


def shown(obj):
    """The vertices (F, V, 3) in world space, frame by frame."""
    made = []
    for frame in range(FIRST, LAST + 1):
        points = parts.evaluated(obj, frame)
        matrix = np.array(obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).matrix_world)
        made.append(points @ matrix[:3, :3].T + matrix[:3, 3])
    bpy.context.scene.frame_set(FIRST)
    return np.array(made)


def refused(obj, folder):
    nowhere = parts.error_of(bpy.ops.mimica.export, filepath=str(Path(folder) / "no" / "face.glb"))
    wrong = parts.error_of(bpy.ops.mimica.export, filepath=str(Path(folder) / "face.glb"), first=9, last=3)
    modifier = obj.modifiers.new("Played", "MESH_CACHE")
    cached = parts.error_of(bpy.ops.mimica.export, filepath=str(Path(folder) / "face.glb"))
    obj.modifiers.remove(modifier)
    return [nowhere, wrong, cached]


def back(kind, path, truth):
    """The file read into an empty scene: names of its shape keys, and the farthest that a vertex is from where it was, in any frame."""
    parts.empty_scene()
    bpy.context.scene.render.fps = FPS
    {
        "GLB": bpy.ops.import_scene.gltf,
        "FBX": bpy.ops.import_scene.fbx if hasattr(bpy.types, "IMPORT_SCENE_OT_fbx") else getattr(bpy.ops.wm, "fbx_import", None),
        "USD": bpy.ops.wm.usd_import,
        "ALEMBIC": bpy.ops.wm.alembic_import,
    }[kind](filepath=str(path))
    obj = next(one for one in bpy.data.objects if one.type == "MESH" and len(one.data.polygons) > 1000)
    found = parts.key_names(obj)[1:]
    span, again = frame_span(obj), []
    for frame in range(LAST + 1 - FIRST):
        points = parts.evaluated(obj, frame + round(span[0]))
        matrix = np.array(obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).matrix_world)
        again.append(points @ matrix[:3, :3].T + matrix[:3, 3])
    pairs = match(truth[0], again[0])
    off = max(float(np.linalg.norm(points - expected[pairs], axis=1).max()) for points, expected in zip(again, truth, strict=True))
    return {"names": found, "off": off, "span": span, "object": obj.name, "mesh": obj.data.name, "vertices": len(again[0])}


def frame_span(obj):
    keys = obj.data.shape_keys
    action = keys.animation_data.action if keys and keys.animation_data else None
    if action is None and keys and keys.animation_data:
        action = next((strip.action for track in keys.animation_data.nla_tracks for strip in track.strips), None)
    return tuple(map(float, action.curve_frame_range)) if action else (FIRST, LAST)


def match(points, again):
    """For every vertex of `again` the one of `points` in the same place."""
    from scipy.spatial import cKDTree

    return cKDTree(points).query(again)[1]


def cached(path, own, head):
    """The cache through a Mesh Cache modifier on the same head, which was shown as `own` (F, V, 3) in its own space."""
    parts.empty_scene()
    obj = parts.import_head(head)
    modifier = obj.modifiers.new("Cache", "MESH_CACHE")
    modifier.cache_format, modifier.filepath = "PC2", str(path)
    modifier.frame_start, modifier.forward_axis, modifier.up_axis = FIRST, "POS_Y", "POS_Z"
    again = np.array([parts.evaluated(obj, frame) for frame in range(FIRST, LAST + 1)])
    return {"names": [], "off": float(np.linalg.norm(again - own, axis=2).max()), "vertices": again.shape[1]}
