"""Read Clip into Sequence: the expressions and times that a directed or baked clip was made of."""

import bpy

from .. import properties
from ..scene import active
from .face_job import OnClip


class MIMICA_OT_read_clip(OnClip, bpy.types.Operator):
    bl_idname = "mimica.read_clip"
    bl_label = "Read Clip into Sequence"
    bl_description = (
        "Put the expressions and times that a clip was directed with back into the head's sequence, in place of what is there; "
        "without a clip's name from the active action, such as a baked one"
    )
    bl_options = {"REGISTER", "UNDO"}

    clip: properties.clip()

    def execute(self, context):
        from ..scene import bake

        if self.clip:
            return super().execute(context)
        head = active.head(context)
        return self._read(head, bake.recipe_of_active(head), f"The active action of '{head.name}'")

    def change(self, head, clip):
        from ..scene import sequence as sequences

        return self._read(head, sequences.recipe_of(head, clip.name), f"The clip '{clip.name}'")

    def _read(self, head, text, what):
        from ...core.errors import MimicaError
        from ...core.motion import recipes
        from ..scene import sequence as sequences

        if not text:
            self.report({"ERROR"}, f"{what} carries no sequence: only clips that Direct made, and what was baked from one of these, do.")
            return {"CANCELLED"}
        try:
            sequence = recipes.from_json(text, what)
        except MimicaError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        sequences.write(head, sequence)
        self.report({"INFO"}, f"{len(sequence.cues)} expressions of '{sequence.name}' in the sequence")
        return {"FINISHED"}
