"""The preview of a sequence: a clip under a name of its own, which the next preview, Keep or Discard takes the place of."""

import contextlib
import json

from . import cache, clips, performance
from .sequence import PREVIEW, WAITING, has_preview


def write(head, made, start):
    """Shows a Performance made under the name PREVIEW; clips that lie in its place wait."""
    obj = head.object
    for name in _waiting(obj):
        clips.mute(obj, name, False)
    waiting = performance.write(head, made, start)
    cache.store(head, made.adaptation)
    obj[WAITING] = json.dumps(waiting)


@contextlib.contextmanager
def giving_way(obj):
    """For what is written while it is open it is as if there were no preview; then the preview, if there is one, is taken off.

    Not before: were its keys the only ones, the datablock of shape keys would be made anew within one step, after which Blender's undo crashes.
    """
    waiting = _waiting(obj)
    shown = has_preview(obj)
    if shown:
        _swap(obj, waiting, preview=False)
    try:
        yield
    except BaseException:
        if shown:
            _swap(obj, waiting, preview=True)
        raise
    if shown:
        del obj[WAITING]
        performance.remove(obj, PREVIEW)


def discard(obj):
    """Takes the preview off; the clips that waited for it play again."""
    with giving_way(obj):
        pass


def _swap(obj, waiting, *, preview):
    """Lets the preview play, or the clips that wait for it."""
    for name in waiting:
        clips.mute(obj, name, preview)
    clips.mute(obj, PREVIEW, not preview)
    clips.arrange(obj)


def _waiting(obj):
    there = {clip.name for clip in clips.of(obj)}
    return [name for name in json.loads(obj.get(WAITING, "[]")) if name in there]
