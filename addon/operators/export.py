"""Export Face Animation: what the timeline shows of a head, as a file for other programs."""

import bpy

from .. import exchange, properties
from .face_job import FileJob, Step, steps

SAMPLING = 0.9  # of the time


class MIMICA_OT_export(FileJob, bpy.types.Operator):
    bl_idname = "mimica.export"
    bl_label = "Export Face Animation"
    bl_description = (
        "Write the head and what goes with it, its named shape keys and all that the timeline shows of them as a file for other programs. "
        "Works from a passing copy: clips, drivers and your own animation are baked into it, and your scene stays as it is"
    )
    bl_options = {"REGISTER"}

    filepath: bpy.props.StringProperty(name="File", description="Where to write it", subtype="FILE_PATH")
    check_existing: bpy.props.BoolProperty(default=True, options={"HIDDEN"})
    format: exchange.format()
    first: properties.first_frame()
    last: properties.last_frame()

    def suggested(self, context):
        from ..scene import active, formats

        return active.head(context).name + formats.SUFFIXES[self.format]

    def work(self, context, head):
        from ...core.errors import FileError
        from ..scene import exporting, formats, sampling

        if formats.absent(self.format):
            raise FileError(f"{formats.absent(self.format)}.")
        path = self.destination(formats.SUFFIXES[self.format])
        objects = exporting.objects_of(head.object)
        frames = sampling.frames(context.scene, self.first, self.last)
        dense = self.format not in formats.KEYED
        if not dense:
            exporting.refuse_keyless(objects)
        reading = exporting.sample(context.scene, objects, frames, dense)
        sampled = yield from steps(reading, SAMPLING, "Reading the animation")
        if self.format == "PC2":
            formats.write_cache(path, sampled.vertices[0], frames[0])
        else:
            yield Step(SAMPLING, "Writing the file")
            with exporting.staged(context, sampled, head.object.name):
                formats.write(self.format, path, frames, head.object.name)
        self.report({"INFO"}, f"Frames {frames[0]} to {frames[-1]} of '{head.object.name}' written to {path}")
