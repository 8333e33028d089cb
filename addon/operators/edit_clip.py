"""Edit Clip: the curves of one clip in the Graph editor, and back."""

import bpy

from .. import properties
from ..scene import active
from .face_job import OnClip, OnHead


class MIMICA_OT_edit_clip(OnClip, bpy.types.Operator):
    bl_idname = "mimica.edit_clip"
    bl_label = "Edit Clip"
    bl_description = (
        "Show the curves of a clip in the Graph editor and the Dope Sheet, as Tab on its strip does. "
        "Clips above it and your own active action wait until Finish Editing"
    )
    bl_options = {"REGISTER", "UNDO"}

    clip: properties.clip()

    def change(self, head, clip):
        from ..scene import clips

        if clip.kind == "CACHE":
            self.report({"ERROR"}, f"'{clip.name}' is a vertex cache, which has no curves. Convert it into keys first.")
            return {"CANCELLED"}
        clips.edit(head, clip.name)
        self.report({"INFO"}, f"The curves of '{clip.name}' are in the Graph editor; Finish Editing puts it back on its track")
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
