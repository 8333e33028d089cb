"""Keys of the active head: which shape is its neutral, and the 52 ARKit keys."""

import bpy

from .child import Child


class VIEW3D_PT_mimica_keys(Child, bpy.types.Panel):
    bl_label = "Keys"
    bl_options = set()  # open: its button is what most come for

    def draw_head(self, context, layout, obj):
        shape_keys = obj.data.shape_keys
        if shape_keys:
            layout.prop_search(obj, "mimica_neutral", shape_keys, "key_blocks")
        layout.prop(context.scene.mimica, "replace")
        layout.operator("mimica.arkit_keys", icon="SHAPEKEY_DATA").replace = context.scene.mimica.replace
        if obj.data.users > 1:
            layout.label(text=f"{obj.data.users} users share this mesh and its keys", icon="INFO")
