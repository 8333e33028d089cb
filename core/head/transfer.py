"""Carries displacement fields of the template to a head of any topology."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from . import parts
from .adaptation import Adaptation
from .contact import keep_outside
from .eyeball import Eyeball
from .lids import Aperture, carry_closure, carry_shares, find_apertures, lid_weights
from .mesh import HeadMesh
from .strain import Strain
from .surface import adjacency, components, edges
from .template import Template

AT_ONCE = 4_000_000  # values of displacement that are worked on together
STILL = 2e-6  # m; what moves less is left bit-identical
EYE_CLEARANCE, EYE_REACH = 1.01, 2.2  # of the eyeball's radius
MOST_SAG = 0.25  # of the radius


def rigid_motion(before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rotations (F, 3, 3), pivots (3,) and shifts (F, 3) that best take before (N, 3) to after (F, N, 3) (Kabsch 1976)."""
    pivot = before.mean(axis=0)
    middle = after.mean(axis=1)
    covariance = np.einsum("fni,nj->fij", after - middle[:, None], before - pivot)
    u, _, vt = np.linalg.svd(covariance)
    flip = np.ones((len(after), 3))
    flip[:, 2] = np.sign(np.linalg.det(u @ vt))
    return np.einsum("fik,fk,fkj->fij", u, flip, vt), pivot, middle - pivot


def transfer(adaptation: Adaptation, mesh: HeadMesh, fields: np.ndarray, template: Template) -> np.ndarray:
    """Fields (F, Vt, 3) m on the template -> displacement (F, V, 3) in the head's own units and axes."""
    return adaptation.frame.displacement_from_canonical(Transfer(adaptation, mesh, template).carry(fields))


@dataclass(frozen=True)
class Closure:
    """How far one eye's lids stand open: share (F, N) of the neutral gap at places across (N,) of the eye."""

    across: np.ndarray
    share: np.ndarray


Closures = tuple[Closure | None, Closure | None]  # of the right and of the left eye


