"""Automatic landmarks: on the template, where they are known, on ICT-FaceKit with its own landmarks, and on what must be refused."""

from pathlib import Path

import numpy as np
import pytest
import trimesh
from scipy.spatial.transform import Rotation

from core.errors import Cancelled, LandmarkError, ValueRangeError
from core.head import parts
from core.head.detect import detect_landmarks, refuse_implausible
from core.head.facing import _rolled, _turns, facing_name, find_face, is_half, turns_for
from core.head.landmarks import BROWS, EYE_LEFT, EYE_RIGHT, LIPS_INNER, LIPS_OUTER, NOSE
from core.head.mesh import HeadMesh
from core.head.template import load_template

ICT = Path(__file__).resolve().parents[4] / "shared/data/ict_facekit/ict_facekit.npz"


def quiet(_fraction, _what):
    pass


def template_mesh(unit: str | None = None) -> HeadMesh:
    template = load_template()
    field = template.arkit_field(unit) if unit else 0.0
    return HeadMesh((template.vertices + field).astype(np.float64), template.triangles, "template")


def errors(mesh: HeadMesh, landmarks, truth: np.ndarray) -> np.ndarray:
    """Distance of each landmark from the truth (68, 3), in interocular distances."""
    interocular = np.linalg.norm(truth[EYE_RIGHT].mean(axis=0) - truth[EYE_LEFT].mean(axis=0))
    return np.linalg.norm(landmarks.points(mesh.vertices, mesh.triangles) - truth, axis=1) / interocular


@pytest.fixture(scope="module")
def on_template():
    return detect_landmarks(template_mesh(), quiet)


@pytest.fixture(scope="module")
def ict():
    if not ICT.is_file():
        pytest.skip("ICT-FaceKit is not beside this checkout")
    with np.load(ICT, allow_pickle=False) as data:
        quads, vertices, marks = data["faces"], data["neutral_cm"].astype(np.float64), data["landmarks68"]
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[quads[:, 3] >= 0][:, [0, 2, 3]]])
    return HeadMesh(vertices, triangles, "ict"), vertices[marks]


def test_template_landmarks_are_found(on_template):
    landmarks, frame = on_template
    error = errors(template_mesh(), landmarks, load_template().landmark_points().astype(np.float64))
    assert np.concatenate([error[EYE_RIGHT], error[EYE_LEFT]]).mean() < 0.025
    assert error[LIPS_INNER].mean() < 0.045
    assert error[LIPS_OUTER].mean() < 0.035
    assert error[NOSE].mean() < 0.045
    assert error[17:].mean() < 0.05
    assert frame.scale == pytest.approx(1.0, abs=0.03)
    assert np.abs(frame.rotation - np.eye(3)).max() < 0.03
    assert np.abs(frame.translation).max() < 0.004


def test_landmarks_lie_on_skin(on_template):
    landmarks, _ = on_template
    template = load_template()
    eyes_and_teeth = template.is_part("eye_right", "eye_left", "teeth_upper", "teeth_lower", "tongue")
    assert not eyes_and_teeth[template.triangles[landmarks.triangles]].any()
    assert np.abs(landmarks.barycentric.sum(axis=1) - 1.0).max() < 1e-9
    assert (landmarks.barycentric >= -1e-6).all()
    assert landmarks.confidence[EYE_RIGHT].min() > landmarks.confidence[BROWS].max() > landmarks.confidence[:17].max()


def test_ict_head_by_itself(ict):
    """26,719 vertices, centimetres, Y up, lashes and tear lines over the eyes; the truth is the rig's own list of 68 vertices."""
    mesh, truth = ict
    landmarks, _ = detect_landmarks(mesh, quiet)
    error = errors(mesh, landmarks, truth)
    assert np.concatenate([error[EYE_RIGHT], error[EYE_LEFT]]).mean() < 0.03
    assert error[LIPS_INNER].mean() < 0.03
    assert error[LIPS_OUTER].mean() < 0.045
    assert error[NOSE].mean() < 0.045
    assert error[27:].mean() < 0.035
    canonical = landmarks.points(mesh.vertices, mesh.triangles)
    found = parts.find_parts(mesh.vertices, mesh.triangles, canonical, landmarks.triangles)
    assert (found.kind[mesh.triangles[landmarks.triangles]] == parts.SKIN).all()


def test_turned_scaled_and_moved_head_gives_the_same_landmarks(on_template):
    expected = on_template[0].points(template_mesh().vertices, template_mesh().triangles)
    mesh = template_mesh()
    for turn, scale in ((_turns()[1], 100.0), (_turns()[9], 0.01)):
        moved = HeadMesh(scale * mesh.vertices @ turn + [3.0 * scale, -1.0, 7.0], mesh.triangles, "moved")
        landmarks, frame = detect_landmarks(moved, quiet)
        points = landmarks.points(mesh.vertices, mesh.triangles)
        assert np.abs(points - expected)[17:].max() < 0.002
        assert frame.scale * scale == pytest.approx(on_template[1].scale, rel=0.01)
        assert np.abs(frame.rotation @ turn.T - on_template[1].rotation).max() < 0.02


@pytest.mark.parametrize("k", range(0, 24, 4))
def test_any_axes_are_recognised(k):
    mesh = template_mesh()
    turn = _turns()[k]
    assert np.linalg.det(turn) == pytest.approx(1.0)
    sighting = find_face(HeadMesh(mesh.vertices @ turn, mesh.triangles, "turned"), quiet)
    assert np.abs(sighting.rotation - turn).max() < 1e-9


