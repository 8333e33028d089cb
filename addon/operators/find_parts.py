"""Find Parts: what each piece of the head is, as a colour overlay and as vertex groups that can be corrected."""

import bpy

from .face_job import FaceJob


class MIMICA_OT_find_parts(FaceJob, bpy.types.Operator):
    bl_idname = "mimica.find_parts"
    bl_label = "Find Parts"
    bl_description = (
        "Colour skin, mouth bag, eyes, teeth, tongue, lashes, brows and hair, and put them into vertex groups. "
        "What you assign to another of these groups is of that part from then on"
    )
    bl_options = {"REGISTER", "UNDO"}

    def work(self, context, head):
        from ..scene import landmarks, overlay, parts

        found = yield "find_parts", {"mesh": head.mesh, "landmarks": landmarks.known(head)}
        parts.show(head, found.kind)
        overlay.show(context, "parts")
        self.report({"INFO"}, f"Parts of '{head.object.name}': {parts.summary(found.kind)}")
