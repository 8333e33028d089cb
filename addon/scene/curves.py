"""F-curves on any datablock, frame by frame, straight in between; the same in every Blender."""

import bpy
import numpy as np

LAYER = "Mimica"
MAX_NAME = 63


def new_action(name, kind, owner):
    """(action, its F-curves to add to) for a datablock of a kind such as "OBJECT" or "KEY", named `owner`; not yet in use."""
    action = bpy.data.actions.new(name[:MAX_NAME])
    if not hasattr(action, "layers"):
        return action, action.fcurves
    slot = action.slots.new(id_type=kind, name=owner)
    return action, action.layers.new(LAYER).strips.new(type="KEYFRAME").channelbag(slot, ensure=True).fcurves


def add(curves, path, index, frames, values):
    """One curve through values (M,) at scene frames (M,)."""
    curve = curves.new(path, index=index)
    points = curve.keyframe_points
    points.add(len(frames))
    points.foreach_set("co", np.column_stack((frames, values)).astype(np.float32).ravel())
    linear = bpy.types.Keyframe.bl_rna.properties["interpolation"].enum_items["LINEAR"].value
    points.foreach_set("interpolation", np.full(len(frames), linear, np.int32))
    curve.update()


def use(target, action):
    """Makes an action of `new_action` the active one of a datablock."""
    animation = target.animation_data or target.animation_data_create()
    animation.action = action
    if getattr(action, "slots", None):
        animation.action_slot = action.slots[0]


def value_path(block):
    """The data path of a shape key's value."""
    return f'key_blocks["{bpy.utils.escape_identifier(block.name)}"].value'
