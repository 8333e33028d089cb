"""What leaves a head as files, and comes from them: recipes, poses, clips as assets, and exports for other programs."""

import bpy

from .child import Child
from .main import SETTINGS


class VIEW3D_PT_mimica_library(Child, bpy.types.Panel):
    bl_label = "Library and Export"

    def draw_head(self, context, layout, obj):
        settings, chosen = context.scene.mimica, context.scene.mimica_exchange
        self._files(layout.column(align=True))
        layout.separator()
        self._library(layout.column(), settings, chosen)
        layout.separator()
        self._all(context, layout.column(align=True), settings)
        layout.separator()
        self._export(layout.column(), settings, chosen)

    def _files(self, column):
        row = column.row(align=True)
        row.operator("mimica.save_recipe", text="Save Recipe", icon="FILE_TICK").filepath = ""
        row.operator("mimica.load_recipe", text="Load Recipe", icon="FILEBROWSER").filepath = ""
        row = column.row(align=True)
        row.operator("mimica.save_pose", text="Save Pose", icon="FILE_TICK").filepath = ""
        row.operator("mimica.load_pose", text="Load Pose", icon="FILEBROWSER").filepath = ""

    def _library(self, column, settings, chosen):
        column.prop(chosen, "library")
        column.operator("mimica.save_assets", icon="ASSET_MANAGER").folder = chosen.library
        button = column.operator("mimica.apply_asset", icon="IMPORT")
        button.filepath, button.place = "", settings.place

    def _all(self, context, column, settings):
        count = sum(other.type == "MESH" for other in context.selected_objects)
        column.label(text=f"All {count} selected meshes" if count > 1 else "Select several heads for these", icon="COMMUNITY")
        row = column.row(align=True)
        row.enabled = count > 1
        for what, text in (("EXPRESSION", "Generate on All"), ("SEQUENCE", "Direct on All")):
            button = row.operator("mimica.generate_all", text=text)
            button.what = what
            for name in SETTINGS:
                setattr(button, name, getattr(settings, name))

    def _export(self, column, settings, chosen):
        from ..scene import formats

        column.prop(chosen, "format")
        column.prop(settings, "first")
        column.prop(settings, "last")
        why = formats.absent(chosen.format)
        row = column.row()
        row.enabled = not why
        button = row.operator("mimica.export", icon="EXPORT")
        button.filepath, button.format, button.first, button.last = "", chosen.format, settings.first, settings.last
        if why:
            column.label(text=why, icon="INFO")
