"""Live Link Face recordings on the demo head: keys, empties and bones as the file says, at the scene's frame rate."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import numpy as np
import parts

FPS = 24
FRAMES = 90


def main(head: str, folder: str, *captures: str) -> dict:
    parts.empty_scene()
    bpy.context.scene.render.fps = FPS
    obj = parts.import_head(head)
    obj.rotation_euler.z = 0.7  # a head that looks elsewhere than its scene
    bpy.context.view_layer.update()
    path = Path(folder) / "take_1.csv"
    recording = write(path)
    made = {**refused(obj, Path(folder)), **on_empties(obj, path, recording), **on_bones(obj, path, recording)}
    return {**made, **again(obj, path), **out_and_in(obj, path, Path(folder)), **cleared(obj), **real(head, captures)}


def write(path):
    """A take of three seconds at 60 frames a second: the jaw opens, head and eyes turn."""
    live = parts.module("core.motion.live_link_face")
    names = parts.module("addon.scene.arkit").names()
    times = np.arange(3 * 60) / 60.0
    weights = np.full((len(times), 52), 0.05)
    weights[:, names.index("jawOpen")] = 0.5 - 0.5 * np.cos(2.0 * times)
    rotations = 0.5 * np.sin(times[:, None] * np.linspace(0.5, 1.5, 9) + np.arange(9))
    recording = live.Recording(times, names, weights, rotations, "11:22:33:44.000")
    live.write_recording(path, recording)
    return recording


def refused(obj, folder):
    """Files and bones that are not there or not right; the scene stays as it was."""
    before = parts.snapshot()
    (folder / "empty.csv").write_bytes(b"")
    (folder / "table.csv").write_text("a,b\n1,2\n3,4\n5,6\n")
    errors = {
        "absent": parts.error_of(bpy.ops.mimica.play_recording, filepath=str(folder / "absent.csv")),
        "empty": parts.error_of(bpy.ops.mimica.play_recording, filepath=str(folder / "empty.csv")),
        "table": parts.error_of(bpy.ops.mimica.play_recording, filepath=str(folder / "table.csv")),
        "no_armature": parts.error_of(bpy.ops.mimica.play_recording, filepath=str(folder / "take_1.csv"), rotation="BONES"),
    }
    return {"refused": errors, "refused_unchanged": parts.snapshot() == before}


def on_empties(obj, path, recording):
    bpy.context.scene.frame_start = 11
    bpy.ops.mimica.play_recording(filepath=str(path), follow=True)
    played = parts.module("core.api").play(recording, fps=FPS)
    blocks, worst, turns = obj.data.shape_keys.key_blocks, 0.0, []
    empties = parts.module("addon.scene.rotations").of(obj)
    rest, axes = np.array(obj.matrix_basis.to_3x3()), face_axes(obj)
    for frame in range(0, len(played.weights), 7):
        bpy.context.scene.frame_set(11 + frame)
        shown = np.array([blocks[name].value for name in played.names])
        worst = max(worst, float(np.abs(shown - played.weights[frame]).max()))
        wanted = parts.module("core.motion.rotations").matrices(played.rotations[frame].reshape(3, 3).astype(float))
        turned = [in_world(empties[0]) - rest @ axes @ wanted[0], in_world(obj) - rest @ axes @ wanted[0] @ axes.T]
        turned += [in_world(empties[part]) - in_world(obj) @ axes @ wanted[part] for part in (1, 2)]
        turns.append(max(float(np.abs(one).max()) for one in turned))
    eye = empties[1].matrix_world.translation.copy()
    actions = [action for action in bpy.data.actions if action.get("mimica_timecode")]
    return {
        "frames": len(played.weights),
        "weights_off": worst,
        "empties_off": max(turns),
        "parents": [getattr(empties[part].parent, "name", None) for part in (0, 1, 2)],
        "left_eye": list(obj.matrix_world.inverted() @ eye),
        "timecodes": sorted({action["mimica_timecode"] for action in actions}),
        "actions": sorted(action.name for action in actions),
        "keys": len([name for name in played.names if name in blocks]),
    }


def face_axes(obj):
    """The face's left, back and top as columns in the head's own space."""
    known = parts.module("addon.scene.cache").load(parts.head_of(obj))
    return known.frame.rotation.T


def in_world(obj):
    return np.array(obj.matrix_world.to_3x3().normalized())


def on_bones(obj, path, recording):
    """An armature turned in the world, with bones of any roll; each turns as the head does, whatever its rotation mode."""
    data = bpy.data.armatures.new("Rig")
    rig = bpy.data.objects.new("Rig", data)
    bpy.context.collection.objects.link(rig)
    rig.rotation_euler = (0.3, 0.2, 1.0)
    parts.activate(rig)
    bpy.ops.object.mode_set(mode="EDIT")
    for name, tail, roll in (("head", (0, 0, 1), 0.4), ("eye.L", (0, -1, 0.2), 1.3), ("eye.R", (0.3, -1, 0), -0.8)):
        bone = data.edit_bones.new(name)
        bone.head, bone.tail, bone.roll = (0, 0, 0), tail, roll
        bone.parent = data.edit_bones.get("head") if name != "head" else None
    bpy.ops.object.mode_set(mode="OBJECT")
    for name, mode in (("head", "QUATERNION"), ("eye.L", "XZY"), ("eye.R", "AXIS_ANGLE")):
        rig.pose.bones[name].rotation_mode = mode
    parts.module("addon.scene.rotations").clear(obj)
    bpy.context.view_layer.update()
    parts.activate(obj)
    wrong = parts.error_of(bpy.ops.mimica.play_recording, filepath=str(path), rotation="BONES", armature="Rig", head_bone="neck")
    bpy.ops.mimica.play_recording(
        filepath=str(path), rotation="BONES", armature="Rig", head_bone="head", left_eye_bone="eye.L", right_eye_bone="eye.R"
    )
    played = parts.module("core.api").play(recording, fps=FPS)
    head, off = np.array(obj.matrix_basis.to_3x3()) @ face_axes(obj), 0.0
    for frame in range(0, len(played.weights), 7):
        bpy.context.scene.frame_set(bpy.context.scene.frame_start + frame)
        wanted = parts.module("core.motion.rotations").matrices(played.rotations[frame].reshape(3, 3).astype(float))
        for part, name in enumerate(("head", "eye.L", "eye.R")):
            bone = rig.pose.bones[name]
            to_world = np.array(rig.matrix_world.to_3x3())
            at_rest = to_world @ np.array(bone.bone.matrix_local.to_3x3())
            now = to_world @ np.array(bone.matrix.to_3x3().normalized())
            expected = head @ wanted[part] @ head.T
            if part:
                expected = head @ wanted[0] @ wanted[part] @ head.T
            off = max(off, float(np.abs(now - expected @ at_rest).max()))
    bpy.context.scene.frame_set(1)
    return {"bones_off": off, "wrong_bone": wrong, "bone_tracks": [track.name for track in rig.animation_data.nla_tracks]}


def again(obj, path):
    """The same take twice is there once; another frame rate and From Rest."""
    bpy.context.scene.frame_start = 1
    bpy.ops.mimica.play_recording(filepath=str(path))
    bpy.ops.mimica.play_recording(filepath=str(path), from_rest=True)
    empties = parts.module("addon.scene.rotations").of(obj)
    bpy.context.scene.frame_set(1)
    return {
        "tracks": {empty.name: [track.name for track in empty.animation_data.nla_tracks] for empty in empties.values()},
        "rested": max(abs(block.value) for block in obj.data.shape_keys.key_blocks[1:] if not block.name.startswith("eyeLook")),
        "constraints": [one.name for one in obj.constraints],
    }


def out_and_in(obj, path, folder):
    """The take on the head written as a recording, which plays again as it did; a part of it keeps counting its timecode."""
    bpy.ops.mimica.play_recording(filepath=str(path))
    scene, api = bpy.context.scene, parts.module("core.api")
    scene.frame_set(9)
    bpy.ops.mimica.export_csv(filepath=str(folder / "out.csv"), first=1, last=72)
    bpy.ops.mimica.export_csv(filepath=str(folder / "part.csv"), first=25, last=72)
    first, part = api.read_recording(folder / "out.csv"), api.read_recording(folder / "part.csv")
    played = api.play(api.read_recording(path), fps=FPS)
    bpy.ops.mimica.play_recording(filepath=str(folder / "out.csv"))
    bpy.ops.mimica.export_csv(filepath=str(folder / "again.csv"), first=1, last=72)
    again = api.read_recording(folder / "again.csv")
    muted = off_and_on(obj)
    nowhere = parts.error_of(bpy.ops.mimica.export_csv, filepath=str(folder / "no" / "out.csv"))
    wrong = parts.error_of(bpy.ops.mimica.export_csv, filepath=str(folder / "x.csv"), first=1, last=5, timecode="noon")
    return {
        "out_frame": scene.frame_current,
        "out_weights": float(np.abs(first.weights - played.weights).max()),
        "out_rotations": float(np.abs(first.rotations - played.rotations).max()),
        "again": [float(np.abs(again.weights - first.weights).max()), float(np.abs(again.rotations - first.rotations).max())],
        "out_timecodes": [first.timecode, part.timecode],
        "out_refused": [nowhere, wrong],
        "muted": muted,
    }


def off_and_on(obj):
    """Whether the rotation tracks of a clip are muted and gone with it, and the empties with the last."""
    empty = parts.module("addon.scene.rotations").of(obj)[0]
    bpy.ops.mimica.mute_clip(clip="out")
    found = [track.mute for track in empty.animation_data.nla_tracks if track.name == "out"]
    bpy.ops.mimica.remove_clip(clip="out")
    found.append("out" in empty.animation_data.nla_tracks)
    bpy.ops.mimica.remove_clip(clip="take_1")
    return [*found, len(parts.module("addon.scene.rotations").of(obj)), len(obj.constraints)]


def cleared(obj):
    bpy.ops.mimica.clear()
    rig = bpy.data.objects["Rig"]
    bpy.data.objects.remove(rig)
    return {"left": sorted(bpy.data.objects.keys()), "left_constraints": [one.name for one in obj.constraints]}


def real(head, captures):
    """The real recordings, keyed; seconds for all of them together, frames, and their curves' keys."""
    if not captures:
        return {}
    parts.empty_scene()
    bpy.context.scene.render.fps = 30
    obj = parts.import_head(head)
    bpy.ops.mimica.arkit_keys()
    start, frames = time.perf_counter(), 0
    for path in captures:
        bpy.ops.mimica.play_recording(filepath=path)
    seconds = time.perf_counter() - start
    timecodes = sorted({action["mimica_timecode"] for action in bpy.data.actions if "mimica_timecode" in action})
    for path in captures:
        frames += len(parts.module("core.api").read_recording(path).times)
    return {"real_seconds": seconds, "real_frames": frames, "real_timecodes": timecodes, "real_keys": len(parts.key_names(obj)) - 1}
