"""Where the networks run: ONNX Runtime on the CPU (embedded default) or PyTorch on CUDA, Apple MPS or the CPU, behind one interface.

The backends agree to 1e-4 on the same model; each is deterministic by itself.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Protocol

import numpy as np

from ..errors import BackendError, ModelError
from . import store

THREADS = min(4, os.cpu_count() or 1)  # the models are small; more threads only wait for one another


class Backend(Protocol):
    """Runs a model by name. `device` is where it runs: cpu, cuda or mps."""

    name: str
    device: str

    def run(self, model: str, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Inputs and outputs by name, as core/runtime/store.py lists them; float32."""
        ...


def check_inputs(model: str, inputs: dict[str, np.ndarray]) -> None:
    """BackendError where the inputs are not those the model takes."""
    wanted = store.KINDS[model].inputs if model in store.KINDS else ()
    if wanted and set(inputs) != set(wanted):
        raise BackendError(f"Model {model} takes {', '.join(wanted)}; it was given {', '.join(inputs) or 'nothing'}.")


class OnnxBackend:
    """ONNX Runtime on the CPU. Sessions are kept for the life of the process and shared by all instances."""

    name = "onnx"
    device = "cpu"

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder

    def run(self, model: str, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """See Backend. ModelError for a file that will not do, BackendError for inputs that do not fit the model."""
        path = store.find(model, ".onnx", self.folder)
        status = path.stat()
        session = _session(model, path, self.folder, status.st_mtime_ns, status.st_size)
        check_inputs(model, inputs)
        names = [output.name for output in session.get_outputs()]
        try:
            values = session.run(names, inputs)
        except Exception as error:  # ONNX Runtime's errors share no base class
            shapes = ", ".join(f"{name} {value.shape} {value.dtype}" for name, value in inputs.items())
            raise BackendError(f"Model {model} did not run on {shapes}: {error}") from error
        return dict(zip(names, values, strict=True))


@functools.lru_cache(maxsize=16)
def _session(model: str, path: Path, folder: Path | None, _mtime_ns: int, _size: int):
    """An inference session; modification time and size are in the key so that a replaced file is read again."""
    try:
        import onnxruntime
    except ImportError as error:
        raise BackendError(
            f"ONNX Runtime cannot be imported ({error}). In Blender install Mimica's zip for this platform; elsewhere: pip install onnxruntime."
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS if store.KINDS[model].threaded else 1
    options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors share no base class
        if path.with_suffix(".safetensors").name.encode() in path.read_bytes():  # where it reads its tensors from
            store.find(model, ".safetensors", folder)
        raise ModelError(
            f"Model file {path} is damaged: {path.stat().st_size} bytes that are no whole ONNX model ({error}). {store.REINSTALL}"
        ) from error
    stated = session.get_modelmeta().custom_metadata_map
    store.check(model, path, stated, folder)
    store.check_shared(path, stated)
    return session
