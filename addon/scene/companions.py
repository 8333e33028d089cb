"""The other objects that make up a head: eyes, teeth, lashes, hair."""

import contextlib

import bpy
import numpy as np

HEAD = "mimica_head"  # on an object that Mimica has written keys on for a head: that head
SMALLER = 0.7  # of the head's size; what only lies within the head's bounds is smaller than this
GROWN = 0.1  # of the head's size, around its bounds


def of(head):
    """The mesh objects, by name, that go with a head as its setting says."""
    choice = head.mimica_companions
    if choice == "NONE":
        return []
    others = [obj for obj in bpy.context.view_layer.objects if obj is not head and _usable(obj)]
    if choice == "SELECTED":
        found = [obj for obj in others if obj.select_get()]
    else:
        bounds = _bounds(head)
        armature = _armature(head)
        found = [obj for obj in others if _belongs(obj, head, armature, bounds)]
    return sorted(found, key=lambda obj: obj.name)


def written(head):
    """The objects beside the head that carry keys which Mimica has made for it."""
    return [obj for obj in bpy.data.objects if obj.get(HEAD) == head and obj.type == "MESH"]


def note(head, obj):
    """Remembers on an object beside the head whose keys it carries."""
    if obj != head:
        obj[HEAD] = head


def forget(obj):
    """Undoes `note`."""
    if HEAD in obj:
        del obj[HEAD]


@contextlib.contextmanager
def at_rest(objects):
    """For as long as it is open the armatures behind `objects` show their rest position, so that a pose changes no result."""
    posed = {armature for obj in objects for armature in _armatures(obj) if armature.pose_position == "POSE"}
    try:
        for armature in posed:
            armature.pose_position = "REST"
        bpy.context.view_layer.update()
        yield
    finally:
        for armature in posed:
            armature.pose_position = "POSE"
        if posed:
            bpy.context.view_layer.update()


def _usable(obj):
    if obj.type != "MESH" or obj.library or obj.data.library or obj.display_type in {"BOUNDS", "WIRE"}:
        return False
    return bool(obj.data.polygons) and obj.visible_get()


def _belongs(obj, head, armature, bounds):
    if head in _ancestors(obj):
        return True
    low, high = _bounds(obj)
    margin = GROWN * (bounds[1] - bounds[0])
    if armature is not None and _armature(obj) == armature:
        middle = (low + high) / 2
        return bool((middle > bounds[0] - margin).all() and (middle < bounds[1] + margin).all())
    inside = (low >= bounds[0]).all() and (high <= bounds[1]).all()
    return bool(inside and np.linalg.norm(high - low) < SMALLER * np.linalg.norm(bounds[1] - bounds[0]))


def _ancestors(obj):
    while obj.parent is not None:
        obj = obj.parent
        yield obj


def _armature(obj):
    """The armature that deforms an object or carries it."""
    return obj.find_armature() or next((one for one in _ancestors(obj) if one.type == "ARMATURE"), None)


def _armatures(obj):
    """Every armature's data that has a say in where an object is."""
    found = [obj.find_armature(), *_ancestors(obj)]
    found += [getattr(constraint, "target", None) for constraint in obj.constraints]
    return {other.data for other in found if other is not None and other.type == "ARMATURE"}


def _bounds(obj):
    """Lowest and highest corner (3,) of an object's box, in world space."""
    corners = np.array([corner[:] for corner in obj.bound_box]) @ np.array(obj.matrix_world.to_3x3()).T
    corners += np.array(obj.matrix_world.translation)
    return corners.min(axis=0), corners.max(axis=0)
