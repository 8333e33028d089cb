"""What the panels below the main one share."""

from .. import jobs
from ..scene import active


class Below:
    """A mix-in: a closed panel below the main one."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Mimica"
    bl_parent_id = "VIEW3D_PT_mimica"
    bl_options = {"DEFAULT_CLOSED"}


class Child(Below):
    """A mix-in: a panel on the active head, empty but for a hint where Mimica cannot work; the panel gives `draw_head`."""

    def draw(self, context):
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.enabled = jobs.running is None
        if active.why_not(context):
            layout.label(text="Select a head first", icon="INFO")
            return
        self.draw_head(context, layout, active.head(context))
