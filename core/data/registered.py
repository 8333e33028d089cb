"""Registered mesh sequences (CoMA, D3DFACS, VOCASET) as Performances, by the protocol of sparse_to_dense, Sect. 4.1.

A person's neutral is the median over the first frames of their sequences. Heads are turned into canonical axes and set down in the
template's place by one rigid motion for the whole set: sizes, and so errors in mm, stay the data's own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import FileError, LandmarkError, MeshError
from ..head.adaptation import frame_from_landmarks, landmark_trust
from ..head.detect import detect_landmarks
from ..head.files import read_landmarks
from ..head.frame import HeadFrame
from ..head.landmarks import Landmarks
from ..head.mesh import HeadMesh
from ..head.template import load_template
from ..head.validate import validate
from ..head.visibility import visible_triangles
from .activations import activations, amplitude, at_numbers, nearest
from .performances import STEP, Performances, landmark_displacement, quantised
from .sequences import Faults, Sequence, Topology, find_sequences

SAMPLES = 31  # of a curve
FRAMES = 30  # of a sub-sequence, kept with all vertices
LARGEST = 32767 * STEP  # m; nothing on a face moves further
LIFE_SIZE = (0.6, 1.6)  # of the template's size, what a head in metres may have
STILL_PARTS = 1e-3  # m; what moves less than about this decides how the head is turned
ROUNDS = 8

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Layout:
    """How a data set is shipped. inner: folder names between what the user unpacked and the people; label_of: see find_sequences; order:
    sorts labels; moving_head: frames carry the head's motion, which is taken out; speech: a recording is kept whole, as one clip."""

    name: str
    inner: tuple[str, ...]
    label_of: Callable[[str], str | None]
    expected: tuple[str, ...] = ()
    order: Callable[[str], object] = str
    moving_head: bool = False
    speech: bool = False


@dataclass(frozen=True)
class Clip:
    """One sub-sequence in the data's own axes: landmarks (FRAMES, 68, 3), dense (FRAMES, V, 3), curve (SAMPLES, 68, 3), m displacement."""

    landmarks: np.ndarray
    dense: np.ndarray
    curve: np.ndarray


def rigid(source: np.ndarray, target: np.ndarray, rounds: int = ROUNDS) -> np.ndarray:
    """source (V, 3) m moved rigidly onto target (V, 3) m so that what is the same in both coincides.

    Kabsch's least squares, reweighted by Geman and McClure's function so that what moves by itself, the jaw say, does not turn the head.
    """
    weights = np.ones(len(source))
    placed = source
    for _ in range(rounds):
        w = weights / weights.sum()
        centre, goal = w @ placed, w @ target
        u, _, vt = np.linalg.svd((w[:, None] * (target - goal)).T @ (placed - centre))
        u[:, 2] *= np.sign(np.linalg.det(u) * np.linalg.det(vt))
        placed = (placed - centre) @ (u @ vt).T + goal
        squared = ((placed - target) ** 2).sum(axis=1)
        weights = 1.0 / (1.0 + squared / max(STILL_PARTS**2, float(np.median(squared)))) ** 2
    return placed


def neutrals(sequences: list[Sequence], topology: Topology, moving_head: bool, faults: Faults) -> dict[str, np.ndarray]:
    """The neutral (V, 3) of each person: the median of the first frames of their sequences that can be read."""
    found: dict[str, np.ndarray] = {}
    for person in sorted({sequence.person for sequence in sequences}):
        firsts = [topology.read(sequence.files[0]) for sequence in sequences if sequence.person == person]
        heads = [head for head in firsts if head is not None]
        if not heads:
            faults.add(f"{person} has no sequence whose first frame can be read, so no neutral; expected at least one.")
            continue
        if moving_head:
            first = rigid(heads[0], next(iter(found.values()), heads[0]), rounds=1)
            heads = [first, *(rigid(head, first) for head in heads[1:])]
        found[person] = np.median(heads, axis=0)
    if not found:
        raise FileError(f"No person of {sequences[0].files[0].parents[2]} has a neutral. Unpack the data set again.")
    return found


def embedding(mean: HeadMesh, given: Path | None, progress: Progress) -> Landmarks:
    """The 68 landmarks on the set's topology: read from a file of `python -m core landmarks`, or found on the mean neutral."""
    if given is not None:
        read = read_landmarks(given, len(mean.vertices), len(mean.triangles))
        return Landmarks(read["triangles"], read["barycentric"], read["confidence"])
    try:
        validate(mean)
        return detect_landmarks(mean, progress)[0]
    except (LandmarkError, MeshError) as error:
        raise type(error)(f"{error} Or name a landmark file of this topology with --landmarks.") from error


def set_down(mean: np.ndarray, triangles: np.ndarray, landmarks: Landmarks, name: str) -> HeadFrame:
    """The rigid motion of a set with mean neutral (V, 3) m into canonical axes; FileError where it is not in metres."""
    template = load_template()
    frame = frame_from_landmarks(landmarks.points(mean, triangles), landmark_trust(landmarks), template)
    if not LIFE_SIZE[0] <= frame.scale <= LIFE_SIZE[1]:
        raise FileError(
            f"The heads of {name} are {1 / frame.scale:.3g} times as large as a head in metres. Scale the data to metres, or check --landmarks."
        )
    middle = template.landmark_points().mean(axis=0).astype(np.float64)
    return HeadFrame(1.0, frame.rotation, middle - frame.rotation @ frame.from_canonical(middle))


