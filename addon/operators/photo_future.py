"""Photo Goes On, Photo Towards Another: what the face of a photo does next, by itself or on its way to another photo."""

from pathlib import Path

import bpy

from .. import photo_settings
from .photo_video import PhotoVideo, read


class Future(PhotoVideo):
    """A mix-in: how long, and which of all futures."""

    frames: photo_settings.length()
    seed: photo_settings.seed()
    network: photo_settings.network()

    @property
    def future(self):
        return {"frames": self.frames, "seed": None if self.seed < 0 else self.seed, "network": self.network}


class MIMICA_OT_photo_predict(Future, bpy.types.Operator):
    bl_idname = "mimica.photo_predict"
    bl_label = "Photo Goes On"
    bl_description = "What the face of the photo may do next, as a movie or PNG frames. Every seed is another future"
    added = "goes on"

    def work(self, context, _head):
        path = self.output()
        yield from self.made(context, path, ("predict", {**self.given(), **self.future}))


class MIMICA_OT_photo_towards(Future, bpy.types.Operator):
    bl_idname = "mimica.photo_towards"
    bl_label = "Photo Towards Another"
    bl_description = (
        "The face of the photo on its way to the expression and turn of the face in another photo, which it has in the last frame; it stays its own "
        "face, in its own place"
    )
    added = "towards"

    target: photo_settings.target()

    def work(self, context, _head):
        path, given = self.output(), self.given()
        target = {"target": read(self.target, "photo to go to"), "target_name": Path(self.target).name}
        yield from self.made(context, path, ("towards", {**given, **target, **self.future}))
