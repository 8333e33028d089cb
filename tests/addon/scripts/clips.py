"""Clips on tracks of their own: played, muted, replaced, edited, beside the user's own animation; and taken off one by one."""

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
    users(obj)
    made = {"size": max(obj.dimensions), **two(obj), **scrubbed(obj), **overlapping(obj), **again(obj), **edited(obj)}
    made["users"] = user_values(obj)
    return {**made, **on_arkit(obj), **taken_off(obj)}


def users(obj):
    """A key that an active action of the user's moves, and one that a track of the user's moves."""
    obj.shape_key_add(name="Basis", from_mix=False)
    shape_keys = obj.data.shape_keys
    for name in ("active", "tracked"):
        obj.shape_key_add(name=name, from_mix=False).value = 0.0
        for frame, value in ((1, 0.0), (101, 1.0)):
            shape_keys.key_blocks[name].value = value
            shape_keys.key_blocks[name].keyframe_insert("value", frame=frame)
        shape_keys.animation_data.action.name = f"my {name}"
        if name == "active":
            first = shape_keys.animation_data.action
            shape_keys.animation_data.action = None
    animation = shape_keys.animation_data
    track = animation.nla_tracks.new()
    track.name = "my track"
    track.strips.new("my strip", 1, animation.action)
    animation.action = first
    if hasattr(first, "slots"):
        animation.action_slot = first.slots[0]


def user_values(obj):
    bpy.context.scene.frame_set(51)
    blocks = obj.data.shape_keys.key_blocks
    animation = obj.data.shape_keys.animation_data
    return [round(blocks["active"].value, 4), round(blocks["tracked"].value, 4), animation.action.name, animation.nla_tracks[0].name]


def values(obj, frame, clip):
    """The values of a clip's keys at a frame."""
    bpy.context.scene.frame_set(frame)
    return np.array([block.value for block in obj.data.shape_keys.key_blocks if f"Mimica {clip}" in block.name])


def at(frame, operator, **arguments):
    bpy.context.scene.frame_set(frame)
    return operator(place="CURRENT", **arguments)


def two(obj):
    """Two clips one after the other."""
    at(10, bpy.ops.mimica.generate, expression="surprise", frames=FRAMES, seed=1, onto="OWN")
    at(40, bpy.ops.mimica.generate, expression="happiness", frames=FRAMES, seed=1, onto="OWN")
    apex = values(obj, 21, "surprise")
    return {
        "tracks": parts.tracks(obj),
        "before": [float(np.abs(values(obj, frame, clip)).max()) for frame in (1, 9) for clip in ("surprise", "happiness")],
        "apex": float(np.abs(apex).max()),
        "holds": float(np.abs(values(obj, 39, "surprise") - apex).max()),
        "second_rests": float(np.abs(values(obj, 30, "happiness")).max()),
        "gives_way": [float(np.abs(values(obj, frame, "surprise")).max()) for frame in (43, 46, 60)],
        "second": [float(np.abs(values(obj, frame, "happiness")).max()) for frame in (51, 80)],
    }


def scrubbed(obj):
    """The face at a frame is one and the same, whatever frame was shown before."""
    frames = [1, 12, 21, 39, 43, 51, 70]
    forward = [parts.evaluated(obj, frame) for frame in frames]
    back = [parts.evaluated(obj, frame) for frame in reversed(frames)][::-1]
    return {"scrub_differs": max(float(np.abs(a - b).max()) for a, b in zip(forward, back, strict=True))}


def overlapping(obj):
    """A clip that is made where another one lies, and the older one chosen again."""
    at(45, bpy.ops.mimica.generate, expression="fear", frames=FRAMES, onto="OWN")
    muted = {name: mute for name, mute, _ in parts.tracks(obj)}
    rests = float(np.abs(values(obj, 56, "happiness")).max())
    plays = float(np.abs(values(obj, 56, "fear")).max())
    bpy.ops.mimica.mute_clip(clip="happiness")
    return {
        "muted": muted,
        "older_rests": rests,
        "newer_plays": plays,
        "chosen": {name: mute for name, mute, _ in parts.tracks(obj)},
        "newer_rests": float(np.abs(values(obj, 56, "fear")).max()),
        "unknown": parts.error_of(bpy.ops.mimica.mute_clip, clip="joy"),
    }


def again(obj):
    """The same clip elsewhere: its own action and strip are replaced, in their place in the stack."""
    others = [name for name in parts.key_names(obj) if "surprise" not in name]
    at(100, bpy.ops.mimica.generate, expression="surprise", frames=FRAMES, seed=2, onto="OWN")
    return {
        "replaced": parts.tracks(obj),
        "actions": parts.actions(),
        "others_kept": others == [name for name in parts.key_names(obj) if "surprise" not in name],
        "moved_to": [float(np.abs(values(obj, frame, "surprise")).max()) for frame in (21, 111)],
    }


def edited(obj):
    """A clip's curves in the Graph editor; one of them made longer; back on its track."""
    animation = obj.data.shape_keys.animation_data
    bpy.ops.mimica.edit_clip(clip="surprise")
    action = animation.action
    open_ = action.name
    curve = parts.module("addon.scene.actions").curves_of(action)[0]
    shown = float(np.abs(values(obj, 111, "surprise")).max())
    curve.keyframe_points.insert(130, 0.125)
    bpy.ops.mimica.finish_editing()
    name = curve.data_path.split('"')[1]
    bpy.ops.mimica.edit_clip(clip="surprise")
    bpy.ops.mimica.mute_clip(clip="fear")  # what changes the tracks ends the editing
    bpy.ops.mimica.mute_clip(clip="fear")
    bpy.ops.mimica.mute_clip(clip="happiness")
    bpy.context.scene.frame_set(140)
    return {
        "editing": open_,
        "editing_shows": shown,
        "edited": obj.data.shape_keys.key_blocks[name].value,
        "active_again": animation.action.name,
        "ends": [clip.end for clip in parts.module("addon.scene.clips").of(obj) if clip.name == "surprise"],
        "edit_unknown": parts.error_of(bpy.ops.mimica.edit_clip, clip="joy"),
    }


def on_arkit(obj):
    """Two clips on the same 52 keys: the first gives way to the second, and rests when it is muted."""
    for clip in ("surprise", "happiness", "fear"):
        bpy.ops.mimica.remove_clip(clip=clip)
    left = [parts.tracks(obj), [name for name in parts.key_names(obj) if name.startswith("Mimica")]]
    at(10, bpy.ops.mimica.generate, expression="surprise", frames=FRAMES, onto="ARKIT")
    shown = {frame: parts.evaluated(obj, frame) for frame in (1, 21)}
    at(40, bpy.ops.mimica.generate, expression="happiness", frames=FRAMES, onto="ARKIT")
    basis = parts.evaluated(obj, 1)
    alone = parts.evaluated(obj, 51)
    bpy.ops.mimica.mute_clip(clip="surprise")
    return {
        "removed": left,
        "arkit_before": float(np.abs(shown[1] - basis).max()),
        "arkit_first": [float(np.abs(parts.evaluated(obj, 21) - basis).max()), float(np.abs(shown[21] - basis).max())],
        "arkit_second": float(np.abs(parts.evaluated(obj, 51) - alone).max()),
    }


def taken_off(obj):
    bpy.ops.mimica.clear()
    return {"cleared": [parts.actions(), parts.tracks(obj), parts.key_names(obj)], "users_after": user_values(obj)}
