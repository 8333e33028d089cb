"""Find Landmarks: the 68 points of the face, on renders of the head, and the way it looks."""

import bpy

from .. import properties
from .face_job import FaceJob


class MIMICA_OT_find_landmarks(FaceJob, bpy.types.Operator):
    bl_idname = "mimica.find_landmarks"
    bl_label = "Find Landmarks"
    bl_description = "Find eyes, brows, nose and lips of the active head, and the way it looks; points that you placed by hand are replaced"
    bl_options = {"REGISTER", "UNDO"}

    facing: properties.facing()

    def work(self, context, head):
        from ..scene import landmarks

        facing = "auto" if self.facing == "AUTO" else self.facing
        found = yield "detect_landmarks", {"mesh": head.mesh, "facing": facing}
        self.report({"INFO"}, landmarks.keep(head, found))
