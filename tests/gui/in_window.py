"""Runs in a real Blender window: the panel, a job stopped by Esc, one that finishes, landmarks, parts, a sequence, and one undo each.

Pictures and result.json go to /gui/out. Arguments after "--": the zip, the head as OBJ, a photo, a movie. The rooms beside it: window.py, what every
scene is played with; on_photos.py, the scenes with photos and movies.
"""

import json
import os
import sys
import traceback
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from on_photos import photos, poses, videos
from window import OUT, PACKAGE, done, escaped, found, only_panels, override, picture, place, press, state, undo

bpy.context.preferences.view.show_splash = False
UNFOLDED = (
    "landmarks", "parts", "recordings", "library", "photo", "photo_video", "photo_express", "photo_reenact", "photo_output",
)  # fmt: skip
zip_path, head_path, photo_path, movie_path = sys.argv[sys.argv.index("--") + 1 :][:4]


def start(jobs, seed):
    with override():
        assert bpy.ops.mimica.generate("INVOKE_DEFAULT", expression="surprise", seed=seed) == {"RUNNING_MODAL"}
    assert jobs.running is not None


def open_panels():
    """The panels below the main one unfolded, as a user's click would have them."""
    panels = [f"{PACKAGE}.addon.panels.{name}" for name in UNFOLDED]
    for cls in [getattr(sys.modules[name], f"VIEW3D_PT_mimica_{name.rpartition('.')[2]}") for name in panels]:
        bpy.utils.unregister_class(cls)
        cls.bl_options = set()
        bpy.utils.register_class(cls)


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


def directed(jobs):
    obj = bpy.data.objects["demo_head"]
    with override():
        bpy.context.view_layer.objects.active = obj
        obj.select_set(True)
        for expression in ("happiness", "surprise", "sadness"):
            bpy.ops.mimica.add_cue(expression=expression)
    obj.mimica_blinks = 15.0
    bpy.ops.ed.undo_push(message="Sequence written")
    with only_panels("VIEW3D_PT_mimica_sequence", "VIEW3D_PT_mimica_clips"):
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


def files(jobs):
    """The panels of recordings, library and export; Esc while the scene is being read for a file."""
    yield from press(jobs, "arkit_keys")
    scene, out = bpy.context.scene, OUT / "out.csv"
    scene.frame_end = 5000
    scene.frame_set(5)
    with only_panels("VIEW3D_PT_mimica_recordings"):
        with override():
            bpy.ops.mimica.export_csv("INVOKE_DEFAULT", True, filepath=str(out))
        while jobs.running and not jobs.running.fraction:
            yield 0.2
        yield 1.0
        picture("recordings")
        took = yield from escaped(jobs)
        found["reading_stopped"] = [took, scene.frame_current, out.exists()]
    with only_panels("VIEW3D_PT_mimica_library"):
        yield 1.0
        picture("library")


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
    took = yield from escaped(jobs)
    found["stopped_in"] = took
    yield 0.5
    picture("stopped")
    found["stopped"] = state()
    start(jobs, 3)
    found["seconds"] = yield from done(jobs, 0.2)
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
    yield from photos(jobs, photo_path, movie_path)
    yield from videos(jobs, photo_path, movie_path)
    yield from poses(jobs, photo_path)
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
