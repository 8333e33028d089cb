"""A Blender mesh as core's arrays."""

import numpy as np

from ...core.head.mesh import HeadMesh


def collect(obj):
    """The neutral head of a mesh object, in its own space: the basis where there are shape keys. Modifiers are not applied."""
    mesh = obj.data
    source = mesh.shape_keys.reference_key.data if mesh.shape_keys else mesh.vertices
    vertices = np.empty(3 * len(mesh.vertices), np.float32)
    source.foreach_get("co", vertices)
    mesh.calc_loop_triangles()
    triangles = np.empty(3 * len(mesh.loop_triangles), np.int32)
    mesh.loop_triangles.foreach_get("vertices", triangles)
    return HeadMesh(vertices.reshape(-1, 3).astype(np.float64), triangles.reshape(-1, 3), obj.name)
