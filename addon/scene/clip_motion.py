"""The motion that a clip gives a head, read from its action and keys or from its cache; the scene is not touched."""

import numpy as np

from ...core.errors import MeshError
from . import actions, clips, mesh, point_cache, record, tracks


def of(head, name):
    """The displacement (F, V, 3) float32 of a clip from the neutral, frame by frame in the head's space. MeshError where it is not there."""
    clip = clips.get(head.object, name)
    if clip is None:
        raise MeshError(clips.unknown(head.object, name))
    frames = np.arange(round(clip.start), round(clip.end) + 1)
    made = np.zeros((len(frames), len(head.mesh.vertices), 3), np.float32)
    for piece in head.pieces:
        obj = piece.object
        own = _cached(obj, name, len(frames)) if clip.kind == "CACHE" else _keyed(obj, name, frames)
        if own is not None:
            made[:, piece.rows] = piece.from_own(own)
    return made


def _cached(obj, name, count):
    if point_cache.find(obj, name)[0] is None:
        return None
    vertices = point_cache.read(obj, name)
    if len(vertices) != count:
        raise MeshError(f"The cache of '{name}' on '{obj.name}' has {len(vertices)} frames; {count} expected. Make the clip again.")
    return vertices - mesh.vertices(obj).astype(np.float32)


def _keyed(obj, name, frames):
    action = actions.find(record.read(obj)["clips"].get(name, {"action": ""})["action"])
    _, strip = tracks.find(obj, action.name) if action is not None else (None, None)
    if strip is None:
        return None
    by_path = {block.path_from_id("value"): block for block in obj.data.shape_keys.key_blocks}
    curves = [curve for curve in actions.curves_of(action) if curve.data_path in by_path]
    times = strip.action_frame_start + (frames - strip.frame_start) / strip.scale
    weights = np.array([[curve.evaluate(time) for curve in curves] for time in times], np.float32).reshape(len(times), len(curves))
    limits = np.array([(by_path[curve.data_path].slider_min, by_path[curve.data_path].slider_max) for curve in curves]).reshape(-1, 2)
    weights = np.clip(weights, *limits.T).astype(np.float32)  # as sliders do
    count = len(obj.data.vertices)
    deltas = np.zeros((len(curves), count, 3), np.float32)
    for index, curve in enumerate(curves):
        block = by_path[curve.data_path]
        deltas[index] = mesh.points(block.data, count) - mesh.points(block.relative_key.data, count)
    return np.tensordot(weights, deltas, axes=1)
