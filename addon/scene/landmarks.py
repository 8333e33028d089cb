"""The landmarks of a head: kept on its object, shown as empties, taken back from them."""

import numpy as np

from . import cache, empties

# Where nine points of the template lie in its bounds, the lips a little apart so that both can be grabbed: from the person's right to left,
# from the front to the back, from low to high
NINE_GUESS = (
    (0.25, 0.16, 0.58), (0.40, 0.14, 0.57), (0.60, 0.14, 0.57), (0.75, 0.16, 0.58), (0.50, 0.00, 0.45),
    (0.37, 0.11, 0.32), (0.63, 0.11, 0.32), (0.50, 0.06, 0.35), (0.50, 0.06, 0.29),
)  # fmt: skip


def known(head):
    """The landmarks kept on the head, or those of its last fit; None where there are neither."""
    kept = cache.load_landmarks(head)
    if kept is not None:
        return kept
    adaptation = cache.load(head)
    return adaptation.landmarks if adaptation is not None else None


def on_own(head, landmarks):
    """Landmarks on the head's own object alone: those on an eye or a tooth of its own, which may be another one next time, go to its skin."""
    from ...core import api

    own = head.own_mesh()
    if (landmarks.triangles < len(own.triangles)).all():
        return landmarks
    return api.landmarks_at(own, landmarks.points(head.mesh.vertices, head.mesh.triangles), landmarks.confidence)


def keep(head, landmarks):
    """Keeps landmarks on the head's object; what to tell the user about them."""
    from ...core import api

    landmarks = on_own(head, landmarks)
    facing = api.facing_of(head.mesh, landmarks)
    cache.store_landmarks(head, landmarks, facing)
    front, up = facing.split("/")
    unsure = [index for index in np.flatnonzero(landmarks.confidence < empties.UNSURE) if index not in empties.CONTOUR]
    doubt = f"; look at {', '.join(map(str, unsure))}, which are unsure" if unsure else ""
    return f"68 landmarks on '{head.object.name}', which looks along {front}, up is {up}{doubt}"


def show(head, landmarks):
    """Shows landmarks as empties; what to tell the user."""
    points = landmarks.points(head.mesh.vertices, head.mesh.triangles)
    empties.show(head.object, head.to_own(points), landmarks.confidence)
    return f"68 landmarks of '{head.object.name}' to drag; Use Landmarks takes them over"


def show_nine(head, facing):
    """Shows nine empties about where a face that looks along `facing` would have them; "AUTO": as in Blender's front view."""
    from ...core.head.landmarks import NINE

    axes = head.world_axes() if facing == "AUTO" else axes_of(facing)
    along = head.own_mesh().vertices @ axes.T
    low, high = along.min(axis=0), along.max(axis=0)
    empties.show_nine(head.object, head.to_own((low + np.array(NINE_GUESS) * (high - low)) @ axes), NINE)


def call_for_shown(head):
    """The call of core.api, name and arguments, that makes landmarks of the empties shown."""
    points = head.from_own(empties.read(head.object))
    if empties.are_nine(head.object):
        return "landmarks_from_nine", {"mesh": head.mesh, "points": points}
    return "landmarks_at", {"mesh": head.mesh, "points": points, "confidence": _confidence(head, points)}


def _confidence(head, points):
    """1 for every point (68,) that the user has moved; as it was for the others."""
    before = known(head)
    if before is None:
        return np.ones(len(points))
    moved = np.linalg.norm(points - before.points(head.mesh.vertices, head.mesh.triangles), axis=1)
    return np.where(moved > 1e-4 * np.ptp(points, axis=0).max(), 1.0, before.confidence)


def axes_of(facing):
    """Rows (3, 3): towards the person's left, to the back, up, for a face that looks along `facing` such as "-Y/+Z"."""
    front, up = (np.eye(3)["XYZ".index(name[1])] * (1.0 if name[0] == "+" else -1.0) for name in facing.split("/"))
    return np.stack([np.cross(up, front), -front, up])
