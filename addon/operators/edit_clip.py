"""Edit Clip: the curves of one clip in the Graph editor, and back."""

import bpy

from .. import properties
from ..scene import active
from .face_job import OnHead


class MIMICA_OT_edit_clip(OnHead, bpy.types.Operator):
    bl_idname = "mimica.edit_clip"
    bl_label = "Edit Clip"
    bl_description = (
        "Show the curves of a clip in the Graph editor and the Dope Sheet, as Tab on its strip does. "
        "Clips above it and your own active action wait until Finish Editing"
    )
    bl_options = {"REGISTER", "UNDO"}

    clip: properties.clip()

    def execute(self, context):
        from ..scene import clips

        head = active.head(context)
        found = clips.get(head, self.clip)
        if found is not None and found.kind == "CACHE":
            self.report({"ERROR"}, f"'{self.clip}' is a vertex cache, which has no curves. Convert it into keys first.")
            return {"CANCELLED"}
        if not clips.edit(head, self.clip):
            self.report({"ERROR"}, clips.unknown(head, self.clip))
            return {"CANCELLED"}
        self.report({"INFO"}, f"The curves of '{self.clip}' are in the Graph editor; Finish Editing puts it back on its track")
        return {"FINISHED"}


class MIMICA_OT_finish_editing(OnHead, bpy.types.Operator):
    bl_idname = "mimica.finish_editing"
    bl_label = "Finish Editing Clip"
    bl_description = "Put the clip that is being edited back on its track, as long as its keys reach now; all tracks play again"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context):
        from ..scene import clips

        head = active.head(context)
        if not clips.finish_editing(head):
            self.report({"INFO"}, f"No clip of '{head.name}' is being edited")
            return {"CANCELLED"}
        return {"FINISHED"}
