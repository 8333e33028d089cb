"""Transfer: the motion of another head in the scene, or of a sequence of meshes on disk, on the active head."""

import bpy

from .. import exchange, properties
from .face_job import FaceJob, FileJob, steps

READING = 0.2  # of the time


class MIMICA_OT_transfer_from_head(FaceJob, bpy.types.Operator):
    bl_idname = "mimica.transfer_from_head"
    bl_label = "Transfer from Another Head"
    bl_description = (
        "Let the active head do what another head does, of any topology: its shape keys, actions, tracks, drivers, armature or cache, "
        "as the timeline shows them. Select the other head first, then this one with Shift"
    )
    bl_options = {"REGISTER", "UNDO"}

    source: bpy.props.StringProperty(
        name="Other Head", description="The head that the motion is taken from; empty for the other selected one"
    )
    first: properties.first_frame()
    last: properties.last_frame()
    onto: properties.onto()
    tolerance: properties.tolerance()

    def work(self, context, head):
        from ..scene import cache, motion, outputs, sampling

        other = motion.source(context, head.object, self.source)
        frames = sampling.frames(context.scene, self.first, self.last)
        plan = yield from outputs.plan(head, self.onto, self.tolerance, context.scene.mimica.cache_folder)
        read, moving = yield from steps(motion.read(context, other, frames), READING, "Reading the other head")
        theirs = {"source_landmarks": cache.load_landmarks(read), "source_adaptation": cache.load(read)}
        made = yield "transfer", {**plan.arguments, **theirs, "source": moving, "fps": sampling.fps(context.scene)}
        self.report({"INFO"}, f"From '{other.name}': {outputs.write(head, made, plan, frames[0])}")


class MIMICA_OT_transfer_sequence(FileJob, bpy.types.Operator):
    bl_idname = "mimica.transfer_sequence"
    bl_label = "Transfer from Mesh Sequence"
    bl_description = (
        "Let the active head do what a sequence of meshes does: a folder with one ply or obj file a frame, as the recordings of CoMA and "
        "VOCASET are. A cache in the scene is transferred with Transfer from Another Head"
    )
    bl_options = {"REGISTER", "UNDO"}

    filepath: exchange.sequence()
    directory: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})
    filter_folder: exchange.listed()
    rate: exchange.rate()
    neutral: exchange.neutral_frame()
    onto: properties.onto()
    tolerance: properties.tolerance()
    place: properties.place()

    def work(self, context, head):
        from ..scene import outputs, sampling
        from .generate import start_frame

        plan = yield from outputs.plan(head, self.onto, self.tolerance, context.scene.mimica.cache_folder)
        folder = bpy.path.abspath(self.filepath or self.directory)
        neutral = self.neutral if self.neutral >= 0 else None
        sequence = yield "read_mesh_sequence", {"path": folder, "fps": self.rate, "neutral": neutral}
        made = yield "transfer", {**plan.arguments, "source": sequence.head, "fps": sampling.fps(context.scene)}
        said = outputs.write(head, made, plan, start_frame(context, self.place))
        missing = f"; {len(sequence.missing)} frames had no file" if sequence.missing else ""
        self.report({"INFO"}, f"{len(sequence.head.vertices)} meshes of {folder}{missing}: {said}")
