"""Mirror Landmarks: one side of the face's points on the other side."""

import bpy

from ...core.errors import LandmarkError
from .face_job import FaceJob


class MIMICA_OT_mirror_landmarks(FaceJob, bpy.types.Operator):
    bl_idname = "mimica.mirror_landmarks"
    bl_label = "Mirror Landmarks"
    bl_description = "Place the landmarks of the face's other side as the mirror image of this one's, over the face's own middle"
    bl_options = {"REGISTER", "UNDO"}

    side: bpy.props.EnumProperty(
        name="From",
        description="The side whose points are kept, as the person has it",
        items=(
            ("right", "Right", "The person's right side is mirrored to the left"),
            ("left", "Left", "The left is mirrored to the right"),
        ),
        default="right",
    )

    def work(self, context, head):
        from ..scene import empties, landmarks

        if empties.are_nine(head.object):
            raise LandmarkError(f"The nine points of '{head.object.name}' are no landmarks yet; press Use Landmarks first.")
        shown = empties.shown(head.object) > 0
        placed = landmarks.known(head)
        if shown:
            placed = yield landmarks.call_for_shown(head)
        if placed is None:
            raise LandmarkError(f"'{head.object.name}' has no landmarks to mirror. Press Find Landmarks first.")
        mirrored = yield "mirror_landmarks", {"mesh": head.mesh, "landmarks": placed, "side": self.side}
        self.report({"INFO"}, landmarks.keep(head, mirrored))
        if shown:
            landmarks.show(head, mirrored)
