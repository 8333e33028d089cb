"""Photo Makes an Expression, Expressions as Sheet: one of the six basic expressions on the face of a photo, and a picture of all six."""

from pathlib import Path

import bpy

from .. import exchange, photo_settings
from .photo_video import OnPhoto, PhotoVideo, read


class MIMICA_OT_photo_express(PhotoVideo, bpy.types.Operator):
    bl_idname = "mimica.photo_express"
    bl_label = "Photo Makes an Expression"
    bl_description = (
        "The face of the photo goes from what it is to anger, disgust, fear, happiness, sadness or surprise; nobody has to act it. The result is a "
        "movie or PNG frames"
    )

    expression: photo_settings.expression()
    intensity: photo_settings.intensity()
    frames: photo_settings.reached_in()
    fps: photo_settings.rate()

    @property
    def added(self):
        return self.expression

    def work(self, context, _head):
        from ..scene import sampling

        path, rate = self.output(), self.fps or sampling.fps(context.scene)
        asked = {"expression": self.expression, "intensity": self.intensity, "frames": self.frames, "fps": rate}
        yield from self.made(context, path, ("express", {**self.given(), **asked}))


class MIMICA_OT_photo_expressions(OnPhoto, bpy.types.Operator):
    bl_idname = "mimica.photo_expressions"
    bl_label = "Expressions as Sheet"
    bl_description = "All six expressions of the photo's face at their height, side by side, as an image in this file: to choose from"
    bl_options = {"REGISTER", "UNDO"}

    filepath: exchange.photo()
    filter_image: exchange.listed()
    filter_folder: exchange.listed()
    face: exchange.face()
    intensity: photo_settings.intensity()
    show: photo_settings.show()

    def work(self, context, _head):
        from ...core.labels import BASIC
        from ..scene import photos, showing

        image, path = read(self.filepath), Path(bpy.path.abspath(self.filepath))
        face = None if self.face < 0 else self.face
        sheet = yield "expression_sheet", {"image": image, "intensity": self.intensity, "name": path.name, "face": face}
        made = photos.image_of(f"{photos.name_of(path)} Expressions", sheet)
        if self.show:
            showing.in_editor(context, made)
        self.report({"INFO"}, f"The image '{made.name}' shows {', '.join(BASIC)}, three a row")
