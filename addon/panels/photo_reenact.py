"""Photo Pose: the photo takes the pose and expression of another face."""

import bpy

from ..scene import active
from .photo import BelowPhoto, video_button


class VIEW3D_PT_mimica_photo_reenact(BelowPhoto, bpy.types.Panel):
    bl_label = "Photo Pose"

    def draw_photo(self, context, layout, chosen):
        column = layout.column()
        column.row().prop(chosen, "guide_from", expand=True)
        if chosen.guide_from == "FILE":
            column.prop(chosen, "guide")
            missing = "" if chosen.guide else "Choose a picture, a movie or a recording"
        else:
            missing = active.why_not(context)
        column.prop(chosen, "pose_face_only")
        if chosen.guide_from == "FILE":
            column.prop(chosen, "guide_shape")
        video_button(context, column, "photo_reenact", "ARMATURE_DATA", missing)
