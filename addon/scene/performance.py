"""A performance or a set of keys on the objects of a head, and all of it off again."""

from contextlib import ExitStack

from ...core.errors import ValueRangeError
from . import actions, arkit, cache, clips, companions, heads, point_cache, record, rotations, shape_keys, tracks

LABEL = "mimica_label"
RESIDUAL = "mimica_residual_mm"
MAX_NAME = 63


def write(head, performance, start, rig=None, onto_arkit=False, recipe=""):
    """Keys, action and track of a performance, from frame `start` on, in place of the clip that had its label.

    onto_arkit: its weights are those of ARKit keys; of these, the ones that are not there yet come from `rig` (Keys).
    recipe: text of the sequence that it comes from. The names of the clips that lay in its place and are muted now.
    """
    label = _free(performance.label)
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
            action = actions.make(obj, wanted[obj], keys.weights, tolerance, start, recipe)
            undo.callback(actions.discard, action)
            made.append((obj, keys.names, pending, action))
        undo.pop_all()  # all of it is there: nothing will be taken back
    arkit.commit(head, staged)
    _drop(head, label, [obj for obj, _ in shares])
    for obj, names, pending, action in made:
        point_cache.remove(obj, label)
        _play(obj, label, names, pending, action, wanted[obj], start)
        companions.note(head.object, obj)
    head.object[LABEL], head.object[RESIDUAL] = label, performance.residual_mm
    return _settle(head.object, label)


def write_cache(head, label, motion, start, folder, recipe=""):
    """Motion (F, V, 3) of a head as a vertex cache in a folder, from frame `start` on, in place of the clip that had its label.

    The names of the clips that lay in its place and are muted now.
    """
    label = _free(label)
    with ExitStack() as undo:
        staged = point_cache.stage(head, motion, label, folder, undo)
        undo.pop_all()
    _drop(head, label, [obj for obj, _ in staged])
    point_cache.commit(head.object, label, staged, start, len(motion), recipe)
    for obj, _ in staged:
        _drop_keyed(obj, label)
        if not record.read(obj)["clips"]:
            _clear(obj)
    if head.object.get(LABEL) == label:
        _forget_label(head.object)
    return _settle(head.object, label)


def _free(label):
    if label == arkit.CLIP:
        raise ValueRangeError(f"A clip cannot be named '{label}', which stands for the 52 keys. Give it another name.")
    return label


def _settle(head, label):
    muted = clips.make_way(head, label)
    clips.arrange(head)
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


def clear(head, files=False):
    """Takes off what Mimica has made for a head's object, on it and beside it: keys, actions, caches, the kept adaptation.

    files: deletes the caches' files as well, which no undo brings back. (number of keys, number of caches)
    """
    count, paths = 0, []
    for obj in clips.objects(head):
        paths += [point_cache.remove(obj, label) for label in record.caches(obj)]
        count += _clear(obj)
    for path in filter(None, paths if files else ()):
        path.unlink(missing_ok=True)
    cache.forget(head)
    _forget_label(head)
    return count, len(paths)


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
    rotations.remove(head, clip)
    if head.get(LABEL) == clip:
        _forget_label(head)
    clips.arrange(head)


def _drop(head, clip, but):
    """Takes a clip off the objects beside the head that it no longer moves."""
    for obj in companions.written(head.object):
        if obj not in but:
            _take_off(obj, clip)


def _take_off(obj, clip):
    point_cache.remove(obj, clip)
    _drop_keyed(obj, clip)
    if not record.read(obj)["clips"]:
        _clear(obj)


def _drop_keyed(obj, clip):
    """Takes a clip's action, track and keys off one object."""
    known = record.read(obj)
    made = known["clips"].pop(clip, None)
    if made is None:
        return
    shape_keys.rest(obj, actions.moved(obj, actions.find(made["action"])))
    tracks.remove(obj, made["action"])
    actions.remove(made["action"])
    for name in made["keys"]:
        shape_keys.remove(obj, name)
    record.write(obj, known)


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
    if not record.caches(obj):
        companions.forget(obj)
    return len(names)
