"""Face from Photo: needs no head, it makes one."""

import bpy

from .. import exchange, jobs
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