def _read_frames(sequence: Sequence, topology: Topology, neutral: np.ndarray, moving_head: bool) -> tuple[np.ndarray, np.ndarray]:
    """Displacement (F, V, 3) float32 m of the readable frames and their numbers (F,)."""
    moved, numbers = [], []
    for path, number in zip(sequence.files, sequence.numbers, strict=True):
        vertices = topology.read(path)
        if vertices is None:
            continue
        displacement = (rigid(vertices, neutral) if moving_head else vertices) - neutral
        furthest = float(np.abs(displacement).max())
        if furthest > LARGEST:
            topology.faults.add(
                f"{path} moves {furthest * 1000:.0f} mm from the neutral; expected at most {LARGEST * 1000:.0f} mm on a face."
            )
            continue
        moved.append(displacement.astype(np.float32))
        numbers.append(number)
    return np.array(moved).reshape(-1, *neutral.shape), np.array(numbers)


def sub_sequences(moved: np.ndarray, landmarks: np.ndarray, numbers: np.ndarray, speech: bool) -> list[Clip]:
    """The clips of a recording: each activation, neutral to apex; of speech one, the largest rise, with frames from the whole recording."""
    size = amplitude(landmarks)
    found = activations(size, numbers)
    if speech and found:
        found = [max(found, key=lambda bounds: size[bounds[1]])]
    clips = []
    for onset, apex in found:
        first, last = (0, len(numbers) - 1) if speech else (onset, apex)
        kept = nearest(numbers, np.linspace(numbers[first], numbers[last], FRAMES))
        curve = at_numbers(landmarks, numbers, np.linspace(numbers[onset], numbers[apex], SAMPLES))
        clips.append(Clip(landmarks[kept], moved[kept], curve))
    return clips


def people_folder(root: Path, layout: Layout) -> Path:
    """Where the people's folders are: `root`, or the folder in it that the owner's archive unpacks to."""
    return next((root / name for name in layout.inner if (root / name).is_dir()), root)


def read(root: Path, layout: Layout, landmarks: Path | None, faults: Faults, progress: Progress) -> Performances:
    """The whole set; keeps one recording's frames in memory at a time beside what is kept of the others."""
    root = people_folder(root, layout)
    sequences = find_sequences(root, layout.label_of, layout.expected, faults)
    progress(0.0, f"Reading neutrals of {layout.name}")
    topology = Topology(sequences, faults)
    neutral = neutrals(sequences, topology, layout.moving_head, faults)
    mean = np.mean(list(neutral.values()), axis=0)
    points = embedding(
        HeadMesh(mean, topology.triangles, f"{layout.name}'s mean neutral"), landmarks, lambda done, what: progress(0.1 * done, what)
    )
    frame = set_down(mean, topology.triangles, points, layout.name)
    rows: list[tuple[Sequence, Clip]] = []
    for number, sequence in enumerate(sequences):
        progress(0.1 + 0.9 * number / len(sequences), f"Reading {sequence.person}/{sequence.label}")
        if sequence.person in neutral:
            rows += [(sequence, clip) for clip in _clips_of(sequence, topology, neutral[sequence.person], layout, points, frame)]
    if not rows:
        raise FileError(f"No sequence of {root} shows an expression. {faults.summary()}")
    return _performances(layout, rows, {person: frame.to_canonical(head) for person, head in neutral.items()}, topology.triangles, points)


def _clips_of(
    sequence: Sequence, topology: Topology, neutral: np.ndarray, layout: Layout, points: Landmarks, frame: HeadFrame
) -> list[Clip]:
    moved, numbers = _read_frames(sequence, topology, neutral, layout.moving_head)
    moved = frame.displacement_to_canonical(moved)
    clips = sub_sequences(moved, landmark_displacement(points, topology.triangles, moved), numbers, layout.speech) if len(moved) else []
    if not clips:
        name = sequence.files[0].parent / sequence.clip
        topology.faults.note(f"{name} shows no expression in {len(moved)} readable frames; expected neutral to apex.")
    return [Clip(clip.landmarks, quantised(clip.dense), clip.curve) for clip in clips]


def _performances(
    layout: Layout, rows: list[tuple[Sequence, Clip]], neutral: dict[str, np.ndarray], triangles: np.ndarray, points: Landmarks
) -> Performances:
    people = sorted({sequence.person for sequence, _ in rows})
    labels = sorted({sequence.label for sequence, _ in rows}, key=layout.order)  # type: ignore[arg-type]
    take: list[int] = []
    counts: dict[tuple[str, str], int] = {}
    for sequence, _ in rows:
        key = (sequence.person, sequence.label)
        take.append(counts.get(key, 0))
        counts[key] = take[-1] + 1
    heads = np.array([neutral[person] for person in people], np.float32)
    visible = np.zeros(heads.shape[1], bool)
    visible[triangles[visible_triangles(heads.mean(axis=0).astype(np.float64), triangles)]] = True
    return Performances(
        name=layout.name,
        people=tuple(people),
        labels=tuple(labels),
        triangles=triangles,
        embedding=points,
        visible=visible,
        neutral=heads,
        person=np.array([people.index(sequence.person) for sequence, _ in rows], np.int32),
        label=np.array([labels.index(sequence.label) for sequence, _ in rows], np.int32),
        take=np.array(take, np.int32),
        curves=np.array([clip.curve for _, clip in rows], np.float32),
        frame_landmarks=np.array([clip.landmarks for _, clip in rows], np.float32),
        dense=np.array([clip.dense for _, clip in rows]),
    )
