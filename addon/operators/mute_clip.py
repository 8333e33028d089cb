"""Mute Clip: silences a clip of the active head, or lets it play again."""

import bpy

from .. import properties
from .face_job import OnClip


class MIMICA_OT_mute_clip(OnClip, bpy.types.Operator):
    bl_idname = "mimica.mute_clip"
    bl_label = "Mute or Play Clip"
    bl_description = "Silence a clip on the head and its eyes and teeth, or let it play again; then clips that lie where it plays are muted"
    bl_options = {"REGISTER", "UNDO"}

    clip: properties.clip()

    def change(self, head, clip):
        from ..scene import clips

        clips.mute(head, clip.name, not clip.muted)
        others = clips.make_way(head, clip.name) if clip.muted else []
        clips.arrange(head)
        if others:
            self.report({"INFO"}, f"Muted where '{clip.name}' plays: {', '.join(others)}")
        return {"FINISHED"}
