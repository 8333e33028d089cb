"""A dressed head: hair, glasses, a shirt, brows, layered eyes, a beard; each piece is told for what it is, and the user has the last word."""

import numpy as np
import pytest
import trimesh

from core.head import parts
from core.head.landmarks import BROWS
from core.head.surface import Surface, vertex_normals
from core.head.template import load_template
from core.head.visibility import visible_triangles

TEMPLATE = load_template()
POINTS = TEMPLATE.landmark_points().astype(float)
HEAD = trimesh.Trimesh(TEMPLATE.vertices.astype(float), TEMPLATE.triangles, process=False)


def shell(mask: np.ndarray, distance: float) -> trimesh.Trimesh:
    """The head's own surface where the mask (V,) holds, lifted by `distance` m."""
    kept = mask[HEAD.faces].all(axis=1)
    lifted = TEMPLATE.vertices + distance * vertex_normals(TEMPLATE.vertices.astype(float), TEMPLATE.triangles)
    mesh = trimesh.Trimesh(lifted, HEAD.faces[kept], process=False)
    mesh.remove_unreferenced_vertices()
    return mesh


def ball(centre, radius, scale=(1, 1, 1)) -> trimesh.Trimesh:
    mesh = trimesh.creation.icosphere(subdivisions=2, radius=radius)
    mesh.vertices = mesh.vertices * scale + centre
    return mesh


def skull(z: float) -> np.ndarray:
    return TEMPLATE.is_part("skin") & (TEMPLATE.vertices[:, 2] > z)


def hair() -> trimesh.Trimesh:
    return shell(skull(0.055), 0.015)


def long_hair() -> trimesh.Trimesh:
    return trimesh.util.concatenate([hair(), shell(TEMPLATE.is_part("skin") & (TEMPLATE.vertices[:, 1] > 0.09), 0.02)])


def glasses() -> trimesh.Trimesh:
    """Rims before the eyes, a bridge between them, arms to the ears: one piece."""
    rims = []
    for x in (-0.033, 0.033):
        rim = trimesh.creation.annulus(r_min=0.021, r_max=0.024, height=0.003)
        rim.apply_transform(trimesh.transformations.rotation_matrix(np.pi / 2, [1, 0, 0]))
        rims.append(rim.apply_translation([x, POINTS[36:48, 1].min() - 0.018, 0.0]))
    bars = [
        ((0, -0.035, 0.003), (0.03, 0.004, 0.004)),
        ((-0.075, 0.02, 0.003), (0.004, 0.11, 0.004)),
        ((0.075, 0.02, 0.003), (0.004, 0.11, 0.004)),
    ]
    bars = [trimesh.creation.box(extents=size).apply_translation(at) for at, size in bars]
    return trimesh.util.concatenate([*rims, *bars])


def shirt() -> trimesh.Trimesh:
    return trimesh.creation.cylinder(radius=0.16, height=0.2).subdivide().apply_translation([0, 0.05, POINTS[8, 2] - 0.18])


def brow() -> trimesh.Trimesh:
    line = POINTS[BROWS][:5]
    outer = np.concatenate([line + [0, -0.002, 0.003], line + [0, -0.002, -0.003]])
    return trimesh.Trimesh(outer, [(k, k + 1, k + 5) for k in range(4)] + [(k + 1, k + 6, k + 5) for k in range(4)], process=False)


def stubble() -> trimesh.Trimesh:
    low = (TEMPLATE.vertices[:, 2] < POINTS[57, 2] - 0.008) & (TEMPLATE.vertices[:, 1] < 0.0)
    return shell(TEMPLATE.is_part("skin") & low & (TEMPLATE.vertices[:, 2] > POINTS[8, 2]), 0.002)


def beard() -> trimesh.Trimesh:
    return ball(POINTS[8] + [0, 0.0, -0.005], 0.022, (1.2, 0.8, 1.2))


@pytest.fixture(scope="module")
def classified():
    """A function from pieces to (kinds of the template's own, and for each piece its kinds and whether it is carried)."""

    def of(*pieces: trimesh.Trimesh, given=None, template=TEMPLATE.part >= 0):
        whole = trimesh.util.concatenate([shell(template, 0.0), *pieces])
        body = shell(template, 0.0)
        found = parts.find_parts(np.asarray(whole.vertices), np.asarray(whole.faces), POINTS, landmark_triangles(body), given=given)
        ends = np.cumsum([len(body.vertices), *(len(piece.vertices) for piece in pieces)])
        return [(found.kind[a:b], found.carried[a:b]) for a, b in zip(ends[:-1], ends[1:], strict=True)], found

    return of


def landmark_triangles(body: trimesh.Trimesh) -> np.ndarray:
    return Surface(np.asarray(body.vertices), np.asarray(body.faces)).closest(POINTS)[0]


