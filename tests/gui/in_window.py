"""Runs in a real Blender window: the panel, a job stopped by Esc, one that finishes, landmarks, parts, a sequence, and one undo each.

Pictures and result.json go to /gui/out. Arguments after "--": the zip, the head as OBJ, a photo, a movie.
"""

import json
import os
import subprocess
import sys
import time
import traceback
import types
from pathlib import Path

import bpy
import numpy as np

OUT = Path("/gui/out")
PACKAGE = "bl_ext.user_default.mimica"
LIMIT = 180.0  # s for a job
bpy.context.preferences.view.show_splash = False
zip_path, head_path, photo_path, movie_path = sys.argv[sys.argv.index("--") + 1 :][:4]
found = {}


def picture(name):
    shot = subprocess.run(["xwd", "-root", "-silent"], check=True, capture_output=True).stdout
    subprocess.run(["convert", "xwd:-", str(OUT / f"{name}.png")], check=True, input=shot)


def place():
    """Window, area and regions of the 3D view."""
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    regions = {region.type: region for region in area.regions}
    return window, area, regions


def override():
    window, area, regions = place()
    return bpy.context.temp_override(window=window, area=area, region=regions["WINDOW"])


def state():
    obj = bpy.data.objects["demo_head"]
    keys = [block.name for block in obj.data.shape_keys.key_blocks] if obj.data.shape_keys else []
    return {"keys": keys, "actions": sorted(bpy.data.actions.keys()), "properties": sorted(obj.keys())}


def start(jobs, seed):
    with override():
        assert bpy.ops.mimica.generate("INVOKE_DEFAULT", expression="surprise", seed=seed) == {"RUNNING_MODAL"}
    assert jobs.running is not None


def open_panels():
    """The panels below the main one unfolded, as a user's click would have them."""
    panels = [f"{PACKAGE}.addon.panels.{name}" for name in ("landmarks", "parts", "recordings", "library", "photo", "photo_video")]
    for cls in [getattr(sys.modules[name], f"VIEW3D_PT_mimica_{name.rpartition('.')[2]}") for name in panels]:
        bpy.utils.unregister_class(cls)
        cls.bl_options = set()
        bpy.utils.register_class(cls)


def press(jobs, name, **arguments):
    """Presses a button, and yields until its work is done."""
    operator = getattr(bpy.ops.mimica, name)
    with override():
        operator("INVOKE_DEFAULT", True, **arguments)
    began = time.monotonic()
    while jobs.running and time.monotonic() - began < LIMIT:
        yield 0.2
    yield 0.7


def undo():
    with override():
        bpy.ops.ed.undo()


def marks():
    obj = bpy.data.objects["demo_head"]
    return sum("mimica_landmark" in child for child in obj.children)


def shading():
    return [area.spaces.active.shading.color_type for area in place()[0].screen.areas if area.type == "VIEW_3D"]


def landmarks_and_parts(jobs):
    obj = bpy.data.objects["demo_head"]
    with override():
        bpy.context.view_layer.objects.active = obj
        obj.select_set(True)
        bpy.ops.view3d.view_selected()
        bpy.ops.view3d.zoom(delta=2)
    bpy.ops.ed.undo_push(message="Selected")
    yield from press(jobs, "find_landmarks", facing="AUTO")
    found["facing"] = obj.get("mimica_facing")
    yield from press(jobs, "show_landmarks")
    found["landmarks"] = marks()
    picture("landmarks")
    undo()
    yield 0.7
    found["landmarks_undone"] = marks()
    yield from press(jobs, "place_nine")
    picture("nine")
    yield from press(jobs, "hide_landmarks")
    found["shading"] = [shading()]
    yield from press(jobs, "find_parts")
    found["shading"].append(shading())
    yield 1.5
    picture("parts")
    yield from press(jobs, "hide_parts")
    found["shading"].append(shading())
    picture("parts_hidden")


def only_panels(*names):
    """Those of Mimica's panels alone, unfolded, so that a picture shows the whole of them."""
    panels = [name for name in dir(bpy.types) if name.startswith("VIEW3D_PT_mimica")]
    hidden = [cls for cls in (getattr(bpy.types, name) for name in panels) if cls.__name__ not in names]
    for cls in hidden:
        bpy.utils.unregister_class(cls)
    return hidden


