"""Show Variants: the selected expression of the sequence with several seeds, as small pictures of this head to choose from."""

import bpy

from .. import thumbnails
from ..scene import active
from .face_job import FaceJob, OnHead


class MIMICA_OT_variants(FaceJob, bpy.types.Operator):
    bl_idname = "mimica.variants"
    bl_label = "Show Variants"
    bl_description = "Pictures of this head at the apex of the selected expression with other seeds; click one to take its seed"
    bl_options = {"REGISTER"}

    count: bpy.props.IntProperty(name="Count", description="How many seeds", default=6, min=1, max=24)
    size: bpy.props.IntProperty(name="Size", description="Width and height of a picture, in pixels", default=96, min=32, max=256)

    def work(self, context, head):
        from ..scene import cache
        from ..scene import sequence as sequences

        cue = sequences.selected(head.object)
        key = sequences.picture_key(head.object, cue)
        shown = [seed for seed, _ in thumbnails.of(key)]
        first = max(shown) + 1 if shown else cue.seed
        seeds = tuple(range(first, first + self.count))
        made = yield (
            "variants",
            {
                **cache.arguments(head),
                "expression": cue.expression,
                "seeds": seeds,
                "size": self.size,
                "intensity": cue.intensity,
            },
        )
        thumbnails.show(key, made.seeds, made.images)
        self.report({"INFO"}, f"Seeds {seeds[0]} to {seeds[-1]} of {cue.expression}")


class MIMICA_OT_take_variant(OnHead, bpy.types.Operator):
    bl_idname = "mimica.take_variant"
    bl_label = "Take Variant"
    bl_description = "Give the selected expression of the sequence this seed; a preview follows"
    bl_options = {"REGISTER", "UNDO"}

    seed: bpy.props.IntProperty(name="Seed", description="The seed of the picture", min=0)

    def execute(self, context):
        from ...core.errors import MimicaError
        from ..scene import sequence as sequences

        try:
            sequences.selected(active.head(context)).seed = self.seed
        except MimicaError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}
