"""The front door: operators, the command line, the worker process and tests all come through here."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as ListOf
from dataclasses import replace
from pathlib import Path

import numpy as np

from . import labels as label_set
from .errors import MeshError, ModelError, ValueRangeError
from .head import nine_points
from .head import parts as part_set
from .head.adaptation import Adaptation, adapt_template, frame_from_landmarks, landmark_trust
from .head.arkit import arkit_deltas
from .head.detect import detect_landmarks as detect
from .head.facing import AUTO, facing_name
from .head.frame import HeadFrame
from .head.landmarks import Landmarks
from .head.mesh import HeadMesh
from .head.parts import Parts
from .head.template import ID as TEMPLATE
from .head.template import load_template
from .head.validate import validate
from .head.visibility import visible_triangles
from .head.winding import outward
from .keys import Keys
from .morphable import photo_fit
from .morphable.model import load_model
from .morphable.photo_fit import PhotoFit
from .motion import expressions_json, live_link_face, playback
from .motion.clip import Clip
from .motion.expressions_json import Pose
from .motion.generate import generate_clip
from .motion.joining import between, join
from .motion.live_link_face import Recording
from .motion.liveliness import liveliness
from .motion.playback import Played
from .motion.sequence import Sequence
from .performance import draft as in_a_hurry
from .performance import mesh_sequence, neutral, onto_keys, recorded, retarget
from .performance.carry import Carried, carry_landmarks
from .performance.mesh_sequence import MeshSequence
from .performance.performance import HeadMotion, Performance, Rig
from .performance.variants import LARGEST, MOST, SMALLEST, Variants, pictures
from .performance.variants import portrait as draw_portrait
from .runtime.backend import Backend, OnnxBackend

Progress = Callable[[float, str], None]
TOLERANCE_MM = 0.25  # largest error the few shape keys may leave, at life size
MAX_FRAMES = 10_000


def quiet(_fraction: float, _what: str) -> None:
    """A progress that says nothing. A progress callback may raise `Cancelled` to stop the work."""


def _part(progress: Progress, start: float, end: float) -> Progress:
    return lambda fraction, what: progress(start + (end - start) * fraction, what)


def labels() -> tuple[str, ...]:
    """Every expression that can be asked for."""
    return label_set.LABELS


def detect_landmarks(mesh: HeadMesh, *, facing: str = AUTO, progress: Progress = quiet) -> Landmarks:
    """The 68 landmarks of a neutral head, found on renders of it. MeshError or LandmarkError say why a mesh will not do.

    facing: "auto", or where the face looks and where its top is in the mesh's own axes, such as "-Y/+Z".
    """
    validate(mesh)
    return detect(mesh, progress, facing)[0]


def landmarks_at(mesh: HeadMesh, points: np.ndarray, confidence: np.ndarray | None = None) -> Landmarks:
    """Points (68, 3) of the mesh's own space put onto the nearest skin; confidence (68,), by default 1: placed by hand."""
    validate(mesh)
    return nine_points.onto_skin(mesh, points, confidence)


def landmarks_from_nine(mesh: HeadMesh, points: np.ndarray) -> Landmarks:
    """All 68 landmarks from nine (9, 3) placed by hand, in the order of `landmarks.NINE`; for heads on which no face is found."""
    validate(mesh)
    return nine_points.from_nine(mesh, points)


def mirror_landmarks(mesh: HeadMesh, landmarks: Landmarks, side: str) -> Landmarks:
    """The landmarks with the other side's points mirrored from `side`, "right" or "left" of the person, over the face's middle plane."""
    validate(mesh)
    return nine_points.mirrored(mesh, landmarks, side)


def facing_of(mesh: HeadMesh, landmarks: Landmarks) -> str:
    """Where the face looks and where its top is, as nearest axes of the mesh: such as "-Y/+Z"."""
    return facing_name(_frame(mesh, landmarks).rotation)


def find_parts(mesh: HeadMesh, landmarks: Landmarks | None = None, *, progress: Progress = quiet) -> Parts:
    """What every vertex of a head is (`parts.NAMES`), the user's own corrections included."""
    validate(mesh)
    if landmarks is None:
        landmarks = detect(mesh, _part(progress, 0.0, 0.8))[0]
    progress(0.8, "Telling parts apart")
    frame = _frame(mesh, landmarks)
    mesh, landmarks = outward(mesh, landmarks, frame.rotation)
    canonical = frame.to_canonical(mesh.vertices)
    points = landmarks.points(canonical, mesh.triangles)
    visible = visible_triangles(canonical, mesh.triangles)
    found = part_set.find_parts(canonical, mesh.triangles, points, landmarks.triangles, given=mesh.part, visible=visible)
    progress(1.0, "Done")
    return found


