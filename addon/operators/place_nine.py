"""Place Nine Points: for heads on which no face is found."""

import bpy

from .. import properties
from ..scene import active
from .face_job import OnHead


class MIMICA_OT_place_nine(OnHead, bpy.types.Operator):
    bl_idname = "mimica.place_nine"
    bl_label = "Place Nine Points"
    bl_description = "For heads without a face that Mimica can find: nine named empties to drag onto eyes, nose and mouth"
    bl_options = {"REGISTER", "UNDO"}

    facing: properties.facing()

    def execute(self, context):
        from ...core.errors import MimicaError
        from ..scene import heads, landmarks, overlay

        try:
            landmarks.show_nine(heads.collect(active.head(context)), self.facing)
        except MimicaError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        overlay.show(context, "landmarks")
        self.report({"INFO"}, "Drag the nine points onto the face, then press Use Landmarks")
        return {"FINISHED"}
