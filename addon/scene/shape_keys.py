"""Core's keys as named relative shape keys."""

import numpy as np

from . import record

LIMIT = 10.0  # Blender's own for a slider
SLACK = 1e-4  # of a weight, beyond the slider's end: less than any eye sees, more than rounding
BEING_MADE = "Mimica being made "  # until all keys are there, so that a failure leaves those of before


def write(obj, clip, keys):
    """Puts `keys` on a mesh object as those of `clip`, in place of the clip's earlier ones; names as Blender gave them.

    A name that belongs to somebody else's key gets Blender's number behind it.
    """
    known = record.read(obj)
    fresh_basis = obj.data.shape_keys is None
    active = obj.active_shape_key_index
    made = []
    try:
        if fresh_basis:
            obj.shape_key_add(name="Basis", from_mix=False)
        for index, deltas in enumerate(keys.deltas):
            made.append(_add(obj, f"{BEING_MADE}{index}", deltas, keys.weights[:, index]))
    except BaseException:
        for name in made:
            remove(obj, name)
        if fresh_basis:
            obj.shape_key_clear()
        raise
    for name in known["clips"].get(clip, {"keys": ()})["keys"]:
        remove(obj, name)
    names = [_rename(obj, name, final) for name, final in zip(made, keys.names, strict=True)]
    obj.active_shape_key_index = min(active, len(obj.data.shape_keys.key_blocks) - 1)
    known["basis"] |= fresh_basis
    known["clips"][clip] = {"keys": names, "action": known["clips"].get(clip, {"action": ""})["action"]}
    record.write(obj, known)
    return names


def rest(obj, names):
    """Sets keys to nought, those that are there."""
    for name in names:
        block = obj.data.shape_keys.key_blocks.get(name)
        if block is not None:
            block.value = 0.0


def remove(obj, name):
    """Takes a shape key away, if it is there."""
    block = obj.data.shape_keys.key_blocks.get(name) if obj.data.shape_keys else None
    if block is not None:
        obj.shape_key_remove(block)


def _add(obj, name, deltas, weights):
    block = obj.shape_key_add(name=name, from_mix=False)
    basis = obj.data.shape_keys.reference_key
    block.relative_key = basis
    points = np.empty(deltas.size, np.float32)
    basis.data.foreach_get("co", points)
    points += deltas.ravel()
    block.data.foreach_set("co", points)
    block.slider_min = max(-LIMIT, min(0.0, float(np.floor(weights.min(initial=0.0) + SLACK))))
    block.slider_max = min(LIMIT, max(1.0, float(np.ceil(weights.max(initial=0.0) - SLACK))))
    block.value = 0.0
    return block.name


def _rename(obj, name, final):
    block = obj.data.shape_keys.key_blocks[name]
    block.name = final
    return block.name
