"""Perform on All Selected: one expression, or the active head's sequence, on every selected head."""

import bpy

from .. import properties
from ..scene import active
from .face_job import FaceJob
from .generate import start_frame


class MIMICA_OT_generate_all(FaceJob, bpy.types.Operator):
    bl_idname = "mimica.generate_all"
    bl_label = "Perform on All Selected Heads"
    bl_description = (
        "Let every selected head play the expression chosen above, or the sequence of the active one, each in its own way. "
        "A head that it fails on is named, and the others are done all the same; one undo takes all of it back"
    )
    bl_options = {"REGISTER", "UNDO"}

    what: bpy.props.EnumProperty(
        name="What",
        description="What the heads play",
        items=(("EXPRESSION", "Expression", "One expression"), ("SEQUENCE", "Sequence", "The sequence of the active head")),
        default="EXPRESSION",
    )
    expression: properties.expression()
    frames: properties.frames()
    intensity: properties.intensity()
    seed: properties.seed()
    onto: properties.onto()
    tolerance: properties.tolerance()
    place: properties.place()

    def work(self, context, _head):
        from ...core.errors import Cancelled, MeshError, MimicaError
        from ..scene import heads, outputs

        function, settings = self._call(context)
        made, failed = [], []
        for name in active.selected_heads(context):
            try:
                reason = active.why_not_on(bpy.data.objects[name])
                if reason:
                    raise MeshError(reason)
                head = self._head = heads.collect(bpy.data.objects[name])
                plan = yield from outputs.plan(head, self.onto, self.tolerance, context.scene.mimica.cache_folder)
                made.append((head, plan, (yield function, {**plan.arguments, **settings})))
            except Cancelled:
                raise
            except MimicaError as error:
                failed.append(f"'{name}': {error}")
        recipe = self._recipe(context)
        for head, plan, performance in made:
            outputs.write(head, performance, plan, start_frame(context, self.place), recipe)
        done = f"{len(made)} heads play '{made[0][2].label}'" if made else "No head was changed"
        self.report({"WARNING" if failed else "INFO"}, done + (f"; {len(failed)} failed. " + " ".join(failed) if failed else ""))

    def _call(self, context):
        """The function of core.api, and what it is told of the performance."""
        from ..scene import sampling
        from ..scene import sequence as sequences

        fps = sampling.fps(context.scene)
        if self.what == "SEQUENCE":
            return "direct", {"sequence": sequences.read(active.head(context)), "fps": fps}
        names = ("expression", "frames", "intensity", "seed")
        return "generate", {**{name: getattr(self, name) for name in names}, "fps": fps}

    def _recipe(self, context):
        from ..scene import sequence as sequences

        return sequences.text(sequences.read(active.head(context))) if self.what == "SEQUENCE" else ""
