"""A performance or a set of keys on the objects of a head, and all of it off again."""

from contextlib import ExitStack

from . import actions, arkit, cache, clips, companions, heads, record, shape_keys, tracks

LABEL = "mimica_label"
RESIDUAL = "mimica_residual_mm"
MAX_NAME = 63


def write(head, performance, start, rig=None, onto_arkit=False):
    """Keys, action and track of a performance, from frame `start` on, in place of the clip that had its label.

    onto_arkit: its weights are those of ARKit keys; of these, the ones that are not there yet come from `rig` (Keys).
    The names of the clips that lay in its place and are muted now.
    """
    label = performance.label
    shares = heads.shares(head, performance.keys)
    wanted = {obj: f"Mimica {obj.name} {label} {performance.clip.seed}"[:MAX_NAME] for obj, _ in shares}
    staged, made = [], []
    with ExitStack() as undo:
        if rig is not None:
            staged = arkit.stage(heads.shares(head, rig), undo)
        for obj, keys in shares:
            pending = None if onto_arkit else shape_keys.add(obj, keys)
            if pending is not None:
                undo.callback(shape_keys.discard, obj, pending)
            tolerance = [performance.weight_tolerance[performance.keys.names.index(name)] for name in keys.names]
            action = actions.make(obj, wanted[obj], keys.weights, tolerance, start)
            undo.callback(actions.discard, action)
            made.append((obj, keys.names, pending, action))
        undo.pop_all()  # all of it is there: nothing will be taken back
    arkit.commit(head, staged)
    _drop(head, label, [obj for obj, _ in shares])
    for obj, names, pending, action in made:
        _play(obj, label, names, pending, action, wanted[obj], start)
        companions.note(head.object, obj)
    head.object[LABEL], head.object[RESIDUAL] = label, performance.residual_mm
    muted = clips.make_way(head.object, label)
    clips.arrange(head.object)
    return muted


def write_arkit(head, rig, replace):
    """The ARKit keys of `rig` (Keys) on the objects that they move, as (how many were made or redrawn, how many of the user's were kept)."""
    shares = heads.shares(head, rig)
    with ExitStack() as undo:
        staged = arkit.stage(shares, undo)
        undo.pop_all()
    redrawn, kept = arkit.redraw(shares, replace)
    fresh = arkit.commit(head, staged)
    _drop(head, arkit.CLIP, [obj for obj, _ in shares])
    return fresh + redrawn, kept


def clear(head):
    """Takes off what Mimica has made for a head's object, on it and beside it: keys, actions, the kept adaptation. The number of keys."""
    count = sum(_clear(obj) for obj in [head, *companions.written(head)])
    cache.forget(head)
    _forget_label(head)
    return count


def _forget_label(head):
    for name in (LABEL, RESIDUAL):
        if name in head:
            del head[name]


def _play(obj, label, names, pending, action, wanted, start):
    """Lets an action move the keys of those names from frame `start` on, in place of the clip's earlier one."""
    before = record.read(obj)["clips"]
    earlier = before.get(label, {"action": ""})["action"]
    idle = actions.moved(obj, actions.find(earlier))
    if pending is None:
        shape_keys.commit(obj, label, shape_keys.Pending((), False), ())
    else:
        names = shape_keys.commit(obj, label, pending, names)
    shape_keys.rest(obj, idle)
    actions.assign(action, names)
    own = {made["action"]: actions.find(made["action"]) for made in before.values() if made["action"]}
    tracks.rest_below(obj, [*names, *(key for made in own.values() for key in actions.moved(obj, made))], own)
    tracks.leave_editing(obj)
    tracks.put(obj, label, action, start, earlier)
    actions.remove(earlier)
    action.name = wanted
    known = record.read(obj)
    known["clips"][label]["action"] = action.name
    record.write(obj, known)


def remove(head, clip):
    """Takes one clip off the objects of a head: its keys, its actions and their tracks."""
    for obj in clips.objects(head):
        _take_off(obj, clip)
    if head.get(LABEL) == clip:
        _forget_label(head)
    clips.arrange(head)


def _drop(head, clip, but):
    """Takes a clip off the objects beside the head that it no longer moves."""
    for obj in companions.written(head.object):
        if obj not in but:
            _take_off(obj, clip)


def _take_off(obj, clip):
    known = record.read(obj)
    if clip not in known["clips"]:
        return
    made = known["clips"].pop(clip)
    shape_keys.rest(obj, actions.moved(obj, actions.find(made["action"])))
    tracks.remove(obj, made["action"])
    actions.remove(made["action"])
    for name in made["keys"]:
        shape_keys.remove(obj, name)
    record.write(obj, known)
    if not known["clips"]:
        _clear(obj)


def _clear(obj):
    """Takes everything of Mimica's off one object; the number of keys."""
    known = record.read(obj)
    for made in known["clips"].values():
        tracks.remove(obj, made["action"])
    tracks.rest_below(obj, (), ())
    names = [name for made in known["clips"].values() for name in made["keys"]]
    for name in names:
        shape_keys.remove(obj, name)
    for made in known["clips"].values():
        actions.remove(made["action"])
    blocks = obj.data.shape_keys.key_blocks if obj.data.shape_keys else ()
    if known["basis"] and len(blocks) == 1:
        obj.shape_key_clear()
    record.write(obj, {"basis": known["basis"], "clips": {}})
    companions.forget(obj)
    return len(names)
