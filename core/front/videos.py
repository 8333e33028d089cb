"""A photo that moves: as a driver does, in a video or in a recording."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from ..morphable.model import load_model
from ..morphable.photo import face_in
from ..morphable.photo_fit import fit_photo
from ..motion.live_link_face import Recording
from ..motion.playback import play
from ..runtime.backend import Backend, OnnxBackend
from ..video import photo_targets
from ..video.photo_targets import CoefficientTargets
from ..video.photo_warp import PhotoWarp, Target
from ..video.track import smoothed, track
from .photos import check_photo
from .shared import Progress, quiet

FPS = 30.0  # of a video made of a recording


@dataclass(frozen=True)
class Moving:
    """frames (H, W, 3) uint8 of the photo's size, drawn one by one as they are asked for; count of them; fps."""

    frames: Iterator[np.ndarray]
    count: int
    fps: float


def retarget(
    image: np.ndarray,
    driver: Iterable[np.ndarray] | Recording,
    fps: float = FPS,
    *,
    name: str = "photo",
    driver_name: str = "driver",
    count: int = 0,
    face: int | None = None,
    pose: bool = True,
    keep_expression: bool = False,
    backend: Backend | None = None,
    progress: Progress = quiet,
) -> Moving:
    """The photo (H, W, 3) uint8 RGB doing what a driver does: frames of a video at fps (FaceAnime's face video retargeting), or a Live Link Face
    recording, resampled to fps.

    pose: whether the head turns, too, or only the face moves; keep_expression: the driver's expression is added to the photo's own instead of
    taking its place; face: which of several, counted from 0 at the left; count: how many frames the driver has, for the progress. Names are used
    in messages.
    """
    check_photo(image, name)
    backend = backend or OnnxBackend()
    model = load_model()
    progress(0.0, "Fitting the photo's face")
    fitted = fit_photo(image, model, name=name, index=face, backend=backend)
    points = face_in(image, name, index=face, backend=backend).points
    warp, targets = PhotoWarp(image, fitted, points), CoefficientTargets(points, fitted.coefficients, model)
    neutral = None if keep_expression else targets.neutral(fitted.coefficients)
    if isinstance(driver, Recording):
        wanted = _acted(driver, fps, pose, keep_expression, targets, fitted.coefficients)
    else:
        said = f"Following the face in {driver_name}"

        def frame(number: int) -> None:
            progress(0.1 + 0.3 * min(1.0, number / count) if count else 0.1, said)

        followed = smoothed(track(driver, fps, driver_name, backend=backend, progress=frame))
        wanted = photo_targets.following(points, followed.points, neutral=neutral, pose=pose)
    return Moving(_drawn(warp, wanted, progress), len(wanted), fps)


def _acted(recording: Recording, fps: float, pose: bool, keep: bool, targets: CoefficientTargets, coefficients: np.ndarray) -> np.ndarray:
    """Targets (F, 478, 3) px after a recording: what its face does beyond its rest, and how its head turns from the first frame on."""
    played = play(recording, fps=fps, from_rest=True)
    turns = photo_targets.turned_since_first(played.rotations[:, :3])
    still = np.eye(3)
    weights = played.weights[:, [played.names.index(unit) for unit in targets.model.arkit_names]]
    return np.stack(
        [targets.acted(coefficients, row, turn if pose else still, keep=keep) for row, turn in zip(weights, turns, strict=True)]
    )


def _drawn(warp: PhotoWarp, wanted: np.ndarray, progress: Progress) -> Iterator[np.ndarray]:
    for k, points in enumerate(wanted):
        progress(0.4 + 0.6 * k / len(wanted), "Drawing the photo as it moves")
        yield warp.frame(Target(points)).image
    progress(1.0, "Done")
