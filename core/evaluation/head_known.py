"""Known answers: a rig's own expressions carried to the same rig with another identity on another mesh, where the truth is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..head.adaptation import frame_from_landmarks, landmark_trust
from ..head.landmarks import Landmarks
from ..head.mesh import HeadMesh
from ..head.parts import fit_sphere
from ..head.surface import Surface, components, vertex_normals
from ..head.template import PARTS, Template
from ..head.transfer import rigid_motion
from .head_remesh import Remeshed
from .head_subjects import ICT_EYES, ICT_GUMS, ICT_HEAD, ICT_MOUTH, ICT_SKIN, ICT_TEETH, LIDS, IctRig, Subject

MOVING = 0.05  # of an expression's largest displacement; what moves less is not scored
STILL = 1e-5  # m; an expression that moves the skin by less is not scored
Warp = Callable[[np.ndarray], np.ndarray]  # points (..., 3) m to points


@dataclass(frozen=True)
class Case:
    """A head whose right answer is known: subject; truth: displacement (V, 3) m by ARKit name; kind, such as "identity x1"."""

    kind: str
    subject: Subject
    truth: Mapping[str, np.ndarray]


def template_of(rig: IctRig) -> Template:
    """ICT-FaceKit as a template: its own skin, eyes, teeth, tongue, seams, jaw and expressions in canonical space."""
    whole, count = rig.subject, ICT_EYES
    ids = np.arange(count)
    centres = [fit_sphere(whole.mesh.vertices[whole.eyeball == side])[:2] for side in (1, 2)]
    origin = np.mean([centre for centre, _ in centres], axis=0)
    vertices = whole.mesh.vertices[:count] - origin
    label = components(whole.mesh.triangles, len(whole.mesh.vertices))[:count]
    height = np.bincount(label, weights=vertices[:, 2])[label] / np.bincount(label)[label]
    teeth = (ids >= ICT_GUMS) & (ids < ICT_TEETH)
    middle = height[teeth].min() / 2 + height[teeth].max() / 2
    names = np.select(
        [ids < ICT_HEAD, ids < ICT_MOUTH, ids < ICT_SKIN, ids < ICT_GUMS, teeth & (height > middle), teeth, vertices[:, 0] < 0],
        ["skin", "mouth_bag", "eye_socket", "tongue", "teeth_upper", "teeth_lower", "eye_right"], "eye_left",
    )  # fmt: skip
    part = np.array([PARTS.index(name) for name in names], np.uint8)
    fields = [field[:count] for field in whole.shapes.values()]
    moving = [np.flatnonzero(field.any(axis=1)) for field in fields]
    lower = part == PARTS.index("teeth_lower")
    hinge, axis, angle = hinge_of(vertices[lower], vertices[lower] + whole.shapes["jawOpen"][:count][lower])
    triangles = whole.mesh.triangles[(whole.mesh.triangles < count).all(axis=1)]
    lips = {side: _ids(whole, f"lip_{side}") for side in ("upper", "lower")}
    return Template(
        vertices=vertices.astype(np.float32),
        quads=rig.quads[(rig.quads < count).all(axis=1)],
        triangles=triangles,
        uv=np.zeros((0, 2), np.float32),
        quad_uv=np.zeros((0, 4), np.int32),
        part=part,
        base_index=ids,
        base_origin=origin,
        landmarks=replace(whole.landmarks, triangles=_same(whole.mesh.triangles, triangles, whole.landmarks.triangles)),
        lid_rims={name: _ids(whole, name) for name in LIDS},
        lip_seams=lips,
        eye_centres=np.array([centre for centre, _ in centres]) - origin,
        eye_radius=float(np.mean([radius for _, radius in centres])),
        jaw_hinge=hinge,
        jaw_axis=axis,
        jaw_open_angle=angle,
        arkit_names=tuple(whole.shapes),
        arkit_offsets=np.cumsum([0, *map(len, moving)]),
        arkit_index=np.concatenate(moving),
        arkit_delta=np.concatenate([field[rows] for field, rows in zip(fields, moving, strict=True)]).astype(np.float32),
    )


def _ids(subject: Subject, name: str) -> np.ndarray:
    """Vertex ids (N,) of a curve that runs through vertices."""
    curve = subject.curves[name]
    return subject.mesh.triangles[curve.triangles, curve.barycentric.argmax(axis=1)]


def _same(before: np.ndarray, after: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Where the triangles ids (N,) of before (T, 3) are in after, which leaves some out."""
    place = {tuple(row): k for k, row in enumerate(after.tolist())}
    return np.array([place[tuple(row)] for row in before[ids].tolist()], np.int32)


