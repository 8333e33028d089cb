"""Use Landmarks: takes the empties' places back as the head's landmarks."""

import bpy

from .face_job import FaceJob


class MIMICA_OT_use_landmarks(FaceJob, bpy.types.Operator):
    bl_idname = "mimica.use_landmarks"
    bl_label = "Use Landmarks"
    bl_description = "Take the places of the empties as the head's landmarks; from nine points the other 59 are fitted"
    bl_options = {"REGISTER", "UNDO"}

    def work(self, context, head):
        from ..scene import landmarks

        placed = yield landmarks.call_for_shown(head)
        self.report({"INFO"}, landmarks.keep(head, placed))
        landmarks.show(head, placed)
