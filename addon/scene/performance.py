"""A performance or a set of keys on a mesh object, and all of it off again."""

from . import actions, cache, record, shape_keys

LABEL = "mimica_label"
RESIDUAL = "mimica_residual_mm"
MAX_NAME = 63


def write(obj, performance, start):
    """Keys and action of a generated performance, from frame `start` on, in place of the earlier ones of the same expression."""
    label = performance.label
    before = record.read(obj)["clips"]
    wanted = f"Mimica {obj.name} {label} {performance.clip.seed}"[:MAX_NAME]
    pending = shape_keys.add(obj, performance.keys)
    try:
        action = actions.make(obj, wanted, performance.keys.weights, performance.weight_tolerance, start)
    except BaseException:
        shape_keys.discard(obj, pending)
        raise
    names = shape_keys.commit(obj, label, pending, performance.keys.names)
    shape_keys.rest(obj, [name for clip, made in before.items() if clip != label for name in made["keys"]])
    actions.make_room(obj, {made["action"] for made in before.values()})
    if label in before:
        actions.remove(before[label]["action"])
        action.name = wanted
    actions.assign(obj, action, names)
    known = record.read(obj)
    known["clips"][label]["action"] = action.name
    record.write(obj, known)
    obj[LABEL], obj[RESIDUAL] = label, performance.residual_mm


def clear(obj):
    """Takes off what Mimica has made: its keys, its actions, the kept adaptation. The number of keys removed."""
    known = record.read(obj)
    actions.make_room(obj, {made["action"] for made in known["clips"].values()})
    names = [name for made in known["clips"].values() for name in made["keys"]]
    for name in names:
        shape_keys.remove(obj, name)
    for made in known["clips"].values():
        actions.remove(made["action"])
    blocks = obj.data.shape_keys.key_blocks if obj.data.shape_keys else ()
    if known["basis"] and len(blocks) == 1:
        obj.shape_key_clear()
    record.write(obj, {"basis": known["basis"], "clips": {}})
    cache.forget(obj)
    for name in (LABEL, RESIDUAL):
        if name in obj:
            del obj[name]
    return len(names)
