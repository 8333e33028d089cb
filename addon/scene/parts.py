"""The parts of a head on its objects: a colour overlay, and vertex groups in which the user corrects them."""

import numpy as np

from ...core.head.parts import NAMES
from . import mesh

OVERLAY = "Mimica parts"
BEFORE = "mimica_colour_before"  # on an object: the name of the colour attribute that was active before the overlay
COLOURS = {
    "skin": (0.80, 0.58, 0.48),
    "mouth_bag": (0.45, 0.05, 0.12),
    "eye_right": (0.05, 0.35, 0.95),
    "eye_left": (0.10, 0.75, 0.95),
    "teeth_upper": (0.95, 0.95, 0.75),
    "teeth_lower": (0.95, 0.85, 0.10),
    "tongue": (0.95, 0.15, 0.45),
    "lashes": (0.45, 0.10, 0.85),
    "brows": (0.95, 0.45, 0.05),
    "hair": (0.25, 0.14, 0.06),
    "clothes": (0.10, 0.55, 0.20),
    "other": (0.35, 0.35, 0.38),
}


def show(head, kind):
    """Colours every object of a head by kind (V,), an index into core's part names, and puts its vertices into groups of these names."""
    for piece in head.pieces:
        own = kind[piece.rows]
        _colour(piece.object, own)
        _group(piece.object, own)


def hide(objects):
    """Takes the overlay off; the groups stay. The number of objects that had one."""
    count = 0
    for obj in objects:
        attributes = obj.data.color_attributes
        overlay = attributes.get(OVERLAY)
        if overlay is None:
            continue
        attributes.remove(overlay)
        before = obj.pop(BEFORE, "")
        if before in attributes:
            attributes.active_color = attributes[before]
        count += 1
    return count


def forget(objects):
    """Takes the vertex groups of parts away, and the user's corrections with them."""
    for obj in objects:
        for name in NAMES:
            group = obj.vertex_groups.get(mesh.GROUP + name)
            if group is not None:
                obj.vertex_groups.remove(group)


def summary(kind):
    """The parts that there are, for the user to read."""
    return ", ".join(name.replace("_", " ") for index, name in enumerate(NAMES) if (kind == index).any())


def shown(obj):
    """Whether the overlay is on an object."""
    return OVERLAY in obj.data.color_attributes


def _colour(obj, kind):
    attributes = obj.data.color_attributes
    if OVERLAY not in attributes:
        active = attributes.active_color
        obj[BEFORE] = active.name if active is not None else ""
    overlay = attributes.get(OVERLAY) or attributes.new(OVERLAY, "BYTE_COLOR", "POINT")
    table = np.array([(*COLOURS[name], 1.0) for name in NAMES], np.float32)
    overlay.data.foreach_set("color", table[kind].ravel())
    attributes.active_color = overlay
    obj.data.update()


def _group(obj, kind):
    for index, name in enumerate(NAMES):
        members = np.flatnonzero(kind == index)
        group = obj.vertex_groups.get(mesh.GROUP + name)
        if group is not None:
            group.remove(range(len(kind)))
        if len(members):
            group = group or obj.vertex_groups.new(name=mesh.GROUP + name)
            group.add(members.tolist(), 1.0, "REPLACE")
