"""What the operators that make a video of a photo share: where it goes, how it is drawn beside the window, written and shown."""

import tempfile
from pathlib import Path

import bpy

from .. import exchange, photo_settings, properties
from .face_job import FileJob, Step
from .generate import start_frame
from .watching import opened, watched

RECORDINGS = (".csv", ".gz")
DRAWN = 0.95  # of the work: all frames are drawn


class OnPhoto(FileJob):
    """A mix-in, of operators that need no head: grey while Mimica is at work."""

    @classmethod
    def why_not(cls, _context):
        return ""

    def _begin(self, context):
        return self.work(context, None)

    def _check_unchanged(self):
        """Nothing of the scene is needed."""


class PhotoVideo(OnPhoto):
    """A mix-in of operators that make a video of a photo: `made` draws it, writes it where the user wants it, and shows it.

    role: what the call of core.api names the frames or the recording that the photo follows, where there are any."""

    bl_options = {"UNDO"}
    role = "driver"

    photo: exchange.photo()
    face: exchange.face()
    filepath: photo_settings.output()
    check_existing: bpy.props.BoolProperty(default=True, options={"HIDDEN"})
    filter_movie: exchange.listed()
    filter_folder: exchange.listed()
    format: photo_settings.format()
    longest: photo_settings.longest()
    show: photo_settings.show()
    strip: photo_settings.strip()
    place: properties.place()

    def suggested(self, _context):
        photo = Path(bpy.path.abspath(self.photo))
        return str(photo.with_name(f"{photo.stem} {self.added}{self.suffix()}")) if self.photo else ""

    def suffix(self):
        """What the file ends in where the user does not say."""
        return ".mp4" if self.format == "MOVIE" else ""

    def output(self):
        """The path that is written to. FileError where that is not possible, before any work is done."""
        from ...core.errors import FileError
        from ...core.video.writing import PICTURE, SUFFIXES, check_place

        if not self.filepath:
            raise FileError("No output is named. Name the movie, or the folder of frames, that is to be written.")
        path = Path(bpy.path.abspath(self.filepath))
        if self.format == "FRAMES":
            path = path.with_suffix("") if path.suffix.lower() in (*SUFFIXES, PICTURE) else path
        elif path.suffix.lower() not in SUFFIXES:
            path = Path(f"{path}.mp4")
        check_place(path, folder=self.format == "FRAMES")
        return path

    def given(self):
        """What every call of core is told of the photo."""
        return {"image": self.picture(self.photo), "name": Path(self.photo).name, "face": None if self.face < 0 else self.face}

    def picture(self, path):
        """A photo of the user's as large as the result."""
        from ...core import api

        return api.reduced(read(path), self.longest)

    def after(self, context, path, function, given, led_by):
        """Work as `made`, after a file of the user's: a recording, or a movie or a folder of pictures, whose sound is kept."""
        from ...core import api
        from ..scene import movies, sampling

        rate, given = sampling.fps(context.scene), {**given, f"{self.role}_name": led_by.name}
        if led_by.suffix.lower() in RECORDINGS:
            given |= {self.role: api.read_recording(led_by), "fps": rate}
            yield from self.made(context, path, (function, given))
            return
        with movies.Movie(led_by, rate) as movie:
            waiting = yield from opened(movie)
            given |= {"fps": movie.fps, "count": movie.frames}
            sound = None if led_by.is_dir() or self.format != "MOVIE" else led_by
            yield from self.made(context, path, (function, given), movie, waiting, sound)

    def made(self, context, path, call, movie=None, waiting=(), sound=None, first=None):
        """Work that draws what a call of core.api, (function, arguments), gives, writes and shows it.

        movie: whose frames are the driver, some of which wait; sound: a movie whose sound is kept; first: the frame of the scene that the result
        begins at, by default as Start says."""
        from ..scene import showing

        count, fps = yield from self._drawn(path, call, movie, waiting, sound)
        start = start_frame(context, self.place) if first is None else first
        result = showing.Result(path, count, fps, start)
        said = showing.show(context, result, editor=self.show, strip=self.strip, sound=sound is not None)
        what = f"{count} frames at {fps:g} a second" if not result.is_picture else "One picture"
        self.report({"INFO"}, f"{what} written to {path}{said}")

    def _drawn(self, path, call, movie, waiting, sound):
        """Work that draws and writes; how many frames, and how many a second."""
        from ...core import api
        from ...core.video.writing import PICTURE, write_frames, write_picture
        from ..scene import beside

        function, arguments = call

        def follow(frames, progress):
            return getattr(api, function)(**arguments, **({} if movie is None else {self.role: frames}), progress=progress)

        with beside.Beside(follow) as following:

            def told():
                return following.fraction, following.what

            moving = yield from watched(following, movie, waiting, told)
            if path.suffix.lower() == PICTURE:
                yield from _as_pictures(moving, told, lambda frames: write_picture(path, frames, moving.count))
            elif self.format == "MOVIE":
                yield from _as_movie(path, moving, sound, told)
            else:
                yield from _as_pictures(moving, told, lambda frames: write_frames(path, frames))
        return moving.count, moving.fps


def _as_pictures(moving, told, write):
    """Work that writes a Moving's frames as write(frames) does. told() tells how far the drawing is."""
    from ..scene import beside

    drawing = beside.Beside(lambda *_: write(drawing.checked(moving.frames)))
    with drawing:
        yield from watched(drawing, None, (), told)


def _as_movie(path, moving, sound, told):
    """Work that writes a Moving as a movie, by another Blender, while it is drawn."""
    from ..scene import beside, movies

    with tempfile.TemporaryDirectory(prefix="mimica-drawn-", ignore_cleanup_errors=True) as folder:
        drawing = beside.Beside(lambda *_: movies.keep(folder, drawing.checked(moving.frames), drawing.check))
        with drawing, movies.Encoding(path, folder, moving.count, moving.fps, sound) as encoding:

            def shown():
                encoding.poll()
                return DRAWN * told()[0], told()[1]

            yield from watched(drawing, None, (), shown)
            while not encoding.done:
                yield Step(DRAWN + (1.0 - DRAWN) * encoding.written / encoding.count, "Writing the movie", waits=True)
                encoding.poll()


def read(path, kind="photo"):
    """The picture (H, W, 3) of a file that the user named. FileError where none is, or where it is no picture."""
    from ...core.errors import FileError
    from ..scene import photos

    if not path:
        raise FileError(f"No {kind} is chosen. Choose a picture file with a face in it.")
    return photos.read(Path(bpy.path.abspath(path)))
