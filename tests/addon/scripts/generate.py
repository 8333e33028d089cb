"""Generate, on the demo head: what it writes, that it equals core.api, and what it leaves alone."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import numpy as np
import parts


def main(head: str, folder: str) -> dict:
    parts.empty_scene()
    obj = parts.import_head(head)
    mesh = parts.head_of(obj).mesh
    started = time.perf_counter()
    first = bpy.ops.mimica.generate(expression="surprise", frames=20, seed=3, intensity=0.9)
    seconds = time.perf_counter() - started
    cache = parts.module("addon.scene.cache")
    made = parts.module("core.api").generate(
        mesh, "surprise", frames=20, fps=24.0, intensity=0.9, seed=3, adaptation=cache.load(parts.head_of(obj))
    )
    expected = made.keys.vertices(mesh.vertices)
    size = float(np.ptp(mesh.vertices, axis=0).max())
    differs = max(float(np.abs(parts.evaluated(obj, 1 + frame) - expected[frame]).max()) / size for frame in (0, 7, 13, 19))
    blocks = obj.data.shape_keys.key_blocks
    result = {
        "status": sorted(first),
        "names": parts.key_names(obj),
        "api_names": ["Basis", *made.keys.names],
        "relative": obj.data.shape_keys.use_relative,
        "in_range": all(
            block.slider_min <= made.keys.weights[:, i].min() + 2e-4 and made.keys.weights[:, i].max() <= block.slider_max + 2e-4
            for i, block in enumerate(blocks[1:])
        ),
        "delta_error": max(
            float(np.abs(delta_of(blocks[i + 1], mesh) - made.keys.deltas[i]).max()) / size for i in range(len(made.keys.names))
        ),
        "differs": differs,
        "moved": float(np.abs(expected[-1] - mesh.vertices).max()) / size,
        "tracks": parts.tracks(obj),
        "active_action": getattr(obj.data.shape_keys.animation_data.action, "name", ""),
        "neutral_kept": bool((parts.evaluated(obj, 1) == mesh.vertices.astype(np.float32)).all()),
        "seconds": seconds,
    }
    started = time.perf_counter()
    bpy.ops.mimica.generate(expression="surprise", frames=20, seed=4)
    result["second_seconds"] = time.perf_counter() - started
    return {**result, **broken_write(obj), **replacing(obj), **saved(obj, mesh, folder), **cleared()}


def delta_of(block, mesh):
    points = np.empty(mesh.vertices.size, np.float32)
    block.data.foreach_get("co", points)
    return points.reshape(-1, 3) - mesh.vertices


def broken_write(obj):
    """A write that breaks off leaves the keys and the action that were there."""
    actions = parts.module("addon.scene.actions")
    before, whole = parts.snapshot(), actions._fill

    def breaks(*_arguments):
        raise MemoryError("no memory for F-curves")

    actions._fill = breaks
    try:
        message = parts.error_of(bpy.ops.mimica.generate, expression="surprise", frames=20, seed=9)
        other = parts.error_of(bpy.ops.mimica.generate, expression="fear", frames=20, seed=9)
    finally:
        actions._fill = whole
    return {"broken": [message, other], "broken_unchanged": parts.snapshot() == before}


def replacing(obj):
    """Another clip, the same clip again, and a key and an action of the user beside them."""
    own = obj.shape_key_add(name="mine", from_mix=False)
    own.data[0].co.x += 1.0
    own.value = 0.25
    bpy.ops.mimica.generate(expression="happiness", frames=12, seed=1)
    before = parts.key_names(obj)
    bpy.ops.mimica.generate(expression="happiness", frames=12, seed=2)
    after = parts.key_names(obj)
    surprise = [name for name in after if "surprise" in name]
    blocks = obj.data.shape_keys.key_blocks
    bpy.context.scene.frame_set(12)
    return {
        "before": before,
        "after": after,
        "actions": parts.actions(),
        "mine": [blocks["mine"].value, blocks["mine"].data[0].co.x - blocks[0].data[0].co.x],
        "surprise_rests": bool(surprise) and all(blocks[name].value == 0.0 for name in surprise),
    }


def saved(obj, mesh, folder):
    """The adaptation and the performance survive save and reload; a changed mesh is fitted anew."""
    cache = parts.module("addon.scene.cache")
    shown = parts.evaluated(obj, 12)
    path, name = str(Path(folder) / "saved.blend"), obj.name
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    obj = bpy.data.objects[name]
    parts.activate(obj)
    cache._latest.clear()
    kept = cache.load(parts.head_of(obj))
    changed = cache.fingerprint(type(mesh)(mesh.vertices + 0.5, mesh.triangles, mesh.name)) != cache.fingerprint(mesh)
    return {
        "reload_differs": float(np.abs(parts.evaluated(obj, 12) - shown).max()),
        "adaptation_kept": kept is not None and len(kept.kind) == len(mesh.vertices),
        "fingerprint_sees_change": changed,
    }


def cleared():
    obj = bpy.context.object
    bpy.ops.mimica.arkit_keys()
    arkit = len(parts.key_names(obj))
    bpy.ops.mimica.clear()
    return {
        "with_arkit": arkit,
        "left": parts.key_names(obj),
        "left_actions": parts.actions(),
        "left_properties": sorted(obj.keys()),
    }
