"""Weights as one action of F-curves on shape keys; every difference between Blender's kinds of action is here."""

import bpy
import numpy as np

LAYER = "Mimica"
RECIPE = "mimica_recipe"  # on an action: the text of the sequence that it comes from


def make(obj, name, weights, tolerance, start, recipe="", step=1):
    """A new action for the object's shape keys, not yet in use: one F-curve a column of weights (F, K), every `step` frames from `start` on.

    Each curve is smooth (Bezier) and within its own tolerance (K,) at every row, with few keys; None makes a key a row, straight in between.
    Nothing is left where that fails.
    """
    action = bpy.data.actions.new(name)
    try:
        curves = _curves(action, obj.data.shape_keys)
        for index, values in enumerate(weights.T.astype(np.float64)):
            curve = curves.new(f"{index}")
            if tolerance is None:
                _fill_every(curve, values, start, step)
            else:
                _fill(curve, values, float(tolerance[index]), start, step)
        if recipe:
            action[RECIPE] = recipe
        action.use_fake_user = True  # a clip whose track is deleted stays in the file
    except BaseException:
        bpy.data.actions.remove(action)
        raise
    return action


def assign(action, key_names):
    """Lets an action that `make` made move the keys of those names, in the order of its curves."""
    for curve, name in zip(curves_of(action), key_names, strict=True):
        curve.data_path = f'key_blocks["{bpy.utils.escape_identifier(name)}"].value'


def moved(obj, action):
    """The shape keys of an object that an action moves; none where it is None."""
    paths = {curve.data_path for curve in curves_of(action)} if action is not None else ()
    blocks = obj.data.shape_keys.key_blocks if paths and obj.data.shape_keys else ()
    return [block.name for block in blocks if block.path_from_id("value") in paths]


def length(action):
    """First and last frame that an action has keys at."""
    first, last = action.curve_frame_range
    return float(first), float(last)


def find(name):
    """The action of that name, or None."""
    return bpy.data.actions.get(name)


def discard(action):
    """Deletes an action that was made and is not wanted after all."""
    bpy.data.actions.remove(action)


def remove(name):
    """Deletes an action, if it is there."""
    action = bpy.data.actions.get(name)
    if action is not None:
        bpy.data.actions.remove(action)


def slot_of(action):
    """The slot of an action that `make` made, None where Blender's actions have none."""
    return action.slots[0] if getattr(action, "slots", None) else None


def curves_of(action):
    """The F-curves of an action that `make` made, also where the user has added layers to it since."""
    if not hasattr(action, "layers"):
        return list(action.fcurves)
    bags = [bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags]
    return [curve for bag in bags for curve in bag.fcurves]


def _curves(action, shape_keys):
    """The F-curves to add to: in a slot and a layer from Blender 4.4 on, plain before."""
    if not hasattr(action, "layers"):
        return action.fcurves
    slot = action.slots.new(id_type="KEY", name=shape_keys.name)
    strip = action.layers.new(LAYER).strips.new(type="KEYFRAME")
    return strip.channelbag(slot, ensure=True).fcurves


def _fill(curve, values, tolerance, start, step):
    from ...core.motion.curves import fit  # scipy is loaded for the first clip, not for a panel that lists clips

    made = fit(values, tolerance)
    points = curve.keyframe_points
    points.add(len(made.frames))
    for name, pairs in (("co", np.column_stack((made.frames, made.values))), ("handle_left", made.left), ("handle_right", made.right)):
        points.foreach_set(name, (pairs * [step, 1.0] + [start, 0.0]).astype(np.float32).ravel())
    for name, item in (("interpolation", "BEZIER"), ("handle_left_type", "ALIGNED"), ("handle_right_type", "ALIGNED")):
        points.foreach_set(name, np.full(len(made.frames), _number(name, item), np.int32))
    curve.update()


def _fill_every(curve, values, start, step):
    points = curve.keyframe_points
    points.add(len(values))
    points.foreach_set("co", np.column_stack((start + step * np.arange(len(values)), values)).astype(np.float32).ravel())
    points.foreach_set("interpolation", np.full(len(values), _number("interpolation", "LINEAR"), np.int32))
    curve.update()


def _number(name, item):
    return bpy.types.Keyframe.bl_rna.properties[name].enum_items[item].value
