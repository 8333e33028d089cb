"""Clear: takes Mimica's own keys and actions off the active head."""

import bpy

from ..scene import active
from .face_job import OnHead


class MIMICA_OT_clear(OnHead, bpy.types.Operator):
    bl_idname = "mimica.clear"
    bl_label = "Clear Mimica's Keys"
    bl_description = "Remove the keys, actions and rotation empties that Mimica made on the active head, its eyes and teeth; your own and the landmarks stay"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context):
        head = active.head(context)
        from ..scene import performance, rotations

        rotations.clear(head)
        removed = performance.clear(head)
        self.report({"INFO"}, f"{removed} keys of Mimica removed from '{head.name}'")
        return {"FINISHED"}