def adapt(mesh: HeadMesh, landmarks: Landmarks | None = None, *, progress: Progress = quiet) -> Adaptation:
    """Fits the template to a head of any topology. Takes seconds; keep the result for as long as the mesh stays as it is."""
    validate(mesh)
    if landmarks is None:
        landmarks = detect(mesh, _part(progress, 0.0, 0.4))[0]
    frame = _frame(mesh, landmarks)
    made = adapt_template(*outward(mesh, landmarks, frame.rotation), frame, load_template(), _part(progress, 0.4, 1.0))
    return replace(made, landmarks=landmarks)


def generate(
    mesh: HeadMesh,
    expression: str,
    *,
    frames: int = 30,
    fps: float = 30.0,
    intensity: float = 1.0,
    seed: int = 0,
    landmarks: Landmarks | None = None,
    adaptation: Adaptation | None = None,
    onto: Keys | None = None,
    signed: bool = False,
    tolerance_mm: float = TOLERANCE_MM,
    dense: bool = False,
    backend: Backend | None = None,
    progress: Progress = quiet,
) -> Performance:
    """An expression, neutral to apex, on any neutral head: Motion3DGAN moves the landmarks, S2D-Dec the surface, the adaptation carries it.

    frames >= 2; fps > 0; intensity 0..2 (0 is exactly neutral); the same seed on the same backend gives the same result.
    onto: keys that the head has, such as its ARKit keys; the performance is then weights of those of them that move, from 0 to 1 (signed:
    from -1), instead of keys of its own. tolerance_mm > 0: the largest error that keys of its own may leave, at life size, as far as few
    keys can. dense: the displacement of every vertex and frame is given as well.
    """
    label = label_set.resolve(expression)
    _check_range(frames, fps, intensity, seed)
    _check_keys(mesh, onto, tolerance_mm)
    backend = backend or OnnxBackend()
    adaptation = _fitting(mesh, landmarks, adaptation, progress)
    progress(0.8, f"Generating {label}")
    clip = generate_clip(label, frames=frames, fps=fps, intensity=intensity, seed=seed, backend=backend)
    carried = _carried(mesh, adaptation, clip.displacement, None, backend, _part(progress, 0.8, 0.95))
    made = _performed(mesh, adaptation, carried, clip, label, fps, onto, signed, tolerance_mm, dense)
    progress(1.0, "Done")
    return made


def arkit_keys(
    mesh: HeadMesh, *, landmarks: Landmarks | None = None, adaptation: Adaptation | None = None, progress: Progress = quiet
) -> Rig:
    """The 52 exactly named ARKit keys on a head of any topology, with no animation (weights (0, 52))."""
    adaptation = _fitting(mesh, landmarks, adaptation, progress)
    template = load_template()
    deltas = arkit_deltas(
        *_outward(adaptation, mesh), template, lambda done: progress(0.8 + 0.2 * done, "Carrying the 52 keys to the head")
    )
    progress(1.0, "Done")
    return Rig(Keys(template.arkit_names, deltas, np.zeros((0, len(deltas)), np.float32)), adaptation)


def read_recording(path: Path) -> Recording:
    """A Live Link Face recording: weights of the 52 ARKit units and rotations of head and eyes, timecode kept."""
    return live_link_face.read_recording(Path(path))


def write_recording(path: Path, recording: Recording) -> None:
    """Writes weights and rotations as Live Link Face does, its timecode going on from the recording's first one."""
    live_link_face.write_recording(Path(path), recording)


def play(recording: Recording, *, fps: float, from_rest: bool = False) -> Played:
    """A recording at another frame rate, with no lag; from_rest: only what the face does beyond its own rest."""
    return playback.play(recording, fps=fps, from_rest=from_rest)


def play_onto(
    mesh: HeadMesh,
    recording: Recording,
    onto: Keys,
    *,
    label: str,
    fps: float,
    from_rest: bool = False,
    landmarks: Landmarks | None = None,
    adaptation: Adaptation | None = None,
    progress: Progress = quiet,
) -> Performance:
    """A recording as a performance on the 52 ARKit keys of a head, which are among `onto`."""
    _check_keys(mesh, onto, TOLERANCE_MM)
    adaptation = _fitting(mesh, landmarks, adaptation, progress)
    made = recorded.on_keys(play(recording, fps=fps, from_rest=from_rest), onto, adaptation, label)
    progress(1.0, "Done")
    return made


