"""A photo that takes a pose and makes an expression: of a picture, several photos, a recording, a movie, the active head; what is refused."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import mathutils
import numpy as np
import parts
from photo_video import blocks, files, frames_in, strips

AWAY = 1.5  # m of a camera before a head


def main(photo: str, folder: str) -> dict:
    parts.empty_scene()
    folder = Path(folder)
    bpy.context.scene.render.fps = 25
    made = {**guided(photo, folder), **expressed(photo, folder), **plain(photo, folder)}
    return {**made, **posed(photo, folder), **refused(photo, folder)}


def read(path):
    return parts.module("addon.scene.photos").read(Path(path))


def picture(path):
    return parts.module("core.image.files").read_png(path)


def frames_of(moving):
    return np.stack(list(moving.frames))


def reenact(photo, path, **given):
    return bpy.ops.mimica.photo_reenact(photo=str(photo), filepath=str(path), **given)


def guided(photo, folder):
    """A picture, of one photo and of the nearest of two; a recording, and a movie with its sound."""
    api = parts.module("core.api")
    image, guide = read(photo), folder / "guide.png"
    status = reenact(photo, folder / "still", guide=str(guide), strip=True)
    wanted = frames_of(api.reenact(image, read(guide)))[0]
    shown = next(one for one in bpy.data.images if one.source == "FILE")
    strip = strips()[-1]
    found = {
        "status": sorted(status),
        "still": np.array_equal(picture(folder / "still.png"), wanted),
        "moved": float(np.abs(wanted.astype(int) - image).mean()),
        "shown": [shown.name, *shown.size],
        "strip": [strip.type, strip.frame_final_duration],
    }
    reenact(photo, folder / "face", guide=str(guide), format="FRAMES", face_only=True, guide_shape=True, network=False)
    plain = frames_of(api.reenact(image, read(guide), pose=False, own_shape=False, network=False))[0]
    found["options"] = np.array_equal(picture(folder / "face.png"), plain) and not np.array_equal(plain, wanted)
    reenact(folder / "away.png", folder / "near.png", guide=str(guide), others=[{"name": photo}], face_only=True)
    near = [frames_of(api.reenact(shots, read(guide), pose=False))[0] for shots in ([read(folder / "away.png"), image], image)]
    found["nearest"] = all(np.array_equal(picture(folder / "near.png"), one) for one in near)
    reenact(photo, folder / "taken", guide=str(folder / "take.csv"), format="FRAMES")
    taken = frames_of(api.reenact(image, api.read_recording(folder / "take.csv"), 25.0))
    found["taken"] = np.array_equal(frames_in(folder / "taken"), taken)
    reenact(photo, folder / "followed", guide=str(folder / "driver.mp4"))
    movie = next(one for one in bpy.data.images if one.source == "MOVIE")
    return {**found, "movie": movie.frame_duration, "hears": bool(bpy.app.build_options.audaspace)}


def expressed(photo, folder):
    """One expression, and the sheet: as core's; without the network's weights, the error and what is left."""
    api, store = parts.module("core.api"), parts.module("core.runtime.store")
    out, before, there = folder / "afraid", blocks(), files(folder)
    given = {"photo": photo, "expression": "fear", "intensity": 0.8, "frames": 3, "format": "FRAMES", "filepath": str(out)}
    if not (store.MODELS / "fevgan" / "fevgan.onnx").is_file():
        said = [parts.error_of(bpy.ops.mimica.photo_express, **given), parts.error_of(bpy.ops.mimica.photo_expressions, filepath=photo)]
        return {"expression_refused": said, "expression_unchanged": blocks() == before and files(folder) == there}
    bpy.ops.mimica.photo_express(**given)
    wanted = api.express(read(photo), "fear", 0.8, frames=3, fps=25.0)
    bpy.ops.mimica.photo_expressions(filepath=photo, intensity=0.8)
    image = bpy.data.images[f"{Path(photo).stem} Expressions"]
    pixels = np.empty(4 * image.size[0] * image.size[1], np.float32)
    image.pixels.foreach_get(pixels)
    sheet = (pixels.reshape(image.size[1], image.size[0], 4)[::-1, :, :3] * 255 + 0.5).astype(np.uint8)
    return {
        "expressed": np.array_equal(frames_in(out), frames_of(wanted)),
        "sheet": np.array_equal(sheet, api.expression_sheet(read(photo), 0.8)) and image.packed_file is not None,
    }


def plain(photo, folder):
    """Without the network, what moves is the photo's own pixels."""
    api = parts.module("core.api")
    bpy.ops.mimica.photo_predict(photo=photo, frames=3, network=False, format="FRAMES", filepath=str(folder / "plain"))
    made = frames_in(folder / "plain")
    by_network = frames_of(api.predict(read(photo), frames=3))
    return {"plain": [np.array_equal(made, frames_of(api.predict(read(photo), frames=3, network=False))), np.array_equal(made, by_network)]}


