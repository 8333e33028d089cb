"""The preview of a sequence: a clip under a name of its own, which the next preview, Keep or Discard takes the place of."""

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


def discard(obj):
    """Takes the preview off; the clips that waited for it play again. Whether there was one."""
    if not has_preview(obj):
        return False
    waiting = _waiting(obj)
    del obj[WAITING]
    performance.remove(obj, PREVIEW)
    for name in waiting:
        clips.mute(obj, name, False)
    clips.arrange(obj)
    return True


def _waiting(obj):
    there = {clip.name for clip in clips.of(obj)}
    return [name for name in json.loads(obj.get(WAITING, "[]")) if name in there]