def directed(jobs):
    obj = bpy.data.objects["demo_head"]
    with override():
        bpy.context.view_layer.objects.active = obj
        obj.select_set(True)
        for expression in ("happiness", "surprise", "sadness"):
            bpy.ops.mimica.add_cue(expression=expression)
    obj.mimica_blinks = 15.0
    bpy.ops.ed.undo_push(message="Sequence written")
    hidden = only_panels("VIEW3D_PT_mimica_sequence", "VIEW3D_PT_mimica_clips")
    yield 0.5
    yield from press(jobs, "preview")
    bpy.context.scene.frame_set(30)
    yield 1.0
    picture("preview")
    found["previewed"] = len(obj.data.shape_keys.animation_data.nla_tracks)
    yield from press(jobs, "variants")
    yield 1.0
    picture("variants")
    yield from press(jobs, "keep_preview")
    bpy.context.scene.frame_set(60)
    yield 1.0
    picture("directed")
    found["tracks"] = [track.name for track in obj.data.shape_keys.animation_data.nla_tracks if not track.mute]
    undo()
    yield 0.7
    for cls in hidden:
        bpy.utils.register_class(cls)


def files(jobs):
    """The panels of recordings, library and export; Esc while the scene is being read for a file."""
    yield from press(jobs, "arkit_keys")
    scene, out = bpy.context.scene, OUT / "out.csv"
    scene.frame_end = 5000
    scene.frame_set(5)
    hidden = only_panels("VIEW3D_PT_mimica_recordings")
    with override():
        bpy.ops.mimica.export_csv("INVOKE_DEFAULT", True, filepath=str(out))
    while jobs.running and not jobs.running.fraction:
        yield 0.2
    yield 1.0
    picture("recordings")
    place()[0].event_simulate(type="ESC", value="PRESS")
    began = time.monotonic()
    while jobs.running and time.monotonic() - began < LIMIT:
        yield 0.1
    found["reading_stopped"] = [time.monotonic() - began, scene.frame_current, out.exists()]
    for cls in hidden:
        bpy.utils.register_class(cls)
    hidden = only_panels("VIEW3D_PT_mimica_library")
    yield 1.0
    picture("library")
    for cls in hidden:
        bpy.utils.register_class(cls)


def counted():
    return {kind: len(getattr(bpy.data, kind)) for kind in ("objects", "meshes", "images", "materials", "cameras", "collections", "scenes")}


def photos(jobs):
    """A face from a photo, seen through its camera, and one undo; a movie's capture stopped by Esc, then another that ends."""
    found["photo"] = [counted()]
    yield from press(jobs, "face_from_photo", filepath=photo_path, size="2048")
    made = bpy.context.view_layer.objects.active
    found["photo_head"] = [made.name, [block.name for block in made.data.shape_keys.key_blocks]]
    found["photo"].append(counted())
    hidden = only_panels("VIEW3D_PT_mimica_photo")
    window, area, _ = place()
    space = area.spaces.active
    with override():
        bpy.data.objects["demo_head"].hide_set(True)
        bpy.ops.view3d.view_camera()
    space.shading.type, space.shading.color_type, space.shading.light = "SOLID", "TEXTURE", "FLAT"
    space.overlay.show_overlays = True
    made.select_set(False)
    yield 1.0
    picture("photo")
    made.data.shape_keys.key_blocks["Photo"].value = 0.0
    made.select_set(True)
    with override():
        bpy.ops.view3d.view_axis(type="FRONT")
        bpy.ops.view3d.view_selected()
        bpy.ops.view3d.view_orbit(angle=0.6, type="ORBITRIGHT")
    made.select_set(False)
    yield 1.0
    picture("photo_turned")
    space.shading.type, space.shading.color_type, space.shading.light = "SOLID", "MATERIAL", "STUDIO"
    undo()
    yield 0.7
    found["photo"].append(counted())
    for cls in hidden:
        bpy.utils.register_class(cls)
    yield from captures(jobs)