def test_head_on_a_body():
    head = template_mesh()
    body = trimesh.creation.box(extents=(0.45, 0.25, 1.4)).subdivide().subdivide()
    arms = trimesh.creation.box(extents=(1.6, 0.1, 0.1)).subdivide().subdivide()
    vertices = np.concatenate([head.vertices, body.vertices + [0, 0.1, -0.86], arms.vertices + [0, 0.1, -0.25]])
    count = len(head.vertices)
    triangles = np.concatenate([head.triangles, body.faces + count, arms.faces + count + len(body.vertices)])
    mesh = HeadMesh(vertices, triangles, "body")
    landmarks, _ = detect_landmarks(mesh, quiet)
    assert errors(mesh, landmarks, load_template().landmark_points().astype(np.float64))[27:].mean() < 0.05


def test_empty_eye_sockets_are_not_looked_through():
    template = load_template()
    skin = template.is_part("skin", "mouth_bag")[template.triangles].all(axis=1)
    mesh = HeadMesh(template.vertices.astype(np.float64), template.triangles[skin], "hollow")
    landmarks, _ = detect_landmarks(mesh, quiet)
    assert errors(mesh, landmarks, template.landmark_points().astype(np.float64))[27:].mean() < 0.035


@pytest.mark.parametrize(("unit", "message"), [("jawOpen", "mouth of 'template' is open"), ("eyeBlinkLeft", "left eye .* is closed")])
def test_posed_heads_are_refused(unit, message):
    with pytest.raises(LandmarkError, match=message):
        detect_landmarks(template_mesh(unit), quiet)


def test_two_heads_are_refused():
    mesh = template_mesh()
    both = np.concatenate([mesh.vertices, mesh.vertices + [0.22, 0.0, 0.0]])
    with pytest.raises(LandmarkError, match="'pair' shows 2 faces"):
        detect_landmarks(HeadMesh(both, np.concatenate([mesh.triangles, mesh.triangles + len(mesh.vertices)]), "pair"), quiet)


@pytest.mark.parametrize("angles", [(30, 0, 0), (0, 0, 30), (20, -20, 45)])
def test_a_head_turned_off_the_axes(on_template, angles):
    turn = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    mesh = template_mesh()
    landmarks, frame = detect_landmarks(HeadMesh(mesh.vertices @ turn.T, mesh.triangles, "turned"), quiet)
    assert np.abs(landmarks.points(mesh.vertices, mesh.triangles) - on_template[0].points(mesh.vertices, mesh.triangles))[17:].max() < 0.004
    assert np.abs(frame.rotation @ turn - on_template[1].rotation).max() < 0.02


@pytest.mark.parametrize("degrees", [45, -45, 135])
def test_a_head_rolled_to_its_shoulder_is_among_what_is_tried(degrees):
    turn = Rotation.from_euler("y", degrees, degrees=True).as_matrix()
    assert sum(np.abs(rolled @ turn - np.eye(3)).max() < 1e-9 for rolled in _rolled(_turns())) == 1


def test_the_facing_given_is_the_only_one_tried():
    mesh = template_mesh()
    assert facing_name(find_face(mesh, quiet, "-y/+Z").rotation) == "-Y/+Z"
    with pytest.raises(LandmarkError, match="No face was found on 'template'"):
        find_face(mesh, quiet, "+Y/+Z")


@pytest.mark.parametrize("facing", ["front", "-Y", "-Y/-Y", "+Q/+Z", "-Y/+Z/+X"])
def test_a_facing_that_is_none_says_what_is_expected(facing):
    with pytest.raises(ValueRangeError, match="expected auto, or where the face looks"):
        turns_for(facing)


def test_every_facing_has_its_own_name():
    names = {facing_name(turn) for turn in _turns()}
    assert len(names) == 24
    assert all(np.abs(turns_for(facing_name(turn))[0] - turn).max() < 1e-12 for turn in _turns())


def half_of_the_template() -> HeadMesh:
    mesh = template_mesh()
    kept = (mesh.vertices[:, 0] < 1e-4)[mesh.triangles].all(axis=1)
    used, triangles = np.unique(mesh.triangles[kept], return_inverse=True)
    return HeadMesh(mesh.vertices[used], triangles.reshape(-1, 3), "half")


def test_half_a_head_is_refused():
    with pytest.raises(LandmarkError, match="'half' looks like half a head.*Mirror modifier"):
        detect_landmarks(half_of_the_template(), quiet)


def test_a_whole_head_with_an_open_neck_is_not_half():
    assert is_half(half_of_the_template()) and not is_half(template_mesh())


def test_what_is_not_laid_out_like_a_face_is_refused():
    usual = load_template().landmark_points().astype(float)
    refuse_implausible(template_mesh(), 1.02 * usual, np.ones(68))
    upside_down = usual * [1, 1, -1]
    with pytest.raises(LandmarkError, match="not laid out like a face.*nine points by hand"):
        refuse_implausible(template_mesh(), upside_down - upside_down[27:].mean(axis=0) + usual[27:].mean(axis=0), np.ones(68))


def test_a_little_parted_lips_are_neutral_enough():
    """The detector alone takes them for open; the edges of the lips say how far they are apart."""
    template = load_template()
    mesh = HeadMesh((template.vertices + 0.1 * template.arkit_field("jawOpen")).astype(np.float64), template.triangles, "parted")
    detect_landmarks(mesh, quiet)


def test_no_face_is_refused():
    ball = trimesh.creation.icosphere(subdivisions=3)
    with pytest.raises(LandmarkError, match="No face was found on 'ball'.*nine points by hand"):
        detect_landmarks(HeadMesh(np.array(ball.vertices), np.array(ball.faces), "ball"), quiet)


def test_progress_may_cancel():
    def stop(fraction, _what):
        if fraction > 0.3:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        detect_landmarks(template_mesh(), stop)
