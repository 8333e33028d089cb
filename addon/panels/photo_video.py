"""Photo in Motion: the photo follows a face, goes on by itself, or goes to another photo."""

import bpy

from .. import jobs, photo_settings
from ..operators import face_job
from ..scene import active
from .child import Below


class VIEW3D_PT_mimica_photo_video(Below, bpy.types.Panel):
    bl_label = "Photo in Motion"
    bl_parent_id = "VIEW3D_PT_mimica_photo"

    def draw(self, context):
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.enabled = jobs.running is None
        chosen = context.scene.mimica_photo_video
        if not context.scene.mimica_exchange.photo:
            layout.label(text="Choose a photo above first", icon="INFO")
        self._result(layout.column(), chosen)
        layout.separator()
        self._follows(context, layout.column(), chosen)
        layout.separator()
        self._future(context, layout.column(), chosen)
        layout.separator()
        self._prior(context, layout.column(), chosen)

    def _result(self, column, chosen):
        for name in ("output", *photo_settings.SHARED):
            column.prop(chosen, name)

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
        button = _button(context, column, "photo_retarget", "CON_TRACKTO", missing)
        taken, settings = context.scene.mimica_exchange, context.scene.mimica
        button.first, button.last = settings.first, settings.last
        button.armature = taken.armature.name if taken.armature is not None and taken.rotation == "BONES" else ""
        button.head_bone = taken.head_bone

    def _future(self, context, column, chosen):
        column.prop(chosen, "frames")
        column.prop(chosen, "seed")
        _button(context, column, "photo_predict", "FORWARD")
        column.prop(chosen, "target")
        _button(context, column, "photo_towards", "TRACKING_FORWARDS", "" if chosen.target else "Choose the photo to go to")

    def _prior(self, context, column, chosen):
        column.prop(chosen, "interval")
        row = column.row()
        row.enabled = bool(context.scene.mimica_exchange.photo)
        button = row.operator("mimica.photo_prior", icon="IMAGE_RGB_ALPHA")
        button.filepath, button.face = context.scene.mimica_exchange.photo, context.scene.mimica_exchange.photo_face
        button.interval, button.show = chosen.interval, chosen.show


def _button(context, column, name, icon, missing=""):
    """The button of an operator, with what the panel says; grey, and with a word on it, where something is missing."""
    taken, chosen = context.scene.mimica_exchange, context.scene.mimica_photo_video
    row = column.row()
    row.enabled = bool(taken.photo) and not missing
    button = row.operator(f"mimica.{name}", icon=icon)
    button.photo, button.face, button.filepath = taken.photo, taken.photo_face, chosen.output
    for own in (*photo_settings.SHARED, *photo_settings.OWN[name]):
        setattr(button, own, getattr(chosen, own))
    button.place = context.scene.mimica.place
    if missing:
        column.label(text=missing, icon="INFO")
    return button


def _why_no_driver(context):
    """Why the active object cannot drive a photo; "" where it can."""
    reason = active.why_not(context)
    if reason:
        return reason
    return "" if face_job.has_arkit_keys(active.head(context)) else "The active head has no ARKit keys"
