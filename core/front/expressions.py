"""Expressions that are generated: one, a directed sequence of them, the way from one to the next, variants to choose from."""

from __future__ import annotations

from collections.abc import Sequence as ListOf

import numpy as np

from .. import labels as label_set
from ..errors import ValueRangeError
from ..head.adaptation import Adaptation
from ..head.landmarks import Landmarks
from ..head.mesh import HeadMesh
from ..keys import Keys
from ..motion.clip import Clip
from ..motion.generate import generate_clip
from ..motion.joining import between, join
from ..motion.liveliness import liveliness
from ..motion.sequence import Sequence
from ..performance import draft as in_a_hurry
from ..performance import onto_keys
from ..performance.performance import Performance
from ..performance.variants import LARGEST, MOST, SMALLEST, Variants, pictures
from ..runtime.backend import Backend, OnnxBackend
from .shared import TOLERANCE_MM, Progress, Wanted, check_range, fitting, outward_pair, part_of, perform, quiet


def labels() -> tuple[str, ...]:
    """Every expression that can be asked for."""
    return label_set.LABELS


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
    check_range(frames, fps, intensity, seed)
    wanted = Wanted(onto, signed, tolerance_mm, dense).checked(mesh)
    backend = backend or OnnxBackend()
    adaptation = fitting(mesh, landmarks, adaptation, progress)
    progress(0.8, f"Generating {label}")
    clip = generate_clip(label, frames=frames, fps=fps, intensity=intensity, seed=seed, backend=backend)
    return perform(mesh, adaptation, clip, None, fps, backend, progress, wanted)


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
    check_range(2, fps, 0.0, sequence.seed)
    check_range(sequence.frames(fps), fps, 0.0, sequence.seed)
    wanted = Wanted(onto, signed, tolerance_mm, dense).checked(mesh)
    backend = backend or OnnxBackend()
    adaptation = fitting(mesh, landmarks, adaptation, progress)
    progress(0.8, f"Directing {sequence.name}")
    displacement = join(sequence, fps, backend)
    clip = Clip(np.arange(len(displacement)) / fps, displacement, sequence.name, sequence.seed, "directed")
    alive = liveliness(sequence, displacement, fps)
    return perform(mesh, adaptation, clip, alive, fps, backend, progress, wanted)


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
    check_range(frames, fps, intensity, seed)
    wanted = Wanted(onto, signed, tolerance_mm, dense).checked(mesh)
    backend = backend or OnnxBackend()
    adaptation = fitting(mesh, landmarks, adaptation, progress)
    label = " to ".join(names)
    progress(0.8, f"Going from {label}")
    displacement = between(names, frames, intensity, seed, backend)
    clip = Clip(np.arange(frames) / fps, displacement, label, seed, "interpolated")
    return perform(mesh, adaptation, clip, None, fps, backend, progress, wanted)


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
    check_range(2, fps, 0.0, sequence.seed)
    check_range(sequence.frames(fps), fps, 0.0, sequence.seed)
    backend = backend or OnnxBackend()
    adaptation = fitting(mesh, landmarks, adaptation, progress)
    displacement = join(sequence, fps, backend)
    alive = liveliness(sequence, displacement, fps)
    done = part_of(progress, 0.8, 1.0)
    keys, off = in_a_hurry.draft(
        *outward_pair(adaptation, mesh), displacement, alive, sequence.name, backend, lambda share: done(share, f"Drafting {sequence.name}")
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
        check_range(2, 1.0, intensity, seed)
    if not (1 <= len(seeds) <= MOST and SMALLEST <= size <= LARGEST):
        raise ValueRangeError(
            f"{len(seeds)} pictures of {size} pixels were asked for; 1 to {MOST} of {SMALLEST} to {LARGEST} are possible."
        )
    backend = backend or OnnxBackend()
    adaptation = fitting(mesh, landmarks, adaptation, progress)
    clips = [generate_clip(label, frames=2, fps=1.0, intensity=intensity, seed=seed, backend=backend) for seed in seeds]
    apexes = np.stack([clip.displacement[-1] for clip in clips])
    progress(0.8, f"Drawing {label}")
    images = pictures(*outward_pair(adaptation, mesh), apexes, size, backend, lambda done: progress(0.8 + 0.2 * done, f"Drawing {label}"))
    progress(1.0, "Done")
    return Variants(tuple(int(seed) for seed in seeds), images)
