"""Clear: takes Mimica's own keys and actions off the active head."""

import bpy

from .. import jobs
from ..scene import active


class MIMICA_OT_clear(bpy.types.Operator):
    bl_idname = "mimica.clear"
    bl_label = "Clear Mimica's Keys"
    bl_description = "Remove the shape keys and actions that Mimica made on the active head; your own stay"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        reason = "Mimica is at work; Esc stops it" if jobs.running else active.why_not(context)
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def execute(self, context):
        from ..scene import performance

        removed = performance.clear(context.object)
        self.report({"INFO"}, f"{removed} keys of Mimica removed from '{context.object.name}'")
        return {"FINISHED"}
