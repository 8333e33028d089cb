"""A second Blender without a window, for what would disturb the user's own: it reads and writes movies (`movie_frames`)."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import bpy

from ...core.errors import BackendError
from . import movie_frames


class OtherBlender:
    """A context: another Blender does `task` of movie_frames with what is given; both see `folder`, of which nothing is left in the end."""

    def __init__(self, task, purpose, **given):
        self._given, self._purpose = {"task": task, **given}, purpose

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="mimica-frames-"))
        (self.folder / "given.json").write_text(json.dumps({**self._given, "folder": str(self.folder)}), "utf-8")
        try:
            with (self.folder / "said.txt").open("wb") as said:
                self._process = subprocess.Popen(
                    _command(self.folder / "given.json"), stdout=said, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                    env=_environment(self.folder), creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                )  # fmt: skip
        except OSError as error:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise BackendError(f"A second Blender, which {self._purpose}, cannot be started ({error}).") from error
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def ended(self):
        return self._process.poll() is not None

    def told(self, name):
        """What it has told under a name so far, None where nothing."""
        path = self.folder / f"{name}.json"
        return json.loads(path.read_text("utf-8")) if path.exists() else None

    def broke_down(self):
        """The error for one that has ended without a word."""
        said = (self.folder / "said.txt").read_text("utf-8", "replace").strip()
        return BackendError(
            f"The Blender that {self._purpose} ended with code {self._process.returncode}: {said[-500:] or 'it said nothing'}"
        )


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
