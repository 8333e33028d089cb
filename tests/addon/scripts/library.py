"""Recipes, poses, clips in a library, and every selected head at once."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import numpy as np
import parts


def main(head: str, folder: str) -> dict:
    parts.empty_scene()
    bpy.context.scene.render.fps, bpy.context.scene.frame_end = 24, 40
    obj = parts.import_head(head)
    made = {"recipe": recipe(obj, Path(folder)), "pose": pose(obj, Path(folder)), "library": library(obj, head, Path(folder))}
    made["all"] = all_selected(head)
    return made


def recipe(obj, folder):
    """The sequence out and in again; a file that is no recipe leaves it."""
    for name in ("surprise", "happiness"):
        bpy.ops.mimica.add_cue(expression=name)
    obj.mimica_cues[1].intensity, obj.mimica_sequence, obj.mimica_blinks = 0.7, "Good news", 12.0
    before = said(obj)
    bpy.ops.mimica.save_recipe(filepath=str(folder / "news"))
    obj.mimica_cues.clear()
    obj.mimica_sequence = "Nothing"
    empty = parts.error_of(bpy.ops.mimica.save_recipe, filepath=str(folder / "empty.json"))
    bpy.ops.mimica.load_recipe(filepath=str(folder / "news.json"))
    (folder / "wrong.json").write_text('{"format": "another"}')
    wrong = parts.error_of(bpy.ops.mimica.load_recipe, filepath=str(folder / "wrong.json"))
    return {"same": said(obj) == before, "cues": len(before) - 2, "errors": [empty, wrong], "kept": said(obj) == before}


def said(obj):
    cues = [(cue.expression, round(cue.start, 3), round(cue.attack, 3), cue.seed, round(cue.intensity, 3)) for cue in obj.mimica_cues]
    return [obj.mimica_sequence, round(obj.mimica_blinks, 3), *cues]


def pose(obj, folder):
    """An expression of MPFB onto the ARKit keys and out again."""
    weights = {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.6, "eyeBlinkLeft": 1.0}
    text = '{"format_version": 1, "name": "wink", "face_units": {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.6, "eyeBlinkLeft": 1.0, "earWiggle": 1}}'
    (folder / "wink.json").write_text(text)
    bpy.ops.mimica.load_pose(filepath=str(folder / "wink.json"), frames=10)
    blocks = obj.data.shape_keys.key_blocks
    shown = {}
    for frame in (1, 10, 30):
        bpy.context.scene.frame_set(frame)
        shown[frame] = max(abs(blocks[name].value - weights.get(name, 0.0)) for name in parts.module("addon.scene.arkit").names())
    bpy.ops.mimica.save_pose(filepath=str(folder / "out.json"))
    again = parts.module("core.api").read_expression(folder / "out.json")
    given = parts.module("core.api").read_expression(folder / "wink.json")
    bpy.context.scene.frame_set(1)
    rest = parts.error_of(bpy.ops.mimica.save_pose, filepath=str(folder / "rest.json"))
    return {"shown": shown, "again": float(np.abs(again.weights - given.weights).max()), "rest": rest}


def library(obj, head, folder):
    """A clip on ARKit keys saved, shown as an asset with a picture, and applied to another head at another frame rate."""
    bpy.ops.mimica.generate(expression="surprise", frames=25, onto="ARKIT")
    bpy.ops.mimica.generate(expression="happiness", frames=12, onto="OWN", place="CURRENT")
    before = parts.snapshot()
    bpy.ops.mimica.save_assets(folder=str(folder / "lib"))
    unchanged = parts.snapshot() == before
    files = sorted(path.name for path in (folder / "lib").iterdir())
    registered = [one.name for one in bpy.context.preferences.filepaths.asset_libraries if str(folder / "lib") in one.path]
    with bpy.data.libraries.load(str(folder / "lib" / "surprise.blend"), assets_only=True) as (there, wanted):
        wanted.actions = list(there.actions)
    asset = wanted.actions[0]
    picture = np.array(asset.preview.image_pixels_float[:]).reshape(256, 256, 4)
    seen = {
        "asset": asset.name,
        "tags": sorted(tag.name for tag in asset.asset_data.tags),
        "covered": float((picture[..., 3] > 0.5).mean()),
    }
    seen["middle"] = float(picture[128, 128, :3].mean())
    bpy.data.actions.remove(asset)
    truth = weights(obj, range(1, 26))
    again = parts.import_head(head)
    again.location.x = 300.0
    bpy.context.view_layer.update()
    bpy.context.scene.render.fps = 48
    bpy.ops.mimica.apply_asset(filepath=str(folder / "lib" / "surprise.blend"))
    played = weights(again, range(1, 51, 2))
    bpy.ops.mimica.clear()
    none = parts.error_of(bpy.ops.mimica.save_assets, folder=str(folder / "lib"))
    nothing = parts.error_of(bpy.ops.mimica.apply_asset, filepath=str(folder / "news.json"))
    bpy.data.objects.remove(again)
    bpy.context.scene.render.fps = 24
    return {
        **seen,
        "files": files,
        "registered": registered,
        "unchanged": unchanged,
        "errors": [none, nothing],
        "off": float(np.abs(truth - played).max()),
        "moves": float(np.ptp(truth, axis=0).max()),
    }


def weights(obj, frames):
    """Weights (F, 52) of the ARKit keys; a clip that others mute is heard."""
    clips = parts.module("addon.scene.clips")
    for clip in clips.of(obj):
        clips.mute(obj, clip.name, clip.name != "surprise")
    made = []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        made.append([obj.data.shape_keys.key_blocks[name].value for name in parts.module("addon.scene.arkit").names()])
    return np.array(made)


def all_selected(head):
    """Three heads and a cube: the cube is named, the heads are done."""
    parts.empty_scene()
    one, two = parts.import_head(head), parts.import_head(head)
    one.name, two.name, two.location.x = "One", "Two", 300.0
    bpy.ops.mesh.primitive_cube_add(location=(-300.0, 0.0, 0.0))
    bpy.context.object.name = "Cube"
    for obj in bpy.data.objects:
        obj.select_set(True)
    bpy.context.view_layer.objects.active = one
    bpy.context.view_layer.update()
    status = bpy.ops.mimica.generate_all(expression="surprise", frames=8, onto="OWN")
    clips = parts.module("addon.scene.clips")
    played = {obj.name: [clip.name for clip in clips.of(obj)] for obj in (one, two)}
    bpy.ops.mimica.add_cue(expression="mouth_open")
    bpy.ops.mimica.generate_all(what="SEQUENCE", onto="OWN")
    directed = {obj.name: [clip.name for clip in clips.of(obj)] for obj in (one, two)}
    cube = bpy.data.objects["Cube"]
    return {"status": sorted(status), "played": played, "directed": directed, "cube": cube.data.shape_keys is None and not cube.keys()}
