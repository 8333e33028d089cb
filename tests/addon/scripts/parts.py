"""What the scripts that run inside Blender share."""

import importlib

import bpy
import mathutils
import numpy as np

PACKAGE = "bl_ext.user_default.mimica"


def module(name):
    """A module of the installed extension."""
    return importlib.import_module(f"{PACKAGE}.{name}")


def head_of(obj):
    """An object, and what goes with it, as the add-on collects it."""
    return module("addon.scene.heads").collect(obj)


def empty_scene():
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True, load_ui=False)


def import_head(path):
    bpy.ops.wm.obj_import(filepath=path)
    return bpy.context.object


def mesh_object(name, vertices, triangles):
    """A new object of those arrays, linked, active and selected alone."""
    data = bpy.data.meshes.new(name)
    data.from_pydata(np.asarray(vertices).tolist(), [], np.asarray(triangles).tolist())
    obj = bpy.data.objects.new(name, data)
    bpy.context.collection.objects.link(obj)
    activate(obj)
    return obj


def vector(values):
    return mathutils.Vector([float(value) for value in values])


def activate(obj):
    for other in bpy.context.view_layer.objects:
        other.select_set(False)
    bpy.context.view_layer.objects.active = obj
    if obj is not None:
        obj.select_set(True)


def key_names(obj):
    return [block.name for block in obj.data.shape_keys.key_blocks] if obj.data.shape_keys else []


def actions():
    """The names of all actions, but for the one that lets keys rest in Blender 5.0 and 5.1."""
    return sorted(action.name for action in bpy.data.actions if "mimica_rest" not in action)


def tracks(obj):
    """(name, muted, [(action, first frame) of each strip]) of the NLA tracks on an object's shape keys, but for the one that lets keys rest."""
    animation = obj.data.shape_keys.animation_data if obj.data.shape_keys else None
    found = []
    for track in animation.nla_tracks if animation is not None else ():
        strips = [(strip.action.name, strip.frame_start) for strip in track.strips if "mimica_rest" not in strip.action]
        if strips:
            found.append((track.name, track.mute, strips))
    return found


def error_of(operator, **arguments):
    """The message that an operator fails with; "" where it does not fail."""
    try:
        operator(**arguments)
    except (RuntimeError, TypeError) as error:
        return str(error)
    return ""


def evaluated(obj, frame):
    """The vertices (V, 3) of an object as Blender shows them at a frame; None for the one that is shown."""
    if frame is not None:
        bpy.context.scene.frame_set(frame)
    made = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    points = np.empty(3 * len(made.vertices), np.float32)
    made.vertices.foreach_get("co", points)
    return points.reshape(-1, 3)


def evaluated_own(obj, frame):
    """`evaluated` at a frame that may have a fraction, without modifiers that add vertices."""
    hidden = [modifier for modifier in obj.modifiers if modifier.type == "SUBSURF" and modifier.show_viewport]
    for modifier in hidden:
        modifier.show_viewport = False
    bpy.context.scene.frame_set(int(frame), subframe=frame - int(frame))
    made = evaluated(obj, None)
    for modifier in hidden:
        modifier.show_viewport = True
    return made


def snapshot():
    """All that a failed operator must leave as it was."""
    objects = {
        obj.name: (sorted(obj.keys()), key_names(obj) if obj.type == "MESH" else None, obj.animation_data is None)
        for obj in bpy.data.objects
    }
    return {
        "objects": objects,
        "actions": sorted(bpy.data.actions.keys()),
        "tracks": {obj.name: tracks(obj) for obj in bpy.data.objects if obj.type == "MESH"},
        "meshes": {mesh.name: len(mesh.vertices) for mesh in bpy.data.meshes},
        "keys": len(bpy.data.shape_keys),
        "frame": bpy.context.scene.frame_current,
        "active": getattr(bpy.context.object, "name", None),
    }