def videos(jobs):
    """A photo's future, stopped by Esc, then another that ends: a movie in an image editor of its own and a strip; one undo."""
    out, kinds = OUT / "goes on.mp4", ("images", "sounds", "scenes")
    scene, before = bpy.context.scene, [len(getattr(bpy.data, kind)) for kind in kinds]
    scene.mimica_exchange.photo, scene.mimica_photo_video.driver = photo_path, movie_path
    hidden = only_panels("VIEW3D_PT_mimica_photo_video")
    bpy.ops.ed.undo_push(message="Photo chosen")
    yield 1.0
    picture("photo_video")
    with override():
        bpy.ops.mimica.photo_predict("INVOKE_DEFAULT", True, photo=photo_path, filepath=str(out), frames=500)
    while jobs.running and jobs.running.fraction < 0.5:
        yield 0.1
    found["video_progress"] = [jobs.running.fraction, jobs.running.what]
    place()[0].event_simulate(type="ESC", value="PRESS")
    began = time.monotonic()
    while jobs.running and time.monotonic() - began < LIMIT:
        yield 0.1
    found["video_stopped"] = [time.monotonic() - began, [path.name for path in OUT.glob("goes on*")]]
    yield from press(jobs, "photo_predict", photo=photo_path, filepath=str(out), frames=24, strip=True)
    window = bpy.context.window_manager.windows[-1]
    space = window.screen.areas[0].spaces.active
    bpy.context.scene.frame_set(20)
    yield 1.5
    picture("photo_video_window")
    shown = [space.type, space.image.name, space.image.frame_duration, space.image_user.frame_duration]
    found["video"] = [out.stat().st_size, shown, [strip.type for strip in scene.sequence_editor.sequences]]
    with bpy.context.temp_override(window=window):
        bpy.ops.wm.window_close()
    undo()
    yield 0.7
    editor = bpy.context.scene.sequence_editor
    found["video_undone"] = [before, [len(getattr(bpy.data, kind)) for kind in kinds], [] if editor is None else list(editor.sequences)]
    yield from by_head(jobs)
    for cls in hidden:
        bpy.utils.register_class(cls)


def by_head(jobs):
    """A photo that follows the active head, shown in the image editor that is open."""
    yield from press(jobs, "arkit_keys")
    out, (window, area, _) = OUT / "follows.mp4", place()
    scene, obj = bpy.context.scene, bpy.data.objects["demo_head"]
    for name, most in (("jawOpen", 0.6), ("browInnerUp", 1.0), ("mouthSmileLeft", 0.6), ("mouthSmileRight", 0.6)):
        block = obj.data.shape_keys.key_blocks[name]
        for frame, value in ((1, 0.0), (20, most)):
            block.value = value
            block.keyframe_insert("value", frame=frame)
    scene.mimica_photo_video.driver_from = "HEAD"
    with bpy.context.temp_override(window=window, area=area, region=place()[2]["WINDOW"]):
        bpy.ops.screen.area_split(direction="VERTICAL", factor=0.35)
    beside = next(one for one in window.screen.areas if one.type == "VIEW_3D" and one != area)
    narrow = min((area, beside), key=lambda one: one.width)
    narrow.ui_type = "IMAGE_EDITOR"
    view = place()[1].spaces.active.region_3d
    view.view_location.x += 0.6 * obj.dimensions.x  # out from under the panel
    view.view_distance *= 1.15
    yield 0.5
    yield from press(jobs, "photo_retarget", photo=photo_path, driver_from="HEAD", first=1, last=24, filepath=str(out))
    scene.frame_set(20)
    yield 1.5
    picture("photo_video_shown")
    space = narrow.spaces.active
    found["by_head"] = [space.image.name, space.image.frame_duration, len(bpy.context.window_manager.windows)]