def recording_of(names: tuple[str, ...], weights: np.ndarray, rotations: np.ndarray, *, fps: float, timecode: str) -> Recording:
    """Weights (F, 52) of the ARKit units and rotations (F, 9) rad at fps as a recording, for `write_recording`."""
    return recorded.recording_of(names, weights, rotations, fps, timecode)


def recording_of_pose(pose: Pose, *, frames: int, fps: float) -> Recording:
    """A recording that goes from neutral to a pose in `frames` frames."""
    return recorded.recording_of_pose(pose, frames, fps)


def read_expression(path: Path) -> Pose:
    """A pose from an expression file of MPFB (.json) or MakeHuman (.mhpose), as weights of the ARKit units."""
    return expressions_json.read_expression(Path(path))


def write_expression(path: Path, pose: Pose) -> None:
    """Writes a pose of the ARKit units as an expression file that MPFB reads."""
    expressions_json.write_expression(Path(path), pose)


def portrait(
    mesh: HeadMesh,
    displacement: np.ndarray,
    *,
    size: int = 256,
    landmarks: Landmarks | None = None,
    adaptation: Adaptation | None = None,
    progress: Progress = quiet,
) -> np.ndarray:
    """A picture (size, size, 4) uint8 of the head moved by displacement (V, 3), on nothing."""
    adaptation = _fitting(mesh, landmarks, adaptation, progress)
    if displacement.shape != mesh.vertices.shape or not SMALLEST <= size <= LARGEST:
        raise ValueRangeError(
            f"A picture of {size} pixels of '{mesh.name}' moved by {displacement.shape} was asked for; {SMALLEST} to {LARGEST} pixels are "
            f"possible, and a displacement {mesh.vertices.shape}."
        )
    return draw_portrait(*_outward(adaptation, mesh), displacement, size)


def read_mesh_sequence(
    path: Path, *, fps: float = 60.0, mesh: HeadMesh | None = None, neutral: int | None = None, progress: Progress = quiet
) -> MeshSequence:
    """A folder of ply or obj frames (CoMA, VOCASET), or a PC2 cache with its mesh, as a moving head whose own turning is taken out."""
    said = "Reading the mesh sequence"
    return mesh_sequence.read_mesh_sequence(Path(path), fps=fps, mesh=mesh, neutral=neutral, progress=lambda done: progress(done, said))


def transfer(
    mesh: HeadMesh,
    source: HeadMotion | Clip,
    *,
    fps: float | None = None,
    landmarks: Landmarks | None = None,
    adaptation: Adaptation | None = None,
    source_landmarks: Landmarks | None = None,
    source_adaptation: Adaptation | None = None,
    onto: Keys | None = None,
    signed: bool = False,
    tolerance_mm: float = TOLERANCE_MM,
    dense: bool = False,
    backend: Backend | None = None,
    progress: Progress = quiet,
) -> Performance:
    """The motion of another head, of any topology, or of a clip's landmarks, on this head, at `fps` (by default the source's own).

    What turns the whole other head is left out. onto, signed, tolerance_mm and dense as in `generate`.
    """
    _check_keys(mesh, onto, tolerance_mm)
    retarget.check(source, fps)
    backend = backend or OnnxBackend()
    if isinstance(source, Clip):
        clip = retarget.clip_at(source, fps)
        adaptation = _fitting(mesh, landmarks, adaptation, progress)
        carried = _carried(mesh, adaptation, clip.displacement, None, backend, _part(progress, 0.8, 0.95))
    else:
        other = _fitting(source.mesh, source_landmarks, source_adaptation, _part(progress, 0.0, 0.4))
        read = retarget.Reader(*_outward(other, source.mesh), backend)
        fields = read.motion(source, fps, lambda done: progress(0.4 + 0.1 * done, "Reading the other head's motion"))
        clip = fields.clip(source.name, fps or source.fps)
        adaptation = _fitting(mesh, landmarks, adaptation, _part(progress, 0.5, 0.7))
        carried = fields.carried(*_outward(adaptation, mesh), lambda done: progress(0.7 + 0.25 * done, "Carrying the motion to the head"))
    rate = float(1.0 / (clip.times[1] - clip.times[0]))
    made = _performed(mesh, adaptation, carried, clip, clip.label, rate, onto, signed, tolerance_mm, dense)
    progress(1.0, "Done")
    return made


