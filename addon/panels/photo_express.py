"""Photo Expressions: the photo makes one of six, or all of them on a sheet."""

import bpy

from .photo import BelowPhoto, image_button, video_button


class VIEW3D_PT_mimica_photo_express(BelowPhoto, bpy.types.Panel):
    bl_label = "Photo Expressions"

    def draw_photo(self, context, layout, chosen):
        column = layout.column()
        column.prop(chosen, "intensity")
        image_button(context, column, "photo_expressions", "IMGDISPLAY", "intensity")
        layout.separator()
        column = layout.column()
        column.prop(chosen, "expression")
        column.prop(chosen, "expression_frames")
        video_button(context, column, "photo_express", "MONKEY")
