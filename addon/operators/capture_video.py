"""Capture from Video: the face of a movie as a clip on the head's ARKit keys, with the rotation of head and eyes."""

from pathlib import Path

import bpy

from .. import exchange
from .face_job import FileJob, Step
from .play_recording import PlaysRecording

DECODED, CAPTURED = 0.05, 0.8  # of the work: the other Blender starts; all frames are looked at
SURE = 0.9  # of the frames that show the face


class MIMICA_OT_capture_video(PlaysRecording, FileJob, bpy.types.Operator):
    bl_idname = "mimica.capture_video"
    bl_label = "Capture from Video"
    bl_description = (
        "Look at the face in a movie, frame by frame, and put what it does onto the head's ARKit keys, made first where they are missing, as one "
        "clip at the scene's frame rate; the rotation of head and eyes goes onto empties or bones"
    )
    bl_options = {"REGISTER", "UNDO"}

    filepath: exchange.video()
    filter_movie: bpy.props.BoolProperty(default=True, options={"HIDDEN"})
    filter_image: bpy.props.BoolProperty(default=True, options={"HIDDEN"})
    filter_folder: bpy.props.BoolProperty(default=True, options={"HIDDEN"})
    smoothing: exchange.smoothing()
    csv: exchange.csv()

    def work(self, context, head):
        from ...core import api

        bones = self.bones()
        path = Path(bpy.path.abspath(self.filepath))
        label = (path.stem or "capture")[:40]
        captured = yield from self._captured(context, path, label)
        if self.csv:
            api.write_recording(Path(bpy.path.ensure_ext(bpy.path.abspath(self.csv), ".csv")), captured.recording)
        played, said = yield from self.play(context, head, captured.recording, label, bones)
        shown = float(captured.found.mean())
        lost = "" if shown > SURE else f"; the face is seen in {shown:.0%} of the frames only"
        self.report({"INFO"}, f"{played}{said}{lost}")

    def _captured(self, context, path, label):
        """What core makes of the movie's frames, which are decoded and looked at side by side."""
        from ..scene import capturing, movies

        render = context.scene.render
        with movies.Movie(path, render.fps / render.fps_base) as movie:
            waiting = []
            while not movie.ready:
                waiting += movie.poll()
                yield Step(0.0, "Opening the movie", waits=True)
            with capturing.Capturing(movie.fps, name=path.name, smoothing=self.smoothing) as capture:
                closed = False
                while not capture.done:
                    waiting = capture.feed(waiting)
                    idle = bool(waiting)
                    if not waiting and not movie.done:
                        waiting = movie.poll()
                        idle = not waiting
                    elif not waiting:
                        closed, idle = closed or capture.close(), True
                    share = min(capture.taken / max(movie.frames, 1), 1.0)
                    said = f"Looking at frame {capture.taken} of {movie.frames}"
                    yield Step(DECODED + (CAPTURED - DECODED) * share, said, waits=idle)
                return capture.result()