def neutralise(
    mesh: HeadMesh, *, landmarks: Landmarks | None = None, backend: Backend | None = None, progress: Progress = quiet
) -> np.ndarray:
    """The vertices (V, 3) of a head that shows an expression, such as a scan, with the expression taken off.

    landmarks: of the head as it is, expression and all; by default they are found on it.
    """
    validate(mesh)
    if landmarks is None:
        landmarks = detect(mesh, _part(progress, 0.0, 0.4), posed=True)[0]
    made = neutral.neutralise(
        mesh, landmarks, backend or OnnxBackend(), lambda done: progress(0.4 + 0.6 * done, "Taking the expression off")
    )
    progress(1.0, "Done")
    return made


def keys_for(
    mesh: HeadMesh,
    motion: np.ndarray,
    *,
    fps: float,
    label: str,
    onto: Keys | None = None,
    signed: bool = False,
    tolerance_mm: float = TOLERANCE_MM,
    landmarks: Landmarks | None = None,
    adaptation: Adaptation | None = None,
    progress: Progress = quiet,
) -> Performance:
    """Displacement (F, V, 3) of this head, such as a vertex cache's, as keys: a few of its own, or weights on those it has (`onto`)."""
    _check_keys(mesh, onto, tolerance_mm)
    retarget.check(HeadMotion(mesh, motion, fps, label), None)
    adaptation = _fitting(mesh, landmarks, adaptation, progress)
    progress(0.8, "Making keys of the motion")
    carried, displacement = retarget.own_motion(mesh, adaptation, motion)
    clip = Clip(np.arange(len(motion)) / fps, displacement, label, 0, "keys of a motion")
    made = _performed(mesh, adaptation, carried, clip, label, fps, onto, signed, tolerance_mm, False)
    progress(1.0, "Done")
    return made


def direct(
    mesh: HeadMesh,
    sequence: Sequence,
    *,
    fps: float = 30.0,
    landmarks: Landmarks | None = None,
    adaptation: Adaptation | None = None,
    onto: Keys | None = None,
    signed: bool = False,
    tolerance_mm: float = TOLERANCE_MM,
    dense: bool = False,
    backend: Backend | None = None,
    progress: Progress = quiet,
) -> Performance:
    """A sequence of expressions as one performance named after it, with geodesic transitions, blinks and idle motion. Frame 0 is time 0.

    The clip has the expressions' motion; blinks and idle motion are in the keys only. Everything else as in `generate`.
    """
    _check_range(2, fps, 0.0, sequence.seed)
    _check_range(sequence.frames(fps), fps, 0.0, sequence.seed)
    _check_keys(mesh, onto, tolerance_mm)
    backend = backend or OnnxBackend()
    adaptation = _fitting(mesh, landmarks, adaptation, progress)
    progress(0.8, f"Directing {sequence.name}")
    displacement = join(sequence, fps, backend)
    clip = Clip(np.arange(len(displacement)) / fps, displacement, sequence.name, sequence.seed, "directed")
    alive = liveliness(sequence, displacement, fps)
    carried = _carried(mesh, adaptation, displacement, alive, backend, _part(progress, 0.8, 0.95))
    made = _performed(mesh, adaptation, carried, clip, sequence.name, fps, onto, signed, tolerance_mm, dense)
    progress(1.0, "Done")
    return made


def interpolate(
    mesh: HeadMesh,
    expressions: ListOf[str],
    *,
    frames: int = 60,
    fps: float = 30.0,
    intensity: float = 1.0,
    seed: int = 0,
    landmarks: Landmarks | None = None,
    adaptation: Adaptation | None = None,
    onto: Keys | None = None,
    signed: bool = False,
    tolerance_mm: float = TOLERANCE_MM,
    dense: bool = False,
    backend: Backend | None = None,
    progress: Progress = quiet,
) -> Performance:
    """From the apex of one expression to that of the next, and so on, along the geodesics between them; everything else as in `generate`."""
    names = tuple(label_set.resolve(name) for name in expressions)
    if len(names) < 2:
        raise ValueRangeError(f"{len(names)} expressions were given to interpolate; it takes 2 or more. Name another.")
    _check_range(frames, fps, intensity, seed)
    _check_keys(mesh, onto, tolerance_mm)
    backend = backend or OnnxBackend()
    adaptation = _fitting(mesh, landmarks, adaptation, progress)
    label = " to ".join(names)
    progress(0.8, f"Going from {label}")
    displacement = between(names, frames, intensity, seed, backend)
    clip = Clip(np.arange(frames) / fps, displacement, label, seed, "interpolated")
    carried = _carried(mesh, adaptation, displacement, None, backend, _part(progress, 0.8, 0.95))
    made = _performed(mesh, adaptation, carried, clip, label, fps, onto, signed, tolerance_mm, dense)
    progress(1.0, "Done")
    return made


