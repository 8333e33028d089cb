"""Face from Photo: needs no head, it makes one."""

import bpy

from .. import exchange, jobs, photo_settings
from .child import Below


class VIEW3D_PT_mimica_photo(Below, bpy.types.Panel):
    bl_label = "Photo"

    def draw(self, context):
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.enabled = jobs.running is None
        chosen = context.scene.mimica_exchange
        column = layout.column()
        column.prop(chosen, "photo")
        for name in exchange.PHOTO:
            column.prop(chosen, name)
        button = layout.operator("mimica.face_from_photo", icon="IMAGE_DATA")
        button.filepath = chosen.photo
        for name, own in exchange.PHOTO.items():
            setattr(button, own, getattr(chosen, name))


class BelowPhoto(Below):
    """A mix-in: a panel on the photo that is chosen, with a hint where there is none; the panel gives `draw_photo`."""

    bl_parent_id = "VIEW3D_PT_mimica_photo"

    def draw(self, context):
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.enabled = jobs.running is None
        if not context.scene.mimica_exchange.photo:
            layout.label(text="Choose a photo above first", icon="INFO")
        self.draw_photo(context, layout, context.scene.mimica_photo_video)


def video_button(context, column, name, icon, missing=""):
    """The button of an operator that makes a video of the photo, with what the panels say; grey, and with a word on it, where something is
    missing."""
    taken, chosen = context.scene.mimica_exchange, context.scene.mimica_photo_video
    row = column.row()
    row.enabled = bool(taken.photo) and not missing
    button = row.operator(f"mimica.{name}", icon=icon)
    button.photo, button.face, button.filepath = taken.photo, taken.photo_face, chosen.output
    for own in photo_settings.SHARED:
        setattr(button, own, getattr(chosen, own))
    for own, shown in photo_settings.OWN[name].items():
        setattr(button, own, getattr(chosen, shown))
    button.place = context.scene.mimica.place
    if missing:
        column.label(text=missing, icon="INFO")
    return button


def image_button(context, column, name, icon, own):
    """The button of an operator that makes an image of the photo, with its own setting of the panels; grey without a photo."""
    taken, chosen = context.scene.mimica_exchange, context.scene.mimica_photo_video
    row = column.row()
    row.enabled = bool(taken.photo)
    button = row.operator(f"mimica.{name}", icon=icon)
    button.filepath, button.face, button.show = taken.photo, taken.photo_face, chosen.show
    setattr(button, own, getattr(chosen, own))
