"""Hide Landmarks: takes the empties away."""

import bpy

from ..scene import active
from .face_job import OnHead


class MIMICA_OT_hide_landmarks(OnHead, bpy.types.Operator):
    bl_idname = "mimica.hide_landmarks"
    bl_label = "Hide Landmarks"
    bl_description = "Take the empties away. What you dragged since Use Landmarks is lost; the landmarks in use stay"
    bl_options = {"REGISTER", "UNDO"}

    forget: bpy.props.BoolProperty(
        name="Forget", description="Let Mimica find the landmarks anew, in place of those kept on the head", default=False
    )

    def execute(self, context):
        from ..scene import cache, empties, overlay

        head = active.head(context)
        empties.hide(head)
        overlay.show_as_before(context, "landmarks")
        if self.forget:
            cache.forget_landmarks(head)
            cache.forget(head)
        return {"FINISHED"}
