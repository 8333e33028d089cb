"""A head as it is posed at the current frame, and who looks at it: for a photo that takes its pose and expression."""

from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix, Vector

from . import landmarks, sampling


@dataclass(frozen=True)
class Viewer:
    """The matrix, from its own space to the world, of who looks along -Z with +Y up; whether what is nearer looks larger."""

    matrix: Matrix
    perspective: bool

    def axes(self, at):
        """Right, down and forward (3, 3), as rows in the world. With perspective, turned straight to the points `at` (N, 3), as what lies beside the
        middle of the picture is seen from its side."""
        axes = self.matrix.to_3x3().normalized()
        if self.perspective:
            axes = (-axes.col[2]).rotation_difference(Vector(at.mean(axis=0).tolist()) - self.matrix.translation).to_matrix() @ axes
        right, up, back = np.array(axes).T
        return np.stack([right, -up, -back])


def vertices(head):
    """The vertices (V, 3) of a Head's own object in the world as they are shown now, keys, armatures and all. MeshError where a modifier changes how
    many there are."""
    shown = sampling.shown_vertices(head.object, len(head.own_mesh().vertices)).astype(np.float64)
    matrix = np.array(_evaluated(head.object).matrix_world)
    return shown @ matrix[:3, :3].T + matrix[:3, 3]


def viewer(context):
    """Who looks at the scene: the 3D view, or the camera that it looks through; without a window the scene's camera, None where there is none."""
    space = None if bpy.app.background or context.window is None else _space(context)
    if space is not None and space.region_3d.view_perspective != "CAMERA":
        return Viewer(space.region_3d.view_matrix.inverted(), space.region_3d.view_perspective == "PERSP")
    camera = space.camera if space is not None and space.use_local_camera else context.scene.camera
    if camera is None:
        return None
    return Viewer(_evaluated(camera).matrix_world.copy(), camera.type == "CAMERA" and camera.data.type == "PERSP")


def seen(head, shown, found, by):
    """What core.api.pose_of_head takes: the landmarks `found` on a Head (68, 3) where its vertices are `shown`, and the axes of a Viewer; without
    one, the head's front as its object lies."""
    from ...core import api

    points = landmarks.on_own(head, found).points(shown, head.own_mesh().triangles)
    if by is not None:
        return points, by.axes(points)
    left, back, up = landmarks.axes_of(api.facing_of(head.mesh, found)) @ head.world_axes().T
    return points, np.stack([left, -up, back])


def _space(context):
    """The 3D view that the operator was called from, or the first of the window; None where there is none."""
    if context.space_data is not None and context.space_data.type == "VIEW_3D":
        return context.space_data
    return next((area.spaces.active for area in context.window.screen.areas if area.type == "VIEW_3D"), None)


def _evaluated(obj):
    return obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
