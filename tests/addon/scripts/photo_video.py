"""A photo that moves: after a movie, a recording, the active head; its future; what is written, shown and refused; the prior as an image."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import numpy as np
import parts

LENGTH = 3


def main(photo: str, folder: str, thorough: str = "") -> dict:
    parts.empty_scene()
    folder = Path(folder)
    bpy.context.scene.render.fps = 25
    made = {**followed(photo, folder), **acted(photo, folder)}
    if thorough:
        made |= {**refused(photo, folder), **futures(photo, folder), **broken_off(photo, folder), **prior(photo), **turned(photo)}
    return made


def blocks():
    """How many of each kind of data there are, and of strips: what a failure must leave as it was."""
    kinds = ("objects", "meshes", "images", "scenes", "sounds", "movieclips", "actions", "window_managers")
    return {**{kind: len(getattr(bpy.data, kind)) for kind in kinds}, "strips": len(strips())}


def strips():
    editor = bpy.context.scene.sequence_editor
    return [] if editor is None else list(editor.strips if hasattr(editor, "strips") else editor.sequences)


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def frames_in(folder):
    png = parts.module("core.image.files")
    return np.stack([png.read_png(path) for path in sorted(folder.glob("*.png"))])


def followed(photo, folder):
    """After a movie, with strips; after a recording, as frames."""
    kept = (bpy.context.scene.render.filepath, bpy.context.scene.frame_current, len(bpy.data.scenes))
    status = bpy.ops.mimica.photo_retarget(photo=photo, driver=str(folder / "driver.mp4"), filepath=str(folder / "moved"), strip=True)
    image = next(image for image in bpy.data.images if image.source == "MOVIE")
    shown = {
        "status": sorted(status),
        "image": [image.name, *image.size, image.frame_duration],
        "strips": sorted((strip.type, strip.frame_final_duration, strip.channel, int(strip.frame_start)) for strip in strips()),
        "kept": kept == (bpy.context.scene.render.filepath, bpy.context.scene.frame_current, len(bpy.data.scenes)),
        "hears": bool(bpy.app.build_options.audaspace),
    }
    bpy.ops.mimica.photo_retarget(
        photo=photo, driver=str(folder / "take.csv"), filepath=str(folder / "taken.mp4"), format="FRAMES", strip=True
    )
    sequence = next(image for image in bpy.data.images if image.source == "SEQUENCE")
    shown |= {"sequence": sequence.name, "last_strip": [strips()[-1].type, strips()[-1].frame_final_duration, strips()[-1].channel]}
    return shown


def acted(photo, folder):
    """After the active head, whose jaw and empties move: as the call of core does."""
    api, names = parts.module("core.api"), parts.module("addon.scene.arkit").names()
    obj = parts.mesh_object("driving", np.eye(3), [[0, 1, 2]])
    obj.shape_key_add(name="Basis")
    jaw = obj.shape_key_add(name="jawOpen")
    for frame, value in ((5, 0.2), (7, 0.8)):
        jaw.value = value
        jaw.keyframe_insert("value", frame=frame)
    bpy.context.scene.frame_set(2)
    out = folder / "acted"
    bpy.ops.mimica.photo_retarget(
        photo=photo, driver_from="HEAD", first=5, last=5 + LENGTH - 1, filepath=str(out), format="FRAMES", longest=100
    )
    weights = np.zeros((LENGTH, 52))
    for row in range(LENGTH):
        bpy.context.scene.frame_set(5 + row)
        weights[row, names.index("jawOpen")] = jaw.value
    bpy.context.scene.frame_set(2)
    recording = api.recording_of(names, weights, np.zeros((LENGTH, 9)), fps=25, timecode="00:00:00:00.000")
    image = api.reduced(parts.module("addon.scene.photos").read(Path(photo)), 100)
    wanted = np.stack(list(api.retarget(image, recording, 25.0, from_rest=False).frames))
    made = frames_in(out)
    opened = [float(np.abs(made[k].astype(int) - made[0]).mean()) for k in range(LENGTH)]
    return {
        "acted": np.array_equal(made, wanted),
        "acted_size": list(made.shape),
        "opened": opened,
        "frame": bpy.context.scene.frame_current,
    }


def futures(photo, folder):
    """What the face does next, and on its way to another photo: as the calls of core do."""
    api = parts.module("core.api")
    image = parts.module("addon.scene.photos").read(Path(photo))
    bpy.ops.mimica.photo_predict(photo=photo, frames=LENGTH, seed=4, format="FRAMES", filepath=str(folder / "future"))
    same = np.array_equal(frames_in(folder / "future"), list(api.predict(image, frames=LENGTH, seed=4).frames))
    bpy.ops.mimica.photo_predict(
        photo=photo, frames=LENGTH, seed=-1, format="FRAMES", filepath=str(folder / "future")
    )  # in place of the earlier
    expected = np.array_equal(frames_in(folder / "future"), list(api.predict(image, frames=LENGTH, seed=None).frames))
    target = folder / "future" / "00001.png"
    bpy.ops.mimica.photo_towards(photo=photo, target=str(target), frames=LENGTH, format="FRAMES", filepath=str(folder / "way.v2"))
    aim = parts.module("addon.scene.photos").read(target)
    way = np.array_equal(frames_in(folder / "way.v2"), list(api.towards(image, aim, frames=LENGTH).frames))
    bpy.ops.mimica.photo_predict(photo=photo, frames=LENGTH, filepath=str(folder / "future.mov"))
    return {"futures": [same, expected, way], "files": [(folder / "future.mov").exists(), len(list((folder / "future").iterdir()))]}


def refused(photo, folder):
    """What cannot be read or written: message, and whether all is as it was."""
    (folder / "text.mp4").write_text("no movie, some text\n" * 5)
    (folder / "mine").mkdir()
    (folder / "mine" / "notes.txt").write_text("kept")
    retarget, towards, predict = (getattr(bpy.ops.mimica, f"photo_{name}") for name in ("retarget", "towards", "predict"))
    out, driver = str(folder / "no.mp4"), str(folder / "driver.mp4")
    wall = str(folder / "wall" / "0000.png")
    wrong = {
        "no photo": (predict, {"filepath": out}),
        "no output": (predict, {"photo": photo}),
        "no folder": (predict, {"photo": photo, "filepath": str(folder / "none" / "a.mp4")}),
        "my folder": (predict, {"photo": photo, "filepath": str(folder / "mine"), "format": "FRAMES"}),
        "a folder": (predict, {"photo": photo, "filepath": str(folder / "named.mp4")}),
        "no face": (predict, {"photo": wall, "filepath": out}),
        "face 3": (predict, {"photo": photo, "filepath": out, "face": 3}),
        "no driver": (retarget, {"photo": photo, "filepath": out}),
        "absent": (retarget, {"photo": photo, "filepath": out, "driver": str(folder / "absent.mp4")}),
        "text": (retarget, {"photo": photo, "filepath": out, "driver": str(folder / "text.mp4")}),
        "faceless": (retarget, {"photo": photo, "filepath": out, "driver": str(folder / "wall")}),
        "one frame": (retarget, {"photo": photo, "filepath": out, "driver": str(folder / "single")}),
        "bad csv": (retarget, {"photo": photo, "filepath": out, "driver": str(folder / "bad.csv")}),
        "no keys": (retarget, {"photo": photo, "filepath": out, "driver_from": "HEAD"}),
        "nobody": (retarget, {"photo": photo, "filepath": out, "driver_from": "HEAD"}),
        "no target": (towards, {"photo": photo, "filepath": out}),
        "faceless target": (towards, {"photo": photo, "filepath": out, "target": wall}),
    }
    (folder / "bad.csv").write_text("no,recording\n1,2\n3,4\n5,6\n")
    (folder / "named.mp4").mkdir()
    parts.mesh_object("keyless", np.eye(3), [[0, 1, 2]])
    before, there, said = blocks(), files(folder), {}
    for name, (operator, given) in wrong.items():
        if name == "nobody":
            parts.activate(None)
        said[name] = parts.error_of(operator, **given)
    return {"refused": said, "refused_unchanged": blocks() == before and files(folder) == there, "driver": driver}


def broken_off(photo, folder):
    """Stopped half-way, as movie and as frames: nothing is left, and what was there stays."""
    api, errors = parts.module("core.api"), parts.module("core.errors")
    real, before = api.predict, blocks()
    there = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}

    def breaks(*given, **arguments):
        moving = real(*given, **arguments)

        def frames():
            yield next(moving.frames)
            raise errors.Cancelled("Stopped; nothing was changed.")

        return api.Moving(frames(), moving.count, moving.fps)

    api.predict = breaks
    try:
        said = [
            parts.error_of(bpy.ops.mimica.photo_predict, photo=photo, frames=LENGTH, filepath=str(folder / name), format=format)
            for name, format in (("future.mov", "MOVIE"), ("half", "FRAMES"))
        ]
    finally:
        api.predict = real
    left = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    return {"broken_off": said, "nothing_left": left == there and not (folder / "half").exists() and blocks() == before}


def prior(photo):
    bpy.ops.mimica.photo_prior(filepath=photo)
    image = bpy.data.images[f"{Path(photo).stem} Prior"]
    pixels = np.empty(4 * image.size[0] * image.size[1], np.float32)
    image.pixels.foreach_get(pixels)
    shown = pixels.reshape(image.size[1], image.size[0], 4)[::-1, :, 3] > 0.5
    rows, columns = np.nonzero(shown)
    return {
        "prior": [*image.size, image.packed_file is not None, float(shown.mean())],
        "prior_middle": [float(columns.mean()), float(rows.mean())],
    }


def turned(photo):
    """A head without empties that is turned by itself, and by a bone: how a recording of it turns."""
    bpy.ops.mimica.face_from_photo(filepath=photo, size="512", background=False, set_up=False, shading=False)
    obj, scene = bpy.context.object, bpy.context.scene
    driving, cache, api = parts.module("addon.scene.driving"), parts.module("addon.scene.cache"), parts.module("core.api")
    obj.shape_key_add(name="jawOpen")
    head = parts.head_of(obj)
    adaptation = api.adapt(**cache.arguments(head))
    found = []
    for axis, angle in ((2, 0.3), (0, 0.2), (1, 0.1)):
        obj.animation_data_clear()
        obj.rotation_euler = (0.0, 0.0, 0.0)
        obj.keyframe_insert("rotation_euler", frame=1)
        obj.rotation_euler[axis] = angle
        obj.keyframe_insert("rotation_euler", frame=3)
        found.append(driving.facing(head, read(driving.sample(scene, obj, range(1, 4))), adaptation).rotations[-1, :3].tolist())
    obj.animation_data_clear()
    obj.rotation_euler = (0.0, 0.0, 0.0)
    still = read(driving.sample(scene, obj, range(1, 4))).turned is None
    armature = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    scene.collection.objects.link(armature)
    parts.activate(armature)
    bpy.ops.object.mode_set(mode="EDIT")
    edit = armature.data.edit_bones.new("Head")
    edit.tail = (0.0, 0.0, 1.0)
    bpy.ops.object.mode_set(mode="OBJECT")
    bone = armature.pose.bones["Head"]
    bone.rotation_mode = "XYZ"
    for frame, angle in ((1, 0.0), (3, 0.3)):
        bone.rotation_euler[1] = angle  # about its own length, which is upright
        bone.keyframe_insert("rotation_euler", frame=frame)
    by_bone = driving.facing(head, read(driving.sample(scene, obj, range(1, 4), driving.bone("Rig", "Head"))), adaptation).rotations[-1, :3]
    return {"turns": found, "still": still, "by_bone": by_bone.tolist()}


def read(sampling):
    """What a generator returns."""
    while True:
        try:
            next(sampling)
        except StopIteration as end:
            return end.value
