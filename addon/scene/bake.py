"""What the timeline shows of a head's shape keys as plain keyframes on one active action, which plays where Mimica is not installed."""

from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np

from ...core.errors import MeshError
from . import actions, clips, record, tracks

TOLERANCE = 0.001  # of a slider: how far a thinned curve may be off
MAX_NAME = 63


@dataclass(frozen=True)
class Baked:
    """For one object: its action, not yet in use, the keys that it moves and where its drivers are."""

    object: object
    action: object
    keys: tuple[str, ...]


def refuse(head):
    """MeshError where there is nothing to bake, or something that keys cannot show."""
    caches = [clip.name for clip in clips.of(head) if clip.kind == "CACHE" and not clip.muted]
    if caches:
        raise MeshError(
            f"'{caches[0]}' on '{head.name}' is a vertex cache, which is no keyframes. Convert it into keys, or mute it, then bake again."
        )
    if head.data.shape_keys is None:
        raise MeshError(f"'{head.name}' has no shape keys to bake. Generate a clip first, or make ARKit keys and animate them.")


def write(head, sampled, step, thinned, name):
    """Sampled weights of the objects of a head (`exporting.Sampled`, every `step` frames) as their active actions, named `name` or as the object.

    Drivers of baked keys are muted; so are NLA tracks, and the earlier active action becomes one. (number of keys, number of keyframes)
    """
    made = []
    with ExitStack() as undo:
        for obj, weights in zip(sampled.objects, sampled.weights, strict=True):
            if not weights.shape[1]:
                continue
            one = _make(obj, weights, sampled.frames[0], step, thinned, name or f"{obj.name} baked", recipe(head, sampled.frames))
            undo.callback(actions.discard, one.action)
            made.append(one)
        undo.pop_all()
    if not any(one.keys for one in made):
        for one in made:
            actions.discard(one.action)
        raise MeshError(f"No shape key of '{head.name}' is animated or driven in frames {sampled.frames[0]} to {sampled.frames[-1]}.")
    for one in made:
        tracks.leave_editing(one.object)
        tracks.take_over(one.object, one.action, one.keys)
    points = sum(len(curve.keyframe_points) for one in made for curve in actions.curves_of(one.action))
    return sum(len(one.keys) for one in made), points


def recipe(head, frames):
    """The text of the sequence that plays in those frames, "" where none does, or several."""
    playing = [clip for clip in clips.of(head) if not clip.muted and clip.start <= frames[-1] and clip.end >= frames[0]]
    known = record.read(head)["clips"]
    found = [actions.find(known[clip.name]["action"]) for clip in playing]
    return found[0].get(actions.RECIPE, "") if len(found) == 1 and found[0] is not None else recipe_of_active(head)


def recipe_of_active(head):
    """The text of the sequence that the active action of a head's shape keys was baked from, "" where there is none."""
    animation = head.data.shape_keys.animation_data if head.data.shape_keys else None
    action = animation.action if animation is not None else None
    return action.get(actions.RECIPE, "") if action is not None else ""


def _make(obj, weights, first, step, thinned, name, text):
    shape_keys = obj.data.shape_keys
    moved = tracks.moved(obj)
    blocks = shape_keys.key_blocks[1:]
    chosen = [index for index, block in enumerate(blocks) if block.name in moved or np.ptp(weights[:, index]) > 0.0]
    keys = tuple(blocks[index].name for index in chosen)
    tolerance = np.full(len(chosen), TOLERANCE) if thinned else None
    action = actions.make(obj, name[:MAX_NAME], weights[:, chosen], tolerance, first, text, step)
    actions.assign(action, keys)
    return Baked(obj, action, keys)
