"""Training, started by `python -m core train MODEL`; needs torch and safetensors, and onnx for the export."""

from __future__ import annotations

from pathlib import Path

from .loop import Progress


def train(model: str, progress: Progress, **options: object) -> Path:
    """Trains `model` ("motion", "s2d", "s2d_dec_published" or "dynamics"); options: the other fields of core.training.start.Request. Returns the
    safetensors, which lies beside the ONNX."""
    from .start import Request, start

    return start(Request(model, **options), progress)  # type: ignore[arg-type]
