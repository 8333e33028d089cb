"""Which backend a name means."""

from __future__ import annotations

from ..errors import BackendError
from .backend import Backend, OnnxBackend

NAMES = ("auto", "onnx", "torch")


def choose(name: str = "auto", device: str = "auto") -> Backend:
    """The backend of that name. "auto" is ONNX Runtime unless the device asked for is one that only torch has."""
    if name not in NAMES:
        raise BackendError(f"There is no backend '{name}'. Known: {', '.join(NAMES)}.")
    if name == "torch" or (name == "auto" and device in ("cuda", "mps")):
        from .torch_backend import TorchBackend  # torch is heavy and often not there

        return TorchBackend(device)
    if device not in ("auto", "cpu"):
        raise BackendError(f"ONNX Runtime runs on the CPU here, not on '{device}'. Choose the PyTorch backend for that device.")
    return OnnxBackend()
