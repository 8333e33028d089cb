"""Adaptation: what is worked out once for a head, so that any expression of the template can be carried to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from . import parts
from .frame import HeadFrame, umeyama
from .landmarks import BROWS, CONTOUR, EYE_LEFT, EYE_RIGHT, MOUTH, Landmarks
from .mesh import HeadMesh
from .registration import Source, register
from .surface import Surface, vertex_normals
from .template import ID, Template
from .visibility import visible_triangles

REACH = 0.012  # m; a head's skin farther than this from the registered template has no counterpart
REWEIGHTED, SAME = 20, 0.002  # rounds; m within which two skins are the same


@dataclass(frozen=True)
class Adaptation:
    """Everything the transfer needs besides the head's own mesh.

    frame: the head's similarity to canonical space; landmarks on the head; registered (Vt, 3) float32 m: the template laid onto the head;
    kind (V,) uint8 (`parts.NAMES`); source_triangle (V,) int32 on the template, -1 where there is no counterpart; source_barycentric
    (V, 3) float32; jaw_weight (V,) float32; eye_centres (2, 3), eye_radii (2,) m canonical, NaN where there is no eyeball.
    """

    template: str
    frame: HeadFrame
    landmarks: Landmarks
    registered: np.ndarray
    kind: np.ndarray
    source_triangle: np.ndarray
    source_barycentric: np.ndarray
    jaw_weight: np.ndarray
    eye_centres: np.ndarray
    eye_radii: np.ndarray


def landmark_rows(template: Template, vertices: np.ndarray) -> sparse.csr_matrix:
    """The 68 landmarks as rows (68, len(vertices)) over template vertex ids `vertices`."""
    place = np.full(len(template.vertices), -1)
    place[vertices] = np.arange(len(vertices))
    columns = place[template.triangles[template.landmarks.triangles]]
    rows = np.repeat(np.arange(len(columns)), 3)
    return sparse.csr_matrix((template.landmarks.barycentric.ravel(), (rows, columns.ravel())), shape=(len(columns), len(vertices)))


def landmark_trust(landmarks: Landmarks) -> np.ndarray:
    """Weight (68,) of each landmark in the registration: none for the contour, little for the brows (facts of the any-head study)."""
    trust = landmarks.confidence.astype(float).copy()
    trust[CONTOUR] = 0.0
    trust[BROWS] *= 0.2
    return trust


def frame_from_landmarks(points: np.ndarray, trust: np.ndarray, template: Template) -> HeadFrame:
    """The similarity from a head's own space, where its landmarks are points (68, 3) trusted by trust (68,), to canonical space."""
    return umeyama(points, template.landmark_points().astype(np.float64), trust)


def adapt_template(
    mesh: HeadMesh, landmarks: Landmarks, frame: HeadFrame, template: Template, progress: Callable[[float, str], None]
) -> Adaptation:
    """Registers the template onto the head and finds, for every vertex of the head, its counterpart or its carrier."""
    canonical = frame.to_canonical(mesh.vertices)
    points = landmarks.points(canonical, mesh.triangles)
    progress(0.05, "Finding eyes, teeth and tongue")
    visible = visible_triangles(canonical, mesh.triangles)
    found = parts.find_parts(canonical, mesh.triangles, points, landmarks.triangles, given=mesh.part, visible=visible)
    skin = (found.kind == parts.SKIN)[mesh.triangles].all(axis=1)
    outer = visible & skin
    progress(0.1, "Laying the template onto the head")
    registered = lay_template(template, Surface(canonical, mesh.triangles, outer), points, landmark_trust(landmarks),
                              lambda done: progress(0.1 + 0.8 * done, "Laying the template onto the head"))  # fmt: skip
    progress(0.9, "Matching surfaces")
    triangle, weights = counterparts(template, registered, canonical, mesh.triangles, found)
    turn = turn_of(registered, points, template)
    return Adaptation(
        template=ID,
        frame=turn.after(frame),
        landmarks=landmarks,
        registered=turn.to_canonical(registered).astype(np.float32),
        kind=found.kind,
        source_triangle=triangle.astype(np.int32),
        source_barycentric=weights.astype(np.float32),
        jaw_weight=found.jaw_weight.astype(np.float32),
        eye_centres=turn.to_canonical(found.eye_centres),
        eye_radii=found.eye_radii,
    )


