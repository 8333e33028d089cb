"""Landmarks as named empties on a head, to be dragged in the view. Their locations are in the head object's own space."""

import bpy
import numpy as np

from ...core.errors import LandmarkError

INDEX = "mimica_landmark"  # on an empty: which landmark it is
NINE = "mimica_nine"  # on an empty: which of the nine points placed by hand
COLLECTION = "Mimica Landmarks "
SIZE = 0.01  # of the face's
NINE_SIZE = 0.06
UNSURE = 0.45  # confidence below which a landmark is shown as one to look at
MAX_NAME = 63
# First index, shape, name of each point; the person's own right and left
GROUPS = (
    (0, "PLAIN_AXES", ["contour"] * 8 + ["chin"] + ["contour"] * 8),
    (17, "CUBE", [f"brow right {n}" for n in range(1, 6)] + [f"brow left {n}" for n in range(1, 6)]),
    (27, "CONE", [f"nose ridge {n}" for n in range(1, 4)] + ["nose tip"] + [f"nose base {n}" for n in range(1, 6)]),
    (36, "SPHERE", [f"eye right {n}" for n in ("outer", "upper 1", "upper 2", "inner", "lower 1", "lower 2")]),
    (42, "SPHERE", [f"eye left {n}" for n in ("inner", "upper 1", "upper 2", "outer", "lower 1", "lower 2")]),
    (48, "CUBE", ["mouth right", *(f"upper lip edge {n}" for n in range(1, 6))]),
    (54, "CUBE", ["mouth left", *(f"lower lip edge {n}" for n in range(1, 6))]),
    (60, "SPHERE", ["inner mouth right", *(f"upper lip inside {n}" for n in range(1, 4))]),
    (64, "SPHERE", ["inner mouth left", *(f"lower lip inside {n}" for n in range(1, 4))]),
)
CONTOUR = range(17)


def show(head, points, confidence):
    """68 empties at points (68, 3) of the head object's space, in place of those that are there; unsure ones are larger and carry their name."""
    hide(head)
    rows = [(first + n, kind, name) for first, kind, names in GROUPS for n, name in enumerate(names)]
    collection = _collection(head)
    size = SIZE * float(np.ptp(points, axis=0).max())
    for (index, kind, name), point in zip(rows, np.asarray(points).tolist(), strict=True):
        empty = _empty(head, collection, f"Mimica {index:02d} {name}", point)
        empty[INDEX] = index
        empty.empty_display_type, empty.empty_display_size = kind, size
        if confidence[index] < UNSURE and index not in CONTOUR:
            empty.show_name, empty.empty_display_size = True, 2 * size


def show_nine(head, points, names):
    """Nine empties to be put on the face by hand, at first at points (9, 3) of the head object's space."""
    hide(head)
    collection = _collection(head)
    size = NINE_SIZE * float(np.ptp(points, axis=0).max())
    for index, (name, point) in enumerate(zip(names, np.asarray(points).tolist(), strict=True)):
        empty = _empty(head, collection, f"Mimica {name}", point)
        empty[NINE] = index
        empty.empty_display_type, empty.empty_display_size, empty.show_name = "SPHERE", size, True


def hide(head):
    """Takes the head's empties away, and the collection where nothing else is in it."""
    layer = bpy.context.view_layer
    for empty in [*_of(head, INDEX), *_of(head, NINE)]:
        if layer.objects.active == empty:
            layer.objects.active = head
        homes = empty.users_collection
        bpy.data.objects.remove(empty)
        for home in homes:
            if home.name.startswith(COLLECTION) and not home.objects and not home.children:
                bpy.data.collections.remove(home)


def is_landmark(obj):
    """Whether an object is one of the empties on a head."""
    return obj.type == "EMPTY" and obj.parent is not None and (INDEX in obj or NINE in obj)


def shown(head):
    """How many of a head's landmarks stand as empties: 0, 9 or 68, or what the user has left of them."""
    return len(_of(head, INDEX)) or len(_of(head, NINE))


def are_nine(head):
    """Whether the empties shown are the nine to be placed by hand."""
    return bool(_of(head, NINE)) and not _of(head, INDEX)


def read(head):
    """Where the empties are, (68, 3) or (9, 3), in the head object's own space. LandmarkError where some are missing."""
    name, count = (NINE, 9) if are_nine(head) else (INDEX, 68)
    found = {empty[name]: empty.matrix_parent_inverse @ empty.location for empty in _of(head, name)}
    if sorted(found) != list(range(count)):
        raise LandmarkError(
            f"'{head.name}' has {len(found)} of the {count} empties that Show Landmarks or Place Nine Points makes. "
            "Some were deleted or unparented, or none are shown: show them again."
        )
    return np.array([found[index][:] for index in range(count)])


def _of(head, name):
    return [child for child in head.children if child.type == "EMPTY" and name in child]


def _collection(head):
    made = bpy.data.collections.new(f"{COLLECTION}{head.name}"[:MAX_NAME])
    made.hide_render = True
    bpy.context.scene.collection.children.link(made)
    return made


def _empty(head, collection, name, point):
    made = bpy.data.objects.new(name[:MAX_NAME], None)
    made.parent, made.location = head, point
    made.show_in_front = made.hide_render = True
    made.lock_rotation = made.lock_scale = (True, True, True)
    collection.objects.link(made)
    return made