def posed(photo, folder):
    """The active head: turned before the scene's camera, with its mouth open; from the front without one; beside the middle of the picture."""
    template = parts.module("core.head.template").load_template()
    bpy.ops.mimica.face_from_photo(filepath=photo, size="512", background=False, set_up=False, shading=False)
    obj, scene = bpy.context.object, bpy.context.scene
    neutral = parts.evaluated(obj, None).astype(np.float64)
    block = obj.shape_key_add(name="Open", from_mix=False)
    block.data.foreach_set("co", (neutral + template.arkit_field("jawOpen")).astype(np.float32).ravel())
    for name in ("Photo", "Open"):
        obj.data.shape_keys.key_blocks[name].value = 1.0 if name == "Open" else 0.0
    before = sorted(obj.keys()), scene.frame_current
    reenact(photo, folder / "front", guide_from="HEAD")
    middle = template.landmark_points(neutral).mean(axis=0)
    camera = bpy.data.objects.new("Eye", bpy.data.cameras.new("Eye"))
    scene.collection.objects.link(camera)
    scene.camera, camera.data.type = camera, "ORTHO"
    camera.rotation_euler = (np.pi / 2, 0.0, 0.0)
    camera.location = (middle[0], middle[1] - AWAY, middle[2])
    for name, angle in (("straight", 0.0), ("turned", 0.3)):
        turn_about(obj, middle, angle)
        reenact(photo, folder / name, guide_from="HEAD")
    api, exact = parts.module("core.api"), np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
    world = parts.evaluated(obj, None) @ np.array(obj.matrix_world)[:3, :3].T
    wanted = frames_of(api.reenact(read(photo), api.pose_of_head(template.landmark_points(world), exact)))[0]
    found = {
        "posed": float(np.abs(picture(folder / "turned.png").astype(int) - wanted).max()),
        "beside": aside(obj, camera),
        "left": (sorted(obj.keys()), scene.frame_current) == before,
    }
    return found


def turn_about(obj, middle, angle):
    """Turns an object about an upright line through a point."""
    at = mathutils.Vector(middle.tolist())
    turn = mathutils.Matrix.Rotation(angle, 4, "Z")
    obj.matrix_world = mathutils.Matrix.Translation(at) @ turn @ mathutils.Matrix.Translation(-at)
    bpy.context.view_layer.update()


def aside(obj, camera):
    """By how much (rad) the axes differ that a head is seen along in the middle of the picture, and one that looks at the camera beside it."""
    posing, landmarks = parts.module("addon.scene.posing"), parts.module("addon.scene.landmarks")
    camera.data.type = "PERSP"
    kept, found = obj.matrix_world.copy(), []
    for angle in (0.0, 0.4):
        around = mathutils.Matrix.Translation(camera.location) @ mathutils.Matrix.Rotation(angle, 4, "Z")
        obj.matrix_world = around @ mathutils.Matrix.Translation(-camera.location)
        bpy.context.view_layer.update()
        head = parts.head_of(obj)
        points, axes = posing.seen(head, posing.vertices(head), landmarks.known(head), posing.viewer(bpy.context))
        found.append((points - points.mean(axis=0)) @ axes.T)
    obj.matrix_world = kept
    bpy.context.view_layer.update()
    return float(np.abs(found[1] - found[0]).max() / np.ptp(found[0]))


def refused(photo, folder):
    """What cannot be done: message, and whether all is as it was."""
    (folder / "text.png").write_text("no picture\n" * 5)
    wrong = {
        "no guide": {},
        "absent": {"guide": str(folder / "absent.png")},
        "text": {"guide": str(folder / "text.png")},
        "faceless": {"guide": str(folder / "wall.png")},
        "absent movie": {"guide": str(folder / "absent.mp4")},
        "many": {"guide": str(folder / "take.csv"), "filepath": str(folder / "no.png")},
        "no other": {"guide": photo, "others": [{"name": str(folder / "absent.png")}]},
        "no folder": {"guide": photo, "filepath": str(folder / "none" / "a.png")},
        "more vertices": {"guide_from": "HEAD"},
        "nobody": {"guide_from": "HEAD"},
    }
    bpy.context.object.modifiers.new("Fine", "SUBSURF")
    before, there, said = blocks(), files(folder), {}
    for name, given in wrong.items():
        if name == "nobody":
            parts.activate(None)
        said[name] = parts.error_of(bpy.ops.mimica.photo_reenact, **{"photo": photo, "filepath": str(folder / "no"), **given})
    return {"refused": said, "refused_unchanged": blocks() == before and files(folder) == there}
