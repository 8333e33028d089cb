"""A movie's frames as arrays, decoded by a Blender of its own beside this one (`movie_frames`)."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import bpy
import numpy as np

from ...core.errors import BackendError, FileError
from . import movie_frames

LONGEST = 1280  # px of a frame's longer side; larger ones are made smaller
HEADER = 18  # bytes before the pixels of a Targa file
TOP_FIRST = 0x20
TURNS_ITSELF = (4, 4, 0)  # Blender that turns a phone's movies upright
HELP = "Choose a movie that Blender plays, such as an H.264 MP4, or a folder of numbered pictures."


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
        self._folder = Path(tempfile.mkdtemp(prefix="mimica-frames-"))
        given = {"path": str(self.path), "folder": str(self._folder), "longest": LONGEST, "fps": self._fps}
        (self._folder / "given.json").write_text(json.dumps(given), "utf-8")
        try:
            self._process = _started(self._folder)
        except OSError as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise BackendError(f"A second Blender, which decodes {self.path}, cannot be started ({error}).") from error
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def poll(self):
        """The next frames (H, W, 3) uint8 RGB that are there, as a list; empty where more are to come. FileError where it cannot be decoded."""
        ended = self._process.poll() is not None
        done = (self._folder / "done.json").exists()  # looked at first: what is there afterwards is all
        if not self.ready and (self._folder / "info.json").exists():
            told = json.loads((self._folder / "info.json").read_text("utf-8"))
            self.frames, self.fps, self.ready = told["frames"], float(told["fps"]), True
        waiting = sorted(self._folder.glob("frames_*"))
        if waiting:
            return self._taken(waiting[0])
        self.done = done
        if not self.done and (ended or (self._folder / "error.json").exists()):
            raise self._error()
        return []

    def _taken(self, folder):
        from ...core.video.turned import upright

        frames = [upright(_read(path), self._turns) for path in sorted(folder.iterdir())]
        shutil.rmtree(folder)
        return frames

    def _error(self):
        """What went wrong in the other Blender."""
        path = self._folder / "error.json"
        if path.exists():
            return FileError(f"{self.path} cannot be read as a movie ({json.loads(path.read_text('utf-8'))['error']}). {HELP}")
        said = (self._folder / "said.txt").read_text("utf-8", "replace").strip()
        return BackendError(
            f"The Blender that decodes {self.path} ended with code {self._process.returncode}: {said[-500:] or 'it said nothing'}"
        )


def _started(folder):
    """The other Blender at work, what it says in said.txt."""
    with (folder / "said.txt").open("wb") as said:
        return subprocess.Popen(
            _command(folder / "given.json"), stdout=said, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=_environment(folder),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip


def _command(given):
    """Starts this very Blender once more, without a window and the user's settings; as a module, its Python."""
    script = movie_frames.__file__
    if bpy.app.binary_path and not Path(bpy.app.binary_path).name.startswith("python"):
        return [bpy.app.binary_path, "--background", "--factory-startup", "--python", script, "--", str(given)]
    return [sys.executable, script, str(given)]


def _environment(folder):
    """This process' environment with a folder of its own for settings: a Blender without its user's extensions would clear away their wheels."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "BLENDER_USER"))}
    return {**kept, "BLENDER_USER_RESOURCES": str(folder / "user")}


def _read(path):
    """An uncompressed 24-bit Targa file as (H, W, 3) uint8 RGB, top row first."""
    data = np.fromfile(path, np.uint8)
    width, height = (int(data[at]) + 256 * int(data[at + 1]) for at in (12, 14))
    first = HEADER + int(data[0])
    frame = data[first : first + 3 * width * height].reshape(height, width, 3)[..., ::-1]
    return frame if data[17] & TOP_FIRST else frame[::-1]