@pytest.mark.parametrize(
    ("make", "kind", "carried"),
    [
        (hair, parts.HAIR, False),
        (long_hair, parts.HAIR, False),
        (glasses, parts.OTHER, False),
        (shirt, parts.CLOTHES, False),
        (brow, parts.BROWS, True),
        (stubble, parts.HAIR, True),
        (beard, parts.HAIR, True),
    ],
)
def test_each_piece_is_told(classified, make, kind, carried):
    made = make()
    [(kinds, moves)], _ = classified(made)
    assert (kinds == kind).all(), parts.NAMES[np.bincount(kinds).argmax()]
    assert (moves == carried).all()


def test_an_eye_of_layers_is_all_eye(classified):
    """Sclera, a cornea that bulges, an iris disc and a pupil inside, each a piece of its own, instead of the template's ball."""
    centre, radius = TEMPLATE.eye_centres[1], float(TEMPLATE.eye_radius)
    cornea = ball(centre + [0, -0.3 * radius, 0], 0.75 * radius)
    cornea.update_faces(cornea.triangles_center[:, 1] < centre[1] - 0.75 * radius)
    cornea.remove_unreferenced_vertices()
    discs = []
    for size in (0.45, 0.18):
        disc = trimesh.creation.cylinder(radius=size * radius, height=0.001, sections=24).subdivide()
        disc.apply_transform(trimesh.transformations.rotation_matrix(np.pi / 2, [1, 0, 0]))
        discs.append(disc.apply_translation(centre + [0, -0.75 * radius, 0]))
    pieces, found = classified(ball(centre, radius), cornea, *discs, template=~TEMPLATE.is_part("eye_left"))
    for kinds, _ in pieces:
        assert (kinds == parts.EYE_L).all()
    np.testing.assert_allclose(found.eye_centres[1], centre, atol=1e-4)


def test_lenses_before_the_eyes_are_no_eyeballs(classified):
    lens = trimesh.creation.cylinder(radius=0.02, height=0.002, sections=24).subdivide()
    lens.apply_transform(trimesh.transformations.rotation_matrix(np.pi / 2, [1, 0, 0]))
    lens.apply_translation(TEMPLATE.eye_centres[0] + [0, -0.04, 0])
    [(kinds, _)], found = classified(lens)
    assert (kinds == parts.OTHER).all()
    np.testing.assert_allclose(found.eye_centres[0], TEMPLATE.eye_centres[0], atol=0.001)


def test_the_users_word_counts(classified):
    """A hat marked as clothes stays clothes; upper teeth marked as lower ones follow the jaw; what is not marked is found as before."""
    piece = hair()
    count = len(TEMPLATE.vertices)
    given = np.full(count + len(piece.vertices), parts.FIND, np.uint8)
    given[count:] = parts.CLOTHES
    teeth = np.flatnonzero(TEMPLATE.is_part("teeth_upper"))
    given[teeth] = parts.TEETH_LOWER
    [(kinds, moves)], found = classified(piece, given=given)
    assert (kinds == parts.CLOTHES).all() and not moves.any()
    assert (found.kind[teeth] == parts.TEETH_LOWER).all() and (found.jaw_weight[teeth] == 1.0).all()
    assert (found.kind[:count][TEMPLATE.is_part("eye_right")] == parts.EYE_R).all()
    assert (found.kind[:count][TEMPLATE.is_part("tongue")] == parts.TONGUE).all()


def test_the_mouth_bag_is_what_is_not_seen_behind_the_lips():
    vertices = TEMPLATE.vertices.astype(float)
    visible = visible_triangles(vertices, TEMPLATE.triangles)
    found = parts.find_parts(vertices, TEMPLATE.triangles, POINTS, TEMPLATE.landmarks.triangles, visible=visible)
    bag = found.kind == parts.MOUTH_BAG
    assert TEMPLATE.is_part("mouth_bag")[bag].mean() > 0.85
    assert bag[TEMPLATE.is_part("mouth_bag")].mean() > 0.85
    assert not bag[TEMPLATE.is_part("eye_socket")].any()


def test_a_mouth_bag_that_is_a_piece_of_its_own(classified):
    """Cut off at the lips and lifted off a little, so that nothing sews it back."""
    bag = shell(TEMPLATE.is_part("mouth_bag"), 0.0)
    bag.vertices = bag.vertices + [0.0, 0.0003, 0.0]
    [(kinds, _)], _ = classified(bag, template=~TEMPLATE.is_part("mouth_bag"))
    assert (kinds == parts.MOUTH_BAG).all()


def test_a_mesh_split_along_seams_is_one_skin():
    """Every face with corners of its own, as some exporters write it: still skin, eyes and teeth, not thousands of pieces."""
    vertices, count = TEMPLATE.vertices.astype(float)[TEMPLATE.triangles.ravel()], len(TEMPLATE.triangles)
    triangles = np.arange(3 * count).reshape(-1, 3)
    found = parts.find_parts(vertices, triangles, POINTS, TEMPLATE.landmarks.triangles)
    whole = parts.find_parts(TEMPLATE.vertices.astype(float), TEMPLATE.triangles, POINTS, TEMPLATE.landmarks.triangles)
    np.testing.assert_array_equal(found.kind, whole.kind[TEMPLATE.triangles.ravel()])
