"""Points without pose: the similarity is taken out exactly, the head's rotation comes out in canonical space."""

import numpy as np
from scipy.spatial.transform import Rotation

from core.morphable.photo import PHOTO_POINTS
from core.video.level import CAMERA_TO_CANONICAL, Reference, learn, level
from core.video.point_mesh import POINTS


def a_face(rng):
    shape = rng.normal(size=(POINTS, 3)) * [1.0, 1.3, 0.6]
    weight = np.full(POINTS, 1.0 / POINTS)
    shape -= shape.mean(axis=0)
    return Reference(shape / np.sqrt((shape**2).sum(axis=1).mean()), weight)


def posed(points, rng, count):
    turns = Rotation.from_euler("xyz", rng.uniform(-0.6, 0.6, (count, 3))).as_matrix()
    sizes, places = rng.uniform(20, 300, count), rng.uniform(0, 900, (count, 1, 3))
    return sizes[:, None, None] * points @ turns.transpose(0, 2, 1) + places, turns, sizes


def test_any_similarity_is_taken_out_and_given_back():
    rng = np.random.default_rng(0)
    reference = a_face(rng)
    points, turns, sizes = posed(reference.shape[None], rng, 12)
    found = level(points, reference)
    np.testing.assert_allclose(found.points, np.broadcast_to(reference.shape, found.points.shape), atol=1e-9)
    np.testing.assert_allclose(found.sizes, sizes, rtol=1e-9)
    np.testing.assert_allclose(found.rotations, CAMERA_TO_CANONICAL @ turns @ CAMERA_TO_CANONICAL.T, atol=1e-9)


def test_a_nod_in_the_picture_is_a_nod_in_canonical_space():
    """Downwards in the picture's axes is about +X by a negative angle there: the chin comes towards -Y, down."""
    reference = a_face(np.random.default_rng(1))
    down = Rotation.from_euler("x", 20, degrees=True).as_matrix()
    found = level(reference.shape[None] @ down.T, reference).rotations[0]
    np.testing.assert_allclose(Rotation.from_matrix(found).as_rotvec(degrees=True), [20, 0, 0], atol=1e-9)
    assert np.linalg.det(CAMERA_TO_CANONICAL) == 1.0


def test_points_that_move_with_expressions_have_less_say():
    rng = np.random.default_rng(2)
    reference, lively = a_face(rng), np.arange(POINTS) < 100
    faces = np.repeat(reference.shape[None], 60, axis=0)
    faces[20:, lively] += rng.normal(0.0, 0.3, (40, 1, 3))
    points, _, _ = posed(faces + rng.normal(0.0, 0.002, faces.shape), rng, 60)
    front = reference.shape[PHOTO_POINTS].mean(axis=1)
    learnt = learn(points, np.arange(60) < 20, front)
    assert learnt.steadiness[lively].max() < 0.2 * learnt.steadiness[~lively].min()
    assert learnt.steadiness.sum() == 1.0 or abs(learnt.steadiness.sum() - 1) < 1e-9
    still = level(points[20:], learnt).points[:, ~lively]
    assert np.ptp(still, axis=0).max() < 0.05


def test_what_is_learnt_looks_to_the_front():
    """However the faces are turned, the reference is turned as the landmarks of a face seen from the front are."""
    rng = np.random.default_rng(4)
    reference = a_face(rng)
    points, _, _ = posed(np.repeat(reference.shape[None], 30, axis=0), rng, 30)
    learnt = learn(points, np.ones(30, bool), 7.0 * reference.shape[PHOTO_POINTS].mean(axis=1) + [5.0, -2.0, 1.0])
    wanted = reference.shape - learnt.steadiness @ reference.shape
    np.testing.assert_allclose(learnt.shape, wanted / np.sqrt(learnt.steadiness @ (wanted**2).sum(axis=1)), atol=1e-6)
