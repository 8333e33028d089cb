"""A performance as a vertex cache: a PC2 file beside the .blend and a Mesh Cache modifier, which plays every vertex of every frame.

The modifier's factor has a driver on the scene's frame, so that the cache plays in its own time and gives way to the clip that comes after it.
"""

import hashlib
import re
from pathlib import Path

import bpy
import numpy as np

from ...core.errors import FileError
from ...core.motion.pc2 import read_pc2, write_pc2
from . import companions, mesh, record

FOLDER = "mimica_cache"  # beside the .blend
FACTOR = "factor"


def folder(chosen):
    """The folder for caches: the one that the user has chosen, or one beside the .blend. FileError where neither is there."""
    if not chosen and not bpy.data.filepath:
        raise FileError("A cache is a file beside the .blend, which is not saved yet. Save it (Ctrl+S) or choose a Cache Folder first.")
    path = Path(bpy.path.abspath(chosen or f"//{FOLDER}"))
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"The cache folder {path} cannot be made ({error.strerror}). Choose another Cache Folder.") from error
    return path


def stage(head, motion, label, into, undo):
    """Writes motion (F, V, 3) of a head as files, and tells `undo` (ExitStack) how to delete those that were not there before.

    For `commit`: (object, file) each, of the head's own object and of those that move beside it.
    """
    staged = []
    for piece in head.pieces:
        own = piece.deltas(motion)
        if piece is not head.pieces[0] and not own.any():
            continue
        obj = piece.object
        vertices = (mesh.vertices(obj).astype(np.float32) + own).astype(np.float32)
        mark = hashlib.blake2b(vertices.tobytes(), digest_size=4).hexdigest()  # undo finds the file of before under its own name
        path = into / f"{_plain(obj.name)}_{_plain(label)}_{mark}.pc2"
        if not path.exists():
            undo.callback(path.unlink, missing_ok=True)
            write_pc2(path, vertices)
        staged.append((obj, path))
    return staged


def commit(head, label, staged, start, frames, recipe):
    """Lets Mesh Cache modifiers play staged files from scene frame `start` on, first in each object's stack."""
    for obj, path in staged:
        known = record.caches(obj)
        modifier = _modifier(obj, known.get(label)) or obj.modifiers.new(f"Mimica {label}", "MESH_CACHE")
        obj.modifiers.move(list(obj.modifiers).index(modifier), 0)
        modifier.cache_format, modifier.filepath = "PC2", _relative(path)
        modifier.forward_axis, modifier.up_axis = "POS_Y", "POS_Z"
        modifier.frame_start = start
        modifier.show_viewport = modifier.show_render = True
        known[label] = {"modifier": modifier.name, "frames": frames, "recipe": recipe}
        record.write_caches(obj, known)
        companions.note(head, obj)


def find(obj, label):
    """(modifier, number of frames) of a clip's cache on an object; (None, 0) where there is none."""
    known = record.caches(obj).get(label)
    modifier = _modifier(obj, known)
    return (modifier, known["frames"]) if modifier is not None else (None, 0)


def read(obj, label):
    """The vertices (F, V, 3) float32 of a clip's cache on an object. FileError where its file is missing or of another mesh."""
    modifier, _ = find(obj, label)
    path = Path(bpy.path.abspath(modifier.filepath))
    vertices = read_pc2(path)
    if vertices.shape[1] != len(obj.data.vertices):
        raise FileError(
            f"{path} holds {vertices.shape[1]} vertices, '{obj.name}' has {len(obj.data.vertices)}. Make the clip '{label}' again."
        )
    return vertices


def lay(obj, label, until, fade_in, fade_out):
    """As `tracks.lay`, for a cache: plays from its first frame, holds its last pose until a frame or for ever (None)."""
    modifier, _ = find(obj, label)
    if modifier is None:
        return
    start = modifier.frame_start
    begins = f"clamp((frame - {start:g}) / {fade_in:g})" if fade_in else f"(frame >= {start:g})"
    ends = f" * clamp(({until + fade_out:g} - frame) / {max(fade_out, 1e-3):g})" if until is not None else ""
    modifier.driver_remove(FACTOR)
    modifier.driver_add(FACTOR).driver.expression = begins + ends


def remove(obj, label):
    """Takes a clip's cache off an object; its file stays. The file's path, or None."""
    known = record.caches(obj)
    made = known.pop(label, None)
    modifier = _modifier(obj, made)
    path = None
    if modifier is not None:
        path = Path(bpy.path.abspath(modifier.filepath))
        modifier.driver_remove(FACTOR)
        obj.modifiers.remove(modifier)
        _drop_empty_animation(obj)
    record.write_caches(obj, known)
    return path


def _modifier(obj, made):
    found = obj.modifiers.get(made["modifier"]) if made else None
    return found if found is not None and found.type == "MESH_CACHE" else None


def _relative(path):
    try:
        return bpy.path.relpath(str(path)) if bpy.data.filepath else str(path)
    except ValueError:  # another drive
        return str(path)


def _plain(name):
    return re.sub(r"[^\w-]+", "_", name)[:40]


def _drop_empty_animation(obj):
    data = obj.animation_data
    if data is not None and data.action is None and not len(data.drivers) and not len(data.nla_tracks):
        obj.animation_data_clear()