class Transfer:
    """What is worked out once to carry any number of fields to one head: `carry` then does so in canonical space."""

    def __init__(self, adaptation: Adaptation, mesh: HeadMesh, template: Template):
        self.adaptation, self.template, self.triangles = adaptation, template, mesh.triangles
        self.rest = adaptation.frame.to_canonical(mesh.vertices)
        self.points = adaptation.landmarks.points(self.rest, mesh.triangles)
        kind = adaptation.kind
        self.on = adaptation.source_triangle >= 0
        self.from_template = _from_template(adaptation, template, self.on)
        self.soft = np.isin(kind, parts.SOFT)
        self.fill = Fill(mesh.triangles, self.soft, self.on)
        self.strain = Strain(self.rest, mesh.triangles, self.soft)
        skin = mesh.triangles[self.soft[mesh.triangles].all(axis=1)]
        self.apertures = find_apertures(self.rest, skin, self.points, adaptation.eye_centres, adaptation.eye_radii)
        self.rims = np.max([lid_weights(eye, self.rest)[1] for eye in self.apertures if eye is not None], axis=0, initial=0.0)
        self.lashes = _pieces(mesh.triangles, kind == parts.LASHES)
        eyes = zip((parts.EYE_R, parts.EYE_L), adaptation.eye_centres, adaptation.eye_radii, strict=True)
        self.balls = [
            self._ball(mesh.triangles[(kind == eye)[mesh.triangles].all(axis=1)], centre, float(radius))
            for eye, centre, radius in eyes
            if np.isfinite(radius)
        ]

    def _ball(self, triangles: np.ndarray, centre: np.ndarray, radius: float) -> tuple[Eyeball, np.ndarray]:
        """An eyeball of triangles (T, 3), and how far off it each vertex (V,) is kept, in radii: the longer the edges there, the farther,
        for an edge cuts through what its ends only touch."""
        close = self.soft & (np.linalg.norm(self.rest - centre, axis=1) < EYE_REACH * radius)
        sag = _edge_lengths(self.rest, self.triangles[close[self.triangles].any(axis=1)]) ** 2 / (8.0 * radius**2)
        return Eyeball(self.rest, triangles, centre, radius), EYE_CLEARANCE + np.minimum(sag, MOST_SAG)

    def carry(self, fields: np.ndarray, closures: Closures | None = None) -> np.ndarray:
        """Fields (F, Vt, 3) m on the template -> displacement (F, V, 3) m of the head in canonical space.

        closures: how far each eye's lids stand open, where the fields come from a head whose lids tell it better than the template's.
        """
        adaptation, template = self.adaptation, self.template
        spread = self.from_template @ fields.transpose(1, 0, 2).reshape(fields.shape[1], -1)
        moved = np.ascontiguousarray(spread.reshape(len(self.rest), len(fields), 3).transpose(1, 0, 2))
        self.fill(moved)
        _jaw(moved, self.rest, adaptation, fields, template)
        for side, name, member in ((0, "eye_right", parts.EYE_R), (1, "eye_left", parts.EYE_L)):
            _eyeball(moved, self.rest, adaptation, fields, template, side, name, adaptation.kind == member)
        self._lids(moved, fields, closures)
        for _ in range(2):  # what slides over an eyeball may tear anew
            for frame, field in enumerate(moved):
                moved[frame] = self.strain.relieve(field, self.rims)
            self._off_the_eyes(moved)
        moved[np.einsum("fvd,fvd->fv", moved, moved) < STILL**2] = 0.0
        return moved

    def closures(self, moved: np.ndarray) -> Closures:
        """How far the lids of each eye of this head stand open under displacement moved (F, V, 3) m, in canonical space."""
        return tuple(None if eye is None else Closure(eye.across, eye.share(self.rest, moved)) for eye in self.apertures)  # type: ignore[return-value]

    def in_own_space(self, fields: np.ndarray, closures: Closures | None = None) -> np.ndarray:
        """Fields (F, Vt, 3) m -> displacement (F, V, 3) float32 in the head's own units and axes; a few at a time, so that dense heads fit."""
        made = np.empty((len(fields), *self.rest.shape), np.float32)
        step = max(1, AT_ONCE // self.rest.size)
        for first in range(0, len(fields), step):
            rows = slice(first, first + step)
            told = closures and tuple(eye and Closure(eye.across, eye.share[rows]) for eye in closures)
            made[rows] = self.adaptation.frame.displacement_from_canonical(self.carry(fields[rows], told))  # type: ignore[arg-type]
        return made

    def _lids(self, moved: np.ndarray, fields: np.ndarray, closures: Closures | None) -> None:
        """The lids stand open by the same share of their neutral gap as the template's do, or as told, and not less than shut."""
        rest = self.template.vertices.astype(np.float64)
        for own, told, target in zip(_template_apertures(self.template), closures or (None, None), self.apertures, strict=True):
            if target is not None and (told is not None or own is not None):
                told = told or Closure(own.across, own.share(rest, fields))  # type: ignore[union-attr]
                carry_closure(target, self.rest, moved, self.soft, self.lashes, carry_shares(told.share, told.across, target.across))

    def _off_the_eyes(self, moved: np.ndarray) -> None:
        """Lids slide over the eyeballs."""
        for ball, clearance in self.balls:
            keep_outside(moved, self.rest, self.soft, ball.centre, ball.radius, clearance=clearance, reach=EYE_REACH, surface=ball.reach)


class Fill:
    """Skin with no counterpart on the template (deep mouth bag, inner lids) follows its surroundings harmonically."""

    def __init__(self, triangles: np.ndarray, skin: np.ndarray, known: np.ndarray):
        """skin, known (V,) masks."""
        self.unknown, self.known = np.flatnonzero(skin & ~known), known
        if len(self.unknown):
            graph = adjacency(triangles, len(skin))
            degree = np.asarray(graph.sum(axis=1)).ravel()
            self.laplacian = (sparse.diags(degree + 1e-6) - graph).tocsr()[self.unknown]
            self.solve = splu(self.laplacian[:, self.unknown].tocsc()).solve

    def __call__(self, moved: np.ndarray) -> None:
        """Fills displacement (F, V, 3) in place."""
        if len(self.unknown):
            flat = np.where(self.known[:, None], moved.transpose(1, 0, 2).reshape(len(self.known), -1), 0.0)
            moved[:, self.unknown] = self.solve(-(self.laplacian @ flat)).reshape(len(self.unknown), len(moved), 3).transpose(1, 0, 2)


@functools.lru_cache(maxsize=4)
def _template_apertures(template: Template) -> tuple[Aperture | None, Aperture | None]:
    skin = template.triangles[template.is_part("skin", "eye_socket")[template.triangles].all(axis=1)]
    radii = np.full(2, template.eye_radius)
    return find_apertures(template.vertices.astype(np.float64), skin, template.landmark_points(), template.eye_centres, radii)


def _edge_lengths(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Mean length (V,) of the edges at each vertex; nought where it has none."""
    pairs = edges(triangles)
    length = np.repeat(np.linalg.norm(vertices[pairs[:, 0]] - vertices[pairs[:, 1]], axis=1), 2)
    count = np.bincount(pairs.ravel(), minlength=len(vertices))
    return np.bincount(pairs.ravel(), length, len(vertices)) / np.maximum(count, 1)


def _pieces(triangles: np.ndarray, member: np.ndarray) -> list[np.ndarray]:
    """The vertex ids of each connected piece of the vertices in member (V,)."""
    ids = np.flatnonzero(member)
    if not len(ids):
        return []
    place = np.cumsum(member) - 1
    piece = components(place[triangles[member[triangles].all(axis=1)]], len(ids))
    return [ids[piece == k] for k in range(piece.max() + 1)]


def _from_template(adaptation: Adaptation, template: Template, on: np.ndarray) -> sparse.csr_matrix:
    """Matrix (V, Vt) of each vertex's barycentric share in its triangle of the template, for the vertices that have one."""
    rows = np.repeat(np.flatnonzero(on), 3)
    columns = template.triangles[adaptation.source_triangle[on]].ravel()
    return sparse.csr_matrix((adaptation.source_barycentric[on].ravel(), (rows, columns)), (len(on), len(template.vertices)))


def _jaw(moved: np.ndarray, canonical: np.ndarray, adaptation: Adaptation, fields: np.ndarray, template: Template) -> None:
    """Lower teeth and gums follow the rigid motion of the template's lower teeth; upper ones stay."""
    member = np.flatnonzero(np.isin(adaptation.kind, parts.TEETH))
    if not len(member):
        return
    teeth = template.is_part("teeth_lower")
    before = adaptation.registered[teeth].astype(np.float64)
    rotation, pivot, shift = rigid_motion(before, before + fields[:, teeth])
    offset = canonical[member] - pivot
    carried = np.einsum("fij,nj->fni", rotation, offset) - offset + shift[:, None]
    moved[:, member] = adaptation.jaw_weight[member, None] * carried


def _eyeball(moved: np.ndarray, canonical: np.ndarray, adaptation: Adaptation, fields: np.ndarray, template: Template, side: int,
             name: str, member: np.ndarray) -> None:  # fmt: skip
    """An eyeball turns about its own centre as the template's does."""
    if not member.any():
        return
    ball = template.is_part(name)
    before = adaptation.registered[ball].astype(np.float64)
    rotation, _, _ = rigid_motion(before, before + fields[:, ball])
    offset = canonical[member] - adaptation.eye_centres[side]
    moved[:, member] = np.einsum("fij,nj->fni", rotation, offset) - offset
