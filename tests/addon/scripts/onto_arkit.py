"""An expression on the 52 ARKit keys: made where they are missing, weights as F-curves, the user's own keys of such names kept or replaced."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import numpy as np
import parts

FRAMES = 12


def main(head: str) -> dict:
    parts.empty_scene()
    obj = parts.import_head(head)
    size = float(np.ptp(parts.head_of(obj).mesh.vertices, axis=0).max())
    return {"size": size, **mine(obj), **fresh(obj), **again(obj), **replaced(obj)}


def shape(obj, name):
    made = np.empty(3 * len(obj.data.vertices), np.float32)
    obj.data.shape_keys.key_blocks[name].data.foreach_get("co", made)
    return made.reshape(-1, 3)


def curves(obj, clip="surprise"):
    """By key name, the highest value of the F-curve of a clip that moves it."""
    name = parts.module("addon.scene.record").read(obj)["clips"][clip]["action"]
    found = parts.module("addon.scene.actions").curves_of(bpy.data.actions[name])
    return {curve.data_path.split('"')[1]: max(point.co[1] for point in curve.keyframe_points) for curve in found}


def mine(obj):
    """Keys of the user: one of an ARKit name with a shape, a value, an action and a driver; one of another name."""
    obj.shape_key_add(name="Basis", from_mix=False)
    blocks = obj.data.shape_keys.key_blocks
    for name in ("jawOpen", "wart", "tongueOut"):
        block = obj.shape_key_add(name=name, from_mix=False)
        block.data[0].co.x += 0.5
        block.value = 0.0  # a new key's value is another in newer Blenders
    blocks["wart"].value = 0.25
    blocks["jawOpen"].slider_max = 0.9
    blocks["tongueOut"].driver_add("value").driver.expression = "0.125"
    return {"drawn": float(shape(obj, "jawOpen")[0, 0] - shape(obj, "Basis")[0, 0])}


def fresh(obj):
    """Generate on a head that lacks most of the keys, and one broken off before."""
    actions = parts.module("addon.scene.actions")
    before, whole = parts.snapshot(), actions._fill
    actions._fill = None
    broken = parts.error_of(bpy.ops.mimica.generate, expression="surprise", frames=FRAMES, onto="ARKIT")
    actions._fill = whole
    unchanged = parts.snapshot() == before
    bpy.ops.mimica.generate(expression="surprise", frames=FRAMES, onto="ARKIT")
    names = parts.module("addon.scene.arkit").names()
    moved = parts.evaluated(obj, FRAMES) - shape(obj, "Basis")
    return {
        "broken": bool(broken),
        "broken_unchanged": unchanged,
        "keys": [name for name in parts.key_names(obj) if name in names],
        "others": [name for name in parts.key_names(obj) if name not in names],
        "jaw_kept": float(shape(obj, "jawOpen")[0, 0] - shape(obj, "Basis")[0, 0]),
        "curves": curves(obj),
        "moved": float(np.abs(moved).max()),
        "residual_mm": obj["mimica_residual_mm"],
        "actions": parts.actions(),
    }


def again(obj):
    """The same expression with keys of its own, another one on ARKit's, and back; what one action leaves another does not show."""
    blocks = obj.data.shape_keys.key_blocks
    bpy.ops.mimica.generate(expression="surprise", frames=FRAMES, onto="OWN")
    own = [name for name in parts.key_names(obj) if name.startswith("Mimica")]
    bpy.context.scene.frame_set(FRAMES)
    arkit_rests = all(blocks[name].value == 0.0 for name in ("browInnerUp", "eyeWideLeft"))
    bpy.ops.mimica.generate(expression="happiness", frames=FRAMES, onto="ARKIT")
    moved = parts.module("addon.scene.arkit").names()
    played = [name for name in moved if name in curves(obj, "happiness")]
    bpy.context.scene.frame_set(FRAMES)
    stray = [name for name in (*moved, *own) if name not in played and abs(blocks[name].value) > 1e-6 and name != "tongueOut"]
    bpy.ops.mimica.generate(expression="surprise", frames=FRAMES, onto="ARKIT")
    left = [name for name in parts.key_names(obj) if name.startswith("Mimica")]
    return {
        "own": len(own),
        "arkit_rests": arkit_rests,
        "stray": stray,
        "own_left": left,
        "both_actions": parts.actions(),
        "wart": [blocks["wart"].value, blocks["jawOpen"].slider_max],
    }


def replaced(obj):
    """Make ARKit Keys keeps the user's shapes, or draws them anew and keeps all else."""
    blocks = obj.data.shape_keys.key_blocks
    before = float(shape(obj, "jawOpen")[0, 0] - shape(obj, "Basis")[0, 0])
    bpy.ops.mimica.arkit_keys()
    kept = float(shape(obj, "jawOpen")[0, 0] - shape(obj, "Basis")[0, 0])
    bpy.ops.mimica.arkit_keys(replace=True)
    drawn = float(shape(obj, "jawOpen")[0, 0] - shape(obj, "Basis")[0, 0])
    jaw = float(np.abs(shape(obj, "jawOpen") - shape(obj, "Basis")).max())
    drivers = [driver.driver.expression for driver in obj.data.shape_keys.animation_data.drivers]
    animated = "browInnerUp" in curves(obj)
    obj.data.shape_keys.animation_data.action = bpy.data.actions.new("my own")
    bpy.ops.mimica.clear()
    return {
        "unreplaced": [before, kept],
        "replaced": [drawn, jaw],
        "drivers": drivers,
        "animated": animated,
        "slider_max": blocks["jawOpen"].slider_max,
        "after_clear": parts.key_names(obj),
        "action_after_clear": getattr(obj.data.shape_keys.animation_data.action, "name", ""),
    }
