"""Recordings of the face, the motion of another head, and a neutral for a head that has none."""

import bpy

from .. import exchange
from .child import Child

CAPTURE = ("video", "smoothing", "rest", "csv")


class VIEW3D_PT_mimica_recordings(Child, bpy.types.Panel):
    bl_label = "Recordings and Transfer"

    def draw_head(self, context, layout, obj):
        settings, chosen = context.scene.mimica, context.scene.mimica_exchange
        self._recording(layout.column(), settings, chosen)
        layout.separator()
        self._other_head(context, layout.column(), obj, settings, chosen)
        layout.separator()
        self._sequence(layout.column(), settings, chosen)
        layout.separator()
        layout.operator("mimica.neutralise", icon="USER")

    def _recording(self, column, settings, chosen):
        for name in ("recording", "from_rest", "rotation"):
            column.prop(chosen, name)
        if chosen.rotation == "EMPTIES":
            column.prop(chosen, "follow")
        if chosen.rotation == "BONES":
            column.prop(chosen, "armature")
            for name in exchange.BONES if chosen.armature is not None else ():
                column.prop_search(chosen, name, chosen.armature.pose, "bones")
        button = column.operator("mimica.play_recording", icon="REC")
        button.filepath = chosen.recording
        _placed(button, settings, chosen)
        column.operator("mimica.export_csv", icon="EXPORT").filepath = ""
        column.separator()
        for name in CAPTURE:
            column.prop(chosen, name)
        button = column.operator("mimica.capture_video", icon="OUTLINER_OB_CAMERA")
        button.filepath, button.smoothing, button.rest, button.csv = (getattr(chosen, name) for name in CAPTURE)
        _placed(button, settings, chosen)

    def _other_head(self, context, column, obj, settings, chosen):
        column.prop(chosen, "source")
        others = [other for other in context.selected_objects if other.type == "MESH" and other != obj]
        row = column.row()
        row.enabled = chosen.source is not None or len(others) == 1
        button = row.operator("mimica.transfer_from_head", icon="MOD_MESHDEFORM")
        button.source = chosen.source.name if chosen.source is not None else ""
        button.first, button.last, button.onto, button.tolerance = settings.first, settings.last, settings.onto, settings.tolerance
        if not row.enabled:
            column.label(text="Select the other head too", icon="INFO")

    def _sequence(self, column, settings, chosen):
        column.prop(chosen, "sequence")
        column.prop(chosen, "rate")
        button = column.operator("mimica.transfer_sequence", icon="FILE_FOLDER")
        button.filepath, button.rate = chosen.sequence, chosen.rate
        button.onto, button.tolerance, button.place = settings.onto, settings.tolerance, settings.place


def _placed(button, settings, chosen):
    """Where a recording goes, for the buttons that play one."""
    button.place = settings.place
    button.armature = chosen.armature.name if chosen.armature is not None else ""
    for name in ("from_rest", "rotation", "follow", *exchange.BONES):
        setattr(button, name, getattr(chosen, name))
