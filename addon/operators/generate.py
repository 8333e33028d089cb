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
    place: properties.place()

    def work(self, context, head):
        from ..scene import arkit, cache, performance

        known, rig, keys = cache.arguments(head), None, None
        if self.onto == "ARKIT":
            names = arkit.names()
            if arkit.missing(head, names):
                made = yield "arkit_keys", known
                rig, known = made.keys, {"mesh": head.mesh, "adaptation": made.adaptation}
            keys = arkit.onto(head, names, rig)
        made = yield "generate", {**known, **self._settings(context), "onto": keys}
        muted = performance.write(head, made, start_frame(context, self.place), rig, onto_arkit=keys is not None)
        cache.store(head, made.adaptation)
        count, what = len(made.keys.names), "keys" if keys is None else "of the ARKit keys move"
        self.report(
            {"INFO"},
            f"{count} {what} on '{head.object.name}', at most {made.residual_mm:.2f} mm off at life size{_shared(head)}{muted_note(muted)}",
        )

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


def muted_note(names):
    """What to tell the user of clips that had to give way to a new one."""
    return f"; muted where it plays: {', '.join(names)}" if names else ""


def _shared(head):
    users = head.object.data.users
    return f"; {users} users share this mesh and its keys" if users > 1 else ""
