"""`python -m core evaluate capture`: rendered clips of people nobody trained on, moved by recordings whose weights are therefore known."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.ndimage import uniform_filter1d

from ..data import face_clips
from ..data.face_appearance import random_appearance
from ..data.face_faults import CLEAN
from ..data.face_renders import Person
from ..data.face_shots import Shot, random_shot
from ..data.identities import ShapeSpace, random_identity, read_shape_space
from ..data.makehuman import fetch
from ..data.synthetic import default_cache
from ..data.synthetic_rig import FaceRig, Units
from ..errors import FileError
from ..head.template import load_template
from ..motion.live_link_face import GAZE, Recording, read_recording
from ..video.capture import Captured, capture
from ..video.track import jitter, smoothed, track
from .tables import Cell, Table

Progress = Callable[[float, str], None]
FIRST_SEED = 50_000_000  # of people, far from those of any training set
SIZE, FPS = 384, 30.0
WATCHED = ("jawOpen", "eyeBlinkLeft", "eyeBlinkRight", "mouthSmileLeft", "mouthSmileRight", "browInnerUp")
MOVES = 0.15  # of a unit: channels whose true weight changes by more are looked at
PIECE = 45  # frames around the moment at which a watched unit does most
LEAD = 20  # frames at rest before them
KINDS = ("uncovered", "any looks")  # brows and eyes to be seen in a clean picture; glasses, fringes, and every fault of a camera
STILL = 60  # frames of a face that does nothing


@dataclass(frozen=True)
class Clip:
    """pictures (F, SIZE, SIZE, 3) uint8; weights (F, 52) in the template's order; yaw (F,) rad of the head."""

    pictures: np.ndarray
    weights: np.ndarray
    yaw: np.ndarray


def lively(recording: Recording, names: tuple[str, ...]) -> np.ndarray:
    """Weights (F, 52) beyond rest: LEAD frames of rest, then the pieces of a recording in which the watched units do most, eased into one another."""
    weights = recording.beyond_rest()[:, [recording.names.index(name) for name in names]]
    pieces = [np.zeros((LEAD, len(names)))]
    for name in WATCHED:
        alone = uniform_filter1d(weights[:, names.index(name)], 9) - 0.3 * uniform_filter1d(
            np.delete(weights, names.index(name), axis=1).mean(axis=1), 9
        )
        middle = int(np.clip(alone.argmax(), PIECE, len(weights) - PIECE))
        pieces.append(weights[middle - PIECE : middle + PIECE])
    ends = np.cumsum([len(piece) for piece in pieces])[:-1]
    joined = np.concatenate(pieces)
    for end in ends:  # a cut would be a jump that no face makes
        share = np.linspace(0.0, 1.0, 12)[:, None]
        joined[end - 6 : end + 6] = (1.0 - share) * joined[end - 6] + share * joined[end + 5]
    return np.clip(joined, 0.0, 1.0)


def filmed(rig: FaceRig, weights: np.ndarray, person: Person, shot: Shot, rng: np.random.Generator) -> Clip:
    """A clip of a person whose face does `weights` while the head turns slowly."""
    time_ = np.arange(len(weights)) / FPS
    phase = rng.uniform(0.0, 2 * np.pi, 2)
    turns = np.stack([0.2 * np.sin(0.9 * time_ + phase[0]), 0.08 * np.sin(1.3 * time_ + phase[1]), np.zeros(len(weights))], axis=1)
    heads = face_clips.moved(rig.neutral + rig.displacement(weights), turns, np.zeros_like(turns))
    return Clip(face_clips.clip(person, heads, shot, SIZE, samples=1), weights, turns[:, 0])


def before_the_camera(kind: str, number: int, units: Units, space: ShapeSpace) -> tuple[FaceRig, Person, Shot, np.random.Generator]:
    """Somebody of a kind of KINDS, in any light."""
    rng = np.random.default_rng([FIRST_SEED, number])
    rig = FaceRig(units, random_identity(space, units.template, FIRST_SEED + number))
    look, shot = random_appearance(rng), random_shot(rng, 0.3)
    if kind == KINDS[0]:
        look, shot = replace(look, glasses="none", hair_style="none"), replace(shot, faults=CLEAN)
    return rig, Person(units.template, look, rig.neutral), shot, rng


