"""A face in a video as a recording: 52 ARKit weights and the rotations of head and eyes, frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from ..errors import LandmarkError, ModelError, ValueRangeError
from ..head.template import load_template
from ..morphable.photo import PhotoFace
from ..motion.live_link_face import GAZE, Recording
from ..motion.rotations import angles
from ..npz import read_npz
from ..runtime.backend import Backend, OnnxBackend
from ..runtime.store import REINSTALL
from .flow import Flow, places
from .frontal import Frontal
from .level import Reference, level
from .point_mesh import POINTS
from .track import calmed, jitter, smoothed, track

MODEL = "face_capture"
REFERENCE = Path(__file__).resolve().parents[2] / "models" / MODEL / "reference.npz"
MAX_FRAMES = 10_000  # five minutes: what a performance holds
BATCH = 32  # faces at a time in the network
TOO_FEW = 2
TURNED = 0.6  # of a unit: what a radian of the head's turn counts when a frame at rest is looked for
ASIDE = 0.3  # what a unit of gaze counts for that
LATE, EARLY = 0.4, 1.0  # of a unit: what it counts that a frame is not of the clip's first second; s
AROUND = 0.1  # s; a face at rest rests that long before and after
HELD = 0.06  # of a unit a frame: weights that move less are smoothed
START = "00:00:00:00.000"


@dataclass(frozen=True)
class Captured:
    """recording; found (F,) bool: the frames that show the face, the others are bridged; jitter of the points from frame to frame, of the face's
    size; rest s: the time whose face was taken to be at rest."""

    recording: Recording
    found: np.ndarray
    jitter: float
    rest: float


class _Seen:
    """What is kept of every frame that shows the face: its picture from the front, and what the landmark network knows of it."""

    def __init__(self, reference: Reference) -> None:
        self.reference, self.frontal = reference, Frontal(reference)
        self.pictures: dict[int, np.ndarray] = {}
        self.features: dict[int, np.ndarray] = {}

    def __call__(self, number: int, image: np.ndarray, face: PhotoFace) -> None:
        if number >= MAX_FRAMES:
            raise ValueRangeError(
                f"The video has more than {MAX_FRAMES} frames, which is as many as a recording holds. Cut it into shorter clips."
            )
        at = level(face.points[None], self.reference)
        self.pictures[number] = self.frontal.picture(image, at.middles[0], at.turns[0], float(at.sizes[0]))
        self.features[number] = face.features.astype(np.float16)


def load_reference(path: Path = REFERENCE) -> Reference:
    """The face that others are levelled to. ModelError where the file will not do."""
    try:
        data = read_npz(path)
        shape, steadiness = data["shape"].astype(float), data["steadiness"].astype(float)
        if shape.shape != (POINTS, 3) or steadiness.shape != (POINTS,) or not (np.isfinite(shape).all() and np.isfinite(steadiness).all()):
            raise ValueError(f"shape {shape.shape}, steadiness {steadiness.shape}")
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"The reference face {path} cannot be read ({error}). {REINSTALL}") from error
    return Reference(shape, steadiness)


def capture(
    frames: Iterable[np.ndarray], fps: float, *, name: str, timecode: str = START, rest: float | None = None, smoothing: bool = True,
    backend: Backend | None = None, progress: Callable[[int], None] | None = None,
) -> Captured:  # fmt: skip
    """The largest face of the first frame that shows one, through all frames (H, W, 3) uint8 RGB at fps.

    rest: the time (s) at which the face is at rest, by default found: the frame whose face does least. smoothing: what is nearly still is held
    still, with no lag: half a tenth of a second before and after a frame counts alike. LandmarkError where no face is found, ValueRangeError for an
    fps or rest that is none.
    """
    if not (np.isfinite(fps) and 0 < fps <= 1000):
        raise ValueRangeError(f"fps is {fps}; it must be above 0 and at most 1000.")
    backend = backend or OnnxBackend()
    reference = load_reference()
    seen = _Seen(reference)
    raw = track(frames, fps, name, backend=backend, progress=progress, seen=seen)
    if len(raw.found) < TOO_FEW:
        raise LandmarkError(f"'{name}' has one frame; a recording has at least {TOO_FEW}. Use `fit` for a photo.")
    followed = smoothed(raw) if smoothing else raw
    levelled = level(followed.points, reference)
    at = np.flatnonzero(raw.found)
    turned = np.asarray(Rotation.from_matrix(levelled.rotations[at]).magnitude())
    pictures, features = (np.stack([by_frame[k] for k in at]) for by_frame in (seen.pictures, seen.features))
    faces = Faces(at, pictures, features, levelled.points[at], turned, places(seen.frontal.outside), fps)
    resting = faces.rest(backend) if rest is None else faces.at_time(rest, name)
    known = faces.weights(resting, backend)
    weights = np.stack([np.interp(np.arange(len(raw.found)), at, channel) for channel in known.T], axis=1)
    if smoothing:
        weights = calmed(weights, fps, HELD)
    weights = np.clip(weights, 0.0, 1.0)
    names = load_template().arkit_names
    rotations = np.concatenate([angles(levelled.rotations), eye_rotations(names, weights)], axis=1)
    recording = Recording(np.arange(len(weights)) / fps, names, weights, rotations, timecode)
    return Captured(recording, raw.found, jitter(followed) if len(raw.found) > TOO_FEW else 0.0, float(at[resting] / fps))


@dataclass(frozen=True)
class Faces:
    """The found frames at (N,) of a clip of fps: pictures (N, S, S, 3) uint8 from the front, features (N, 128, 116) half floats, points (N, 478, 3)
    levelled, turned (N,) rad from the front; windows (W, 2) whose motion is looked at."""

    at: np.ndarray
    pictures: np.ndarray
    features: np.ndarray
    points: np.ndarray
    turned: np.ndarray
    windows: np.ndarray
    fps: float

    def weights(self, rest: int | None, backend: Backend) -> np.ndarray:
        """Weights (N, 52), unbounded, of every face beside the one at `rest`; where that is not known, beside itself."""
        flow = None if rest is None else Flow(self.pictures[rest], self.windows)
        made = []
        for start in range(0, len(self.at), BATCH):
            chosen = slice(start, start + BATCH)
            features, points = self.features[chosen].astype(np.float32), self.points[chosen].astype(np.float32)
            given = {"features": features, "rest_features": features, "points": points, "rest_points": points}
            given["flow"] = np.zeros((len(points), len(self.windows), 3), np.float32)
            if flow is not None:
                given["rest_features"] = np.broadcast_to(self.features[rest].astype(np.float32), features.shape)
                given["rest_points"] = np.broadcast_to(self.points[rest].astype(np.float32), points.shape)
                given["flow"] = np.stack([flow(picture) for picture in self.pictures[chosen]])
            made.append(backend.run(MODEL, {key: np.ascontiguousarray(value) for key, value in given.items()})["weights"])
        return np.concatenate(made)

    def rest(self, backend: Backend) -> int:
        """The face that does least over AROUND, and is seen most from the front; of the clip's beginning if that is as good as others."""
        counted = [ASIDE if unit.startswith(GAZE) else 1.0 for unit in load_template().arkit_names]
        alone = np.clip(self.weights(None, backend), 0.0, 1.0) @ counted
        reach = max(1, round(AROUND * self.fps))
        late = LATE * (self.at > EARLY * self.fps)
        cost = np.pad(alone + TURNED * self.turned + late, reach, mode="edge")
        return int(np.convolve(cost, np.full(2 * reach + 1, 1.0 / (2 * reach + 1)), mode="valid").argmin())

    def at_time(self, seconds: float, name: str) -> int:
        """The face nearest to a time. ValueRangeError for one outside the clip."""
        if not 0 <= seconds * self.fps <= self.at[-1] + 1:
            first, last = self.at[[0, -1]] / self.fps
            raise ValueRangeError(f"rest is {seconds} s, outside '{name}', which shows a face from {first:.2f} to {last:.2f} s.")
        return int(np.abs(self.at - seconds * self.fps).argmin())


def eye_rotations(names: tuple[str, ...], weights: np.ndarray) -> np.ndarray:
    """Yaw, pitch and roll (F, 6) rad of the left eye, then of the right one, from the gaze units of weights (F, 52)."""
    full = _full_gaze()

    def unit(name: str) -> np.ndarray:
        return weights[:, names.index(f"{GAZE}{name}")]

    none = np.zeros(len(weights))
    left = (unit("InLeft") - unit("OutLeft")) * full, (unit("DownLeft") - unit("UpLeft")) * full, none
    right = (unit("OutRight") - unit("InRight")) * full, (unit("DownRight") - unit("UpRight")) * full, none
    return np.stack([*left, *right], axis=1)


def _full_gaze() -> float:
    """How far the template's eye turns (rad) at weight 1 of a gaze unit."""
    template = load_template()
    ball = template.is_part("eye_left")
    before = template.vertices[ball].astype(float)
    after = before + template.arkit_field("eyeLookInLeft")[ball]
    turn, _ = Rotation.align_vectors(after - after.mean(axis=0), before - before.mean(axis=0))
    return float(turn.magnitude())
