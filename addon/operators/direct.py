"""Direct: the sequence of the active head as one clip; before that, a preview of it that can be kept or discarded."""

from dataclasses import replace

import bpy

from .. import previewing, properties
from ..scene import active
from .face_job import FaceJob, OnHead
from .generate import start_frame


class _Direct(FaceJob):
    """Makes the clip of the sequence; a preview gives way to it."""

    def work(self, context, head):
        from ..scene import outputs, preview
        from ..scene import sequence as sequences

        sequence = sequences.read(head.object)
        plan = yield from outputs.plan(head, self.onto, self.tolerance, context.scene.mimica.cache_folder)
        made = yield "direct", {**plan.arguments, "sequence": sequence, "fps": sequences.fps()}
        with preview.giving_way(head.object):
            said = outputs.write(head, made, plan, start_frame(context, self.place), sequences.text(sequence))
        self.report({"INFO"}, said)


class _Preview(FaceJob):
    """Shows a sequence under the preview's name."""

    def show(self, context, head, sequence):
        """Yields the call for a draft, then shows it."""
        from ..scene import cache, preview
        from ..scene import sequence as sequences

        named = replace(sequence, name=sequences.PREVIEW)
        made = yield "draft", {**cache.arguments(head), "sequence": named, "fps": sequences.fps()}
        preview.write(head, made, start_frame(context, self.place))


class MIMICA_OT_direct(_Direct, bpy.types.Operator):
    bl_idname = "mimica.direct"
    bl_label = "Direct Sequence"
    bl_description = (
        "Make one clip of the head's sequence: each expression flows into the next. A clip of the same name is replaced, and nothing else"
    )
    bl_options = {"REGISTER", "UNDO"}

    onto: properties.onto()
    tolerance: properties.tolerance()
    place: properties.place()


class MIMICA_OT_keep_preview(_Direct, bpy.types.Operator):
    bl_idname = "mimica.keep_preview"
    bl_label = "Keep Preview"
    bl_description = "Make the clip that the preview shows; a clip of the sequence's name is replaced"
    bl_options = {"REGISTER", "UNDO"}

    onto: properties.onto()
    tolerance: properties.tolerance()
    place: properties.place()

    @classmethod
    def poll(cls, context):
        return super().poll(context) and _has_preview(cls, context)


class MIMICA_OT_preview(_Preview, bpy.types.Operator):
    bl_idname = "mimica.preview"
    bl_label = "Preview Sequence"
    bl_description = (
        "Show a quick draft of the head's sequence under a passing clip: scrub the timeline, change the sequence, and Keep or Discard it. "
        "Clips that lie there wait meanwhile"
    )
    bl_options = {"REGISTER", "UNDO"}

    place: properties.place()

    def work(self, context, head):
        from ..scene import sequence as sequences

        yield from self.show(context, head, sequences.read(head.object))


class MIMICA_OT_next_seed(_Preview, bpy.types.Operator):
    bl_idname = "mimica.next_seed"
    bl_label = "Next Seed"
    bl_description = "Another performance of the selected expression of the sequence, shown as a preview"
    bl_options = {"REGISTER", "UNDO"}

    place: properties.place()
    seed: bpy.props.IntProperty(name="Seed", description="The seed to take; -1 for the one after that of now", default=-1, min=-1)

    def work(self, context, head):
        from ..scene import sequence as sequences

        obj = head.object
        selected = sequences.selected(obj)
        seed = self.seed if self.seed >= 0 else (selected.seed + 1) % (properties.MAX_SEED + 1)
        sequence, index = sequences.read(obj), obj.mimica_cue
        cues = list(sequence.cues)
        cues[index] = replace(cues[index], seed=seed)
        yield from self.show(context, head, replace(sequence, cues=tuple(cues)))
        with previewing.paused():
            obj.mimica_cues[index].seed = seed
        self.report({"INFO"}, f"Seed {seed}")


class MIMICA_OT_discard_preview(OnHead, bpy.types.Operator):
    bl_idname = "mimica.discard_preview"
    bl_label = "Discard Preview"
    bl_description = "Take the preview off; the clips that waited play again, the sequence stays"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        return super().poll(context) and _has_preview(cls, context)

    def execute(self, context):
        from ..scene import preview

        preview.discard(active.head(context))
        return {"FINISHED"}


def _has_preview(cls, context):
    from ..scene import sequence

    if sequence.has_preview(active.head(context)):
        return True
    cls.poll_message_set("There is no preview; press Preview first")
    return False
