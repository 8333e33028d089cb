"""Re-meshed heads: another mesh, the same surface, the truth carried along."""

import numpy as np
import trimesh

from core.evaluation.head_remesh import decimate, remesh, subdivide, voxels, with_noise
from core.evaluation.head_subjects import template_subject
from core.head.surface import Surface
from core.head.template import load_template


def test_voxels_keep_a_ball_round():
    ball = trimesh.creation.icosphere(4, 0.03)
    vertices, triangles = voxels(1.5e-3, 0.5)(np.asarray(ball.vertices), np.asarray(ball.faces))
    radius = np.linalg.norm(vertices, axis=1)
    assert np.abs(radius - 0.03).max() < 3e-4
    assert trimesh.Trimesh(vertices, triangles).is_watertight


def test_decimation_and_subdivision_change_the_number_of_triangles():
    ball = trimesh.creation.icosphere(4, 0.03)
    fewer, split = (len(make(np.asarray(ball.vertices), np.asarray(ball.faces))[1]) for make in (decimate(0.5), subdivide(0.5)))
    assert abs(fewer / len(ball.faces) - 0.5) < 0.05 and split == 4 * fewer


def template_head():
    template = load_template()
    shapes = {name: template.arkit_field(name).astype(float) for name in ("jawOpen", "mouthFunnel", "mouthSmileLeft")}
    return template, template_subject(template, "template", template.vertices), shapes


def test_new_vertices_lie_on_the_old_surface_and_bring_the_truth():
    template, head, shapes = template_head()
    made = remesh(head, shapes, subdivide(0.5), decimate(0.5), "new")
    vertices = made.subject.mesh.vertices
    np.testing.assert_allclose(made.carry(head.mesh.vertices), vertices, atol=1e-12)
    distance = Surface(head.mesh.vertices, head.mesh.triangles).closest(vertices, neighbours=40)[2]
    assert np.percentile(distance, 98) < 1e-6
    smile = made.carry(shapes["mouthSmileLeft"])
    assert np.linalg.norm(smile, axis=1).max() > 0.8 * np.linalg.norm(shapes["mouthSmileLeft"], axis=1).max()


def test_parts_landmarks_and_seams_come_along():
    template, head, shapes = template_head()
    made = remesh(head, shapes, decimate(0.7), decimate(0.5), "new").subject
    for old, new in ((head.skin, made.skin), (head.teeth, made.teeth), (head.eyeball == 1, made.eyeball == 1)):
        np.testing.assert_allclose(np.ptp(made.mesh.vertices[new], axis=0), np.ptp(head.mesh.vertices[old], axis=0), atol=3e-3)
    marks = [each.landmarks.points(each.mesh.vertices, each.mesh.triangles) for each in (head, made)]
    assert np.linalg.norm(marks[0] - marks[1], axis=1).max() < 2e-3
    seams = [each.curve("lip_upper", each.mesh.vertices) for each in (head, made)]
    assert np.linalg.norm(seams[0] - seams[1], axis=1).max() < 2e-3


def test_noise_moves_landmarks_by_its_share_and_keeps_them_on_the_skin():
    _, head, _ = template_head()
    noisy = with_noise(head, 0.03, 1)
    before, after = (each.landmarks.points(each.mesh.vertices, each.mesh.triangles) for each in (head, noisy))
    apart = np.linalg.norm(before[36] - before[45])
    assert 0.02 < np.linalg.norm(after - before, axis=1).mean() / apart < 0.06
    assert head.outer[head.mesh.triangles[noisy.landmarks.triangles]].all()
