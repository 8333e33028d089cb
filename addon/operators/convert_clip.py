"""Convert Clip: own keys, ARKit keys or a cache into another of these."""

import bpy

from .. import properties
from .face_job import FaceJob


class MIMICA_OT_convert_clip(FaceJob, bpy.types.Operator):
    bl_idname = "mimica.convert_clip"
    bl_label = "Convert Clip"
    bl_description = (
        "Make a clip into keys of its own, ARKit keys or a cache, as it plays now, your edits included; its place in time stays"
    )
    bl_options = {"REGISTER", "UNDO"}

    clip: properties.clip()
    onto: properties.onto()
    tolerance: properties.tolerance()

    def work(self, context, head):
        from ..scene import clip_motion, clips, outputs, performance
        from ..scene import sequence as sequences

        moved = clip_motion.of(head, self.clip)
        plan = yield from outputs.plan(head, self.onto, self.tolerance, context.scene.mimica.cache_folder)
        obj = head.object
        found, recipe = clips.get(obj, self.clip), sequences.recipe_of(obj, self.clip)
        start = round(found.start)
        if plan.kind == "CACHE":
            muted = performance.write_cache(head, self.clip, moved, start, plan.folder, recipe)
            said = f"{len(moved)} frames of '{self.clip}' in a cache{outputs.muted_note(muted)}"
        else:
            arguments = {name: value for name, value in plan.arguments.items() if name != "dense"}
            made = yield "keys_for", {**arguments, "motion": moved, "fps": sequences.fps(), "label": self.clip}
            said = outputs.write(head, made, plan, start, recipe)
        if found.muted:
            clips.mute(obj, self.clip, True)
            clips.arrange(obj)
        self.report({"INFO"}, said)
