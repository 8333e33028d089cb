"""Motion from elsewhere: recordings, expression files, another head, a mesh sequence, any motion as keys."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..head.adaptation import Adaptation
from ..head.landmarks import Landmarks
from ..head.mesh import HeadMesh
from ..keys import Keys
from ..motion import expressions_json, live_link_face, playback
from ..motion.clip import Clip
from ..motion.expressions_json import Pose
from ..motion.live_link_face import Recording
from ..motion.playback import Played
from ..performance import mesh_sequence, recorded, retarget
from ..performance.mesh_sequence import MeshSequence
from ..performance.performance import HeadMotion, Performance
from ..runtime.backend import Backend, OnnxBackend
from .shared import TOLERANCE_MM, Progress, Wanted, fitting, keyed, outward_pair, part_of, perform, quiet


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
    Wanted(onto).checked(mesh)
    adaptation = fitting(mesh, landmarks, adaptation, progress)
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
    wanted = Wanted(onto, signed, tolerance_mm, dense).checked(mesh)
    retarget.check(source, fps)
    backend = backend or OnnxBackend()
    if isinstance(source, Clip):
        clip = retarget.clip_at(source, fps)
        rate = float(1.0 / (clip.times[1] - clip.times[0]))
        adaptation = fitting(mesh, landmarks, adaptation, progress)
        return perform(mesh, adaptation, clip, None, rate, backend, progress, wanted)
    other = fitting(source.mesh, source_landmarks, source_adaptation, part_of(progress, 0.0, 0.4))
    read = retarget.Reader(*outward_pair(other, source.mesh), backend)
    fields = read.motion(source, fps, lambda done: progress(0.4 + 0.1 * done, "Reading the other head's motion"))
    clip = fields.clip(source.name, fps or source.fps)
    rate = float(1.0 / (clip.times[1] - clip.times[0]))
    adaptation = fitting(mesh, landmarks, adaptation, part_of(progress, 0.5, 0.7))
    carried = fields.carried(*outward_pair(adaptation, mesh), lambda done: progress(0.7 + 0.25 * done, "Carrying the motion to the head"))
    made = keyed(mesh, adaptation, carried, clip, rate, wanted)
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
    wanted = Wanted(onto, signed, tolerance_mm).checked(mesh)
    retarget.check(HeadMotion(mesh, motion, fps, label), None)
    adaptation = fitting(mesh, landmarks, adaptation, progress)
    progress(0.8, "Making keys of the motion")
    carried, displacement = retarget.own_motion(mesh, adaptation, motion)
    clip = Clip(np.arange(len(motion)) / fps, displacement, label, 0, "keys of a motion")
    made = keyed(mesh, adaptation, carried, clip, fps, wanted)
    progress(1.0, "Done")
    return made
