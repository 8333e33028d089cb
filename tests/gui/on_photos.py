"""Photos and movies in the window: a face from a photo, a photo in motion, a capture."""

import sys
import time
import types

import bpy
import numpy as np
from window import OUT, PACKAGE, escaped, found, only_panels, override, picture, place, press, state, undo


def counted():
    return {kind: len(getattr(bpy.data, kind)) for kind in ("objects", "meshes", "images", "materials", "cameras", "collections", "scenes")}


def photos(jobs, photo_path, movie_path):
    """A face from a photo, seen through its camera, and one undo; a movie's capture stopped by Esc, then another that ends."""
    found["photo"] = [counted()]
    yield from press(jobs, "face_from_photo", filepath=photo_path, size="2048")
    made = bpy.context.view_layer.objects.active
    found["photo_head"] = [made.name, [block.name for block in made.data.shape_keys.key_blocks]]
    found["photo"].append(counted())
    with only_panels("VIEW3D_PT_mimica_photo"):
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
    yield from captures(jobs, movie_path)


def videos(jobs, photo_path, movie_path):
    """A photo's future, stopped by Esc, then another that ends: a movie in an image editor of its own and a strip; one undo."""
    out, kinds = OUT / "goes on.mp4", ("images", "sounds", "scenes")
    scene, before = bpy.context.scene, [len(getattr(bpy.data, kind)) for kind in kinds]
    scene.mimica_exchange.photo, scene.mimica_photo_video.driver = photo_path, movie_path
    with only_panels("VIEW3D_PT_mimica_photo_video"):
        bpy.ops.ed.undo_push(message="Photo chosen")
        yield 1.0
        picture("photo_video")
        with override():
            bpy.ops.mimica.photo_predict("INVOKE_DEFAULT", True, photo=photo_path, filepath=str(out), frames=500)
        while jobs.running and jobs.running.fraction < 0.5:
            yield 0.1
        found["video_progress"] = [jobs.running.fraction, jobs.running.what]
        took = yield from escaped(jobs)
        found["video_stopped"] = [took, [path.name for path in OUT.glob("goes on*")]]
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
        yield from by_head(jobs, photo_path)


def by_head(jobs, photo_path):
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


def poses(jobs, photo_path):
    """A photo that takes the pose of the active head as the 3D view shows it, turned, beside the sidebar: a picture in the image editor that is open.
    The panel of expressions, and its sheet where there are weights for it."""
    bpy.context.scene.mimica_photo_video.guide_from = "HEAD"
    with only_panels("VIEW3D_PT_mimica_photo_reenact", "VIEW3D_PT_mimica_photo_output"):
        with override():
            bpy.ops.view3d.view_orbit(angle=0.35, type="ORBITRIGHT")
        yield 1.0
        yield from press(jobs, "photo_reenact", photo=photo_path, guide_from="HEAD", filepath=str(OUT / "posed"))
        yield 1.5
        picture("photo_pose")
    space = next(area.spaces.active for area in place()[0].screen.areas if area.ui_type == "IMAGE_EDITOR")
    found["posed"] = [space.image.name, space.image.source, list(space.image.size), len(bpy.context.window_manager.windows)]
    with only_panels("VIEW3D_PT_mimica_photo_express"):
        yield from press(jobs, "photo_expressions", filepath=photo_path)
        yield 1.5
        picture("photo_expressions")
    found["sheet"] = space.image.name


def captures(jobs, movie_path):
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
    with only_panels("VIEW3D_PT_mimica_recordings"):
        yield 0.5
        picture("capture")
        took = yield from escaped(jobs)
        found["capture_stopped"] = [took, state()["actions"]]
        yield from press(jobs, "capture_video", filepath=movie_path, rotation="NONE")
        scene, obj = bpy.context.scene, bpy.data.objects["demo_head"]
        scene.frame_set(scene.frame_start + 30)
        found["captured"] = [obj.data.shape_keys.key_blocks["jawOpen"].value, state()["actions"], scene.render.fps]
