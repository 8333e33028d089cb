"""Capture from Video: the face of a movie as a clip on the head's ARKit keys, with the rotation of head and eyes."""

from pathlib import Path

import bpy

from .. import exchange
from .face_job import FileJob
from .play_recording import PlaysRecording
from .watching import opened, watched

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
    filter_movie: exchange.listed()
    filter_image: exchange.listed()
    filter_folder: exchange.listed()
    smoothing: exchange.smoothing()
    rest: exchange.rest_frame()
    csv: exchange.csv()

    def work(self, context, head):
        from ...core import api

        bones = self.bones()
        path = Path(bpy.path.abspath(self.filepath))
        label = (path.stem or "capture")[:40]
        captured = yield from self._captured(context, path)
        if self.csv:
            api.write_recording(Path(bpy.path.ensure_ext(bpy.path.abspath(self.csv), ".csv")), captured.recording)
        played, said = yield from self.play(context, head, captured.recording, label, bones)
        shown = float(captured.found.mean())
        lost = "" if shown > SURE else f"; the face is seen in {shown:.0%} of the frames only"
        self.report({"INFO"}, f"{played}{said}{lost}")

    def _captured(self, context, path):
        """What core makes of the movie's frames, which are decoded and looked at side by side."""
        from ...core import api
        from ..scene import beside, movies, sampling

        with movies.Movie(path, sampling.fps(context.scene)) as movie:
            waiting = yield from opened(movie)
            how = {"name": path.name, "smoothing": self.smoothing, "rest": self.rest / movie.fps if self.rest >= 0 else None}
            with beside.Beside(lambda frames, _progress: api.capture(frames, movie.fps, **how)) as capture:

                def shown():
                    share = min(capture.taken / max(movie.frames, 1), 1.0)
                    return DECODED + (CAPTURED - DECODED) * share, f"Looking at frame {capture.taken} of {movie.frames}"

                return (yield from watched(capture, movie, waiting, shown))
