"""Photo Follows a Face: a photo does what a face in a movie, in a recording or in the scene does."""

from pathlib import Path

import bpy

from .. import exchange, photo_settings, properties
from ..scene import active
from .face_job import steps
from .photo_video import PhotoVideo

READ = 0.1  # of the work: a head's animation is read


class MIMICA_OT_photo_retarget(PhotoVideo, bpy.types.Operator):
    bl_idname = "mimica.photo_retarget"
    bl_label = "Photo Follows a Face"
    bl_description = (
        "Let the face of the photo do what another face does: in a movie, in a recording of Live Link Face, or the active head in the scene, read "
        "from its curves. The result is a movie or PNG frames"
    )
    added = "follows"

    driver_from: photo_settings.driver_from()
    driver: photo_settings.driver()
    face_only: photo_settings.face_only()
    keep_expression: photo_settings.keep_expression()
    network: photo_settings.network()
    armature: bpy.props.StringProperty(name="Armature", description="The armature whose bone turns the active head; empty for none")
    head_bone: exchange.bone("Head")
    first: properties.first_frame()
    last: properties.last_frame()

    def work(self, context, _head):
        from ..scene import sampling

        path, driver = self.output(), self._driver()
        given = {**self.given(), "pose": not self.face_only, "keep_expression": self.keep_expression, "network": self.network}
        if driver is not None:
            yield from self.after(context, path, "retarget", given, driver)
            return
        frames, recording = yield from self._acted(context)
        given |= {"driver": recording, "fps": sampling.fps(context.scene), "from_rest": False, "driver_name": active.head(context).name}
        yield from self.made(context, path, ("retarget", given), first=frames[0])

    def _driver(self):
        """The file that drives, None for the active head."""
        from ...core.errors import FileError

        if self.driver_from == "HEAD":
            return None
        if not self.driver:
            raise FileError("No driver is chosen. Choose a movie of a face, a recording of Live Link Face, or the active head.")
        return Path(bpy.path.abspath(self.driver))

    def _acted(self, context):
        """Work that reads what the active head does; the frames it was read at, and a Recording."""
        from ...core import api
        from ...core.errors import MeshError
        from ..scene import cache, driving, heads, recordings, sampling

        if active.why_not(context):
            raise MeshError(f"{active.why_not(context)}: the photo is to follow it.")
        head, frames = heads.collect(active.head(context)), sampling.frames(context.scene, self.first, self.last)
        bone = driving.bone(self.armature, self.head_bone)
        acted = yield from steps(driving.sample(context.scene, head.object, frames, bone), READ, "Reading the animation")
        if acted.turned is not None and not self.face_only:
            adaptation = cache.load(head) or (yield "adapt", cache.arguments(head))
            acted = driving.facing(head, acted, adaptation)
        recording = api.recording_of(
            acted.names, acted.weights, acted.rotations, fps=sampling.fps(context.scene), timecode=recordings.NO_TIMECODE
        )
        return frames, recording