def draft(
    mesh: HeadMesh,
    sequence: Sequence,
    *,
    fps: float = 30.0,
    landmarks: Landmarks | None = None,
    adaptation: Adaptation | None = None,
    backend: Backend | None = None,
    progress: Progress = quiet,
) -> Performance:
    """`direct` in a hurry, for previews: at most a dozen poses of the performance are carried to the head and mixed, frame by frame.

    residual_mm is what the landmarks are off at most; single vertices of the lids may be off by more half way through a blink.
    """
    _check_range(2, fps, 0.0, sequence.seed)
    _check_range(sequence.frames(fps), fps, 0.0, sequence.seed)
    backend = backend or OnnxBackend()
    adaptation = _fitting(mesh, landmarks, adaptation, progress)
    displacement = join(sequence, fps, backend)
    alive = liveliness(sequence, displacement, fps)
    done = _part(progress, 0.8, 1.0)
    keys, off = in_a_hurry.draft(
        *_outward(adaptation, mesh), displacement, alive, sequence.name, backend, lambda share: done(share, f"Drafting {sequence.name}")
    )
    clip = Clip(np.arange(len(displacement)) / fps, displacement, sequence.name, sequence.seed, "draft")
    tolerance = onto_keys.weight_tolerance(keys, 1000.0 * adaptation.frame.scale)
    return Performance(keys, clip, float(fps), sequence.name, 1000.0 * off, 1000.0 * off, tolerance, adaptation)


def variants(
    mesh: HeadMesh,
    expression: str,
    seeds: ListOf[int],
    *,
    size: int = 96,
    intensity: float = 1.0,
    landmarks: Landmarks | None = None,
    adaptation: Adaptation | None = None,
    backend: Backend | None = None,
    progress: Progress = quiet,
) -> Variants:
    """Pictures, size x size pixels, of this head at the apex of an expression with each of the seeds, to choose one from."""
    label = label_set.resolve(expression)
    for seed in seeds:
        _check_range(2, 1.0, intensity, seed)
    if not (1 <= len(seeds) <= MOST and SMALLEST <= size <= LARGEST):
        raise ValueRangeError(
            f"{len(seeds)} pictures of {size} pixels were asked for; 1 to {MOST} of {SMALLEST} to {LARGEST} are possible."
        )
    backend = backend or OnnxBackend()
    adaptation = _fitting(mesh, landmarks, adaptation, progress)
    clips = [generate_clip(label, frames=2, fps=1.0, intensity=intensity, seed=seed, backend=backend) for seed in seeds]
    apexes = np.stack([clip.displacement[-1] for clip in clips])
    progress(0.8, f"Drawing {label}")
    images = pictures(*_outward(adaptation, mesh), apexes, size, backend, lambda done: progress(0.8 + 0.2 * done, f"Drawing {label}"))
    progress(1.0, "Done")
    return Variants(tuple(int(seed) for seed in seeds), images)


def fit(
    image: np.ndarray,
    *,
    name: str = "photo",
    face: int | None = None,
    focal: float | None = None,
    shading: bool = True,
    model: Path | None = None,
    backend: Backend | None = None,
    progress: Progress = quiet,
) -> PhotoFit:
    """The face of a photo (H, W, 3) uint8 RGB: 62 coefficients, a head on the template's topology, and the camera that sees it so.

    face: which of several, counted from 0 at the left, by default the largest; focal: px, by default found from the face's proportions; shading: the
    photo's shading refines the shape; model: a morphable model of the user's own. `name` is used in messages.
    """
    morphable = load_model(None if model is None else Path(model))
    return photo_fit.fit_photo(image, morphable, name=name, index=face, focal=focal, shading=shading, backend=backend, progress=progress)


