"""A photo that moves: as a driver does, in a video or in a recording; into a future of its own; towards another photo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from ..errors import LandmarkError
from ..morphable.model import load_model
from ..morphable.photo_fit import PhotoFit, fit_photo
from ..motion.live_link_face import Recording
from ..motion.playback import Played, play
from ..runtime.backend import Backend, OnnxBackend
from ..video import dynamics, photo_targets
from ..video.photo_targets import CoefficientTargets
from ..video.photo_warp import PhotoWarp, Target
from ..video.portrait import Portrait
from ..video.registration import followed
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
    from_rest: bool = True,
    network: bool = True,
    backend: Backend | None = None,
    progress: Progress = quiet,
) -> Moving:
    """The photo (H, W, 3) uint8 RGB doing what a driver does: frames of a video at fps (FaceAnime's face video retargeting), or a Live Link Face
    recording, resampled to fps.

    pose: whether the head turns, too, or only the face moves; keep_expression: the driver's expression is added to the photo's own instead of
    taking its place; from_rest: of a recording counts what its face does beyond its own rest, otherwise its weights as they are; network: PGFG
    finishes what the warp draws, otherwise the warp is all, which is faster; face: which of several, counted from 0 at the left; count: how many
    frames the driver has, for the progress. Names are used in messages. LandmarkError where the driver shows no face or has one frame.
    """
    backend = backend or OnnxBackend()
    fitted, warp, targets = _prepared(image, name, face, network, backend, progress)
    if isinstance(driver, Recording):
        wanted = _acted(play(driver, fps=fps, from_rest=from_rest), pose, keep_expression, targets, fitted.coefficients)
    else:
        neutral = None if keep_expression else targets.neutral(fitted.coefficients)
        said = f"Following the face in {driver_name}"

        def frame(number: int) -> None:
            progress(0.1 + 0.3 * min(1.0, number / count) if count else 0.1, said)

        driven = followed(driver, fps, driver_name, backend=backend, progress=frame).points
        if len(driven) < 2:
            raise LandmarkError(f"'{driver_name}' has one frame, in which nothing moves. Give a longer clip, or use `towards` for a photo.")
        wanted = photo_targets.following(fitted.points, driven, neutral=neutral, pose=pose)
    return Moving(_drawn(warp, wanted, progress), len(wanted), fps)


def predict(
    image: np.ndarray,
    *,
    frames: int = dynamics.WINDOW,
    seed: int | None = 0,
    name: str = "photo",
    face: int | None = None,
    network: bool = True,
    backend: Backend | None = None,
    progress: Progress = quiet,
) -> Moving:
    """What the face of a photo (H, W, 3) uint8 RGB may do next (FaceAnime's face video prediction), by 3DDP; every seed is another future, None the
    one to be expected. face, name and network as in `retarget`."""
    backend = backend or OnnxBackend()
    fitted, warp, targets = _prepared(image, name, face, network, backend, progress)
    return _along(warp, targets, dynamics.predict(fitted.coefficients, frames, seed, backend=backend), progress)


def towards(
    image: np.ndarray,
    target: np.ndarray,
    *,
    frames: int = dynamics.WINDOW,
    seed: int | None = 0,
    name: str = "photo",
    target_name: str = "target",
    face: int | None = None,
    network: bool = True,
    backend: Backend | None = None,
    progress: Progress = quiet,
) -> Moving:
    """The photo's face on its way to the expression and turn of the face in another photo (FaceAnime's target-driven prediction), which it has in the
    last frame; its own shape, size and place stay. face, names and network as in `retarget`."""
    check_photo(target, target_name)
    backend = backend or OnnxBackend()
    fitted, warp, targets = _prepared(image, name, face, network, backend, progress)
    aim = fit_photo(target, load_model(), name=target_name, backend=backend).coefficients
    return _along(warp, targets, dynamics.towards(fitted.coefficients, aim, frames, seed, keep_place=True, backend=backend), progress)


def _prepared(
    image: np.ndarray, name: str, face: int | None, network: bool, backend: Backend, progress: Progress
) -> tuple[PhotoFit, PhotoWarp | Portrait, CoefficientTargets]:
    """The photo's fit, and what draws it at other points and makes points of coefficients."""
    check_photo(image, name)
    model = load_model()
    progress(0.0, "Fitting the photo's face")
    fitted = fit_photo(image, model, name=name, index=face, backend=backend)
    drawn = Portrait(image, fitted, fitted.points, backend) if network else PhotoWarp(image, fitted, fitted.points)
    return fitted, drawn, CoefficientTargets(fitted.points, fitted.coefficients, model)


def _along(warp: PhotoWarp | Portrait, targets: CoefficientTargets, coefficients: np.ndarray, progress: Progress) -> Moving:
    return Moving(_drawn(warp, np.stack([targets(one) for one in coefficients]), progress), len(coefficients), dynamics.FPS)


def _acted(played: Played, pose: bool, keep: bool, targets: CoefficientTargets, coefficients: np.ndarray) -> np.ndarray:
    """Targets (F, 478, 3) px after a recording: what its face does, and how its head turns from the first frame on."""
    turns = photo_targets.turned_since_first(played.rotations[:, :3]) if pose else np.tile(np.eye(3), (len(played.weights), 1, 1))
    weights = played.weights[:, [played.names.index(unit) for unit in targets.model.arkit_names]]
    return targets.acted(coefficients, weights, turns, keep=keep)


def _drawn(warp: PhotoWarp | Portrait, wanted: np.ndarray, progress: Progress) -> Iterator[np.ndarray]:
    for k, points in enumerate(wanted):
        progress(0.4 + 0.6 * k / len(wanted), "Drawing the photo as it moves")
        yield warp.frame(Target(points)).image
    progress(1.0, "Done")
