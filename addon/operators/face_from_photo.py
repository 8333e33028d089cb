"""Face from Photo: a head with the face of a photo, its texture, and the camera that sees it so."""

from pathlib import Path

import bpy

from .. import exchange
from ..scene import active
from .photo_video import OnPhoto

UNSURE = 0.5  # confidence below which the user had better look


class MIMICA_OT_face_from_photo(OnPhoto, bpy.types.Operator):
    bl_idname = "mimica.face_from_photo"
    bl_label = "Face from Photo"
    bl_description = (
        "Make a head with the face of a photo: neutral, with the photo's expression as a shape key on top, its texture, and a camera before "
        "which it lies over the photo. Everything else of Mimica works on it"
    )
    bl_options = {"REGISTER", "UNDO"}

    filepath: exchange.photo()
    filter_image: exchange.listed()
    filter_folder: exchange.listed()
    face: exchange.face()
    shading: exchange.shading()
    size: exchange.texture_size()
    background: exchange.background()
    set_up: exchange.set_up()

    @classmethod
    def why_not(cls, context):
        return "" if context.mode == "OBJECT" else active.NOT_OBJECT_MODE

    def work(self, context, _head):
        from ..scene import photos

        path = Path(bpy.path.abspath(self.filepath))
        photos.name_of(path)
        image = photos.read(path)
        face = None if self.face < 0 else self.face
        fitted = yield "fit", {"image": image, "name": path.name, "face": face, "shading": self.shading}
        texture = yield "face_texture", {"image": image, "fitted": fitted, "size": int(self.size)}
        made = photos.build(context, path, image, fitted, texture, background=self.background, set_up=self.set_up)
        sure = "" if fitted.confidence > UNSURE else "; not sure, look at it through the camera"
        self.report({"INFO"}, f"'{made.head.name}' from {path.name}: landmarks {fitted.residual:.1%} of the face's size off{sure}")
