"""The motion of another head as fields on the template, from which it goes to any head (a transfer of a performance).

Sect. 4.4 of Otberdout et al. 2022 takes the landmarks of the other head and lets S2D-Dec make the surface. Here what the other head's surface
does is taken from it wherever the template, laid onto that head, has a counterpart there, which was measured to be nearer to the truth
(`python -m core evaluate transfer`); S2D-Dec says what the other head does not have, such as teeth, a tongue or a neck.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from ..errors import MeshError, ValueRangeError
from ..head import parts
from ..head.adaptation import REACH, Adaptation
from ..head.mesh import HeadMesh
from ..head.surface import Surface, adjacency, vertex_normals
from ..head.template import Template, load_template
from ..head.transfer import Closure, Closures, Transfer, rigid_motion
from ..motion.clip import Clip
from ..motion.playback import resample
from ..runtime.backend import Backend
from .carry import AT_ONCE, Carried, decode, telling_frames
from .performance import HeadMotion
from .steady import head_motion, reach, undone

BODY = ("skin", "mouth_bag", "eye_socket")
PASSING = 0.05  # how fast, an edge at a time, what the other head shows passes into what S2D-Dec says where that head ends
LOWER = 0.5  # jaw weight from which teeth are lower ones
STRAIGHT_M = 1e-4  # by how much the surface may be off in a frame that lies between two kept ones
TELLING = 400  # vertices looked at for that
TURNS_M = 1e-3  # by how much a head must move as a whole for that to be taken out
COLUMNS = 3000  # curves resampled together


@dataclass(frozen=True)
class Fields:
    """A motion on the template: fields (F, Vt, 3) float32 m canonical, landmarks (F, 68, 3) m, and how far the lids stand open."""

    fields: np.ndarray
    landmarks: np.ndarray
    closures: Closures

    def at(self, fps: float, wanted: float) -> Fields:
        """The same, given at fps, at another frame rate."""
        if fps == wanted:
            return self
        times = np.arange(len(self.fields)) / fps

        def anew(values: np.ndarray) -> np.ndarray:
            flat = values.reshape(len(values), -1)
            parts_ = [resample(times, flat[:, k : k + COLUMNS], fps, wanted) for k in range(0, flat.shape[1], COLUMNS)]
            return np.concatenate(parts_, axis=1).astype(values.dtype).reshape(-1, *values.shape[1:])

        closures = tuple(eye and Closure(eye.across, anew(eye.share)) for eye in self.closures)
        return Fields(anew(self.fields), anew(self.landmarks), closures)  # type: ignore[arg-type]

    def clip(self, name: str, fps: float) -> Clip:
        """The landmarks' part of it, given at fps."""
        return Clip(np.arange(len(self.landmarks)) / fps, self.landmarks, name, 0, "transfer")

    def carried(self, adaptation: Adaptation, mesh: HeadMesh, progress: Callable[[float], None]) -> Carried:
        """The motion on a head; adaptation and mesh are for triangles that face outward."""
        template = load_template()
        told = np.flatnonzero(template.is_part("skin"))
        told = told[:: max(1, len(told) // TELLING)]
        frames = telling_frames(np.concatenate([self.landmarks, self.fields[:, told]], axis=1), STRAIGHT_M)
        transfer = Transfer(adaptation, mesh, template)
        motion = np.empty((len(frames), len(mesh.vertices), 3), np.float32)
        for first in range(0, len(frames), AT_ONCE):
            progress(first / len(frames))
            rows = frames[first : first + AT_ONCE]
            closures = tuple(eye and Closure(eye.across, eye.share[rows]) for eye in self.closures)
            motion[first : first + AT_ONCE] = transfer.in_own_space(self.fields[rows].astype(np.float64), closures)  # type: ignore[arg-type]
        progress(1.0)
        return Carried(frames, motion, len(self.fields))


class Reader:
    """Another head, prepared so that what its surface does (own units and axes) is read as fields on the template."""

    def __init__(self, adaptation: Adaptation, mesh: HeadMesh, backend: Backend):
        """adaptation and mesh are for triangles that face outward."""
        template = load_template()
        self.adaptation, self.mesh, self.backend, self.template = adaptation, mesh, backend, template
        self.transfer = Transfer(adaptation, mesh, template)
        self.registered = adaptation.registered.astype(np.float64)
        self.seen = np.zeros(len(self.registered), bool)
        body = np.flatnonzero(template.is_part(*BODY))
        ids, weights, distance = self._places(body, np.isin(adaptation.kind, parts.SOFT))
        near = distance < REACH
        self.seen[body[near]] = True
        self.corners, self.weights = mesh.triangles[ids[near]], weights[near]
        self.pass_on = _Passing(template, body, self.seen)

    def _places(self, ids: np.ndarray, kind: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where on the parts kind (V,) of the other head the template's vertices ids (N,) lie, and how far off (N,) m."""
        triangles = self.mesh.triangles
        surface = Surface(self.transfer.rest, triangles, kind[triangles].all(axis=1))
        normals = vertex_normals(self.registered, self.template.triangles)[ids]
        return surface.closest(self.registered[ids], normals, neighbours=24, min_cosine=0.2)

    def motion(self, source: HeadMotion, fps: float | None, progress: Callable[[float], None]) -> Fields:
        """The other head's motion at fps, by default its own; where the whole head turns as well, that is left out."""
        neutral = self.mesh.vertices
        turn, shift = head_motion(source.vertices, neutral)
        turns = reach(turn, shift, neutral) * self.adaptation.frame.scale > TURNS_M
        vertices = undone(source.vertices, turn, shift) if turns else source.vertices
        return self.read((vertices - neutral).astype(np.float32), progress).at(source.fps, fps or source.fps)

    def read(self, motion: np.ndarray, progress: Callable[[float], None]) -> Fields:
        """Displacement (F, V, 3) of the other head from its neutral -> fields on the template."""
        frames, adaptation = len(motion), self.adaptation
        fields = np.empty((frames, len(self.registered), 3), np.float32)
        landmarks = np.empty((frames, 68, 3))
        shares: list[tuple] = []
        for first in range(0, frames, AT_ONCE):
            progress(first / frames)
            rows = slice(first, first + AT_ONCE)
            moved = adaptation.frame.displacement_to_canonical(motion[rows].astype(np.float64))
            landmarks[rows] = adaptation.landmarks.points(moved, self.mesh.triangles)
            fields[rows] = self._fields(moved, landmarks[rows])
            shares.append(self.transfer.closures(moved))
        closures = tuple(None if eyes[0] is None else Closure(eyes[0].across, np.concatenate([eye.share for eye in eyes])) for eyes in
                         zip(*shares, strict=True))  # fmt: skip
        return Fields(fields, landmarks, closures)  # type: ignore[arg-type]

    def _fields(self, moved: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        """Displacement (F, V, 3) m and landmarks (F, 68, 3) m -> fields (F, Vt, 3) m."""
        fields = decode(self.adaptation, landmarks, self.backend)
        shown = sum(self.weights[:, k, None] * moved[:, self.corners[:, k]] for k in range(3))
        self.pass_on(fields, shown)
        kind, template = self.adaptation.kind, self.template
        lower = (kind == parts.TEETH_LOWER) | (np.isin(kind, parts.TEETH) & (self.adaptation.jaw_weight > LOWER))
        for name, member in (("eye_right", kind == parts.EYE_R), ("eye_left", kind == parts.EYE_L), ("teeth_lower", lower)):
            if member.sum() >= 4:
                rest, place = self.transfer.rest[member], template.is_part(name)
                rotation, pivot, shift = rigid_motion(rest, rest + moved[:, member])
                offset = self.registered[place] - pivot
                fields[:, place] = np.einsum("fij,nj->fni", rotation, offset) - offset + shift[:, None]
        tongue = kind == parts.TONGUE
        if tongue[self.mesh.triangles].all(axis=1).any():
            ids = np.flatnonzero(template.is_part("tongue"))
            place, weights, _ = self._places(ids, tongue)
            corners = self.mesh.triangles[place]
            fields[:, ids] = sum(weights[:, k, None] * moved[:, corners[:, k]] for k in range(3))
        return fields


class _Passing:
    """Where the other head ends, the difference between what it shows and what S2D-Dec says fades away over the skin."""

    def __init__(self, template: Template, body: np.ndarray, seen: np.ndarray):
        self.seen = seen
        self.unseen = np.setdiff1d(body, np.flatnonzero(seen))
        graph = adjacency(template.triangles, len(template.vertices))
        degree = np.asarray(graph.sum(axis=1)).ravel()
        self.laplacian = (sparse.diags((1.0 + PASSING) * degree + 1e-6) - graph).tocsr()[self.unseen]
        self.solve = splu(self.laplacian[:, self.unseen].tocsc()).solve if len(self.unseen) else None

    def __call__(self, fields: np.ndarray, shown: np.ndarray) -> None:
        """Changes fields (F, Vt, 3) in place to shown (F, seen, 3) where the head is seen."""
        before = fields[:, self.seen].copy()
        fields[:, self.seen] = shown
        if self.solve is not None:
            change = np.zeros((fields.shape[1], len(fields) * 3))
            change[self.seen] = (shown - before).transpose(1, 0, 2).reshape(len(before[0]), -1)
            solved = self.solve(-(self.laplacian @ change)).reshape(len(self.unseen), len(fields), 3)
            fields[:, self.unseen] += solved.transpose(1, 0, 2)


def clip_at(clip: Clip, fps: float | None) -> Clip:
    """A clip at fps, by default about its own, with its timing kept."""
    wanted = fps or _rate(clip)
    displacement = resample(clip.times, clip.displacement.reshape(len(clip.times), -1), _rate(clip), wanted).reshape(-1, 68, 3)
    return replace(clip, times=np.arange(len(displacement)) / wanted, displacement=displacement)


def _rate(clip: Clip) -> float:
    return float(1.0 / np.median(np.diff(clip.times)))


def own_motion(mesh: HeadMesh, adaptation: Adaptation, motion: np.ndarray) -> tuple[Carried, np.ndarray]:
    """Displacement (F, V, 3) of a head in its own units, thinned to the frames that tell it; and its landmarks' (F, 68, 3) m canonical."""
    landmarks = adaptation.frame.displacement_to_canonical(adaptation.landmarks.points(motion, mesh.triangles))
    moving = np.flatnonzero(motion.any(axis=(0, 2)))
    told = adaptation.frame.displacement_to_canonical(motion[:, moving[:: max(1, len(moving) // TELLING)]])
    frames = telling_frames(np.concatenate([landmarks, told], axis=1), STRAIGHT_M)
    return Carried(frames, motion[frames].astype(np.float32), len(motion)), landmarks


def check(source: HeadMotion | Clip, fps: float | None) -> None:
    """MeshError, ValueRangeError where a source is no motion of its mesh, or a frame rate is impossible."""
    own = _rate(source) if isinstance(source, Clip) else source.fps
    wanted = own if fps is None else fps
    for rate in (own, wanted):
        if not (np.isfinite(rate) and 0 < rate <= 1000):
            raise ValueRangeError(f"fps is {rate}; it must be above 0 and at most 1000.")
    length = source.times[-1] - source.times[0] if isinstance(source, Clip) else (len(source.vertices) - 1) / own
    if length * wanted < 1.0 - 1e-6:
        raise ValueRangeError(
            f"At {wanted:g} frames a second a motion of {length:g} s is a single frame. Raise fps, or give a longer motion."
        )
    if isinstance(source, Clip):
        return
    found, count = source.vertices.shape, len(source.mesh.vertices)
    if found != (len(source.vertices), count, 3):
        raise MeshError(f"The motion of '{source.name}' is an array {found}; expected (F, {count}, 3). Read it from the mesh again.")
    if not np.isfinite(source.vertices).all():
        raise MeshError(f"The motion of '{source.name}' holds positions that are no finite numbers. Read it from the mesh again.")
