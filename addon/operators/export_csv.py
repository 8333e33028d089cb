"""Export Face Recording: the head's ARKit animation as Live Link Face would have recorded it."""

import bpy

from .. import properties
from ..scene import active
from .face_job import FileJob, OnArkit, Step, steps

SAMPLING = 0.95  # of the time


class MIMICA_OT_export_csv(OnArkit, FileJob, bpy.types.Operator):
    bl_idname = "mimica.export_csv"
    bl_label = "Export Face Recording (CSV)"
    bl_description = (
        "Write the head's ARKit animation, as the timeline shows it, in the format of Live Link Face: 52 weights a frame, head and eye "
        "rotation from Mimica's empties, and the timecode of the recording that it began as"
    )
    bl_options = {"REGISTER"}

    filepath: bpy.props.StringProperty(name="File", description="Where to write it", subtype="FILE_PATH")
    check_existing: bpy.props.BoolProperty(default=True, options={"HIDDEN"})
    first: properties.first_frame()
    last: properties.last_frame()
    timecode: bpy.props.StringProperty(
        name="Timecode", description="Of the first frame, hours:minutes:seconds:frames; empty to go on from the recording on the head"
    )

    def suggested(self, context):
        return active.head(context).name + ".csv"

    def work(self, context, head):
        from ...core import api
        from ..scene import recordings, sampling

        path = self.destination(".csv")
        frames = sampling.frames(context.scene, self.first, self.last)
        reading = recordings.sample(context.scene, head.object, frames)
        values = yield from steps(reading, SAMPLING, "Reading the animation")
        yield Step(SAMPLING, "Writing the file")
        start = self.timecode or recordings.timecode(context.scene, head.object, frames[0])
        api.write_recording(path, api.recording_of(*values, fps=sampling.fps(context.scene), timecode=start))
        self.report({"INFO"}, f"{len(frames)} frames of '{head.object.name}', from timecode {start}, written to {path}")