def turn_of(registered: np.ndarray, points: np.ndarray, template: Template) -> HeadFrame:
    """The rotation, about the middle of the landmarks points (68, 3), from the head to the template as all of its skin (Vt, 3) sees it.

    The landmarks' own similarity takes a longer nose or chin for a nod, and would turn every displacement by it. Rows count the less the
    farther they stay apart (least sum of distances, by reweighting), so that what differs in shape has little say.
    """
    skin = template.is_part("skin")
    source, target = registered[skin], template.vertices[skin].astype(np.float64)
    weights = np.ones(len(source))
    for _ in range(REWEIGHTED):
        found = umeyama(source, target, weights)
        weights = 1.0 / (np.linalg.norm(found.to_canonical(source) - target, axis=1) + SAME)
    middle = points.mean(axis=0)
    return HeadFrame(1.0, found.rotation, middle - found.rotation @ middle)


def lay_template(
    template: Template, target: Surface, points: np.ndarray, trust: np.ndarray, progress: Callable[[float], None]
) -> np.ndarray:
    """All template vertices (Vt, 3) laid onto the target: skin by non-rigid ICP, eyes, teeth and tongue carried by the skin nearby."""
    body = np.flatnonzero(template.is_part("skin", "mouth_bag", "eye_socket"))
    place = np.full(len(template.vertices), -1)
    place[body] = np.arange(len(body))
    triangles = place[template.triangles]
    triangles = triangles[(triangles >= 0).all(axis=1)]
    vertices = template.vertices[body].astype(np.float64)
    pulled = np.flatnonzero(template.is_part("skin")[body])
    source = Source(vertices, triangles, pulled)
    laid = register(source, target, landmark_rows(template, body), points, trust, progress)
    full = template.vertices.astype(np.float64).copy()
    full[body] = laid
    carried = ((("teeth_upper", "teeth_lower", "tongue"), MOUTH), (("eye_right",), EYE_RIGHT), (("eye_left",), EYE_LEFT))
    for names, anchors in carried:
        before = template.landmark_points()[anchors]
        after = template.landmark_points(full)[anchors]
        member = template.is_part(*names)
        full[member] = umeyama(before, after).to_canonical(template.vertices[member].astype(np.float64))
    return full


def counterparts(
    template: Template, registered: np.ndarray, canonical: np.ndarray, triangles: np.ndarray, found: parts.Parts
) -> tuple[np.ndarray, np.ndarray]:
    """For every vertex of the head the template triangle (V,) and barycentric weights (V, 3) it follows; -1 where it follows none."""
    body = template.is_part("skin", "mouth_bag", "eye_socket")[template.triangles].all(axis=1)
    surface = Surface(registered, template.triangles, body)
    triangle = np.full(len(canonical), -1)
    weights = np.zeros((len(canonical), 3))
    skin = np.flatnonzero(np.isin(found.kind, parts.SOFT))
    ids, bary, distance = surface.closest(canonical[skin], vertex_normals(canonical, triangles)[skin], neighbours=24, min_cosine=0.2)
    near = distance < REACH
    triangle[skin[near]], weights[skin[near]] = ids[near], bary[near]
    tongue = Surface(registered, template.triangles, template.is_part("tongue")[template.triangles].all(axis=1))
    for member, carrier in ((found.carried, surface), (found.kind == parts.TONGUE, tongue)):
        chosen = np.flatnonzero(member)
        if len(chosen):
            triangle[chosen], weights[chosen], _ = carrier.closest(canonical[chosen])
    return triangle, weights
