"""Carries displacement fields of the template to a head of any topology."""

from __future__ import annotations

import functools

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from . import parts
from .adaptation import Adaptation
from .contact import keep_outside
from .eyeball import Eyeball
from .lids import Aperture, carry_closure, carry_shares, find_apertures
from .mesh import HeadMesh
from .surface import adjacency, components, edges
from .template import Template

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
    canonical = adaptation.frame.to_canonical(mesh.vertices)
    moved = np.zeros((len(fields), len(canonical), 3))
    kind = adaptation.kind
    on = adaptation.source_triangle >= 0
    corners = template.triangles[adaptation.source_triangle[on]]
    for k in range(3):
        moved[:, on] += adaptation.source_barycentric[on, k, None] * fields[:, corners[:, k]]
    _fill(moved, mesh.triangles, np.isin(kind, parts.SOFT), on)
    _jaw(moved, canonical, adaptation, fields, template)
    for side, name, member in ((0, "eye_right", parts.EYE_R), (1, "eye_left", parts.EYE_L)):
        _eyeball(moved, canonical, adaptation, fields, template, side, name, kind == member)
    soft = np.isin(kind, parts.SOFT)
    _lids(moved, canonical, mesh, adaptation, fields, template, soft)
    _off_the_eyes(moved, canonical, mesh.triangles, adaptation, soft)
    moved[np.linalg.norm(moved, axis=2) < STILL] = 0.0
    return adaptation.frame.displacement_from_canonical(moved)


@functools.lru_cache(maxsize=4)
def _template_apertures(template: Template) -> tuple[Aperture | None, Aperture | None]:
    skin = template.triangles[template.is_part("skin", "eye_socket")[template.triangles].all(axis=1)]
    radii = np.full(2, template.eye_radius)
    return find_apertures(template.vertices.astype(np.float64), skin, template.landmark_points(), template.eye_centres, radii)


def _lids(moved: np.ndarray, canonical: np.ndarray, mesh: HeadMesh, adaptation: Adaptation, fields: np.ndarray, template: Template,
          soft: np.ndarray) -> None:  # fmt: skip
    """The lids stand open by the same share of their neutral gap as the template's do, and not less than shut."""
    skin = mesh.triangles[soft[mesh.triangles].all(axis=1)]
    points = adaptation.landmarks.points(canonical, mesh.triangles)
    found = find_apertures(canonical, skin, points, adaptation.eye_centres, adaptation.eye_radii)
    rest = template.vertices.astype(np.float64)
    lashes = _pieces(mesh.triangles, adaptation.kind == parts.LASHES)
    for own, target in zip(_template_apertures(template), found, strict=True):
        if own is not None and target is not None:
            share = carry_shares(own.share(rest, fields), own.across, target.across)
            carry_closure(target, canonical, moved, soft, lashes, share)


def _off_the_eyes(moved: np.ndarray, canonical: np.ndarray, triangles: np.ndarray, adaptation: Adaptation, soft: np.ndarray) -> None:
    """Lids slide over the eyeballs; the longer their edges, the farther off, for an edge cuts through what its ends only touch."""
    for kind, centre, radius in zip((parts.EYE_R, parts.EYE_L), adaptation.eye_centres, adaptation.eye_radii, strict=True):
        if np.isfinite(radius):
            close = soft & (np.linalg.norm(canonical - centre, axis=1) < EYE_REACH * radius)
            sag = _edge_lengths(canonical, triangles[close[triangles].any(axis=1)]) ** 2 / (8.0 * radius**2)
            ball = Eyeball(canonical, triangles[(adaptation.kind == kind)[triangles].all(axis=1)], centre, float(radius))
            clearance = EYE_CLEARANCE + np.minimum(sag, MOST_SAG)
            keep_outside(moved, canonical, soft, centre, radius, clearance=clearance, reach=EYE_REACH, surface=ball.reach)


def _edge_lengths(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Mean length (V,) of the edges at each vertex; nought where it has none."""
    pairs = edges(triangles).ravel()
    length = np.repeat(np.linalg.norm(np.diff(vertices[pairs.reshape(-1, 2)], axis=1)[:, 0], axis=1), 2)
    count = np.bincount(pairs, minlength=len(vertices))
    return np.bincount(pairs, length, len(vertices)) / np.maximum(count, 1)


def _pieces(triangles: np.ndarray, member: np.ndarray) -> list[np.ndarray]:
    """The vertex ids of each connected piece of the vertices in member (V,)."""
    ids = np.flatnonzero(member)
    if not len(ids):
        return []
    place = np.cumsum(member) - 1
    piece = components(place[triangles[member[triangles].all(axis=1)]], len(ids))
    return [ids[piece == k] for k in range(piece.max() + 1)]


def _fill(moved: np.ndarray, triangles: np.ndarray, skin: np.ndarray, known: np.ndarray) -> None:
    """Skin with no counterpart on the template (deep mouth bag, inner lids) follows its surroundings harmonically, in place."""
    unknown = np.flatnonzero(skin & ~known)
    if not len(unknown):
        return
    graph = adjacency(triangles, len(skin))
    degree = np.asarray(graph.sum(axis=1)).ravel()
    laplacian = (sparse.diags(degree + 1e-6) - graph).tocsr()[unknown]
    inside = laplacian[:, unknown].tocsc()
    right = -(laplacian @ np.where(known[:, None], moved.transpose(1, 0, 2).reshape(len(skin), -1), 0.0))
    moved[:, unknown] = splu(inside).solve(right).reshape(len(unknown), len(moved), 3).transpose(1, 0, 2)


def _jaw(moved: np.ndarray, canonical: np.ndarray, adaptation: Adaptation, fields: np.ndarray, template: Template) -> None:
    """Lower teeth, gums and tongue follow the rigid motion of the template's lower teeth; upper ones stay."""
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
