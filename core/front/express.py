"""A photo whose face makes one of the six basic expressions, and a sheet of all six."""

from __future__ import annotations

import numpy as np

from ..errors import LabelError, ValueRangeError
from ..image.detector import crop_of
from ..labels import BASIC, resolve
from ..morphable.photo import face_in
from ..runtime.backend import Backend, OnnxBackend
from ..video.fevgan import FRAMES, MOST, PhotoExpression, crop_about
from .photos import check_photo
from .shared import MAX_FRAMES, Progress, quiet
from .videos import FPS, Moving

SHEET = 256  # px of a picture of the sheet
COLUMNS = 3


def express(
    image: np.ndarray,
    expression: str,
    intensity: float = 1.0,
    *,
    frames: int = FRAMES,
    fps: float = FPS,
    name: str = "photo",
    face: int | None = None,
    backend: Backend | None = None,
    progress: Progress = quiet,
) -> Moving:
    """The face of a photo (H, W, 3) uint8 RGB on its way to an expression, one of labels.BASIC, by FEV-GAN: the first frame is the photo, the last
    the expression at its height.

    intensity: 0 is the photo, 1 full strength, up to MOST; frames: any number, spread evenly over the way; face: which of several, counted from 0 at
    the left; name is used in messages. The face should be at rest in the photo, as what it does already is not taken off.
    """
    check_photo(image, name)
    label = _basic(expression)
    if not (np.isfinite(intensity) and 0.0 <= intensity <= MOST):
        raise ValueRangeError(f"intensity is {intensity}; it must be from 0, the photo, to {MOST}. 1 is full strength.")
    if isinstance(frames, bool) or not isinstance(frames, int | np.integer) or not 2 <= frames <= MAX_FRAMES:
        raise ValueRangeError(f"frames is {frames!r}; it must be a whole number from 2 to {MAX_FRAMES}.")
    if not (np.isfinite(fps) and 0 < fps <= 1000):
        raise ValueRangeError(f"fps is {fps}; it must be above 0 and at most 1000.")
    backend = backend or OnnxBackend()
    progress(0.0, "Looking for the face")
    points = face_in(image, name, index=face, backend=backend).points
    progress(0.2, f"Making {label}")
    photo = PhotoExpression(image, points, label, float(intensity), backend)

    def drawn():
        for k in range(frames):
            progress(0.3 + 0.7 * k / frames, "Drawing the photo as it moves")
            yield photo.frame(k / (frames - 1))
        progress(1.0, "Done")

    return Moving(drawn(), int(frames), float(fps))


def expression_sheet(
    image: np.ndarray,
    intensity: float = 1.0,
    *,
    name: str = "photo",
    face: int | None = None,
    backend: Backend | None = None,
    progress: Progress = quiet,
) -> np.ndarray:
    """The six expressions of a photo's face at their height, in the order of labels.BASIC, three a row, (2 * SHEET, 3 * SHEET, 3) uint8; arguments as
    in `express`."""
    check_photo(image, name)
    if not (np.isfinite(intensity) and 0.0 <= intensity <= MOST):
        raise ValueRangeError(f"intensity is {intensity}; it must be from 0, the photo, to {MOST}. 1 is full strength.")
    backend = backend or OnnxBackend()
    points = face_in(image, name, index=face, backend=backend).points
    centre, size, angle = crop_about(points)
    made = []
    for number, label in enumerate(BASIC):
        progress(number / len(BASIC), f"Making {label}")
        shown = PhotoExpression(image, points, label, float(intensity), backend).frame(1.0)
        made.append((crop_of(shown, centre, size, angle, SHEET, replicate=True) + 0.5).astype(np.uint8))
    progress(1.0, "Done")
    return np.vstack([np.hstack(made[k : k + COLUMNS]) for k in range(0, len(made), COLUMNS)])


def _basic(expression: str) -> str:
    label = resolve(expression)
    if label not in BASIC:
        raise LabelError(f"'{expression}' is not among the expressions that a photo can make: {', '.join(BASIC)}.")
    return label
