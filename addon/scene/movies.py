"""A movie's frames as arrays, and arrays as a movie, by a Blender of its own beside this one (`movie_frames`)."""

import shutil
import time
from pathlib import Path

import bpy
import numpy as np

from ...core.errors import FileError
from .other_blender import OtherBlender

LONGEST = 1280  # px of a frame's longer side; larger ones are made smaller
HEADER = 18  # bytes before the pixels of a Targa file
RAW = 2  # a Targa file's kind: colours, not packed
TOP_FIRST = 0x20
TURNS_ITSELF = (4, 4, 0)  # Blender that turns a phone's movies upright
AHEAD = 24  # drawn frames that may wait
REST = 0.01
HELP = "Choose a movie that Blender plays, such as an H.264 MP4, or a folder of numbered pictures."
CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "mkv"}  # a movie's suffix: as what the other Blender writes it


class Movie:
    """A context: frames of a movie or of a folder of pictures. `poll` yields what there is so far; frames, fps and size are known once `ready`."""

    def __init__(self, path, fps):
        self.path, self._fps = Path(path), fps
        self.frames, self.fps, self.ready, self.done = 0, 0.0, False, False

    def __enter__(self):
        from ...core.video.turned import quarter_turns

        if not self.path.exists():
            raise FileError(f"There is no movie {self.path}. Check the path.")
        if self.path.is_file() and not self.path.stat().st_size:
            raise FileError(f"{self.path} is empty (0 bytes). Copy the movie again.")
        self._turns = 0 if self.path.is_dir() or bpy.app.version >= TURNS_ITSELF else quarter_turns(self.path)
        self._other = OtherBlender("read", f"decodes {self.path}", path=str(self.path), longest=LONGEST, fps=self._fps)
        self._other.__enter__()
        return self

    def __exit__(self, *failure):
        self._other.__exit__(*failure)

    def poll(self):
        """The next frames (H, W, 3) uint8 RGB that are there, as a list; empty where more are to come. FileError where it cannot be decoded."""
        ended, done = self._other.ended, self._other.told("done") is not None  # looked at first: what is there afterwards is all
        told = None if self.ready else self._other.told("info")
        if told:
            self.frames, self.fps, self.ready = told["frames"], float(told["fps"]), True
        waiting = sorted(self._other.folder.glob("frames_*"))
        if waiting:
            return self._taken(waiting[0])
        self.done = done
        error = self._other.told("error")
        if error and not done:
            raise FileError(f"{self.path} cannot be read as a movie ({error['error']}). {HELP}")
        if ended and not done:
            raise self._other.broke_down()
        return []

    def _taken(self, folder):
        from ...core.video.turned import upright

        frames = [upright(_read(path), self._turns) for path in sorted(folder.iterdir())]
        shutil.rmtree(folder)
        return frames


class Encoding:
    """A context: so many frames, as they are kept in `folder` (`keep`), become the movie `path` at fps, with the sound of another movie, if one is
    named that has any. `poll` until `done`; what was at the path before stays until then."""

    def __init__(self, path, folder, count, fps, sound=None):
        self.path, self.count, self.written, self.done = Path(path), count, 0, False
        kind = CONTAINERS[self.path.suffix.lower()]
        given = {"pictures": str(folder), "count": count, "kind": kind, "fps": fps, "sound": str(sound or "")}
        self._other = OtherBlender("write", f"writes {self.path}", **given)

    def __enter__(self):
        self._other.__enter__()
        return self

    def __exit__(self, *failure):
        self._other.__exit__(*failure)

    def poll(self):
        """Looks how far it is. FileError where it cannot be written."""
        from ...core.atomic import replacing

        if self.done:
            return
        ended, done, error = self._other.ended, self._other.told("done"), self._other.told("error")
        progress = self._other.folder / "written"
        self.written = progress.stat().st_size if progress.exists() else 0
        if error:
            raise FileError(f"{self.path} cannot be written ({error['error']}). Choose another folder or free some space.")
        if done:
            with replacing(self.path) as beside:
                shutil.copyfile(self._other.folder / done["made"], beside)
            self.done = True
        elif ended:
            raise self._other.broke_down()


def keep(folder, frames, check):
    """Puts frames (H, W, 3) uint8 RGB into a folder for an Encoding, not too far ahead of it. check() is called while it waits, and may raise.
    FileError where there is no room for them."""
    from ...core.video.writing import even

    folder, part = Path(folder), Path(folder) / "part"
    try:
        for number, frame in enumerate(frames, start=1):
            while sum(1 for _ in folder.iterdir()) >= AHEAD:
                check()
                time.sleep(REST)
            _write(part, even(frame))
            part.rename(folder / f"{number:06d}.tga")
    except OSError as error:
        raise FileError(f"The frames of the movie cannot be kept in {folder} ({error.strerror}). Free some space there.") from error


def _read(path):
    """An uncompressed 24-bit Targa file as (H, W, 3) uint8 RGB, top row first."""
    data = np.fromfile(path, np.uint8)
    width, height = (int(data[at]) + 256 * int(data[at + 1]) for at in (12, 14))
    first = HEADER + int(data[0])
    frame = data[first : first + 3 * width * height].reshape(height, width, 3)[..., ::-1]
    return frame if data[17] & TOP_FIRST else frame[::-1]


def _write(path, frame):
    """What `_read` reads."""
    height, width = frame.shape[:2]
    header = bytes([0, 0, RAW, *[0] * 9, *width.to_bytes(2, "little"), *height.to_bytes(2, "little"), 24, TOP_FIRST])
    path.write_bytes(header + np.ascontiguousarray(frame[..., ::-1]).tobytes())
