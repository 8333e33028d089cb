"""A sequence of expressions as one motion of the landmarks (Otberdout et al. 2022, Sect. 4.4).

The face's state at any time is a curve from neutral to its present pose. An expression that begins on a face at rest plays its own clip, and
is let go by the curve run backwards. One that begins before the last is gone moves along the geodesic from the curve so far to its own; the
pose is the last frame of each curve on the way. Where one movement cuts off another, what it was doing dies out as an offset
(inertialisation), so that no velocity jumps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.interpolate import CubicSpline, PchipInterpolator

from ..head.landmarks import COUNT
from ..runtime.backend import Backend
from . import sphere, srvf
from .generate import generate_motion
from .sequence import Cue, Sequence
from .sphere import TINY
from .srvf import STEPS
from .timing import dying_out, minimum_jerk

EASED = 0.25  # share of a clip at either end in which its first and last velocity die out
STILL = 1e-6  # m; a curve shorter than that does not move
WAY = 33  # poses of a transition that are worked out; splines between
CARRIED = 0.4  # s over which a velocity dies out, or less where that is gentle enough
STOPPING = 3.94  # largest acceleration of `dying_out`'s velocity
FAR = 1.5  # of the expressions' size that a velocity would cover in that time; it carries on for a fifth of that
SLOWER, MOST_SLOWER = 1.12, 20  # a transition that is still too sudden takes so many times as long, at most so often
GENTLE = 1.4  # times the largest acceleration of the clips themselves: what a transition may have
FEW = 5  # frames
INSTANT, HIDDEN = 1e-4, 1.5  # s; times the speed from frame to frame that counts of one between them


@dataclass(frozen=True)
class Curve:
    """A motion from neutral: q (S, 204) on the sphere and its length in m (0: it does not move)."""

    q: np.ndarray
    length: float


def curve_of(samples: np.ndarray) -> Curve:
    """The curve through poses (S + 1, 204) m, the first of them neutral."""
    q, log_length = srvf.encode(samples)
    length = float(np.exp(log_length))
    return Curve(q, length) if length > STILL else Curve(np.zeros_like(q), 0.0)


@dataclass(frozen=True)
class Way:
    """The geodesic from one curve to another.

    Between curves of one length it is passed evenly (the paper's). Where one is longer, its direction has more say, and the length grows late
    or shrinks early: otherwise what is all but gone would grow again with the length on its way to a larger expression.
    """

    start: Curve
    end: Curve

    @cached_property
    def direction(self) -> np.ndarray:
        """The tangent (S, 204) at the start that leads to the end."""
        return sphere.log(self.start.q, self.end.q)

    def at(self, taus: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """q (N, S, 204) and length (N,) at shares taus (N,) of the way."""
        first, last = (1.0 - taus) * np.sqrt(self.start.length), taus * np.sqrt(self.end.length)
        share = last / np.maximum(first + last, TINY)
        lengths = self.start.length, self.end.length
        length = (1.0 - taus) ** 2 * lengths[0] + taus**2 * lengths[1] + 2.0 * taus * (1.0 - taus) * min(lengths)
        if not (self.start.length and self.end.length):
            q = self.start.q if self.start.length else self.end.q
            return np.broadcast_to(q, (len(taus), *q.shape)), length
        return sphere.exp(self.start.q, share[:, None, None] * self.direction), length

    def poses(self, taus: np.ndarray) -> np.ndarray:
        """The last frame (N, 204) m of the curve at each share of the way."""
        with np.errstate(divide="ignore"):
            q, length = self.at(taus)
            return srvf.decode(q, np.log(length))[:, -1]

    def curve(self, tau: float) -> Curve:
        """The curve at share tau of the way."""
        q, length = self.at(np.array([tau]))
        return Curve(q[0], float(length[0]))


class Clip:
    """A generated motion, neutral to apex, over [0, 1]; at rest at both ends: what speed it has there dies out in the first and last EASED."""

    def __init__(self, cue: Cue, backend: Backend) -> None:
        q, log_length = generate_motion(cue.expression, cue.seed, cue.intensity, backend)
        samples = srvf.decode(q, np.asarray(log_length if cue.intensity > 0.0 else -np.inf))
        self.moving = PchipInterpolator(np.linspace(0.0, 1.0, len(samples)), samples, axis=0)
        self.velocities = self.moving(np.array([0.0, 1.0]), 1)
        self.curve = self.until(1.0)

    def at(self, u: np.ndarray) -> np.ndarray:
        """Poses (N, 204) m at shares u (N,) of the clip; before it neutral, after it the apex."""
        u = np.clip(u, 0.0, 1.0)
        first, last = (EASED * dying_out(s / EASED)[1][:, None] for s in (u, 1.0 - u))
        return self.moving(u) - first * self.velocities[0] + last * self.velocities[1]

    def until(self, u: float) -> Curve:
        """The motion up to share u."""
        return curve_of(self.at(np.linspace(0.0, u, STEPS + 1)))


@dataclass(frozen=True)
class Left:
    """What is left of the movement before: an offset (204,) m and a velocity (204,) m/s that die out over `time` s."""

    offset: np.ndarray
    velocity: np.ndarray
    time: float

    def at(self, since: np.ndarray) -> np.ndarray:
        """Its offset (N, 204) m at times (N,) s since then."""
        place, speed = (part[:, None] for part in dying_out(since / self.time))
        return place * self.offset + self.time * speed * self.velocity


@dataclass(frozen=True)
class Phase:
    """From `start` s on, for `length` s: path gives poses (N, 204) m at times (N,) s since then, curve the motion that led there."""

    start: float
    length: float
    path: Callable[[np.ndarray], np.ndarray]
    curve: Callable[[float], Curve]
    left: Left | None = None

    def at(self, times: np.ndarray) -> np.ndarray:
        """Poses (N, 204) m at times (N,) s of the performance."""
        since = times - self.start
        return self.path(since) if self.left is None else self.path(since) + self.left.at(since)


def join(sequence: Sequence, fps: float, backend: Backend) -> np.ndarray:
    """Landmark displacement (F, 68, 3) m of a sequence at fps frames a second, frame 0 at time 0; the same sequence gives the same motion.

    F is sequence.frames(fps), or more where a transition had to be slowed down and no length is set. ValueRangeError where nothing plays.
    """
    frames = sequence.frames(fps)
    line = Line(fps)
    for cue in sequence.active:
        line.play(cue, Clip(cue, backend))
    if not sequence.length:
        frames = max(frames, int(np.ceil(line.end * fps - 1e-6)) + 1)
    return line.at(np.arange(frames) / fps).reshape(frames, COUNT, 3)


def between(labels: tuple[str, ...], frames: int, intensity: float, seed: int, backend: Backend) -> np.ndarray:
    """Landmark displacement (frames, 68, 3) m from the apex of the first expression to that of the last along the geodesics, at rest at each."""
    curves = [Clip(Cue(label, intensity=intensity, seed=seed), backend).curve for label in labels]
    place = np.linspace(0.0, len(curves) - 1, frames)
    leg = np.minimum(place.astype(int), len(curves) - 2)
    ways = [Way(*pair) for pair in zip(curves, curves[1:], strict=False)]
    made = np.concatenate([way.poses(minimum_jerk(place[leg == k] - k)) for k, way in enumerate(ways) if (leg == k).any()])
    return made.reshape(frames, COUNT, 3)


class Line:
    """Phases one after another; the last goes on for ever."""

    def __init__(self, fps: float) -> None:
        self.fps = fps
        rest = Curve(np.zeros((STEPS, 3 * COUNT)), 0.0)
        self.phases = [Phase(-np.inf, np.inf, lambda since: np.zeros((len(since), 3 * COUNT)), lambda _: rest)]
        self.own = 0.0  # m/s2, the largest acceleration of the clips since the face was last at rest

    @property
    def end(self) -> float:
        """When the last phase is over, s."""
        return self.phases[-1].start + self.phases[-1].length

    def play(self, cue: Cue, clip: Clip) -> None:
        """A cue from wherever the face is at its start, and its release, unless the next cue begins first."""
        while self.phases[-1].start >= cue.start:
            self.phases.pop()
        last = self.phases[-1]
        now = last.curve(cue.start - last.start)
        own = own_acceleration(clip, cue, self.fps)
        if now.length <= STILL:
            self.own = own
            self.phases.append(_run(clip, cue.start, cue.attack))
        else:
            self.own = max(self.own, own)
            self.phases.append(self.transition(Way(now, clip.curve), cue, GENTLE * self.own))
        leaves = max(cue.leaves, self.end)
        self.phases.append(_run(clip, leaves, cue.release, back=True))

    def transition(self, way: Way, cue: Cue, limit: float) -> Phase:
        """From the present curve to the cue's within its attack, or as much longer as it takes for no landmark to exceed `limit` m/s2."""
        taus = 0.5 - 0.5 * np.cos(np.linspace(0.0, np.pi, WAY))
        poses = CubicSpline(taus, way.poses(taus), axis=0)
        offset, velocity = self.at(np.array([cue.start]))[0] - poses(0.0), self.velocity(cue.start)
        size, speed = max(_reach(poses(0.0)), _reach(poses(1.0))), max(_reach(velocity), TINY)
        short, gentle = max(min(CARRIED, FAR * size / speed), 0.5 / self.fps), STOPPING * speed / max(limit, TINY)
        times = (short, 1.5 * short, 2.25 * short, 1.3 * gentle, 2.0 * gentle)
        best, least = None, np.inf
        for slower in SLOWER ** np.arange(MOST_SLOWER):
            length = float(cue.attack * slower)
            for carried in sorted({min(max(time, short), length) for time in times}):
                phase = _along(way, poses, cue.start, length, Left(offset, velocity, carried))
                found = self.acceleration_with(phase)
                if found <= limit:
                    return phase
                best, least = (phase, found) if best is None or found < least else (best, least)
        assert best is not None
        return best

    def velocity(self, time: float) -> np.ndarray:
        """The velocity (204,) m/s just before `time`; of a landmark that is at its fastest between two frames little more than they show."""
        before, shortly, now = self.at(np.array([time - 1.0 / self.fps, time - INSTANT, time])).reshape(3, COUNT, 3)
        shown = np.linalg.norm(now - before, axis=1, keepdims=True) * self.fps
        velocity = (now - shortly) / INSTANT
        speed = np.linalg.norm(velocity, axis=1, keepdims=True)
        return (velocity * np.minimum(1.0, HIDDEN * shown / np.maximum(speed, TINY))).ravel()

    def acceleration_with(self, phase: Phase) -> float:
        """The largest acceleration of any landmark, m/s2, at the frames that `phase` has to do with."""
        first = int(np.ceil(phase.start * self.fps))
        times = np.arange(max(first - 2, 0), int(np.ceil((phase.start + phase.length) * self.fps)) + 3) / self.fps
        new = times >= phase.start
        return acceleration(np.concatenate([self.at(times[~new]), phase.at(times[new])]), self.fps)

    def at(self, times: np.ndarray) -> np.ndarray:
        """Poses (N, 204) m at times (N,) s, ascending."""
        which = np.searchsorted([phase.start for phase in self.phases], times, side="right") - 1
        return np.concatenate([np.empty((0, 3 * COUNT)), *(self.phases[k].at(times[which == k]) for k in np.unique(which))])


def _run(clip: Clip, start: float, length: float, back: bool = False) -> Phase:
    """A clip within `length` s, or back from its apex."""

    def path(since: np.ndarray) -> np.ndarray:
        return clip.at(1.0 - since / length if back else since / length)

    def curve(since: float) -> Curve:
        share = min(max(since / length, 0.0), 1.0)
        return clip.until(1.0 - share if back else share)

    return Phase(start, length, path, curve)


def _along(way: Way, poses: CubicSpline, start: float, length: float, left: Left) -> Phase:
    """A transition within `length` s; poses: of the way's shares."""

    def path(since: np.ndarray) -> np.ndarray:
        return poses(minimum_jerk(since / length))

    def curve(since: float) -> Curve:
        return way.curve(float(minimum_jerk(np.array(since / length))))

    return Phase(start, length, path, curve, left)


def _reach(pose: np.ndarray) -> float:
    """The largest displacement, m, of any landmark of a pose (204,), or speed of a velocity."""
    return float(np.linalg.norm(pose.reshape(COUNT, 3), axis=1).max())


def acceleration(poses: np.ndarray, fps: float) -> float:
    """The largest acceleration of any landmark, m/s2, from second differences of poses (F, 204) m or (F, 68, 3)."""
    second = np.diff(poses.reshape(len(poses), COUNT, 3), 2, axis=0)
    return float(np.linalg.norm(second, axis=2).max(initial=0.0)) * fps**2


def own_acceleration(clip: Clip, cue: Cue, fps: float) -> float:
    """That of a cue played by itself: of its clip as it was generated at the frames of its attack and, backwards, of its release; where those
    are few, with the rest around them."""
    found = []
    for start, length, back in ((cue.start, cue.attack, False), (cue.leaves, cue.release, True)):
        first = np.ceil(start * fps - 1e-6) - start * fps
        frames = int(length * fps - first + 1e-6) + 1
        beside = 0 if frames >= FEW else 2
        u = (first + np.arange(-beside, frames + beside)) / (length * fps)
        found.append(acceleration(clip.moving(np.clip(1.0 - u if back else u, 0.0, 1.0)), fps))
    return max(found)
