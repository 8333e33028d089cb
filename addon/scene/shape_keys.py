"""Core's keys as named relative shape keys."""

from dataclasses import dataclass

import numpy as np

from . import mesh, record

LIMIT = 10.0  # Blender's own for a slider
SLACK = 1e-4  # of a weight, beyond the slider's end: less than any eye sees, more than rounding
BEING_MADE = "Mimica being made "  # until all keys are there, so that a failure leaves those of before


@dataclass(frozen=True)
class Pending:
    """Keys that are there under passing names, until `commit` or `discard`; whether they needed a Basis made for them."""

    names: tuple[str, ...]
    fresh_basis: bool


def add(obj, keys):
    """Puts `keys` on a mesh object beside what it has, as Pending. Nothing is left of them where that fails."""
    fresh_basis = obj.data.shape_keys is None
    made = []
    try:
        if fresh_basis:
            obj.shape_key_add(name="Basis", from_mix=False)
        for index, deltas in enumerate(keys.deltas):
            made.append(_add(obj, f"{BEING_MADE}{index}", deltas, keys.weights[:, index]))
    except BaseException:
        discard(obj, Pending(tuple(made), fresh_basis))
        raise
    return Pending(tuple(made), fresh_basis)


def discard(obj, pending):
    """Takes pending keys off again."""
    for name in pending.names:
        remove(obj, name)
    if pending.fresh_basis and obj.data.shape_keys:
        obj.shape_key_clear()


def commit(obj, clip, pending, wanted, *, beside=False):
    """Makes pending keys those of `clip`, in place of the clip's earlier ones or beside them; their names, `wanted` where these are free.

    A name that belongs to somebody else's key gets Blender's number behind it.
    """
    known = record.read(obj)
    earlier = known["clips"].get(clip, {"keys": (), "action": ""})
    active = obj.active_shape_key_index
    if not beside:
        for name in earlier["keys"]:
            remove(obj, name)
    names = [_rename(obj, name, final) for name, final in zip(pending.names, wanted, strict=True)]
    obj.active_shape_key_index = min(active, len(obj.data.shape_keys.key_blocks) - 1)
    known["basis"] |= pending.fresh_basis
    known["clips"][clip] = {"keys": [*(earlier["keys"] if beside else ()), *names], "action": earlier["action"]}
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


def draw(obj, block, deltas):
    """Makes a shape key the object's neutral plus deltas (V, 3), relative to that neutral."""
    neutral = mesh.neutral_block(obj)
    block.relative_key = neutral
    shape = mesh.points(neutral.data, len(deltas))
    shape += deltas
    block.data.foreach_set("co", shape.ravel())


def _add(obj, name, deltas, weights):
    block = obj.shape_key_add(name=name, from_mix=False)
    draw(obj, block, deltas)
    block.slider_min = max(-LIMIT, min(0.0, float(np.floor(weights.min(initial=0.0) + SLACK))))
    block.slider_max = min(LIMIT, max(1.0, float(np.ceil(weights.max(initial=0.0) - SLACK))))
    block.value = 0.0
    return block.name


def _rename(obj, name, final):
    block = obj.data.shape_keys.key_blocks[name]
    block.name = final
    return block.name
