"""Texture Prior as Image: what FaceAnime's networks are shown of a photo's face."""

from pathlib import Path

import bpy

from .. import exchange, photo_settings
from .photo_video import OnPhoto, read


class MIMICA_OT_photo_prior(OnPhoto, bpy.types.Operator):
    bl_idname = "mimica.photo_prior"
    bl_label = "Texture Prior as Image"
    bl_description = (
        "The photo's face alone, drawn by the model that was fitted to it, on nothing: FaceAnime's texture prior, as an image in this file"
    )
    bl_options = {"REGISTER", "UNDO"}

    filepath: exchange.photo()
    filter_image: exchange.listed()
    filter_folder: exchange.listed()
    face: exchange.face()
    interval: photo_settings.interval()
    show: photo_settings.show()

    def work(self, context, _head):
        from ..scene import photos, showing

        image, path = read(self.filepath), Path(bpy.path.abspath(self.filepath))
        fitted = yield "fit", {"image": image, "name": path.name, "face": None if self.face < 0 else self.face, "shading": False}
        own = {"coefficients": fitted.coefficients, "targets": fitted.coefficients}
        pictures, shown = yield "prior", {"image": image, **own, "interval": self.interval}
        made = photos.image_of(f"{photos.name_of(path)} Prior", pictures[0], shown[0])
        if self.show:
            showing.in_editor(context, made)
        self.report({"INFO"}, f"The image '{made.name}' shows the face of {path.name} alone")
