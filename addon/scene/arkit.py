"""The 52 ARKit keys on the objects of a head: read, made where they are missing, drawn anew where that is wanted."""

import numpy as np

from ...core.head.template import load_template
from ...core.keys import Keys
from . import companions, mesh, record, shape_keys

CLIP = "arkit"  # the name of these keys in the record


def names():
    """The 52, in the template's order."""
    return load_template().arkit_names


def missing(head, names):
    """Those of the names that the head's own object has no key of."""
    blocks = _blocks(head.object)
    return [name for name in names if name not in blocks]


def onto(head, names, rig=None):
    """The Keys `names` as the objects of the head have them, in the head's space, and as `rig` has them where they are not there yet."""
    deltas = np.zeros((len(names), len(head.mesh.vertices), 3), np.float32) if rig is None else rig.deltas.copy()
    for piece in head.pieces:
        obj = piece.object
        blocks, neutral = _blocks(obj), None
        for index, name in enumerate(names):
            if name in blocks:
                neutral = mesh.vertices(obj) if neutral is None else neutral
                shown = mesh.points(blocks[name].data, len(neutral)) - mesh.points(blocks[name].relative_key.data, len(neutral))
                deltas[index, piece.rows] = piece.from_own(shown)
    return Keys(tuple(names), deltas, np.zeros((0, len(names)), np.float32))


def stage(shares, undo):
    """Adds the keys of `shares` (`heads.shares`) that objects lack, under passing names, and tells `undo` (ExitStack) how to take them off.

    For `commit`: (object, Pending, names) each.
    """
    staged = []
    for obj, keys in shares:
        blocks = _blocks(obj)
        lacking = [index for index, name in enumerate(keys.names) if name not in blocks]
        names = tuple(keys.names[index] for index in lacking)
        if not names:
            continue
        pending = shape_keys.add(obj, Keys(names, keys.deltas[lacking], keys.weights[:, lacking]))
        undo.callback(shape_keys.discard, obj, pending)
        staged.append((obj, pending, names))
    return staged


def commit(head, staged):
    """Gives staged keys their names; how many the head's own object got, or the most that another one got."""
    for obj, pending, names in staged:
        shape_keys.commit(obj, CLIP, pending, names, beside=True)
        companions.note(head.object, obj)
    return max((len(names) for _, _, names in staged), default=0)


def redraw(shares, replace):
    """Draws the keys of `shares` anew that are there: Mimica's own, and with `replace` all. Value, drivers and animation stay.

    How many on the head's own object were drawn, and how many were left as they are.
    """
    counts = []
    for obj, keys in shares:
        own, blocks = record.own_keys(obj), _blocks(obj)
        there = [(name, deltas) for name, deltas in zip(keys.names, keys.deltas, strict=True) if name in blocks]
        chosen = [(name, deltas) for name, deltas in there if replace or own.get(name) == CLIP]
        for name, deltas in chosen:
            shape_keys.draw(obj, blocks[name], deltas)
        counts.append((len(chosen), len(there) - len(chosen)))
    return counts[0]


def _blocks(obj):
    return obj.data.shape_keys.key_blocks if obj.data.shape_keys else {}
