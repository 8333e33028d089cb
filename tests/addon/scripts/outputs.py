"""The same clip as keys of its own, as a vertex cache and on ARKit keys; how near the curves and the cache are to what core.api gives."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import numpy as np
import parts

FRAMES, FPS, START = 24, 24.0, 5


def main(head: str, folder: str) -> dict:
    parts.empty_scene()
    obj = parts.import_head(head)
    bpy.context.scene.frame_set(START)
    api = parts.module("core.api")
    mesh = parts.head_of(obj).mesh
    size = float(np.ptp(mesh.vertices, axis=0).max())
    rig = api.arkit_keys(mesh)
    parts.module("addon.scene.cache").store(parts.head_of(obj), rig.adaptation)
    clip = {"expression": "mouth_open", "frames": FRAMES, "fps": FPS, "seed": 3, "adaptation": rig.adaptation}
    exact = api.generate(mesh, **clip, dense=True)
    made = {"size": size, **own_keys(obj, api.generate(mesh, **clip, tolerance_mm=1.0)), **few_keys(obj)}
    return {**made, **cached(obj, exact, mesh, folder, size), **auto(obj)}


def generate(**arguments):
    return bpy.ops.mimica.generate(expression="mouth_open", frames=FRAMES, seed=3, place="CURRENT", **arguments)


def own_keys(obj, performance):
    """F-curves with few keys that Blender evaluates to the weights of core.api, within their tolerance."""
    generate(onto="OWN", tolerance=1.0)
    actions, record = parts.module("addon.scene.actions"), parts.module("addon.scene.record")
    curves = actions.curves_of(bpy.data.actions[record.read(obj)["clips"]["mouth_open"]["action"]])
    off, points = [], []
    for curve, weights, tolerance in zip(curves, performance.keys.weights.T, performance.weight_tolerance, strict=True):
        found = np.array([curve.evaluate(START + frame) for frame in range(FRAMES)])
        off.append(float(np.abs(found - weights).max() / tolerance))
        points.append(len(curve.keyframe_points))
    bezier = {point.interpolation for curve in curves for point in curve.keyframe_points}
    return {"curve_off": max(off), "points": points, "interpolation": sorted(bezier), "residual": obj["mimica_residual_mm"]}


def few_keys(obj):
    loose = len(parts.key_names(obj))
    generate(onto="OWN", tolerance=0.1)
    return {"loose": loose, "tight": len(parts.key_names(obj)), "tight_residual": obj["mimica_residual_mm"]}


def cached(obj, exact, mesh, folder, size):
    """Refused while the .blend is not saved; exact from the file beside it; gone with Clear."""
    before = parts.snapshot()
    unsaved = parts.error_of(generate, onto="CACHE")
    unchanged = parts.snapshot() == before
    bpy.ops.wm.save_as_mainfile(filepath=str(Path(folder) / "head.blend"))
    subdivision = obj.modifiers.new("Subdivision", "SUBSURF")
    subdivision.show_viewport = False
    generate(onto="CACHE")
    modifier = obj.modifiers[0]
    wanted = mesh.vertices + exact.motion
    off = max(float(np.abs(parts.evaluated(obj, START + frame) - wanted[frame]).max()) for frame in (0, 6, 12, 23))
    after = [float(np.abs(parts.evaluated(obj, frame) - wanted[index]).max()) for frame, index in ((1, 0), (60, -1))]
    made = {
        "unsaved": unsaved,
        "unsaved_unchanged": unchanged,
        "modifiers": [(one.type, one.name) for one in obj.modifiers],
        "relative": modifier.filepath,
        "keys_gone": parts.key_names(obj),
        "tracks": parts.tracks(obj),
        "cache_off": off / size,
        "outside_off": [value / size for value in after],
    }
    bpy.context.scene.frame_set(START + 40)
    generate(onto="OWN", tolerance=0.1)
    moved = parts.tracks(obj)
    generate(onto="CACHE")
    bpy.context.scene.frame_set(START)
    bpy.ops.mimica.generate(expression="surprise", frames=FRAMES, onto="OWN", place="CURRENT")
    rest = float(np.abs(parts.evaluated(obj, START) - mesh.vertices).max()) / size
    shown = parts.evaluated(obj, START + 40 + 23)
    files = sorted(path.name for path in (Path(folder) / "mimica_cache").iterdir())
    bpy.ops.mimica.clear(files=True)
    return {
        **made,
        "keys_again": [name for name, _, _ in moved],
        "rests_before": rest,
        "after_other": float(np.abs(shown - wanted[-1]).max()) / size,
        "files": len(files),
        "left": [[one.name for one in obj.modifiers], sorted(obj.keys()), obj.animation_data is None, parts.key_names(obj)],
        "files_left": len(list((Path(folder) / "mimica_cache").iterdir())),
    }


def auto(obj):
    """Auto is the ARKit keys where the head has them."""
    generate()
    first = [name for name in parts.key_names(obj) if name.startswith("Mimica")]
    bpy.ops.mimica.arkit_keys()
    generate()
    clips = parts.module("addon.scene.clips").of(obj)
    return {"auto_own": len(first), "auto": [(clip.name, clip.kind) for clip in clips], "auto_keys": len(parts.key_names(obj))}
