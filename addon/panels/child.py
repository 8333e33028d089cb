"""What the panels below the main one share."""

from .. import jobs
from ..scene import active


class Child:
    """A mix-in: a closed panel below the main one, empty but for the reason where Mimica cannot work; the panel gives `draw_head`."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Mimica"
    bl_parent_id = "VIEW3D_PT_mimica"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.enabled = jobs.running is None
        if active.why_not(context):
            layout.label(text="Select a head first", icon="INFO")
            return
        self.draw_head(context, layout, active.head(context))
