"""Save and load the head's sequence as a recipe, and a pose of its ARKit keys as an expression file of MPFB."""

from pathlib import Path

import bpy

from .. import exchange, properties
from ..scene import active
from .face_job import FileJob, OnArkit
from .generate import start_frame


class MIMICA_OT_save_recipe(FileJob, bpy.types.Operator):
    bl_idname = "mimica.save_recipe"
    bl_label = "Save Sequence as Recipe"
    bl_description = "Write the expressions and times of the head's sequence to a file, for other heads and scenes"
    bl_options = {"REGISTER"}

    filepath: exchange.recipe()
    check_existing: bpy.props.BoolProperty(default=True, options={"HIDDEN"})
    filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})

    def suggested(self, context):
        return f"{active.head(context).mimica_sequence}.json"

    def work(self, context, head):
        from ...core.motion import recipes
        from ..scene import sequence as sequences

        path = Path(bpy.path.ensure_ext(bpy.path.abspath(self.filepath), ".json"))
        sequence = sequences.read(head.object)
        recipes.write_recipe(path, sequence)
        self.report({"INFO"}, f"{len(sequence.cues)} expressions of '{sequence.name}' written to {path}")
        yield from ()


class MIMICA_OT_load_recipe(FileJob, bpy.types.Operator):
    bl_idname = "mimica.load_recipe"
    bl_label = "Load Recipe into Sequence"
    bl_description = "Read a recipe into the head's sequence, in place of what is there; Preview or Direct then plays it"
    bl_options = {"REGISTER", "UNDO"}

    filepath: exchange.recipe()
    filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})

    def work(self, context, head):
        from ...core.motion import recipes
        from ..scene import sequence as sequences

        sequence = recipes.read_recipe(Path(bpy.path.abspath(self.filepath)))
        sequences.write(head.object, sequence)
        self.report({"INFO"}, f"{len(sequence.cues)} expressions of '{sequence.name}' in the sequence of '{head.object.name}'")
        yield from ()


class MIMICA_OT_load_pose(FileJob, bpy.types.Operator):
    bl_idname = "mimica.load_pose"
    bl_label = "Load Expression Pose"
    bl_description = (
        "Read an expression of MPFB (.json) or MakeHuman (.mhpose) onto the head's ARKit keys, made first where they are missing: "
        "a clip that goes from neutral to the pose and holds it"
    )
    bl_options = {"REGISTER", "UNDO"}

    filepath: exchange.pose()
    filter_glob: bpy.props.StringProperty(default="*.json;*.mhpose", options={"HIDDEN"})
    frames: bpy.props.IntProperty(name="Length", description="Frames from neutral to the pose", default=12, min=2, max=10_000)
    place: properties.place()

    def work(self, context, head):
        from ...core import api
        from ..scene import outputs, sampling

        pose = api.read_expression(Path(bpy.path.abspath(self.filepath)))
        fps = sampling.fps(context.scene)
        plan = yield from outputs.plan(head, "ARKIT", context.scene.mimica.tolerance)
        recording = api.recording_of_pose(pose, frames=self.frames, fps=fps)
        made = yield "play_onto", {**plan.arguments, "recording": recording, "label": pose.name, "fps": fps}
        said = outputs.write(head, made, plan, start_frame(context, self.place))
        left_out = f"; ARKit has no {', '.join(pose.left_out)}" if pose.left_out else ""
        self.report({"INFO"}, f"'{pose.name}': {said}{left_out}")


class MIMICA_OT_save_pose(OnArkit, FileJob, bpy.types.Operator):
    bl_idname = "mimica.save_pose"
    bl_label = "Save Expression Pose"
    bl_description = "Write the pose that the head's ARKit keys show now as an expression file that MPFB reads"
    bl_options = {"REGISTER"}

    filepath: exchange.pose()
    check_existing: bpy.props.BoolProperty(default=True, options={"HIDDEN"})
    filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})

    def suggested(self, context):
        return f"{active.head(context).name}.json"

    def work(self, context, head):
        from ...core import api
        from ..scene import recordings

        path = Path(bpy.path.ensure_ext(bpy.path.abspath(self.filepath), ".json"))
        weights = recordings.shown_weights(head.object)
        api.write_expression(path, api.Pose(path.stem, weights))
        self.report({"INFO"}, f"{int((weights > 0).sum())} face units written to {path}")
        yield from ()
