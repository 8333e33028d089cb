"""What tells a good set of keys from a bad one where surfaces meet: lids, lips, eyeballs, teeth, and edges that are torn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..head.contact import seam_gap
from ..head.surface import Surface, components, vertex_normals
from ..image.raster import look_at, rasterise
from .head_subjects import Subject, skin_edges

EYE_PX, EYE_EXTENT = 240, 4.2  # px, and radii of the eyeball, of one eye's picture
EYE_VIEWS = ((0.0, 0.0), (-0.6, 0.0), (0.6, 0.0), (0.0, 0.3))  # yaw and pitch, rad
MOUTH_PX, MOUTH_VIEWS, MARGIN = 320, (-0.6, 0.0, 0.6), 1e-3  # px, yaw in rad, and m around the lips' seams that count as opening
WIDE = 0.5  # of the widest column's gap at rest; narrower columns lie in the corners, where a ratio says nothing
TORN, TORN_REACH = 3.0, 0.02  # times its length, and of H, beyond which an edge is torn
SUNK = 1e-4  # m; what lies less deep is touching
BEHIND = 0.3  # radii behind an eyeball's centre, from where skin is no lid
SMILE = ("mouthSmileLeft", "mouthSmileRight")
BLINK = ("eyeBlinkLeft", "eyeBlinkRight")
SQUINT = ("eyeSquintLeft", "eyeSquintRight")
TEETH_POSES = (("jawOpen",), SMILE, ("mouthFunnel",))


@dataclass(frozen=True)
class Contact:
    """The contact measures of one head's keys.

    eyeball: share of the eyeballs' pixels still seen at full blink, worst view. lid_gap: rim gap at blink over the gap at rest, worst eye's
    mean; lid_low, lid_high: its extreme columns. torn: edges over all keys (mouthClose with jawOpen), worst_key the key with most. lip_gap:
    mean, and lip_most: largest change of the lip gap in jawOpen + mouthClose, of H. sunk: outer skin vertices inside an eyeball at blink and
    squint. poked: teeth vertices through the skin in jawOpen, smile and funnel.
    """

    eyeball: float
    lid_gap: float
    lid_low: float
    lid_high: float
    torn: int
    worst_key: str
    lip_gap: float
    lip_most: float
    sunk: int
    poked: int


def pixels_of_eyeball(vertices: np.ndarray, skin: np.ndarray, ball: np.ndarray, centre: np.ndarray, radius: float) -> np.ndarray:
    """Pixels of an eyeball's triangles ball (B, 3) that skin (S, 3) leaves visible, one count for each of EYE_VIEWS."""
    reach = EYE_EXTENT * radius
    near = (np.abs(vertices - centre) < reach).all(axis=1)
    triangles = np.concatenate([ball, skin[near[skin].any(axis=1)]])
    counts = []
    for yaw, pitch in EYE_VIEWS:
        camera = look_at(centre, size=EYE_PX, extent=reach, distance=4 * reach, yaw=yaw, pitch=pitch, perspective=False)
        seen = rasterise(vertices, triangles, camera).triangle
        counts.append(int(((seen >= 0) & (seen < len(ball))).sum()))
    return np.array(counts)


