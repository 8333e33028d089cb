"""Clear: takes Mimica's own keys and actions off the active head."""

import bpy

from .face_job import OnHead


class MIMICA_OT_clear(OnHead, bpy.types.Operator):
    bl_idname = "mimica.clear"
    bl_label = "Clear Mimica's Keys"
    bl_description = "Remove the shape keys and actions that Mimica made on the active head; your own stay"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context):
        from ..scene import performance

        removed = performance.clear(context.object)
        self.report({"INFO"}, f"{removed} keys of Mimica removed from '{context.object.name}'")
        return {"FINISHED"}
