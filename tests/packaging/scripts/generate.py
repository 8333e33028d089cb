"""Generates on a head file with the installed zip's own core, embedded and in a worker process under Blender's Python."""

import importlib
import sys
import time
from pathlib import Path

import numpy as np

PACKAGE = "bl_ext.user_default.mimica"


def main(head: str, expression: str) -> dict:
    api = importlib.import_module(f"{PACKAGE}.core.api")
    files = importlib.import_module(f"{PACKAGE}.core.head.files")
    client = importlib.import_module(f"{PACKAGE}.core.runtime.client")
    mesh = files.read_head(Path(head))
    start = time.perf_counter()
    made = api.generate(mesh, expression, seed=3)
    seconds = time.perf_counter() - start
    wheels = [path for path in sys.path if ".local" in path]
    with client.WorkerClient(sys.executable, wheels) as worker:
        other = worker.call("generate", {"mesh": mesh, "expression": expression, "seed": 3, "adaptation": made.adaptation})
        ran_on = [worker.backend, worker.device]
    moved = made.keys.vertices(mesh.vertices)
    return {
        "label": made.label,
        "keys": made.keys.names,
        "frames": len(moved),
        "residual_mm": made.residual_mm,
        "moved": float(np.abs(moved[-1] - mesh.vertices).max() / np.ptp(mesh.vertices)),
        "worker_differs": float(np.abs(other.keys.vertices(mesh.vertices) - moved).max() / np.ptp(mesh.vertices)),
        "worker": ran_on,
        "finite": bool(np.isfinite(moved).all()),
        "seconds": seconds,
        "python": sys.version.split()[0],
        "numpy": np.__version__,
    }
