"""PyTorch as a backend, for a Python that has it: a worker process, the command line, training. Never imported inside Blender."""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import BackendError, ModelError
from . import store
from .backend import OnnxBackend, check_inputs

DEVICES = ("auto", "cuda", "mps", "cpu")
PACKAGES = "torch safetensors numpy scipy trimesh onnxruntime"

# model name -> module of core and its function load(path) -> torch.nn.Module, whose forward takes the inputs in the store's order
LOADERS = {
    "motion3dgan": ("motion.motion3dgan", "load"),
    "s2d_dec": ("dense.conditioned", "load"),
    "face_capture": ("video.face_capture", "load"),
    "fevgan": ("video.fevgan_network", "load"),
    "reenactment": ("video.reenactment_network", "load"),
    "dynamics_3dd": ("video.dynamics_network", "load"),
    "pgfg": ("video.pgfg_network", "load"),
}


def install_command(python: str) -> str:
    """The one command that gives `python` what the torch backend needs. It is shown, never run."""
    return f'"{python}" -m pip install {PACKAGES}'


class TorchBackend:
    """Runs the safetensors weights with torch on `device`: "auto" takes CUDA, then MPS, then the CPU."""

    name = "torch"

    def __init__(self, device: str = "auto", folder: Path | None = None) -> None:
        self.device = _resolve(device)
        self.folder = folder

    def run(self, model: str, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """See Backend. Models without torch weights (the face detector) run on ONNX Runtime."""
        if model not in LOADERS:
            return OnnxBackend(self.folder).run(model, inputs)
        torch = _torch()
        path = store.find(model, ".safetensors", self.folder)
        status = path.stat()
        module = _module(model, path, self.folder, self.device, status.st_mtime_ns, status.st_size)
        check_inputs(model, inputs)
        kind = store.KINDS[model]
        try:
            # Full float32 on CUDA: TF32 would leave the 1e-4 that holds the backends together.
            with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
                arguments = [torch.from_numpy(np.ascontiguousarray(inputs[name], np.float32)).to(self.device) for name in kind.inputs]
                made = module(*arguments)
                made = made if isinstance(made, tuple) else (made,)
                return {name: value.cpu().numpy() for name, value in zip(kind.outputs, made, strict=True)}
        except RuntimeError as error:  # torch raises it for shapes, memory and devices alike
            shapes = ", ".join(f"{name} {value.shape}" for name, value in inputs.items())
            raise BackendError(f"Model {model} did not run on {self.device} with {shapes}: {error}") from error


def _torch():
    try:
        torch = importlib.import_module("torch")
        importlib.import_module("safetensors")
    except ImportError as error:
        raise BackendError(
            f"{sys.executable} (Python {sys.version.split()[0]}) cannot import torch: {error}. To install it: {install_command(sys.executable)}"
        ) from error
    return torch


def _resolve(device: str) -> str:
    if device not in DEVICES:
        raise BackendError(f"There is no device '{device}'. Known: {', '.join(DEVICES)}.")
    torch = _torch()
    here = [name for name, there in (("cuda", torch.cuda.is_available()), ("mps", torch.backends.mps.is_available())) if there] + ["cpu"]
    if device == "auto":
        return here[0]
    if device not in here:
        raise BackendError(
            f"torch {torch.__version__} in {sys.executable} has no device '{device}', only {', '.join(here)}. Choose one of these."
        )
    return device


def restore(path: Path, build: Callable[[str], Any]) -> Any:
    """A torch model ready to run: what `build` makes of the file's "config" text, filled with the file's safetensors."""
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  (not a dict)
        model = build(file.metadata()["config"])
    model.load_state_dict(state)
    return model.eval()


@functools.lru_cache(maxsize=8)
def _module(model: str, path: Path, folder: Path | None, device: str, _mtime_ns: int, _size: int):
    """A module ready for inference; modification time and size are in the key so that a replaced file is read again."""
    store.check(model, path, store.safetensors_metadata(path), folder)
    module_name, loader = LOADERS[model]
    load = getattr(importlib.import_module(f"..{module_name}", __package__), loader)
    try:
        return load(path).to(device).eval()
    except (KeyError, ValueError, RuntimeError) as error:
        raise ModelError(f"Model file {path} does not fit this Mimica's {model}: {error}. {store.REINSTALL}") from error
