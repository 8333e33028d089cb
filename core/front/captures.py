"""A video of a face as a recording that plays on any head."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..runtime.backend import Backend
from ..video import capture as captured
from ..video.capture import START, Captured
from .shared import Progress, quiet


def capture(
    frames: Iterable[np.ndarray],
    fps: float,
    *,
    name: str = "video",
    count: int = 0,
    timecode: str = START,
    rest: float | None = None,
    smoothing: bool = True,
    backend: Backend | None = None,
    progress: Progress = quiet,
) -> Captured:
    """The face in frames (H, W, 3) uint8 RGB at fps as a recording: the weights of the 52 ARKit units, head and eye rotations.

    count: how many frames are expected, for the progress; rest: the time in s at which the face is at rest, by default found; smoothing: what
    is nearly still is held still, with no lag. `name` is used in messages.
    """
    said = f"Following the face in {name}"

    def frame(number: int) -> None:
        progress(0.9 * min(1.0, number / count) if count else 0.0, said)

    made = captured.capture(frames, fps, name=name, timecode=timecode, rest=rest, smoothing=smoothing, backend=backend, progress=frame)
    progress(1.0, "Done")
    return made