def motions_of(recordings: Path, names: tuple[str, ...]) -> list[np.ndarray]:
    """`lively` of each recording in a folder. FileError where there are none."""
    paths = sorted(recordings.glob("*.csv*")) if recordings.is_dir() else []
    if not paths:
        raise FileError(f"There are no recordings in {recordings}; clips of known weights cannot be made without.")
    return [lively(read_recording(path), names) for path in paths]


def scores(found: Captured, clip: Clip, names: tuple[str, ...]) -> dict[str, float]:
    """Mean absolute error over the channels that move, and the correlation of each watched one."""
    weights = found.recording.weights
    moving = [k for k, name in enumerate(names) if np.ptp(clip.weights[:, k]) > MOVES and not name.startswith(GAZE)]
    kept = {"error": float(np.abs(weights - clip.weights)[:, moving].mean()), "channels": float(len(moving))}
    for name in WATCHED:
        k = names.index(name)
        kept[name] = float(np.corrcoef(weights[:, k], clip.weights[:, k])[0, 1]) if np.ptp(weights[:, k]) > 0 else 0.0
    turned = np.unwrap(found.recording.rotations[:, 0])
    kept["yaw"] = float(np.degrees(np.abs((turned - turned.mean()) - (clip.yaw - clip.yaw.mean())).mean()))
    return kept


def stillness(person: Person, rig: FaceRig, shot: Shot) -> float:
    """Jitter of a face that does not move, in pictures that each have their own noise."""
    heads = np.broadcast_to(rig.neutral, (STILL, *rig.neutral.shape))
    return jitter(smoothed(track(face_clips.frames_of(person, heads, shot, SIZE, samples=1), FPS, "still face")))


def captures(count: int, recordings: Path, progress: Progress, show: Callable[[Clip, Captured], None] | None = None) -> list[Table]:
    """How near captured weights come to those that moved the face, how still a still face is, and how many frames a second, on `count` people of
    each kind. `show` is given the first clip and its capture."""
    template = load_template()
    names = template.arkit_names
    units, space = Units(template), read_shape_space(fetch(default_cache()), template)
    motions = motions_of(recordings, names)
    keys = ("error", *WATCHED, "yaw", "jitter")
    rows: list[tuple[Cell, ...]] = []
    metrics: dict[str, float] = {}
    seconds, frames = 0.0, 0
    for kind in KINDS:
        each = []
        for k in range(count):
            progress((KINDS.index(kind) + k / count) / len(KINDS), "Rendering people and capturing them")
            rig, person, shot, rng = before_the_camera(kind, k, units, space)
            clip = filmed(rig, motions[k % len(motions)], person, shot, rng)
            start = time.perf_counter()
            found = capture(clip.pictures, FPS, name=f"clip {k}")
            seconds, frames = seconds + time.perf_counter() - start, frames + len(clip.pictures)
            each.append(scores(found, clip, names) | {"jitter": 100.0 * stillness(person, rig, shot)})
            rows.append((f"{kind}, person {k}", *(each[-1][key] for key in keys)))
            if show and len(rows) == 1:
                show(clip, found)
        mean = {key: float(np.mean([one[key] for one in each])) for key in keys}
        rows.append((f"{kind}, mean", *mean.values()))
        metrics |= {f"capture_{kind.replace(' ', '_')}_{key}": value for key, value in mean.items()}
    metrics["capture_fps"] = frames / seconds
    notes = (
        f"error: mean absolute, of the channels but gaze that move by more than {MOVES}; then correlations; yaw: mean error in degrees; jitter of a "
        "still face, % of its size a frame.",
        f"{KINDS[0]}: no glasses, no hair before the face, a clean picture; {KINDS[1]}: glasses, fringes, blur, grain, whatever comes.",
        f"{frames / seconds:.1f} frames a second of {SIZE} x {SIZE} pixels.",
    )
    return [Table("Capture from video, on rendered people with known weights", ("", *keys), tuple(rows), metrics, notes)]
