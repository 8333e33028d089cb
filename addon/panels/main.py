"""The tab Mimica in the sidebar of the 3D view."""

import bpy

from .. import jobs
from ..scene import active, record

LABEL, RESIDUAL, ADAPTATION = "mimica_label", "mimica_residual_mm", "mimica_adaptation"
SHOWN = ("expression", "frames", "intensity", "seed", "onto")
SETTINGS = (*SHOWN, "tolerance", "place")


class VIEW3D_PT_mimica(bpy.types.Panel):
    bl_label = "Mimica"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Mimica"

    def draw(self, context):
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        settings = context.scene.mimica
        column = layout.column()
        for name in SHOWN:
            column.prop(settings, name)
        if jobs.running:
            layout.progress(factor=jobs.running.fraction, text=jobs.running.what)
            layout.label(text="Esc stops it", icon="CANCEL")
            return
        self._buttons(context, settings)
        if not active.why_not(context):
            self._head(active.head(context))

    def _buttons(self, context, settings):
        column = self.layout.column(align=True)
        column.scale_y = 1.4
        button = column.operator("mimica.generate", text="Generate", icon="PLAY")
        for name in SETTINGS:
            setattr(button, name, getattr(settings, name))
        self.layout.operator("mimica.clear", icon="TRASH")
        reason = active.why_not(context)
        if reason:
            _lines(self.layout, reason, context.region.width)

    def _head(self, obj):
        box = self.layout.box().column()
        box.label(text=obj.name, icon="OUTLINER_OB_MESH")
        if LABEL in obj and RESIDUAL in obj:
            count = len(record.read(obj)["clips"].get(obj[LABEL], {"keys": ()})["keys"])
            keys = f"{count} keys" if count else "ARKit keys"
            box.label(text=f"{obj[LABEL]}: {keys}, {obj[RESIDUAL]:.2f} mm off", icon="SHAPEKEY_DATA")
        box.label(
            text="Fitted; the next one is quick" if ADAPTATION in obj else "Not fitted to it yet",
            icon="CHECKMARK" if ADAPTATION in obj else "TIME",
        )


def _lines(layout, text, width):
    """Text as labels of whole words that fit a region `width` pixels wide."""
    room = max(20, int(width / (7 * bpy.context.preferences.system.ui_scale)))
    column = layout.column(align=True)
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > room:
            column.label(text=line)
            line = word
        else:
            line = f"{line} {word}".strip()
    column.label(text=line)
