"""How a head in the scene moves, frame by frame, whatever moves it: its keys, its actions and tracks, a cache, an armature."""

import contextlib

import bpy
import numpy as np

from ...core.errors import MeshError
from ...core.performance.performance import HeadMotion
from . import heads, sampling

GENERATING = frozenset(
    "ARRAY BEVEL BOOLEAN BUILD DECIMATE EDGE_SPLIT MASK MIRROR MULTIRES REMESH SCREW SKIN SOLIDIFY SUBSURF TRIANGULATE WELD WIREFRAME".split()
)  # modifiers that give a mesh other vertices than its own
STILL = 1e-5  # of the head's size; what moves less over all frames does not move


def source(context, head, name):
    """The mesh object that a motion is to be taken from: the one of that name, or the one other mesh that is selected."""
    if name:
        found = bpy.data.objects.get(name)
        if found is None or found.type != "MESH" or found == head:
            raise MeshError(f"'{name}' is no other mesh in this file. Choose the head that the motion is to be taken from.")
        return found
    others = [obj for obj in context.selected_objects if obj.type == "MESH" and obj != head]
    if len(others) != 1:
        raise MeshError(
            f"{len(others)} meshes are selected beside '{head.name}'; expected one, the head that the motion is to be taken from. "
            "Select it first, then this head with Shift, or choose it in the panel."
        )
    return others[0]


def read(context, obj, frames):
    """Reads an object, and what goes with it, as a moving head: yields how far it is (0..1), and returns (Head, HeadMotion)."""
    scene, made = context.scene, []
    head = heads.collect(obj)
    into = np.linalg.inv(head.pieces[0].to_own)
    with own_vertices([piece.object for piece in head.pieces]), sampling.frame_kept(scene):
        for done, frame in enumerate(frames):
            scene.frame_set(frame)
            back = np.linalg.inv(np.array(obj.matrix_world))
            made.append(np.concatenate([_shown(piece, back, into) for piece in head.pieces]))
            yield (done + 1) / len(frames)
    vertices = np.array(made, np.float32)
    if np.ptp(vertices, axis=0).max() < STILL * np.ptp(head.mesh.vertices, axis=0).max():
        raise MeshError(f"'{obj.name}' does not move in frames {frames[0]} to {frames[-1]}. Choose the frames in which it does.")
    return head, HeadMotion(head.mesh, vertices, sampling.fps(scene), obj.name)


@contextlib.contextmanager
def own_vertices(objects):
    """For as long as it is open, modifiers that give these objects other vertices than their own are off."""
    hidden = [modifier for obj in objects for modifier in obj.modifiers if modifier.type in GENERATING and modifier.show_viewport]
    try:
        for modifier in hidden:
            modifier.show_viewport = False
        yield
    finally:
        for modifier in hidden:
            modifier.show_viewport = True


def _shown(piece, back, into):
    """A piece's vertices (v, 3) as shown now, in the space of the head's mesh; back (4, 4) leads from the world to the head."""
    obj = piece.object
    points = sampling.shown_vertices(obj, piece.rows.stop - piece.rows.start).astype(np.float64)
    matrix = back @ np.array(obj.matrix_world)
    return (points @ matrix[:3, :3].T + matrix[:3, 3]) @ into.T
