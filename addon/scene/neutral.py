"""The neutral face of a head that is not neutral, as a shape key that the head's Neutral setting names."""

import numpy as np

from ...core.keys import Keys
from . import companions, heads, mesh, shape_keys

KEY = "Mimica neutral"
CLIP = "neutral"  # of these keys in the record
PART = 1e-6  # of the head's size; an object that moves less needs no key


def as_posed(head):
    """The head as it is in its Basis, if what it shows as neutral is a key of Mimica's; otherwise as it is."""
    chosen = {piece.name: piece.object.mimica_neutral for piece in head.pieces}
    ours = [piece.object for piece in head.pieces if chosen[piece.name] == KEY]
    try:
        for obj in ours:
            obj.mimica_neutral = ""
        return heads.collect(head.object, [piece.object for piece in head.pieces[1:]]) if ours else head
    finally:
        for obj in ours:
            obj.mimica_neutral = KEY


def write(head, vertices):
    """Neutral vertices (V, 3) in the space of the posed head's mesh as a key on each of its objects that moves; how far the farthest moves,
    of the head's size. Keys that are relative to an earlier one move along."""
    offset = (vertices - head.mesh.vertices).astype(np.float32)
    size = np.ptp(head.mesh.vertices, axis=0).max()
    for piece in head.pieces:
        own = piece.deltas(offset[None])[0]
        if piece is head.pieces[0] or np.abs(own).max() > PART * size:
            _put(piece.object, own)
            companions.note(head.object, piece.object)
    return float(np.linalg.norm(offset, axis=1).max() / size)


def forget(objects):
    """Lets objects whose key is gone have their Basis as neutral again."""
    for obj in objects:
        keys = obj.data.shape_keys
        if obj.mimica_neutral == KEY and (keys is None or KEY not in keys.key_blocks):
            obj.mimica_neutral = ""


def _put(obj, offset):
    blocks = obj.data.shape_keys.key_blocks if obj.data.shape_keys else {}
    if KEY in blocks:
        _redraw(blocks, offset)
    else:
        obj.mimica_neutral = ""
        pending = shape_keys.add(obj, Keys((KEY,), offset[None], np.zeros((0, 1), np.float32)))
        shape_keys.commit(obj, CLIP, pending, (KEY,))
    obj.data.shape_keys.key_blocks[KEY].value = 1.0
    obj.mimica_neutral = KEY


def _redraw(blocks, offset):
    key, count = blocks[KEY], len(offset)
    before = mesh.points(key.data, count)
    after = mesh.points(key.relative_key.data, count) + offset
    for block in blocks:
        if block == key or block.relative_key == key:
            block.data.foreach_set("co", (mesh.points(block.data, count) + (after - before)).ravel())
