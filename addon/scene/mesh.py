"""A Blender mesh as core's arrays, and the user's corrections of its parts."""

import numpy as np

from ...core.errors import MeshError

GROUP = "Mimica "  # before a part's name: the vertex group of those that belong to it
MEMBER = 0.5  # weight above which a vertex belongs to a group


def neutral_block(obj):
    """The shape key that is the object's neutral, or None where it has no keys. MeshError where the chosen one is not there."""
    shape_keys = obj.data.shape_keys
    chosen = obj.mimica_neutral
    if not chosen:
        return shape_keys.reference_key if shape_keys else None
    block = shape_keys.key_blocks.get(chosen) if shape_keys else None
    if block is None:
        raise MeshError(f"'{obj.name}' has no shape key '{chosen}', which is chosen as its neutral. Choose another in the panel Keys.")
    return block


def points(source, count):
    """The vertices (count, 3) float32 of a mesh or of a shape key."""
    made = np.empty(3 * count, np.float32)
    source.foreach_get("co", made)
    return made.reshape(-1, 3)


def vertices(obj):
    """The neutral vertices (V, 3) float64 of an object, in its own space. Modifiers are not applied."""
    mesh, block = obj.data, neutral_block(obj)
    return points(mesh.vertices if block is None else block.data, len(mesh.vertices)).astype(np.float64)


def triangles(obj):
    """The triangles (T, 3) int32 of an object."""
    mesh = obj.data
    mesh.calc_loop_triangles()
    made = np.empty(3 * len(mesh.loop_triangles), np.int32)
    mesh.loop_triangles.foreach_get("vertices", made)
    return made.reshape(-1, 3)


def corrections(obj, names, unset):
    """Index (V,) uint8 into part `names` of every vertex in a group "Mimica <name>", `unset` elsewhere; None where there is no such group."""
    part_of = {group.index: names.index(group.name[len(GROUP) :]) for group in obj.vertex_groups if _is_part(group.name, names)}
    if not part_of:
        return None
    made = np.full(len(obj.data.vertices), unset, np.uint8)
    for vertex in obj.data.vertices:
        heaviest = max(((slot.weight, part_of[slot.group]) for slot in vertex.groups if slot.group in part_of), default=(0.0, unset))
        if heaviest[0] > MEMBER:
            made[vertex.index] = heaviest[1]
    return made


def _is_part(group_name, names):
    return group_name.startswith(GROUP) and group_name[len(GROUP) :] in names
