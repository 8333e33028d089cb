"""Training, started by `python -m core train MODEL`; needs torch and safetensors, and onnx for the export."""

from __future__ import annotations

from pathlib import Path

from .loop import Progress


def train(model: str, data: str, preset: str, resume: bool, out: Path | None, progress: Progress) -> Path:
    """Trains `model` ("motion3dgan" or "s2d") on `data` ("synthetic" or "synthetic:FOLDER"); returns the safetensors it wrote beside the ONNX."""
    from .start import start

    return start(model, data, preset, resume, out, progress)
