"""Photo Output: what all that is made of the photo has in common."""

import bpy

from .. import photo_settings
from .photo import BelowPhoto


class VIEW3D_PT_mimica_photo_output(BelowPhoto, bpy.types.Panel):
    bl_label = "Photo Output"

    def draw_photo(self, _context, layout, chosen):
        column = layout.column()
        for name in ("output", *photo_settings.SHARED, "network"):
            column.prop(chosen, name)
