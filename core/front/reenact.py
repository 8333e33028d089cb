"""One-shot face reenactment: the pose and expression of a guide on the face of a photo, or of the nearest of several photos."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from ..errors import ValueRangeError
from ..morphable.camera import FRONT, Pose
from ..morphable.model import load_model
from ..morphable.photo import face_in
from ..morphable.photo_fit import PhotoFit, fit_photo
from ..motion.live_link_face import Recording
from ..motion.playback import play
from ..motion.rotations import matrices
from ..runtime.backend import Backend, OnnxBackend
from ..video import pose_guide
from ..video.capture import load_reference
from ..video.level import level
from ..video.photo_targets import CoefficientTargets
from ..video.photo_warp import PhotoWarp, Target
from ..video.reenactment import Reenacted, trained
from ..video.track import smoothed, track
from .photos import check_photo
from .shared import Progress, quiet
from .videos import FPS, Moving

Guide = np.ndarray | Recording | Iterable[np.ndarray]


def reenact(
    photos: np.ndarray | Sequence[np.ndarray],
    guide: Guide,
    fps: float = FPS,
    *,
    name: str = "photo",
    guide_name: str = "guide",
    count: int = 0,
    face: int | None = None,
    pose: bool = True,
    own_shape: bool = True,
    network: bool | None = None,
    fusion: bool = True,
    backend: Backend | None = None,
    progress: Progress = quiet,
) -> Moving:
    """The face of a photo (H, W, 3) uint8 RGB with the pose and expression of a guide, by One-shot Face Reenactment. Of several photos of the same
    person the one whose head is turned most like the guide's is taken.

    guide: a picture of any face (one frame comes out); frames of a video at fps; a Live Link Face recording; or coefficients (62,) or (F, 62), as
    `fit` and `pose_of_head` give them. pose: whether the head turns, too, or only the face moves. own_shape: the photo's person keeps the shape of
    their face; otherwise the guide's comes along, as published. network: whether the network draws the face, by default if there are weights for
    it, or the photo's warp alone; fusion: whether skin stays the photo's own (FusionNet). face: which of several in the photo, counted from 0 at the
    left; count: how many frames the guide has, for the progress. Names are used in messages. LandmarkError where a picture shows no face.
    """
    backend = backend or OnnxBackend()
    shots = [photos] if isinstance(photos, np.ndarray) else list(photos)
    if not shots:
        raise ValueRangeError("No photo was given; reenactment needs one or more of the same person.")
    for number, image in enumerate(shots):
        check_photo(image, _named(name, number, len(shots)))
    asked = _Asked(guide, fps, guide_name, count, backend, progress)
    progress(0.4, "Fitting the photo's face")
    chosen = 0
    if len(shots) > 1:
        found = [face_in(image, _named(name, k, len(shots)), index=face, backend=backend).points for k, image in enumerate(shots)]
        chosen = pose_guide.nearest(found, asked.turns(), load_reference())
    image = shots[chosen]
    fitted = fit_photo(image, load_model(), name=_named(name, chosen, len(shots)), index=face, backend=backend)
    wanted = asked.targets(fitted, pose, own_shape)
    drawer = drawer_of(image, fitted, backend, network, fusion)
    return Moving(_drawn(drawer, wanted, progress), len(wanted), fps)


def pose_of_head(landmarks: np.ndarray, view: np.ndarray) -> np.ndarray:
    """Coefficients (62,) for `reenact` of a 3D head as it is posed: its 68 landmarks (68, 3) in any unit, seen by a viewer whose right, down and
    forward are the rows of view (3, 3) in the landmarks' space."""
    return pose_guide.of_head(landmarks, view)


def drawer_of(image: np.ndarray, fitted: PhotoFit, backend: Backend, network: bool | None, fusion: bool) -> PhotoWarp | Reenacted:
    """What draws a fitted photo: the network over the photo's warp, by default where there are weights for it, or the warp alone."""
    if trained(backend) if network is None else network:
        return Reenacted(image, fitted, fitted.points, backend, fusion=fusion)
    return PhotoWarp(image, fitted, fitted.points)


class _Asked:
    """What a guide asks for, read once."""

    def __init__(self, guide: Guide, fps: float, name: str, count: int, backend: Backend, progress: Progress):
        self.recording: Recording | None = None
        self.points: np.ndarray | None = None
        self.coefficients: np.ndarray | None = None
        progress(0.0, f"Looking at {name}")
        if isinstance(guide, Recording):
            self.recording, self.played = guide, play(guide, fps=fps)
        elif isinstance(guide, np.ndarray) and guide.ndim != 3 and guide.dtype.kind == "f":
            self.coefficients = pose_guide.checked(guide, name)
        elif isinstance(guide, np.ndarray) and guide.ndim != 4:
            check_photo(guide, name)
            self.points = face_in(guide, name, backend=backend).points[None]
        else:

            def frame(number: int) -> None:
                progress(0.4 * min(1.0, number / count) if count else 0.1, f"Following the face in {name}")

            self.points = smoothed(track(guide, fps, name, backend=backend, progress=frame)).points

    def turns(self) -> np.ndarray:
        """The head's rotations (F, 3, 3) from one that looks straight at the camera, in camera axes: right, down, away."""
        if self.points is not None:
            return level(self.points, load_reference()).turns
        if self.coefficients is not None:
            return np.stack([Pose.of_matrix(one[: pose_guide.POSE_NUMBERS]).rotation @ FRONT.T for one in self.coefficients])
        return FRONT @ matrices(self.played.rotations[:, :3]) @ FRONT.T

    def targets(self, fitted: PhotoFit, pose: bool, own_shape: bool) -> np.ndarray:
        """Where the photo's points go, (F, 478, 3) px."""
        targets = CoefficientTargets(fitted.points, fitted.coefficients, load_model())
        if self.points is not None:
            return pose_guide.of_points(targets, self.points, shape=own_shape, pose=pose)
        if self.coefficients is not None:
            return pose_guide.of_coefficients(targets, fitted.coefficients, self.coefficients, pose=pose)
        weights = self.played.weights[:, [self.played.names.index(unit) for unit in targets.model.arkit_names]]
        turns = np.tile(np.eye(3), (len(weights), 1, 1))
        if pose:  # turned as the recording's head is, whichever way the photo's looks
            own = FRONT.T @ targets.pose.rotation
            turns = own.T @ matrices(self.played.rotations[:, :3])
        return targets.acted(fitted.coefficients, weights, turns)


def _named(name: str, number: int, count: int) -> str:
    return name if count == 1 else f"{name} {number + 1}"


def _drawn(drawer: PhotoWarp | Reenacted, wanted: np.ndarray, progress: Progress) -> Iterator[np.ndarray]:
    for k, points in enumerate(wanted):
        progress(0.5 + 0.5 * k / len(wanted), "Drawing the photo as it moves")
        yield drawer.frame(Target(points)).image
    progress(1.0, "Done")
