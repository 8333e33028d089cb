"""Landmarks of the active head, below the main panel."""

import bpy

from ..scene import empties
from .child import Child


class VIEW3D_PT_mimica_landmarks(Child, bpy.types.Panel):
    bl_label = "Landmarks"

    def draw_head(self, context, layout, obj):
        from ..scene import cache

        settings = context.scene.mimica
        layout.prop(settings, "facing")
        layout.operator("mimica.find_landmarks", icon="VIEWZOOM").facing = settings.facing
        if cache.landmarks_fit(obj):
            layout.label(text=f"Kept; looks along {str(obj.get(cache.FACING, '')).replace('/', ', up is ')}", icon="CHECKMARK")
        elif cache.LANDMARKS in obj:
            layout.label(text="Of another mesh: found anew", icon="INFO")
        column = layout.column(align=True)
        if not empties.shown(obj):
            column.operator("mimica.show_landmarks", icon="EMPTY_AXIS")
            column.operator("mimica.place_nine", icon="EMPTY_ARROWS").facing = settings.facing
            if cache.LANDMARKS in obj:
                column.operator("mimica.hide_landmarks", text="Forget Landmarks", icon="TRASH").forget = True
            return
        column.operator("mimica.use_landmarks", icon="CHECKMARK")
        if not empties.are_nine(obj):
            row = column.row(align=True)
            row.operator("mimica.mirror_landmarks", text="Right to Left", icon="MOD_MIRROR").side = "right"
            row.operator("mimica.mirror_landmarks", text="Left to Right", icon="MOD_MIRROR").side = "left"
        column.operator("mimica.hide_landmarks", icon="HIDE_ON")
