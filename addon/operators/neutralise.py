"""Neutralise: the neutral face of a head that was scanned or modelled with an expression."""

import bpy

from .face_job import FaceJob


class MIMICA_OT_neutralise(FaceJob, bpy.types.Operator):
    bl_idname = "mimica.neutralise"
    bl_label = "Neutralise Face"
    bl_description = (
        "For a scan or sculpt that is not neutral: a shape key 'Mimica neutral' with the expression taken off, which becomes the head's "
        "neutral. Its slider brings the expression back"
    )
    bl_options = {"REGISTER", "UNDO"}

    def work(self, context, head):
        from ..scene import cache, neutral

        posed = neutral.as_posed(head)
        found = yield "neutralise", {"mesh": posed.mesh, "landmarks": cache.load_landmarks(posed)}
        moved = neutral.write(posed, found)
        self.report(
            {"INFO"}, f"'{neutral.KEY}' on '{head.object.name}', and its neutral from now on; {moved:.1%} of the head's size at most"
        )
