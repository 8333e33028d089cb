"""Parts of the active head: the objects that belong to it, and what each piece is."""

import bpy

from .child import Child


class VIEW3D_PT_mimica_parts(Child, bpy.types.Panel):
    bl_label = "Parts"

    def draw_head(self, context, layout, obj):
        from ..scene import companions, overlay, parts

        layout.prop(obj, "mimica_companions")
        others = companions.of(obj)
        if others:
            box = layout.box().column(align=True)
            for other in others:
                box.label(text=other.name, icon="OUTLINER_OB_MESH")
        column = layout.column(align=True)
        column.operator("mimica.find_parts", icon="COLOR")
        if parts.shown(obj) or overlay.is_shown(context, "parts"):
            column.operator("mimica.hide_parts", icon="HIDE_ON").forget = False
            column.operator("mimica.hide_parts", text="Forget Groups", icon="TRASH").forget = True
