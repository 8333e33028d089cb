"""Clips of the active head: which play, which are muted, their curves, and what they are made of."""

import bpy

from .child import Child

KINDS = {"OWN": ("own keys", "SHAPEKEY_DATA"), "ARKIT": ("ARKit keys", "USER"), "CACHE": ("cache", "FILE_CACHE")}


class VIEW3D_PT_mimica_clips(Child, bpy.types.Panel):
    bl_label = "Clips"
    bl_options = set()

    def draw_head(self, context, layout, obj):
        from ..scene import clips
        from ..scene.sequence import PREVIEW

        found = [clip for clip in clips.of(obj) if clip.name != PREVIEW]
        if not found:
            layout.label(text="None yet: Generate or Direct makes one", icon="INFO")
        edited = clips.edited(obj)
        for clip in found:
            column = layout.column(align=True)
            row = column.row(align=True)
            row.operator("mimica.mute_clip", text="", icon="CHECKBOX_DEHLT" if clip.muted else "CHECKBOX_HLT").clip = clip.name
            row.label(text=clip.name)
            if clip.kind != "CACHE":
                row.operator("mimica.edit_clip", text="", icon="GRAPH", depress=clip.name == edited).clip = clip.name
            row.operator_menu_enum("mimica.convert_clip", "onto", text="", icon="FILE_REFRESH").clip = clip.name
            row.operator("mimica.read_clip", text="", icon="IMPORT").clip = clip.name
            row.operator("mimica.remove_clip", text="", icon="X").clip = clip.name
            column.label(text=f"{clip.start:.0f} to {clip.end:.0f}, {KINDS[clip.kind][0]}", icon=KINDS[clip.kind][1])
        if edited:
            layout.operator("mimica.finish_editing", icon="CHECKMARK")
