"""Bake: whatever moves the head's shape keys, as plain keyframes on one active action."""

import bpy

from .. import properties
from .face_job import FaceJob, steps

SAMPLING = 0.95  # of the time


class MIMICA_OT_bake(FaceJob, bpy.types.Operator):
    bl_idname = "mimica.bake"
    bl_label = "Bake Face to Keyframes"
    bl_description = (
        "Turn all that moves the shape keys of the head and its eyes and teeth - clips, NLA tracks, drivers - into plain keyframes on one "
        "active action, which plays where Mimica is not installed. What was baked is muted, not deleted"
    )
    bl_options = {"REGISTER", "UNDO"}

    first: properties.first_frame()
    last: properties.last_frame()
    step: properties.step()
    thinned: properties.thinned()
    name: bpy.props.StringProperty(name="Name", description="Name of the action; empty for the object's name and 'baked'")

    def work(self, context, head):
        from ..scene import bake, exporting, sampling

        obj = head.object
        bake.refuse(obj)
        frames = sampling.frames(context.scene, self.first, self.last)[:: self.step]
        objects = [one for one in exporting.objects_of(obj) if one.data.shape_keys]
        sampled = yield from steps(exporting.sample(context.scene, objects, frames), SAMPLING, "Baking")
        keys, points = bake.write(obj, sampled, self.step, self.thinned, self.name)
        self.report({"INFO"}, f"{keys} shape keys of '{obj.name}' baked, {points} keyframes from frame {frames[0]} to {frames[-1]}")
