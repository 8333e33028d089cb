"""The clips that Mimica has made on a head, in the order in which they play: which of them are heard, and how one gives way to the next."""

from dataclasses import dataclass

import bpy

from . import actions, companions, point_cache, record, rotations, shape_keys, tracks

FADE = 0.25  # s in which a clip that holds its last pose gives way to the next


@dataclass(frozen=True)
class Clip:
    """One clip on a head; first and last frame that it moves at, the pose that it then holds left out. kind: "OWN", "ARKIT" or "CACHE"."""

    name: str
    kind: str
    start: float
    end: float
    muted: bool

    def overlaps(self, other):
        return self.start < other.end and other.start < self.end


def of(head):
    """The clips of a head's object by their start."""
    found = []
    for name, made in record.read(head)["clips"].items():
        track, strip = tracks.find(head, made["action"])
        if strip is not None:
            found.append(Clip(name, "OWN" if made["keys"] else "ARKIT", *tracks.span(strip), track.mute))
    for name in record.caches(head):
        modifier, frames = point_cache.find(head, name)
        if modifier is not None:
            start = modifier.frame_start
            found.append(Clip(name, "CACHE", start, start + frames - 1, not modifier.show_viewport))
    return sorted(found, key=lambda clip: (clip.start, clip.name))


def get(head, name):
    """The clip of that name, or None."""
    return next((clip for clip in of(head) if clip.name == name), None)


def mute(head, name, muted):
    """Silences a clip on every object of the head, or lets it play again; `arrange` is to follow."""
    for obj in objects(head):
        track, _ = tracks.find(obj, _action(obj, name))
        if track is not None:
            track.mute = muted
        modifier, _ = point_cache.find(obj, name)
        if modifier is not None:
            modifier.show_viewport = modifier.show_render = not muted
    rotations.mute(head, name, muted)


def make_way(head, name):
    """Mutes the clips that lie where the clip of that name plays; their names. `arrange` is to follow."""
    mine = get(head, name)
    others = [clip.name for clip in of(head) if clip.name != name and not clip.muted and clip.overlaps(mine)] if mine else []
    for other in others:
        mute(head, other, True)
    return others


def arrange(head):
    """Lets every clip hold its last pose until the next one of the head begins, and fade over into that; what no clip moves rests."""
    playing = [clip for clip in of(head) if not clip.muted]
    after = {clip.name: later for clip, later in zip(playing, playing[1:], strict=False)}
    before = {later.name: clip for clip, later in zip(playing, playing[1:], strict=False)}
    for obj in objects(head):
        tracks.leave_editing(obj)
        for clip in playing:
            later = after.get(clip.name)
            until, fade_out = (later.start, _fade(later)) if later else (None, 0.0)
            fade_in = _fade(clip) if clip.name in before else 0.0
            _, strip = tracks.find(obj, _action(obj, clip.name))
            if strip is not None:
                tracks.lay(strip, until, fade_in, fade_out)
            point_cache.lay(obj, clip.name, until, fade_in, fade_out)
        _rest_idle(obj, {clip.name for clip in playing})


def edit(head, name):
    """Opens a clip's curves for editing on every object of the head, on the head's own last, so that they are the ones shown."""
    for obj in reversed(objects(head)):
        tracks.edit(obj, _action(obj, name))


def finish_editing(head):
    """Puts the clip that is being edited back; its name, "" where none was."""
    name = edited(head)
    for obj in objects(head):
        tracks.leave_editing(obj)
    if name:
        arrange(head)
    return name


def edited(head):
    """The name of the clip that is being edited, "" where none is."""
    action = tracks.edited(head)
    return next((name for name, made in record.read(head)["clips"].items() if action and made["action"] == action), "")


def unknown(head, name):
    """What to tell the user of a clip that is not there."""
    there = ", ".join(f"'{clip.name}'" for clip in of(head)) or "none"
    return f"'{head.name}' has no clip '{name}'; it has {there}."


def objects(head):
    """The head's object and those beside it that carry Mimica's keys for it."""
    return [head, *companions.written(head)]


def _action(obj, name):
    return record.read(obj)["clips"].get(name, {"action": ""})["action"]


def _fade(later):
    """Frames in which the clip before gives way to `later`."""
    render = bpy.context.scene.render
    return min(FADE * render.fps / render.fps_base, (later.end - later.start) / 2)


def _rest_idle(obj, playing):
    """Sets the keys to nought that only muted clips move: Blender leaves them as they were last."""
    moved = {True: set(), False: set()}
    for name, made in record.read(obj)["clips"].items():
        moved[name in playing].update(actions.moved(obj, actions.find(made["action"])))
    shape_keys.rest(obj, moved[False] - moved[True])
