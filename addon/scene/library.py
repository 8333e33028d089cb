"""Clips on ARKit keys as assets: one .blend each in a folder, with a picture, and read from there onto another head."""

import bpy
import numpy as np

from ...core.errors import FileError, MeshError
from . import actions, arkit, clips, record, sampling

CLIP, FPS = "mimica_clip", "mimica_fps"  # on a saved action: the clip's name, and the frames a second that its keys count in
RECIPE = actions.RECIPE
SIZE = 256  # pixels of the picture
NAME = "Mimica"


def folder(path):
    """The folder of the library, made where it is missing. FileError where none is named or it cannot be made."""
    from pathlib import Path

    if not path:
        raise FileError("No folder is named for the library. Choose one in the panel Library and Export.")
    made = Path(bpy.path.abspath(path))
    try:
        made.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"The library's folder {made} cannot be made ({error.strerror}). Choose another.") from error
    return made


def portable(obj, wanted):
    """Names of the head's clips that move ARKit keys and nothing else, and of those left out. MeshError where there is none."""
    names = set(arkit.names())
    found, left_out = [], []
    for clip in clips.of(obj):
        if wanted in ("", clip.name):
            moved = actions.moved(obj, _action(obj, clip.name))
            (found if moved and set(moved) <= names else left_out).append(clip.name)
    if not found:
        raise MeshError(
            f"'{obj.name}' has no clip {'' if not wanted else repr(wanted) + ' '}on ARKit keys alone. Generate with Output ARKit Keys, or "
            "convert a clip to them."
        )
    return found, left_out


def apex(head, clip):
    """The displacement (V, 3) float32 of the head in the frame of a clip that moves it most."""
    action = _action(head.object, clip)
    names, weights = _weights(action)
    keys = arkit.onto(head, names)
    best = int(weights.sum(axis=1).argmax())
    return np.tensordot(weights[best].astype(np.float32), keys.deltas, axes=1)


def save(obj, clip, into, picture):
    """Writes a clip as <clip>.blend with its picture (H, W, 4) uint8, whole or not at all; its path."""
    action = _action(obj, clip).copy()
    try:
        action.name = clip
        action[CLIP], action[FPS] = clip, sampling.fps(bpy.context.scene)
        action.asset_mark()
        action.asset_data.author, action.asset_data.description = NAME, f"{clip}, on the 52 ARKit keys of any head"
        for tag in ("Mimica", "ARKit", "face"):
            action.asset_data.tags.new(tag)
        _show(action, picture)
        path = into / f"{bpy.path.clean_name(clip)}.blend"
        beside = path.with_suffix(".part.blend")
        bpy.data.libraries.write(str(beside), {action}, fake_user=True, compress=True)
        beside.replace(path)
    except (OSError, RuntimeError) as error:
        raise FileError(f"The clip '{clip}' cannot be saved in {into} ({error}). Choose another folder.") from error
    finally:
        bpy.data.actions.remove(action)
    return path


def read(path):
    """A saved clip: its name, ARKit names (52,), weights (F, 52), fps, recipe. FileError where the file holds none."""
    try:
        with bpy.data.libraries.load(str(path), link=False) as (there, wanted):
            wanted.actions = list(there.actions)
    except (OSError, RuntimeError) as error:
        raise FileError(f"{path} cannot be read as a .blend ({error}). Choose a clip that Mimica saved.") from error
    loaded = [action for action in wanted.actions if action is not None]
    try:
        found = next((action for action in loaded if CLIP in action), None)
        if found is None:
            raise FileError(f"{path} holds no clip of Mimica's. Choose one that Save Clips to Library wrote.")
        return found[CLIP], *_weights(found), float(found[FPS]), found.get(RECIPE, "")
    finally:
        for action in loaded:
            bpy.data.actions.remove(action)


def no_rotation(weights):
    """Rotations (F, 9) of a clip that has none."""
    return np.zeros((len(weights), 9))


def register(context, path):
    """Lets the Asset Browser show a folder, unless it does; the library's name if it was added, else ""."""
    libraries = context.preferences.filepaths.asset_libraries
    if any(bpy.path.abspath(one.path).rstrip("/\\") == str(path) for one in libraries):
        return ""
    bpy.ops.preferences.asset_library_add(directory=str(path))
    made = libraries[-1]
    made.name = NAME
    return made.name


def _action(obj, clip):
    return actions.find(record.read(obj)["clips"].get(clip, {"action": ""})["action"])


def _weights(action):
    """ARKit names (52,) and what an action gives them (F, 52), frame by frame."""
    first, last = actions.length(action)
    names = arkit.names()
    made = np.zeros((max(2, round(last - first) + 1), len(names)))
    for curve in actions.curves_of(action):
        name = curve.data_path.split('"')[1] if '"' in curve.data_path else ""
        if name in names:
            made[:, names.index(name)] = [curve.evaluate(first + frame) for frame in range(len(made))]
    return names, made


def _show(action, picture):
    """Gives an asset its picture, which Blender keeps from the bottom up."""
    preview = action.preview_ensure()
    preview.image_size = (picture.shape[1], picture.shape[0])
    preview.image_pixels_float.foreach_set((picture[::-1].astype(np.float32) / 255.0).ravel())
