"""Generate: an expression on the active head, as shape keys and an action."""

import bpy

from .. import properties
from .face_job import FaceJob


class MIMICA_OT_generate(FaceJob, bpy.types.Operator):
    bl_idname = "mimica.generate"
    bl_label = "Generate Expression"
    bl_description = "Make the active head play an expression: a few shape keys and an action you can edit"
    bl_options = {"REGISTER", "UNDO"}

    expression: properties.expression()
    frames: properties.frames()
    intensity: properties.intensity()
    seed: properties.seed()

    function = "generate"

    def arguments(self, context):
        render = context.scene.render
        return {
            "expression": self.expression,
            "frames": self.frames,
            "fps": render.fps / render.fps_base,
            "intensity": self.intensity,
            "seed": self.seed,
        }

    def write(self, context, obj, result):
        from ..scene import performance

        performance.write(obj, result, context.scene.frame_start)
        self.report({"INFO"}, f"{len(result.keys.names)} keys on '{obj.name}', at most {result.residual_mm:.2f} mm off at life size")
