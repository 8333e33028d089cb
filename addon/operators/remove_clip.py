"""Remove Clip: takes one clip off the active head."""

import bpy

from .. import properties
from ..scene import active
from .face_job import OnHead


class MIMICA_OT_remove_clip(OnHead, bpy.types.Operator):
    bl_idname = "mimica.remove_clip"
    bl_label = "Remove Clip"
    bl_description = "Take one clip off the head and its eyes and teeth: its action, its track and the keys that were made for it"
    bl_options = {"REGISTER", "UNDO"}

    clip: properties.clip()

    def execute(self, context):
        from ..scene import clips, performance

        head = active.head(context)
        if clips.get(head, self.clip) is None:
            self.report({"ERROR"}, clips.unknown(head, self.clip))
            return {"CANCELLED"}
        performance.remove(head, self.clip)
        return {"FINISHED"}
