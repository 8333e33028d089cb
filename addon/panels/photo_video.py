"""Photo in Motion: the photo follows a face, goes on by itself, or goes to another photo."""

import bpy

from ..operators import face_job
from ..scene import active
from .photo import BelowPhoto, image_button, video_button


class VIEW3D_PT_mimica_photo_video(BelowPhoto, bpy.types.Panel):
    bl_label = "Photo in Motion"

    def draw_photo(self, context, layout, chosen):
        self._follows(context, layout.column(), chosen)
        layout.separator()
        self._future(context, layout.column(), chosen)
        layout.separator()
        self._prior(context, layout.column(), chosen)

    def _follows(self, context, column, chosen):
        column.row().prop(chosen, "driver_from", expand=True)
        if chosen.driver_from == "FILE":
            column.prop(chosen, "driver")
            missing = "" if chosen.driver else "Choose a movie or a recording"
        else:
            settings = context.scene.mimica
            row = column.row(align=True)
            row.prop(settings, "first")
            row.prop(settings, "last", text="")
            missing = _why_no_driver(context)
        column.prop(chosen, "face_only")
        column.prop(chosen, "keep_expression")
        button = video_button(context, column, "photo_retarget", "CON_TRACKTO", missing)
        taken, settings = context.scene.mimica_exchange, context.scene.mimica
        button.first, button.last = settings.first, settings.last
        button.armature = taken.armature.name if taken.armature is not None and taken.rotation == "BONES" else ""
        button.head_bone = taken.head_bone

    def _future(self, context, column, chosen):
        column.prop(chosen, "frames")
        column.prop(chosen, "seed")
        video_button(context, column, "photo_predict", "FORWARD")
        column.prop(chosen, "target")
        video_button(context, column, "photo_towards", "TRACKING_FORWARDS", "" if chosen.target else "Choose the photo to go to")

    def _prior(self, context, column, chosen):
        column.prop(chosen, "interval")
        image_button(context, column, "photo_prior", "IMAGE_RGB_ALPHA", "interval")


def _why_no_driver(context):
    """Why the active object cannot drive a photo; "" where it can."""
    reason = active.why_not(context)
    if reason:
        return reason
    return "" if face_job.has_arkit_keys(active.head(context)) else "The active head has no ARKit keys"
