"""Clear: takes Mimica's own keys, actions and caches off the active head."""

import bpy

from ..scene import active
from .face_job import OnHead


class MIMICA_OT_clear(OnHead, bpy.types.Operator):
    bl_idname = "mimica.clear"
    bl_label = "Clear Mimica's Keys"
    bl_description = (
        "Remove the keys, actions, caches and rotation empties that Mimica made on the active head, its eyes and teeth; "
        "your own, the sequence and the landmarks stay"
    )
    bl_options = {"REGISTER", "UNDO"}

    files: bpy.props.BoolProperty(
        name="Delete Cache Files", description="Delete the files of the caches as well; undo does not bring them back", default=False
    )

    def execute(self, context):
        from ..scene import companions, neutral, performance, rotations

        head = active.head(context)
        objects = [head, *companions.written(head)]
        rotations.clear(head)
        removed, caches = performance.clear(head, self.files)
        neutral.forget(objects)
        beside = f" and {caches} caches" + ("" if self.files else ", whose files stay,") if caches else ""
        self.report({"INFO"}, f"{removed} keys{beside} of Mimica removed from '{head.name}'")
        return {"FINISHED"}