def captures(jobs):
    """core's capture is stood for by one that takes its time and opens the jaw with every frame."""
    api, live = sys.modules[f"{PACKAGE}.core.api"], sys.modules[f"{PACKAGE}.core.motion.live_link_face"]
    arkit = sys.modules[f"{PACKAGE}.addon.scene.arkit"]

    def capture(frames, fps, **_):
        count = len([time.sleep(0.05) for _ in frames])
        weights = np.zeros((count, 52))
        weights[:, arkit.names().index("jawOpen")] = np.linspace(0.0, 1.0, count)
        recording = live.Recording(np.arange(count) / fps, arkit.names(), weights, np.zeros((count, 9)), "00:00:00:00.000")
        return types.SimpleNamespace(recording=recording, found=np.ones(count, bool), jitter=0.0)

    api.capture = capture
    obj = bpy.data.objects["demo_head"]
    with override():
        bpy.context.view_layer.objects.active = obj
        obj.select_set(True)
        bpy.ops.view3d.view_axis(type="FRONT")
        bpy.ops.view3d.view_selected()
        bpy.ops.mimica.capture_video("INVOKE_DEFAULT", True, filepath=movie_path, rotation="NONE")
    while jobs.running and jobs.running.fraction < 0.2:
        yield 0.1
    hidden = only_panels("VIEW3D_PT_mimica_recordings")
    yield 0.5
    picture("capture")
    place()[0].event_simulate(type="ESC", value="PRESS")
    began = time.monotonic()
    while jobs.running and time.monotonic() - began < LIMIT:
        yield 0.1
    found["capture_stopped"] = [time.monotonic() - began, state()["actions"]]
    yield from press(jobs, "capture_video", filepath=movie_path, rotation="NONE")
    scene, obj = bpy.context.scene, bpy.data.objects["demo_head"]
    scene.frame_set(scene.frame_start + 30)
    found["captured"] = [obj.data.shape_keys.key_blocks["jawOpen"].value, state()["actions"], scene.render.fps]
    for cls in hidden:
        bpy.utils.register_class(cls)


def steps():
    """Yields the seconds to wait before it goes on."""
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    bpy.ops.extensions.package_install_files(filepath=zip_path, repo="user_default", enable_on_install=True)
    jobs = sys.modules[f"{PACKAGE}.addon.jobs"]
    open_panels()
    with override():
        bpy.ops.wm.obj_import(filepath=head_path)
        bpy.ops.view3d.view_axis(type="FRONT")
        bpy.ops.view3d.view_selected()
        bpy.context.space_data.show_region_ui = True
    yield 1.0
    place()[2]["UI"].active_panel_category = "Mimica"
    yield 1.0
    picture("panel")
    bpy.ops.ed.undo_push(message="Head imported")
    found["before"] = state()
    start(jobs, 3)
    seen = []
    while jobs.running and (jobs.running.fraction < 0.2 or not seen):
        seen.append(jobs.running.fraction)
        yield 0.2
    picture("running")
    found["progress"] = seen
    place()[0].event_simulate(type="ESC", value="PRESS")
    began = time.monotonic()
    while jobs.running and time.monotonic() - began < LIMIT:
        yield 0.1
    found["stopped_in"] = time.monotonic() - began
    yield 0.5
    picture("stopped")
    found["stopped"] = state()
    start(jobs, 3)
    began = time.monotonic()
    while jobs.running and time.monotonic() - began < LIMIT:
        yield 0.2
    found["seconds"] = time.monotonic() - began
    bpy.context.scene.frame_set(30)
    yield 1.0
    picture("done")
    found["done"] = state()
    undo()
    yield 1.0
    picture("undone")
    found["undone"] = state()
    yield from landmarks_and_parts(jobs)
    yield from directed(jobs)
    yield from files(jobs)
    yield from photos(jobs)
    yield from videos(jobs)
    bpy.context.view_layer.objects.active = None
    yield 0.5
    picture("nothing_selected")


def finish(code):
    (OUT / "result.json").write_text(json.dumps(found), "utf-8")
    sys.stdout.flush()
    os._exit(code)


def run(script=steps()):  # noqa: B008 - one script for the life of the window
    try:
        return next(script)
    except StopIteration:
        finish(0)
    except BaseException:
        found["error"] = traceback.format_exc()
        finish(1)


bpy.app.timers.register(run, first_interval=2.0)
