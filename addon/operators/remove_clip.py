"""Remove Clip: takes one clip off the active head."""

import bpy

from .. import properties
from .face_job import OnClip


class MIMICA_OT_remove_clip(OnClip, bpy.types.Operator):
    bl_idname = "mimica.remove_clip"
    bl_label = "Remove Clip"
    bl_description = "Take one clip off the head and its eyes and teeth: its action, its track and the keys that were made for it"
    bl_options = {"REGISTER", "UNDO"}

    clip: properties.clip()

    def change(self, head, clip):
        from ..scene import performance

        performance.remove(head, clip.name)
        return {"FINISHED"}
