"""Make ARKit keys: the 52 named shape keys that face capture and game engines know."""

import bpy

from .face_job import FaceJob

CLIP = "arkit"


class MIMICA_OT_arkit_keys(FaceJob, bpy.types.Operator):
    bl_idname = "mimica.arkit_keys"
    bl_label = "Make ARKit Keys"
    bl_description = "Give the active head the 52 ARKit shape keys; keys of the same name that you made are kept"
    bl_options = {"REGISTER", "UNDO"}

    function = "arkit_keys"

    def arguments(self, _context):
        return {}

    def write(self, _context, obj, rig):
        from ...core.keys import Keys
        from ..scene import record, shape_keys

        result = rig.keys
        own = record.own_keys(obj)
        blocks = obj.data.shape_keys.key_blocks if obj.data.shape_keys else {}
        chosen = [index for index, name in enumerate(result.names) if name not in blocks or own.get(name) == CLIP]
        keys = Keys(tuple(result.names[index] for index in chosen), result.deltas[chosen], result.weights[:, chosen])
        shape_keys.commit(obj, CLIP, shape_keys.add(obj, keys), keys.names)
        kept = len(result.names) - len(chosen)
        self.report({"INFO"}, f"{len(chosen)} ARKit keys on '{obj.name}'" + (f"; {kept} of yours kept" if kept else ""))