def hinge_of(before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Point (3,) on the axis, axis (3,) unit towards +X, and angle rad of the rotation that best takes before (N, 3) to after."""
    rotation, pivot, shift = (part[0] if k != 1 else part for k, part in enumerate(rigid_motion(before, after[None])))
    axis = np.array([rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0], rotation[1, 0] - rotation[0, 1]])
    angle = float(np.arctan2(np.linalg.norm(axis) / 2, (np.trace(rotation) - 1) / 2))
    axis /= np.linalg.norm(axis)
    if axis[0] < 0:
        axis, angle = -axis, -angle
    along = (shift @ axis) * axis
    fixed = np.linalg.lstsq(np.eye(3) - rotation, shift - along, rcond=None)[0]
    return pivot + fixed, axis, angle


def identity(rig: IctRig, seed: int, strength: float) -> Subject:
    """One of ICT's people: `strength` times a random vector of one standard deviation in each of the 20 modes."""
    weights = strength * np.random.default_rng([seed, 0x1C7]).normal(size=len(rig.modes))
    vertices = rig.subject.mesh.vertices + np.tensordot(weights, rig.modes, 1)
    name = f"ICT identity x{strength:g} #{seed}"
    return replace(rig.subject, name=name, mesh=HeadMesh(vertices, rig.subject.mesh.triangles, name), shapes=rig.subject.shapes)


def cartoon_warp(centres: np.ndarray, radius: float) -> Warp:
    """A smooth map of space to a cartoon's proportions: big eyes, a large skull, a narrow short jaw, a small nose.

    Around each of the eyes' centres (2, 3) space is scaled evenly out to beyond the eyeball, so that eyeballs stay round.
    """
    middle = centres.mean(axis=0)

    def step(low: float, high: float, value: np.ndarray) -> np.ndarray:
        share = np.clip((value - low) / (high - low), 0.0, 1.0)
        return share * share * (3.0 - 2.0 * share)

    def warp(points: np.ndarray) -> np.ndarray:
        out = np.array(points, np.float64)
        for centre in centres:
            offset = points - centre
            distance = np.linalg.norm(offset, axis=-1, keepdims=True) / radius
            out += BIG_EYES * (1.0 - step(1.15, 2.7, distance)) * offset
        nose = middle + radius * NOSE
        offset = points - nose
        out -= SMALL_NOSE * np.exp(-((np.linalg.norm(offset, axis=-1, keepdims=True) / (1.2 * radius)) ** 2)) * offset
        local = out - middle
        skull = step(0.0, 6.0 * radius, local[..., 2:])
        jaw = step(0.0, 8.0 * radius, -local[..., 2:])
        local = local * (1.0 + SKULL * skull - JAW * jaw * [1.0, 0.5, 0.6])
        return middle + local

    return warp


BIG_EYES, SMALL_NOSE, SKULL, JAW = 0.45, 0.3, 0.25, 0.3
NOSE = np.array([0.0, -2.2, -2.0])  # from between the eyes to the nose, in radii of an eyeball


def creature_warp(centres: np.ndarray, radius: float) -> Warp:
    """A smooth map of space to an animal's proportions: nose, mouth and chin drawn forward into a narrow snout below eyes (2, 3)."""
    middle = centres.mean(axis=0)
    mouth = middle + radius * MUZZLE

    def warp(points: np.ndarray) -> np.ndarray:
        out = np.array(points, np.float64)
        share = np.exp(-(((points - mouth) ** 2).sum(axis=-1)) / (SNOUT_REACH * radius) ** 2)
        out[..., 0] -= SNOUT_NARROW * share * (points[..., 0] - middle[0])
        out[..., 1] -= SNOUT * radius * share
        return out

    return warp


MUZZLE = np.array([0.0, -2.4, -4.0])  # from between the eyes to the lips, in radii of an eyeball, as are the next two
SNOUT, SNOUT_REACH, SNOUT_NARROW = 2.4, 3.0, 0.25


def warped(rig: IctRig, name: str, make: Callable[[np.ndarray, float], Warp]) -> Subject:
    """ICT's generic head under a map of space, with its shapes warped along: warped expressive minus warped neutral."""
    generic = rig.subject
    fits = [fit_sphere(generic.mesh.vertices[generic.eyeball == side])[:2] for side in (1, 2)]
    warp = make(np.array([centre for centre, _ in fits]), float(np.mean([radius for _, radius in fits])))
    vertices = warp(generic.mesh.vertices)
    shapes = {key: warp(generic.mesh.vertices + field) - vertices for key, field in generic.shapes.items()}
    return replace(generic, name=name, mesh=HeadMesh(vertices, generic.mesh.triangles, name), shapes=shapes)


def case(kind: str, made: Remeshed, shapes: Mapping[str, np.ndarray]) -> Case:
    """A re-meshed head with the truth carried along."""
    return Case(kind, made.subject, {name: made.carry(field) for name, field in shapes.items()})


def by_similarity(mesh: HeadMesh, landmarks: Landmarks, fields: np.ndarray, template: Template) -> np.ndarray:
    """What carrying fields (K, Vt, 3) by closest point after the landmarks' similarity alone gives: (K, V, 3). The line to beat."""
    frame = frame_from_landmarks(landmarks.points(mesh.vertices, mesh.triangles), landmark_trust(landmarks), template)
    canonical = frame.to_canonical(mesh.vertices)
    skin = template.is_part("skin", "mouth_bag", "eye_socket")[template.triangles].all(axis=1)
    surface = Surface(template.vertices.astype(np.float64), template.triangles, skin)
    triangle, weights, _ = surface.closest(canonical, vertex_normals(canonical, mesh.triangles), neighbours=24, min_cosine=0.2)
    corners = template.triangles[triangle]
    moved = sum(weights[:, k, None] * fields[:, corners[:, k]] for k in range(3))
    return frame.displacement_from_canonical(moved)


def errors(made: Mapping[str, np.ndarray], truth: Mapping[str, np.ndarray], where: np.ndarray) -> dict[str, float]:
    """Error of each expression after one scale for all of them, over the size of its true displacement; where (V,) is looked at."""
    pairs = {}
    for name, field in truth.items():
        size = np.linalg.norm(field, axis=1)
        if size[where].max() > STILL:
            moving = where & (size > MOVING * size[where].max())
            pairs[name] = made[name][moving], field[moving]
    gain = sum((a * b).sum() for a, b in pairs.values()) / max(sum((a * a).sum() for a, _ in pairs.values()), 1e-20)
    return {name: float(np.linalg.norm(gain * a - b, axis=1).mean() / np.linalg.norm(b, axis=1).mean()) for name, (a, b) in pairs.items()}


def median_p90(found: Sequence[Mapping[str, float]]) -> tuple[float, float]:
    """Median and 90th percentile over all expressions of several heads."""
    every = np.concatenate([list(each.values()) for each in found])
    return float(np.median(every)), float(np.percentile(every, 90))


def worst(found: Sequence[Mapping[str, float]], count: int) -> list[tuple[str, float]]:
    """The expressions with the largest mean error over several heads."""
    mean = {name: float(np.mean([each[name] for each in found])) for name in found[0]}
    return sorted(mean.items(), key=lambda item: -item[1])[:count]
