"""Weights as one action of F-curves on shape keys; every difference between Blender's animation systems is here."""

import bpy
import numpy as np

from ...core.motion.curves import thin

LAYER = "Mimica"


def make(obj, name, weights, tolerance, start):
    """A new action for the object's shape keys, not yet in use: one F-curve a column of weights (F, K) from frame `start` on.

    Each curve is thinned to its own tolerance (K,), with straight lines between keys. Nothing is left where that fails.
    """
    action = bpy.data.actions.new(name)
    try:
        curves = _curves(action, obj.data.shape_keys)
        for index, values in enumerate(weights.T.astype(np.float64)):
            _fill(curves.new(f"{index}"), values, float(tolerance[index]), start)
        action.use_fake_user = True  # a clip that another has taken the place of stays in the file
    except BaseException:
        bpy.data.actions.remove(action)
        raise
    return action


def assign(obj, action, key_names):
    """Lets an action that `make` made move the keys of those names, in the order of its curves."""
    shape_keys = obj.data.shape_keys
    for curve, name in zip(_own_curves(action), key_names, strict=True):
        curve.data_path = f'key_blocks["{bpy.utils.escape_identifier(name)}"].value'
    animation = shape_keys.animation_data or shape_keys.animation_data_create()
    animation.action = action
    if hasattr(action, "slots"):
        animation.action_slot = action.slots[0]


def release(obj, own_names):
    """Takes the active action off where it is Mimica's own."""
    animation = obj.data.shape_keys.animation_data if obj.data.shape_keys else None
    if animation is not None and animation.action is not None and animation.action.name in own_names:
        animation.action = None


def make_room(obj, own_names):
    """Frees the place of the active action: one that is not Mimica's own moves to an NLA track below, where it goes on playing."""
    shape_keys = obj.data.shape_keys
    animation = shape_keys.animation_data if shape_keys else None
    if animation is None or animation.action is None:
        return
    action = animation.action
    if action.name not in own_names:
        slot = getattr(animation, "action_slot", None)
        track = animation.nla_tracks.new()
        track.name = action.name
        strip = track.strips.new(action.name, int(action.frame_range[0]), action)
        if slot is not None:
            strip.action_slot = slot
    animation.action = None


def moved_by_own(obj, own_names):
    """The shape keys that the active action moves, where it is one of Mimica's own."""
    shape_keys = obj.data.shape_keys
    action = shape_keys.animation_data.action if shape_keys and shape_keys.animation_data else None
    if action is None or action.name not in own_names:
        return []
    paths = {curve.data_path for curve in _own_curves(action)}
    return [block.name for block in shape_keys.key_blocks if block.path_from_id("value") in paths]


def discard(action):
    """Deletes an action that was made and is not wanted after all."""
    bpy.data.actions.remove(action)


def remove(name):
    """Deletes an action, if it is there."""
    action = bpy.data.actions.get(name)
    if action is not None:
        bpy.data.actions.remove(action)


def _curves(action, shape_keys):
    """The F-curves to add to: in a slot and a layer from Blender 4.4 on, plain before."""
    if not hasattr(action, "layers"):
        return action.fcurves
    slot = action.slots.new(id_type="KEY", name=shape_keys.name)
    strip = action.layers.new(LAYER).strips.new(type="KEYFRAME")
    return strip.channelbag(slot, ensure=True).fcurves


def _own_curves(action):
    """The F-curves of an action that `make` made, also where the user has added layers to it since."""
    if not hasattr(action, "layers"):
        return list(action.fcurves)
    bags = [bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags]
    return [curve for bag in bags for curve in bag.fcurves]


def _fill(curve, values, tolerance, start):
    kept = thin(values, tolerance)
    points = curve.keyframe_points
    points.add(len(kept))
    points.foreach_set("co", np.column_stack((kept + start, values[kept])).astype(np.float32).ravel())
    points.foreach_set("interpolation", np.full(len(kept), _linear(), np.int32))
    curve.update()


def _linear():
    return bpy.types.Keyframe.bl_rna.properties["interpolation"].enum_items["LINEAR"].value
