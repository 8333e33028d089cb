"""One face through a video: followed from frame to frame, found again after it was lost, and held still where it is still."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import correlate1d

from ..errors import LandmarkError
from ..morphable.photo import PhotoFace, faces_in, follow, surely
from ..runtime.backend import Backend, OnnxBackend

STRAY = 0.5  # of the face's size: how far a face may jump from one frame to the next and still be the same
LOOK_EVERY = 3  # frames between two searches while the face is lost
ASK_FIRST, ASK_EVERY = 3, 5  # whether what is followed is a face is asked in that many frames at first, then at every fifth
SURE = 0.77  # least mean answer: faces have 0.85, letters 0.7
SMOOTH_S = 0.035  # s; standard deviation of the smoothing, as much before a frame as after it: no lag
HELD = 0.004  # of the face's size: what moves less from frame to frame is noise and is smoothed wholly, what moves more the less


@dataclass(frozen=True)
class Track:
    """points (F, 478, 3) px, between found frames where the face was lost; found (F,) bool; fps."""

    points: np.ndarray
    found: np.ndarray
    fps: float

    @property
    def sizes(self) -> np.ndarray:
        """Square root of each frame's box of points (F,), px."""
        return np.sqrt(np.prod(np.ptp(self.points[..., :2], axis=1), axis=1))


def track(
    frames: Iterable[np.ndarray], fps: float, name: str, *, backend: Backend | None = None, progress: Callable[[int], None] | None = None,
    seen: Callable[[int, np.ndarray, PhotoFace], None] | None = None,
) -> Track:  # fmt: skip
    """The largest face of the first frame that shows one, through all frames (H, W, 3) uint8 RGB. LandmarkError where none shows a face.

    `seen` is given number, image and face of each frame while it is at hand; some of them may later turn out to be no face.
    """
    backend = backend or OnnxBackend()
    pieces: list[_Piece] = []
    piece: _Piece | None = None
    count = 0
    for number, image in enumerate(frames):
        if progress:
            progress(number)
        count = number + 1
        face = follow(image, piece.faces[-1], backend) if piece else None
        if piece and (face is None or _jumped(piece.faces[-1], face)):
            face = piece = None
        if piece is None and (not pieces or (number - pieces[-1].end) % LOOK_EVERY == 0):
            face = _find(image, backend)
            if face is not None:
                piece = _Piece(number, [], [])
                pieces.append(piece)
        if piece is not None and face is not None:
            piece.faces.append(face)
            if seen:
                seen(number, image, face)
            if len(piece.faces) <= ASK_FIRST or len(piece.faces) % ASK_EVERY == 0:
                piece.scores.append(surely(image, face, backend))
    return _joined([piece for piece in pieces if np.mean(piece.scores) >= SURE], count, fps, name)


@dataclass
class _Piece:
    """Faces of the frames from `start` on, without a gap, and how surely some of them are one."""

    start: int
    faces: list[PhotoFace]
    scores: list[float]

    @property
    def end(self) -> int:
        return self.start + len(self.faces)


def _joined(pieces: list[_Piece], count: int, fps: float, name: str) -> Track:
    if not pieces:
        raise LandmarkError(
            f"No face was found in any of the {count} frames of '{name}'. Use a clip of one person with the face at least 20 pixels wide, "
            "seen from the front or half from the side."
        )
    found = np.zeros(count, bool)
    for piece in pieces:
        found[piece.start : piece.end] = True
    return Track(_bridged(np.array([face.points for piece in pieces for face in piece.faces]), found), found, fps)


def smoothed(track: Track) -> Track:
    """The track without jitter and without lag: each point is averaged over a few frames around, the more the less the face moves there."""
    return Track(calmed(track.points, track.fps, HELD * track.sizes[:, None]), track.found, track.fps)


def calmed(values: np.ndarray, fps: float, held: np.ndarray | float) -> np.ndarray:
    """Values (F, ..., [3]) smoothed over SMOOTH_S before and after, wholly where they move less than `held` a frame, the less the more they move.

    The last axis of points (F, N, 3) moves together, channels (F, C) each for itself.
    """
    sigma = SMOOTH_S * fps
    reach = max(1, int(np.ceil(3 * sigma)))
    taps = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    calm = correlate1d(values, taps / taps.sum(), axis=0, mode="nearest")
    motion = np.gradient(calm, axis=0) if len(calm) > 1 else np.zeros_like(calm)
    speed = np.linalg.norm(motion, axis=2, keepdims=True) if values.ndim == 3 else np.abs(motion)
    limit = np.asarray(held)[..., None] if values.ndim == 3 else held
    return values + (calm - values) / (1.0 + (speed / limit) ** 2)


def jitter(track: Track) -> float:
    """Root mean square motion of the points from frame to frame beside the face's own smooth motion, over the face's size."""
    between = 0.5 * (track.points[:-2] + track.points[2:])
    off = np.linalg.norm((track.points[1:-1] - between)[..., :2], axis=2) / track.sizes[1:-1, None]
    return float(np.sqrt((off**2).mean()))


def _find(image: np.ndarray, backend: Backend) -> PhotoFace | None:
    return max(faces_in(image, every=False, backend=backend), key=lambda face: face.size, default=None)


def _jumped(before: PhotoFace, face: PhotoFace) -> bool:
    step = np.linalg.norm((face.points - before.points)[:, :2].mean(axis=0))
    return bool(step > STRAY * before.size or not 0.5 < face.size / before.size < 2.0)


def _bridged(known: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Points (F, 478, 3) of all frames from those of the found ones: straight lines in between, the nearest before and after."""
    at = np.flatnonzero(found)
    frames = np.arange(len(found))
    after = np.clip(np.searchsorted(at, frames), 0, len(at) - 1)
    before = np.clip(np.searchsorted(at, frames, side="right") - 1, 0, len(at) - 1)
    span = np.maximum(at[after] - at[before], 1)
    share = np.clip((frames - at[before]) / span, 0.0, 1.0)[:, None, None]
    return known[before] * (1.0 - share) + known[after] * share
