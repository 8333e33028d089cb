"""Play Recording on Head: a Live Link Face recording on the ARKit keys, with the rotation of head and eyes."""

from pathlib import Path

import bpy

from .. import exchange, properties
from .face_job import FileJob
from .generate import start_frame


class PlaysRecording:
    """A mix-in: where a recording goes besides the ARKit keys, and `play`, which puts it there."""

    from_rest: exchange.from_rest()
    rotation: exchange.rotation()
    follow: exchange.follow()
    armature: bpy.props.StringProperty(name="Armature", description="The armature whose bones turn")
    head_bone: exchange.bone("Head")
    left_eye_bone: exchange.bone("Left Eye")
    right_eye_bone: exchange.bone("Right Eye")
    place: properties.place()

    def play(self, context, head, recording, label, bones):
        """Work that puts a Recording onto the head as the clip `label`; what to tell the user of it."""
        from ...core import api
        from ..scene import arkit, cache, outputs, performance, recordings

        known, rig = cache.arguments(head), None
        names = arkit.names()
        if arkit.missing(head, names):
            made = yield "arkit_keys", known
            rig, known = made.keys, {"mesh": head.mesh, "adaptation": made.adaptation}
        render = context.scene.render
        how = {"fps": render.fps / render.fps_base, "from_rest": self.from_rest}
        made = yield "play_onto", {**known, **how, "recording": recording, "onto": arkit.onto(head, names, rig), "label": label}
        start = start_frame(context, self.place)
        muted = performance.write(head, made, start, rig, onto_arkit=True)
        cache.store(head, made.adaptation)
        recordings.note(head, label, recording)
        said = recordings.rotate(head, made, api.play(recording, **how), start, bones, self.rotation, self.follow)
        return f"{len(made.keys.weights) / made.fps:.1f} s of '{label}' on '{head.object.name}'", said + outputs.muted_note(muted)

    def bones(self):
        """The bones that are named, if these are wanted; MeshError where they are not there."""
        from ..scene import rotations

        if self.rotation != "BONES":
            return None
        bones = rotations.Bones(bpy.data.objects.get(self.armature), tuple(getattr(self, name) for name in exchange.BONES))
        rotations.check(bones)
        return bones


class MIMICA_OT_play_recording(PlaysRecording, FileJob, bpy.types.Operator):
    bl_idname = "mimica.play_recording"
    bl_label = "Play Recording on Head"
    bl_description = (
        "Put a face recording of Live Link Face (CSV) onto the head's ARKit keys, made first where they are missing, as one clip at the "
        "scene's frame rate; the rotation of head and eyes goes onto empties or bones"
    )
    bl_options = {"REGISTER", "UNDO"}

    filepath: exchange.recording()
    filter_glob: bpy.props.StringProperty(default="*.csv;*.csv.gz;*.gz", options={"HIDDEN"})

    def work(self, context, head):
        from ...core import api

        bones = self.bones()
        path = Path(bpy.path.abspath(self.filepath))
        recording = api.read_recording(path)
        label = path.name.removesuffix(".gz").removesuffix(".csv") or "recording"
        played, said = yield from self.play(context, head, recording, label, bones)
        self.report({"INFO"}, f"{played}, from timecode {recording.timecode}{said}")
