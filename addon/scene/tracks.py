"""Mimica's actions on NLA tracks: a track for each clip and object, named as the clip. The user's own tracks and active action stay."""

import bpy
import numpy as np

from . import actions

REST = "mimica_rest"  # on the action of the track that `rest_below` makes


def put(obj, name, action, start, replaced):
    """Lets an action play from frame `start` on: on the track of the action it takes the place of (a name), or on a new one on top."""
    animation = _animation(obj)
    track, strip = find(obj, replaced)
    if strip is not None:
        track.strips.remove(strip)
    if track is None or len(track.strips):  # there may be no room between strips that the user has put there
        track = animation.nla_tracks.new()
    track.name, track.mute = name, False
    strip = track.strips.new(name, start, action)
    slot = actions.slot_of(action)
    if slot is not None:
        strip.action_slot = slot
    strip.use_auto_blend = strip.use_sync_length = False


def find(obj, action_name):
    """(track, strip) that plays the action of that name on an object's shape keys; (None, None) where none does."""
    shape_keys = obj.data.shape_keys
    animation = shape_keys.animation_data if shape_keys else None
    for track in animation.nla_tracks if animation is not None and action_name else ():
        for strip in track.strips:
            if strip.action is not None and strip.action.name == action_name:
                return track, strip
    return None, None


def remove(obj, action_name):
    """Takes off the strip of an action, and its track where that leaves it empty."""
    leave_editing(obj)
    track, strip = find(obj, action_name)
    if strip is None:
        return
    track.strips.remove(strip)
    if not len(track.strips):
        obj.data.shape_keys.animation_data.nla_tracks.remove(track)


def span(strip):
    """First and last frame that a strip's own action plays at, without the time that `lay` lets it hold its last pose."""
    _, last = actions.length(strip.action)
    return strip.frame_start, strip.frame_start + strip.scale * max(1.0, last - strip.action_frame_start)


def lay(strip, until, fade_in, fade_out):
    """Lets a strip hold its last pose until a frame, or for ever (None); frames of fading in from what plays below, and out after `until`."""
    strip.extrapolation = "HOLD_FORWARD" if until is None else "NOTHING"
    if strip.repeat != 1.0:
        return
    _, end = span(strip)
    end = end if until is None else until + fade_out
    strip.blend_in = strip.blend_out = 0.0
    strip.action_frame_end = strip.action_frame_start + (end - strip.frame_start) / strip.scale
    strip.frame_end_raw = end
    strip.blend_in, strip.blend_out = fade_in, fade_out if until is not None else 0.0


def edit(obj, action_name):
    """Makes an action the active one, as Tab on its strip does: its curves show in the Graph editor. Nothing where there is no such strip."""
    leave_editing(obj)
    track, strip = find(obj, action_name)
    if strip is None:
        return
    animation = obj.data.shape_keys.animation_data
    for other in animation.nla_tracks:
        for one in other.strips:
            one.select = one == strip
    track.mute = False
    lay(strip, None, 0.0, 0.0)  # what the curves say is what is seen
    animation.nla_tracks.active = track
    animation.use_tweak_mode = True


def leave_editing(obj):
    """Undoes `edit`: the user's own active action is back."""
    animation = obj.data.shape_keys.animation_data if obj.data.shape_keys else None
    if animation is not None and animation.use_tweak_mode:
        animation.use_tweak_mode = False


def edited(obj):
    """The name of the action that is being edited in its strip, "" where none is."""
    animation = obj.data.shape_keys.animation_data if obj.data.shape_keys else None
    return animation.action.name if animation is not None and animation.use_tweak_mode and animation.action else ""


def moved(obj):
    """The shape keys of an object that its active action, an unmuted track or a driver moves."""
    animation = obj.data.shape_keys.animation_data
    if animation is None:
        return set()
    playing = [strip.action for track in animation.nla_tracks if not track.mute for strip in track.strips]
    driven = {driver.data_path for driver in animation.drivers if not driver.mute}
    found = {name for action in (animation.action, *playing) if action is not None for name in actions.moved(obj, action)}
    return found | {block.name for block in obj.data.shape_keys.key_blocks if block.path_from_id("value") in driven}


def take_over(obj, action, key_names):
    """Makes an action the active one in place of all that moved keys: drivers of these are muted, tracks are, and so is the earlier action's."""
    animation = _animation(obj)
    for track in animation.nla_tracks:
        track.mute = True
    before = animation.action
    if before is not None:
        track = animation.nla_tracks.new()
        track.name, track.mute = before.name, True
        strip = track.strips.new(before.name, int(actions.length(before)[0]), before)
        if getattr(animation, "action_slot", None) is not None:
            strip.action_slot = animation.action_slot
    paths = {block.path_from_id("value") for block in obj.data.shape_keys.key_blocks if block.name in key_names}
    for driver in animation.drivers:
        if driver.data_path in paths:
            driver.mute = True
    animation.action = action
    if actions.slot_of(action) is not None:
        animation.action_slot = actions.slot_of(action)


def rest_below(obj, key_names, own_actions):
    """Lets keys rest where no strip plays: Blender 5.0 and 5.1 set them to 1 there, so a track below Mimica's holds them at 0.

    Keys that the user's own tracks move are left to these. To be called before the first of Mimica's tracks is made, and when keys change.
    """
    if not (5, 0, 0) <= bpy.app.version < (5, 2, 0) or obj.data.shape_keys is None:
        return
    tracks = _animation(obj).nla_tracks
    strips = [(track, strip) for track in tracks for strip in track.strips if strip.action is not None]
    resting = next(((track, strip) for track, strip in strips if REST in strip.action), None)
    users = [strip.action for _, strip in strips if strip.action.name not in own_actions and REST not in strip.action]
    own = sorted(set(key_names) - {name for action in users for name in actions.moved(obj, action)})
    if resting:
        bpy.data.actions.remove(resting[1].action)
        for strip in list(resting[0].strips):
            resting[0].strips.remove(strip)
    if not own:
        if resting:
            tracks.remove(resting[0])
        return
    track = resting[0] if resting else tracks.new()
    action = actions.make(obj, f"Mimica Rest {obj.name}"[:63], np.zeros((1, len(own))), np.ones(len(own)), 0)
    action[REST] = True
    actions.assign(action, own)
    track.name = action.name
    strip = track.strips.new(action.name, 0, action)
    strip.action_slot, strip.extrapolation = actions.slot_of(action), "HOLD"


def _animation(obj):
    shape_keys = obj.data.shape_keys
    return shape_keys.animation_data or shape_keys.animation_data_create()