def column_gaps(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Height (L,) of an upper edge (U, 3) above each point of a lower edge (L, 3)."""
    both = np.concatenate([upper, lower])
    return seam_gap(both, np.arange(len(upper)), np.arange(len(upper), len(both)))


def gap_ratio(rest: np.ndarray, now: np.ndarray) -> tuple[float, float, float]:
    """Mean gap now over mean gap at rest, and the lowest and highest column as a share of the mean at rest; gaps (L,)."""
    wide = rest > WIDE * rest.max()
    share = now[wide] / rest[wide].mean()
    return float(share.mean()), float(share.min()), float(share.max())


def torn_edges(rest: np.ndarray, deltas: np.ndarray, pairs: np.ndarray, height: float) -> np.ndarray:
    """Edges (K,) of pairs (E, 2) that each of deltas (K, V, 3) stretches to over three times their length and over 2 % of height."""
    before = np.linalg.norm(rest[pairs[:, 0]] - rest[pairs[:, 1]], axis=1)
    counts = np.zeros(len(deltas), int)
    for k, delta in enumerate(deltas):
        moved = rest + delta
        after = np.linalg.norm(moved[pairs[:, 0]] - moved[pairs[:, 1]], axis=1)
        counts[k] = ((after > TORN * before) & (after > TORN_REACH * height)).sum()
    return counts


def signed_distance(points: np.ndarray, surface: Surface, normals: np.ndarray) -> np.ndarray:
    """Distance (N,) of points (N, 3) in front of a surface whose vertices have outward normals (V, 3); negative behind it."""
    triangle, weights, distance = surface.closest(points)
    corners = surface.triangles[triangle]
    nearest = np.einsum("nk,nkd->nd", weights, surface.vertices[corners])
    normal = np.einsum("nk,nkd->nd", weights, normals[corners])
    return np.where(np.einsum("nd,nd->n", points - nearest, normal) < 0, -distance, distance)


def outer_ball(subject: Subject, side: int) -> np.ndarray:
    """Triangles (B, 3) of the outermost piece of one eyeball (1 right, 2 left): a cornea, where it is a piece of its own."""
    member = subject.eyeball == side
    label = np.where(member, components(subject.mesh.triangles, len(member)), -1)
    pieces = [label == piece for piece in np.unique(label[member])]
    return subject.triangles_of(max(pieces, key=lambda mask: float(np.ptp(subject.mesh.vertices[mask], axis=0).prod())))


def vertices_inside_eyeballs(subject: Subject, moved: np.ndarray) -> int:
    """Outer skin vertices of moved (V, 3) that lie in an eyeball, by SUNK deeper than at rest, and at rest did not."""
    rest, count = subject.mesh.vertices, 0
    for side in (1, 2):
        ball = outer_ball(subject, side)
        if not len(ball):
            continue
        centre, radius = _centre_radius(subject, side)
        near = np.flatnonzero(subject.outer & (np.linalg.norm(moved - centre, axis=1) < 1.3 * radius))
        near = near[moved[near, 1] < centre[1] + BEHIND * radius]
        surface, normals = Surface(rest, ball), vertex_normals(rest, ball)
        if np.einsum("vd,vd->v", normals[ball[:, 0]], rest[ball[:, 0]] - centre).mean() < 0:
            normals = -normals
        before, after = (signed_distance(vertices[near], surface, normals) for vertices in (rest, moved))
        count += int(((after < np.minimum(before, 0.0) - SUNK) & (before >= -SUNK)).sum())
    return count


def teeth_through_skin(subject: Subject, moved: np.ndarray) -> int:
    """Teeth vertices of moved (V, 3), not already so at rest, that are seen from one of MOUTH_VIEWS elsewhere than through the mouth.

    What is seen through the mouth's opening lies inside the closed line of the lips' two seams, on every picture.
    """
    return len(_stray_teeth(subject, moved) - _stray_teeth(subject, subject.mesh.vertices)) if subject.teeth.any() else 0


def _stray_teeth(subject: Subject, vertices: np.ndarray) -> set[int]:
    teeth = subject.triangles_of(subject.teeth)
    opening = np.concatenate([subject.curve("lip_upper", vertices), subject.curve("lip_lower", vertices)[::-1]])
    middle, reach = vertices[subject.teeth].mean(axis=0), 1.6 * float(np.ptp(vertices[subject.teeth], axis=0).max())
    triangles = np.concatenate([teeth, subject.triangles_of(subject.skin)])
    stray: set[int] = set()
    for yaw in MOUTH_VIEWS:
        camera = look_at(middle, size=MOUTH_PX, extent=reach, distance=4 * reach, yaw=yaw, perspective=False)
        raster = rasterise(vertices, triangles, camera)
        rows, columns = np.nonzero((raster.triangle >= 0) & (raster.triangle < len(teeth)))
        margin = MARGIN / reach * MOUTH_PX
        outside = outside_polygon(np.stack([columns, rows], axis=1) + 0.5, camera.project(opening)[0], margin)
        corner = raster.barycentric[rows, columns].argmax(axis=1)
        stray.update(teeth[raster.triangle[rows, columns], corner][outside].tolist())
    return stray


def outside_polygon(points: np.ndarray, polygon: np.ndarray, margin: float) -> np.ndarray:
    """Mask (N,) of points (N, 2) that lie outside a closed polygon (P, 2) and farther than `margin` from its line."""
    start, along = polygon, np.roll(polygon, -1, axis=0) - polygon
    offset = points[:, None] - start
    share = np.clip((offset * along).sum(axis=2) / np.maximum((along**2).sum(axis=1), 1e-20), 0.0, 1.0)
    distance = np.linalg.norm(offset - share[..., None] * along, axis=2).min(axis=1, initial=np.inf)
    end = start + along
    spans = (start[:, 1] > points[:, None, 1]) != (end[:, 1] > points[:, None, 1])
    slope = np.divide(along[:, 0], along[:, 1], out=np.zeros(len(along)), where=along[:, 1] != 0)
    right_of = points[:, None, 0] < start[:, 0] + (points[:, None, 1] - start[:, 1]) * slope
    return ((spans & right_of).sum(axis=1) % 2 == 0) & (distance > margin)


def _centre_radius(subject: Subject, side: int) -> tuple[np.ndarray, float]:
    ball = subject.mesh.vertices[subject.eyeball == side]
    return (ball.min(axis=0) + ball.max(axis=0)) / 2, float(np.ptp(ball[:, [0, 2]], axis=0).mean()) / 2


def _eyeball_share(subject: Subject, blinked: np.ndarray) -> float:
    skin, seen = subject.triangles_of(subject.skin), []
    for side in (1, 2):
        ball = subject.triangles_of(subject.eyeball == side)
        centre, radius = _centre_radius(subject, side)
        seen.append([pixels_of_eyeball(vertices, skin, ball, centre, radius) for vertices in (subject.mesh.vertices, blinked)])
    open_eyes, closed = np.array(seen).transpose(1, 0, 2)
    return float((closed / np.maximum(open_eyes, 1)).max())


def measure(subject: Subject, keys: Mapping[str, np.ndarray]) -> Contact:
    """All measures of a head's keys (V, 3) m by ARKit name; keys it lacks count as still."""
    rest = subject.mesh.vertices
    still = np.zeros_like(rest)

    def posed(*names: str) -> np.ndarray:
        return rest + np.sum([keys.get(name, still) for name in names], axis=0)

    def gaps(upper: str, lower: str, vertices: np.ndarray) -> np.ndarray:
        return column_gaps(subject.curve(upper, vertices), subject.curve(lower, vertices))

    height, blink = subject.height, posed(*BLINK)
    lids = [gap_ratio(*(gaps(f"{side}_upper", f"{side}_lower", vertices) for vertices in (rest, blink))) for side in ("right", "left")]
    lips = np.abs(gaps("lip_upper", "lip_lower", posed("jawOpen", "mouthClose")) - gaps("lip_upper", "lip_lower", rest)) / height
    names = list(keys)
    poses = np.stack(
        [posed("jawOpen", name) - rest if name == "mouthClose" else keys[name] for name in names]
    )  # it is made for an open jaw
    torn = torn_edges(rest, poses, skin_edges(subject), height)
    return Contact(
        eyeball=_eyeball_share(subject, blink),
        lid_gap=max((each[0] for each in lids), key=abs),
        lid_low=min(each[1] for each in lids),
        lid_high=max(each[2] for each in lids),
        torn=int(torn.sum()),
        worst_key=names[int(torn.argmax())] if torn.any() else "",
        lip_gap=float(lips.mean()),
        lip_most=float(lips.max()),
        sunk=vertices_inside_eyeballs(subject, blink) + vertices_inside_eyeballs(subject, posed(*SQUINT)),
        poked=sum(teeth_through_skin(subject, posed(*pose)) for pose in TEETH_POSES),
    )
