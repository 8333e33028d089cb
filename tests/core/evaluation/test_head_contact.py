"""The contact measures on constructed cases whose answer is known."""

import numpy as np
import pytest
import trimesh

from core.evaluation import head_contact
from core.evaluation.head_contact import column_gaps, gap_ratio, outside_polygon, pixels_of_eyeball, signed_distance, torn_edges
from core.evaluation.head_subjects import Subject, at_vertices, template_subject
from core.head.landmarks import Landmarks
from core.head.mesh import HeadMesh
from core.head.surface import Surface, vertex_normals
from core.head.template import load_template

RADIUS = 0.012


def ball(radius: float, subdivisions: int = 4) -> trimesh.Trimesh:
    return trimesh.creation.icosphere(subdivisions, radius)


def eye_and_lid(covered_above: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices, skin and eyeball triangles of a ball whose front is covered by a close lid wherever z is above `covered_above`."""
    eye, lid = ball(RADIUS), ball(1.02 * RADIUS)
    kept = lid.faces[(lid.vertices[lid.faces][:, :, 2].mean(axis=1) > covered_above)]
    return np.concatenate([eye.vertices, lid.vertices]), kept + len(eye.vertices), eye.faces


def test_a_lid_that_covers_half_an_eyeball_leaves_half_of_its_pixels():
    vertices, skin, eye = eye_and_lid(0.0)
    seen = pixels_of_eyeball(vertices, skin, eye, np.zeros(3), RADIUS)
    bare = pixels_of_eyeball(vertices, skin[:0], eye, np.zeros(3), RADIUS)
    assert seen[0] / bare[0] == pytest.approx(0.5, abs=0.02)


def test_a_closed_lid_leaves_no_pixel_from_any_view():
    vertices, skin, eye = eye_and_lid(-1.0)
    assert not pixels_of_eyeball(vertices, skin, eye, np.zeros(3), RADIUS).any()


def test_gaps_of_lids_by_column():
    x = np.linspace(-1.0, 1.0, 9)
    lower = np.stack([x, 0 * x, 0 * x], axis=1)
    upper = np.stack([x, 0 * x, 1.0 - x**2], axis=1)
    rest = column_gaps(upper[::-1], lower)
    np.testing.assert_allclose(rest, 1.0 - x**2, atol=1e-12)
    mean, low, high = gap_ratio(rest, 0.1 * rest)
    assert mean == pytest.approx(0.1) and low < 0.1 < high, "corners, where a share says nothing, are left out"
    assert gap_ratio(rest, 0 * rest - 0.2)[0] < 0


def test_only_edges_that_are_long_and_stretched_are_torn():
    rest = np.array([[0.0, 0, 0], [0.01, 0, 0], [0, 0.0001, 0]])
    pairs = np.array([[0, 1], [0, 2]])
    twice, four = np.zeros((2, 3, 3))
    twice[1, 0], four[1, 0] = 0.01, 0.03
    tiny = np.zeros((3, 3))
    tiny[2, 1] = 0.001
    np.testing.assert_array_equal(torn_edges(rest, np.stack([twice, four, tiny]), pairs, 1.0), [0, 1, 0])


def test_signed_distance_of_a_ball():
    mesh = ball(1.0)
    points = np.array([[0.0, 0.0, 0.5], [0.0, 0.0, 1.5], [1.25, 0.0, 0.0]])
    surface = Surface(np.asarray(mesh.vertices), np.asarray(mesh.faces))
    found = signed_distance(points, surface, vertex_normals(surface.vertices, surface.triangles))
    np.testing.assert_allclose(found, [-0.5, 0.5, 0.25], atol=0.01)


def test_what_lies_outside_a_square():
    square = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]])
    points = np.array([[2.0, 2.0], [5.0, 2.0], [4.5, 2.0], [-3.0, -3.0], [0.1, 3.9]])
    np.testing.assert_array_equal(outside_polygon(points, square, 0.75), [False, True, False, True, False])


def flat_face() -> Subject:
    """A flat face in the plane y = 0 with a square mouth 4 cm wide, and one tooth of 1 cm behind it."""
    side = np.linspace(-0.1, 0.1, 21)
    grid = np.stack(np.meshgrid(side, side, indexing="ij"), axis=-1).reshape(-1, 2)
    index = np.arange(441).reshape(21, 21)
    quads = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], axis=-1).reshape(-1, 4)
    open_mouth = (np.abs(grid[quads].mean(axis=1)) < 0.02).all(axis=1)
    faces = quads[~open_mouth][:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3)
    tooth = trimesh.creation.box([0.01, 0.005, 0.01])
    skin = np.stack([grid[:, 0], 0 * grid[:, 0], grid[:, 1]], axis=1)
    vertices = np.concatenate([skin, tooth.vertices + [0.0, 0.01, 0.0]])
    triangles = np.concatenate([faces, tooth.faces + len(skin)]).astype(np.int32)
    inside = np.arange(len(vertices)) < len(skin)
    upper, lower = (index[8:13, row] for row in (12, 8))
    curves = {"lip_upper": at_vertices(upper, triangles), "lip_lower": at_vertices(lower, triangles)}
    marks = Landmarks(np.zeros(68, int), np.eye(3)[np.zeros(68, int)], np.ones(68))
    nothing = np.zeros(len(vertices), int)
    return Subject("flat", HeadMesh(vertices, triangles), marks, inside, inside, ~inside, nothing, curves, {})


@pytest.mark.parametrize(("shift", "through"), [((0, 0, 0), 0), ((0, -0.02, 0), 0), ((0.05, -0.02, 0.0), 8), ((0.05, 0.0, 0.0), 0)])
def test_teeth_count_where_they_are_seen_elsewhere_than_through_the_mouth(shift, through):
    """Behind the mouth, out through the mouth, out through the cheek, hidden behind the cheek."""
    face = flat_face()
    moved = face.mesh.vertices + np.outer(face.teeth, shift)
    assert head_contact.teeth_through_skin(face, moved) == through


def test_skin_pushed_into_the_eyeball_is_counted():
    template = load_template()
    head = template_subject(template, "template", template.vertices)
    rest = head.mesh.vertices
    assert head_contact.vertices_inside_eyeballs(head, rest) == 0
    lid = template.lid_rims["left_upper"][4:10]
    moved = rest.copy()
    centre = template.eye_centres[1]
    moved[lid] = centre + 0.9 * template.eye_radius * (rest[lid] - centre) / np.linalg.norm(rest[lid] - centre, axis=1, keepdims=True)
    assert head_contact.vertices_inside_eyeballs(head, moved) == len(lid)


def test_a_head_without_keys_is_wide_awake_and_whole():
    template = load_template()
    head = template_subject(template, "template", template.vertices)
    still = head_contact.measure(head, {"jawOpen": np.zeros_like(head.mesh.vertices)})
    assert still.eyeball == 1.0 and still.lid_gap == pytest.approx(1.0)
    assert (still.torn, still.sunk, still.poked, still.lip_most, still.worst_key) == (0, 0, 0, 0.0, "")