def prior(
    image: np.ndarray, coefficients: np.ndarray, targets: np.ndarray, *, interval: int = 1, model: Path | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """FaceAnime's texture priors (F, H, W, 3) uint8 and where they show a face (F, H, W) bool: the photo's face, of coefficients (62,), with those
    of targets (62,) or (F, 62); interval n drops n of every n + 2 vertices, 0 is dense."""
    morphable = load_model(None if model is None else Path(model))
    return photo_fit.priors(image, coefficients, targets, morphable, interval=interval)


def _frame(mesh: HeadMesh, landmarks: Landmarks) -> HeadFrame:
    """The similarity to canonical space that a head's landmarks give."""
    return frame_from_landmarks(landmarks.points(mesh.vertices, mesh.triangles), landmark_trust(landmarks), load_template())


def _outward(adaptation: Adaptation, mesh: HeadMesh) -> tuple[Adaptation, HeadMesh]:
    """Both for triangles that face outward, as the transfer needs them."""
    turned, landmarks = outward(mesh, adaptation.landmarks, adaptation.frame.rotation)
    return replace(adaptation, landmarks=landmarks), turned


def _fitting(mesh: HeadMesh, landmarks: Landmarks | None, adaptation: Adaptation | None, progress: Progress) -> Adaptation:
    """The adaptation given, if it is this mesh's; otherwise a new one."""
    if adaptation is None:
        return adapt(mesh, landmarks, progress=_part(progress, 0.0, 0.8))
    validate(mesh)
    if adaptation.template != TEMPLATE:
        raise ModelError(
            f"The adaptation of '{mesh.name}' was made for the template {adaptation.template}; this Mimica has {TEMPLATE}. "
            "Leave the adaptation out, so that it is made again."
        )
    if len(adaptation.kind) != len(mesh.vertices):
        raise MeshError(
            f"The adaptation was made for a mesh of {len(adaptation.kind)} vertices; '{mesh.name}' has {len(mesh.vertices)}. "
            "Leave the adaptation out, so that it is made again."
        )
    return adaptation


def _carried(
    mesh: HeadMesh, adaptation: Adaptation, displacement: np.ndarray, arkit: np.ndarray | None, backend: Backend, progress: Progress
) -> Carried:
    """Landmark displacement (F, 68, 3) m and weights (F, 52) of ARKit units, or None, as motion of the head."""
    said = "Carrying the expression to the head"
    return carry_landmarks(*_outward(adaptation, mesh), displacement, arkit, backend, lambda done: progress(done, said))


def _performed(
    mesh: HeadMesh,
    adaptation: Adaptation,
    carried: Carried,
    clip: Clip,
    label: str,
    fps: float,
    onto: Keys | None,
    signed: bool,
    tolerance_mm: float,
    dense: bool,
) -> Performance:
    """Motion of a head as the keys that are wanted."""
    if onto is None:
        keys, (largest, p95), tolerance = onto_keys.few_keys(mesh, adaptation, carried, label, tolerance_mm)
    else:
        keys, (largest, p95), tolerance = onto_keys.weights_onto(adaptation, carried, onto, (-1.0 if signed else 0.0, 1.0))
    motion = carried.spread(carried.motion) if dense else None
    return Performance(keys, clip, float(fps), label, largest, p95, tolerance, adaptation, motion)


def _check_keys(mesh: HeadMesh, onto: Keys | None, tolerance_mm: float) -> None:
    if onto is not None and onto.deltas.shape != (len(onto.names), len(mesh.vertices), 3):
        raise MeshError(
            f"The keys to play on '{mesh.name}' are an array of {onto.deltas.shape}; expected ({len(onto.names)}, {len(mesh.vertices)}, 3): "
            "a displacement of every vertex for each name. Read the keys from this mesh again."
        )
    if not (np.isfinite(tolerance_mm) and tolerance_mm > 0):
        raise ValueRangeError(f"tolerance_mm is {tolerance_mm}; it must be above 0: the error in mm that the keys may leave.")


def _check_range(frames: int, fps: float, intensity: float, seed: int) -> None:
    if not 2 <= frames <= MAX_FRAMES:
        raise ValueRangeError(f"frames is {frames}; it must be from 2 to {MAX_FRAMES}.")
    if not (np.isfinite(fps) and 0 < fps <= 1000):
        raise ValueRangeError(f"fps is {fps}; it must be above 0 and at most 1000.")
    if not (np.isfinite(intensity) and 0 <= intensity <= 2):
        raise ValueRangeError(f"intensity is {intensity}; it must be from 0 (neutral) to 2 (twice as strong).")
    if not 0 <= seed < 2**31:
        raise ValueRangeError(f"seed is {seed}; it must be a whole number from 0 to {2**31 - 1}.")
