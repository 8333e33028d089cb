"""Mute Clip: silences a clip of the active head, or lets it play again."""

import bpy

from .. import properties
from ..scene import active
from .face_job import OnHead


class MIMICA_OT_mute_clip(OnHead, bpy.types.Operator):
    bl_idname = "mimica.mute_clip"
    bl_label = "Mute or Play Clip"
    bl_description = "Silence a clip on the head and its eyes and teeth, or let it play again; then clips that lie where it plays are muted"
    bl_options = {"REGISTER", "UNDO"}

    clip: properties.clip()

    def execute(self, context):
        from ..scene import clips

        head = active.head(context)
        found = clips.get(head, self.clip)
        if found is None:
            self.report({"ERROR"}, clips.unknown(head, self.clip))
            return {"CANCELLED"}
        clips.mute(head, self.clip, not found.muted)
        others = clips.make_way(head, self.clip) if found.muted else []
        clips.arrange(head)
        if others:
            self.report({"INFO"}, f"Muted where '{self.clip}' plays: {', '.join(others)}")
        return {"FINISHED"}
