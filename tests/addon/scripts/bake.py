"""Clips turned into keys of another kind or a cache; and all that moves the shape keys turned into plain keyframes."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import numpy as np
import parts

FRAMES, START, LAST = 16, 5, 40
SEEN = (1, 5, 9, 14, 20, 33)


def main(head: str, folder: str) -> dict:
    parts.empty_scene()
    obj = parts.import_head(head)
    scene = bpy.context.scene
    scene.frame_set(START)
    bpy.ops.wm.save_as_mainfile(filepath=str(Path(folder) / "head.blend"))
    size = float(np.ptp(parts.head_of(obj).mesh.vertices, axis=0).max())
    bpy.ops.mimica.generate(expression="mouth_open", frames=FRAMES, seed=3, place="CURRENT", onto="OWN", tolerance=0.1)
    return {"size": size, **converted(obj, size), **baked(obj, size), **refused(obj)}


def shown(obj, frames=SEEN):
    return np.array([parts.evaluated(obj, frame) for frame in frames])


def off(obj, wanted, size):
    return float(np.abs(shown(obj) - wanted).max()) / size


def kinds(obj):
    return [(clip.name, clip.kind, clip.start, clip.end) for clip in parts.module("addon.scene.clips").of(obj)]


def converted(obj, size):
    """Own keys to a cache, to keys again, to ARKit keys; the scene's frame and the clip's place stay."""
    wanted = shown(obj)
    bpy.context.scene.frame_set(17)
    found = {}
    for name, arguments in {"cache": {"onto": "CACHE"}, "own": {"onto": "OWN", "tolerance": 0.1}, "arkit": {"onto": "ARKIT"}}.items():
        bpy.ops.mimica.convert_clip(clip="mouth_open", **arguments)
        frame = bpy.context.scene.frame_current
        found[name] = {"frame": frame, "kinds": kinds(obj), "off": off(obj, wanted, size), "residual": obj.get("mimica_residual_mm", 0.0)}
        bpy.context.scene.frame_set(17)
    motion = parts.module("addon.scene.clip_motion").of(parts.head_of(obj), "mouth_open")
    played = np.array([parts.evaluated(obj, START + frame) for frame in range(FRAMES)]) - parts.evaluated(obj, 1)
    return {
        "converted": found,
        "moved": float(np.abs(wanted - wanted[0]).max()) / size,
        "read": float(np.abs(motion - played).max()) / size,
    }


def baked(obj, size):
    """A track of Mimica's, a driver and an action of the user's, all on one action; with few keys and with one a frame."""
    obj.shape_key_add(name="driven", from_mix=False).data[0].co.x += 0.1 * size
    obj.shape_key_add(name="mine", from_mix=False).data[1].co.x += 0.1 * size
    shape_keys = obj.data.shape_keys
    blocks = shape_keys.key_blocks
    blocks["driven"].driver_add("value").driver.expression = "frame / 100"
    for frame, value in ((1, 0.0), (LAST, 1.0)):
        blocks["mine"].value = value
        blocks["mine"].keyframe_insert("value", frame=frame)
    shape_keys.animation_data.action.name = "my own"
    wanted = shown(obj)
    bpy.context.scene.frame_set(17)
    bpy.ops.mimica.bake(first=1, last=LAST, name="Take 1")
    animation = shape_keys.animation_data
    curves = parts.module("addon.scene.actions").curves_of(animation.action)
    made = {
        "frame": bpy.context.scene.frame_current,
        "action": animation.action.name,
        "moved_keys": sorted(curve.data_path.split('"')[1] for curve in curves if curve.data_path.split('"')[1] in ("driven", "mine")),
        "all_muted": [track.mute for track in animation.nla_tracks] + [driver.mute for driver in animation.drivers],
        "stashed": [track.name for track in animation.nla_tracks if track.strips[0].action.name == "my own"],
        "thin_off": off(obj, wanted, size),
        "thin_points": sum(len(curve.keyframe_points) for curve in curves),
        "channels": len(curves),
    }
    bpy.ops.mimica.bake(first=1, last=LAST, thinned=False, name="Take 2")
    curves = parts.module("addon.scene.actions").curves_of(animation.action)
    made["full_points"] = sorted({len(curve.keyframe_points) for curve in curves})
    made["full_off"] = off(obj, wanted, size)
    bpy.ops.mimica.bake(first=1, last=LAST, step=3, name="Take 3")
    made["step_frames"] = sorted({int(point.co[0]) % 3 for curve in curves_now(obj) for point in curve.keyframe_points})
    made["again_off"] = float(np.abs(parts.evaluated(obj, 10) - taken(obj, "Take 2", 10)).max()) / size
    return {"baked": made}


def curves_now(obj):
    return parts.module("addon.scene.actions").curves_of(obj.data.shape_keys.animation_data.action)


def taken(obj, name, frame):
    """The vertices at a frame as another baked action shows them."""
    animation = obj.data.shape_keys.animation_data
    now = animation.action
    use(animation, bpy.data.actions[name])
    found = parts.evaluated(obj, frame)
    use(animation, now)
    return found


def use(animation, action):
    animation.action = action
    if hasattr(action, "slots"):
        animation.action_slot = action.slots[0]


def refused(obj):
    """Nothing to bake, a cache that plays, a range that is none; no sequence to read. The scene stays."""
    before = parts.snapshot()
    errors = {
        "range": parts.error_of(bpy.ops.mimica.bake, first=20, last=10),
        "no_sequence": parts.error_of(bpy.ops.mimica.read_clip),
        "no_clip": parts.error_of(bpy.ops.mimica.convert_clip, clip="joy"),
    }
    unchanged = parts.snapshot() == before
    bpy.ops.mimica.mute_clip(clip="mouth_open")
    bpy.ops.mimica.convert_clip(clip="mouth_open", onto="CACHE")
    errors["cache"] = parts.error_of(bpy.ops.mimica.bake)
    bpy.ops.mimica.clear()
    obj.shape_key_clear()
    errors["nothing"] = parts.error_of(bpy.ops.mimica.bake)
    return {"errors": errors, "unchanged": unchanged}
