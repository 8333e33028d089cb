"""Make ARKit keys: the 52 named shape keys that face capture and game engines know."""

import bpy

from .. import properties
from .face_job import FaceJob


class MIMICA_OT_arkit_keys(FaceJob, bpy.types.Operator):
    bl_idname = "mimica.arkit_keys"
    bl_label = "Make ARKit Keys"
    bl_description = (
        "Give the active head the 52 ARKit shape keys, and its eyes and teeth theirs; keys of such a name that you made are kept"
    )
    bl_options = {"REGISTER", "UNDO"}

    replace: properties.replace()

    def work(self, context, head):
        from ..scene import cache, performance

        rig = yield "arkit_keys", cache.arguments(head)
        made, kept = performance.write_arkit(head, rig.keys, self.replace)
        cache.store(head, rig.adaptation)
        others = len({piece.name for piece in head.pieces[1:] if rig.keys.deltas[:, piece.rows].any()})
        beside = f" and on {others} objects beside it" if others else ""
        self.report({"INFO"}, f"{made} ARKit keys on '{head.object.name}'{beside}" + (f"; {kept} of yours kept" if kept else ""))
