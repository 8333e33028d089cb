"""What clips are made of, converting one, and baking to plain keyframes."""

import bpy

from .child import Child


class VIEW3D_PT_mimica_output(Child, bpy.types.Panel):
    bl_label = "Output"

    def draw_head(self, context, layout, obj):
        settings = context.scene.mimica
        column = layout.column()
        for name in ("place", "tolerance", "cache_folder"):
            column.prop(settings, name)
        layout.label(text="Bake to keyframes", icon="KEYFRAME_HLT")
        column = layout.column()
        for name in ("first", "last", "step", "thinned"):
            column.prop(settings, name)
        button = layout.operator("mimica.bake", icon="ACTION")
        for name in ("first", "last", "step", "thinned"):
            setattr(button, name, getattr(settings, name))
        layout.operator("mimica.read_clip", text="Read Baked into Sequence", icon="IMPORT").clip = ""
