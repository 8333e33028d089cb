"""Hide Parts: takes the colour overlay off."""

import bpy

from ..scene import active
from .face_job import OnHead


class MIMICA_OT_hide_parts(OnHead, bpy.types.Operator):
    bl_idname = "mimica.hide_parts"
    bl_label = "Hide Parts"
    bl_description = "Take the colours of the parts off and show the view as it was; the vertex groups, and what you corrected there, stay"
    bl_options = {"REGISTER", "UNDO"}

    forget: bpy.props.BoolProperty(
        name="Forget Groups", description="Remove the vertex groups of the parts as well, and what you corrected in them", default=False
    )

    def execute(self, context):
        from ..scene import companions, overlay, parts

        head = active.head(context)
        objects = [head, *companions.of(head)]
        parts.hide(objects)
        if self.forget:
            parts.forget(objects)
        overlay.show_as_before(context, "parts")
        return {"FINISHED"}
