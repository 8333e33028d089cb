"""Generate: an expression on the active head, as shape keys and an action."""

import bpy

from .. import properties
from .face_job import FaceJob


class MIMICA_OT_generate(FaceJob, bpy.types.Operator):
    bl_idname = "mimica.generate"
    bl_label = "Generate Expression"
    bl_description = "Make the active head play an expression: shape keys and an action you can edit"
    bl_options = {"REGISTER", "UNDO"}

    expression: properties.expression()
    frames: properties.frames()
    intensity: properties.intensity()
    seed: properties.seed()
    onto: properties.onto()
    tolerance: properties.tolerance()
    place: properties.place()

    def work(self, context, head):
        from ..scene import outputs

        plan = yield from outputs.plan(head, self.onto, self.tolerance, context.scene.mimica.cache_folder)
        made = yield "generate", {**plan.arguments, **self._settings(context)}
        self.report({"INFO"}, outputs.write(head, made, plan, start_frame(context, self.place)))

    def _settings(self, context):
        render = context.scene.render
        return {
            "expression": self.expression,
            "frames": self.frames,
            "fps": render.fps / render.fps_base,
            "intensity": self.intensity,
            "seed": self.seed,
        }


def start_frame(context, place):
    """The scene frame at which a clip begins, as `properties.place` says."""
    return context.scene.frame_current if place == "CURRENT" else context.scene.frame_start
