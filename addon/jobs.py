"""Runs a call of core.api: blocking, or in a worker process while the window stays alive.

Embedded and blocking it runs in this process. In a window, and always with PyTorch, a worker process computes, so that a long call can be
watched and stopped and a crash there is a message here.
"""

import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from . import preferences

NEEDED = ("numpy", "scipy", "trimesh", "onnxruntime")


@dataclass
class Running:
    """The call that a window is waiting for."""

    fraction: float = 0.0
    what: str = "Starting"


running = None  # Running, or None
last_used = ""  # backend and device of the last call, for the panel
_worker = None
_worker_choice = None


def run(context, function, arguments):
    """Calls core.api's `function` and waits for the result."""
    choice = preferences.backend_choice(context)
    if choice[0] == "torch":
        result = worker(context).call(function, arguments)
    else:
        from ..core import api

        result = getattr(api, function)(**arguments)
    note_used(context)
    return result


def worker(context):
    """The worker process for the chosen backend; the one of before where the choice is the same."""
    global _worker, _worker_choice
    choice = preferences.backend_choice(context)
    if _worker is None or _worker_choice != choice:
        from ..core.runtime.client import WorkerClient

        stop()
        backend, device, python = choice
        if backend == "onnx":
            _worker = WorkerClient(sys.executable, _search_paths(), "onnx", "cpu")
        else:
            require_python(python)
            _worker = WorkerClient(python, (), "torch", device)
        _worker_choice = choice
    return _worker


def require_python(python):
    """BackendError where no Python is named, or where there is no such file."""
    from ..core.errors import BackendError

    if not python:
        raise BackendError("No Python with PyTorch is named. Choose one in Preferences > Add-ons > Mimica, or set the backend to CPU.")
    if not Path(python).is_file():
        raise BackendError(f"There is no Python at '{python}'. Choose the python program of an environment that has torch, in Preferences.")


def note_used(context):
    """Keeps for the panel what the last call ran on."""
    global last_used
    backend, device, _python = preferences.backend_choice(context)
    last_used = "ONNX Runtime on the CPU" if backend == "onnx" else f"PyTorch on {_worker.device or device}"


def stop():
    """Ends the worker process, if there is one."""
    global _worker, _worker_choice, running
    if _worker is not None:
        _worker.close()
    _worker = _worker_choice = running = None


def _search_paths():
    """The folders of Blender's numpy and the extension's wheels, which an isolated Python does not look into by itself."""
    specs = filter(None, map(find_spec, NEEDED))
    return list(dict.fromkeys(str(Path(spec.origin).parents[1]) for spec in specs if spec.origin))
