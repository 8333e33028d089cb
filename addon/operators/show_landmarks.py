"""Show Landmarks: 68 empties on the head that can be dragged."""

import bpy

from .face_job import FaceJob


class MIMICA_OT_show_landmarks(FaceJob, bpy.types.Operator):
    bl_idname = "mimica.show_landmarks"
    bl_label = "Show Landmarks"
    bl_description = (
        "Show the 68 landmarks as empties that you can drag; they are found first if need be. Unsure ones are larger and carry their name"
    )
    bl_options = {"REGISTER", "UNDO"}

    def work(self, context, head):
        from ..scene import landmarks, overlay

        found = landmarks.known(head)
        if found is None:
            found = yield "detect_landmarks", {"mesh": head.mesh}
            landmarks.keep(head, found)
        self.report({"INFO"}, landmarks.show(head, found))
        overlay.show(context, "landmarks")
