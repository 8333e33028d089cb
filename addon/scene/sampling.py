"""What the scene shows frame by frame: read through drivers, NLA and constraints, and the current frame put back afterwards."""

import contextlib

import bpy
import numpy as np

from ...core.errors import MeshError, ValueRangeError

MAX_FRAMES = 100_000


@contextlib.contextmanager
def frame_kept(scene):
    """For as long as it is open the scene may be set to any frame."""
    before = scene.frame_current, scene.frame_subframe
    try:
        yield
    finally:
        scene.frame_set(before[0], subframe=before[1])


def frames(scene, first=0, last=0):
    """The frames from first to last; those of the scene where both are nought. ValueRangeError where there are none, or too many."""
    first, last = (scene.frame_start, scene.frame_end) if first == last == 0 else (first, last)
    if not first <= last < first + MAX_FRAMES:
        raise ValueRangeError(
            f"Frames {first} to {last} were asked for; the last must not come before the first, and at most {MAX_FRAMES}."
        )
    return range(first, last + 1)


def fps(scene):
    return scene.render.fps / scene.render.fps_base


def weights(obj):
    """The values (K,) of an object's shape keys now, but for the Basis; nought where a key is muted."""
    blocks = obj.data.shape_keys.key_blocks if obj.data.shape_keys else ()
    return np.array([0.0 if block.mute else block.value for block in blocks[1:]])


def shown_vertices(obj, count):
    """The vertices (count, 3) float32 of an object as it is shown now, in its own space. MeshError where a modifier changes their number."""
    shown = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    if len(shown.vertices) != count:
        raise MeshError(
            f"'{obj.name}' is shown with {len(shown.vertices)} vertices; its mesh has {count}. Turn modifiers off that add or remove vertices "
            "(Subdivision, Mirror, Decimate ...), then try again."
        )
    made = np.empty(3 * count, np.float32)
    shown.vertices.foreach_get("co", made)
    return made.reshape(-1, 3)
