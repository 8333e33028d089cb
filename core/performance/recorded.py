"""A recording of ARKit weights as a performance on the ARKit keys of a head."""

from __future__ import annotations

import numpy as np

from ..errors import MeshError, ValueRangeError
from ..head.adaptation import Adaptation
from ..head.template import load_template
from ..keys import Keys
from ..motion.clip import Clip
from ..motion.expressions_json import Pose
from ..motion.live_link_face import TIMECODE, Recording, timecodes
from ..motion.playback import Played
from .onto_keys import weight_tolerance
from .performance import Performance

MAX_FRAMES = 10_000


def on_keys(played: Played, keys: Keys, adaptation: Adaptation, label: str) -> Performance:
    """The weights as they are, on keys (K >= 52 names, among them the 52 of ARKit); a capture has no error to state: residuals are 0.

    The clip is what the template's landmarks do under those weights.
    """
    missing = [name for name in played.names if name not in keys.names]
    if missing:
        raise MeshError(f"The head lacks {len(missing)} of the 52 ARKit keys ({', '.join(missing[:3])} ...). Make its ARKit keys first.")
    rows = [keys.names.index(name) for name in played.names]
    wanted = Keys(played.names, keys.deltas[rows], played.weights.astype(np.float32))
    template = load_template()
    weights = played.weights[:, [played.names.index(name) for name in template.arkit_names]]
    displacement = np.tensordot(weights.astype(np.float64), _unit_landmarks(), axes=1)
    clip = Clip(np.arange(len(weights)) / played.fps, displacement, label, 0, f"Live Link Face, {played.timecode}")
    return Performance(wanted, clip, played.fps, label, 0.0, 0.0, weight_tolerance(wanted, 1000.0 * adaptation.frame.scale), adaptation)


def recording_of(names: tuple[str, ...], weights: np.ndarray, rotations: np.ndarray, fps: float, timecode: str) -> Recording:
    """Weights (F, 52), kept within 0 and 1, and rotations (F, 9) rad taken at fps as a recording that begins at a timecode."""
    if not (np.isfinite(fps) and fps > 0):
        raise ValueRangeError(f"fps is {fps}; it must be above 0.")
    if len(weights) < 2:
        raise ValueRangeError(f"A recording of {len(weights)} frames was to be made; it has at least 2.")
    if TIMECODE.fullmatch(timecode) is None:
        raise ValueRangeError(f"The timecode '{timecode}' is not of the form hours:minutes:seconds:frames, such as 01:02:03:04.000.")
    return Recording(np.arange(len(weights)) / fps, tuple(names), np.clip(weights, 0.0, 1.0), rotations, timecode)


def recording_of_pose(pose: Pose, frames: int, fps: float) -> Recording:
    """A pose that is reached from neutral in `frames` frames, as a hand moves: with the least jerk (Flash and Hogan 1985)."""
    if not 2 <= frames <= MAX_FRAMES:
        raise ValueRangeError(f"frames is {frames}; it must be from 2 to {MAX_FRAMES}.")
    share = np.linspace(0.0, 1.0, frames)[:, None]
    eased = share**3 * (10.0 - 15.0 * share + 6.0 * share**2)
    return recording_of(load_template().arkit_names, eased * pose.weights, np.zeros((frames, 9)), fps, "00:00:00:00.000")


def timecode_at(timecode: str, rate: float, seconds: float) -> str:
    """The timecode so many seconds after (or before) another one, which counts in `rate` frames a second."""
    times = seconds + np.arange(2.0)
    return timecodes(Recording(times, (), np.zeros((2, 0)), np.zeros((2, 9)), timecode, rate))[0]


def _unit_landmarks() -> np.ndarray:
    """What the template's landmarks do (52, 68, 3) m at weight 1 of each ARKit unit."""
    template = load_template()
    return np.stack([template.landmark_points(template.arkit_field(name).astype(np.float64)) for name in template.arkit_names])
