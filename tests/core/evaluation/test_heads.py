"""The measure of heads: scores that must be right by construction, ICT as a template, and the tables."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from core.errors import FileError
from core.evaluation import head_sheets, heads
from core.evaluation.evaluate import Request
from core.evaluation.evaluate import heads as evaluate_heads
from core.evaluation.head_contact import Contact
from core.evaluation.head_guard import against_artist, landmark_errors
from core.evaluation.head_known import (
    BIG_EYES,
    MUZZLE,
    SNOUT,
    by_similarity,
    cartoon_warp,
    creature_warp,
    errors,
    hinge_of,
    template_of,
    worst,
)
from core.evaluation.head_sheets import POSES, sheet, write
from core.evaluation.head_subjects import ICT, LIDS, read_ict, template_subject
from core.evaluation.tables import Table, text
from core.head.template import load_template


@pytest.fixture(scope="module")
def rig():
    if not ICT.is_file():
        pytest.skip("ICT-FaceKit's light model comes with the shared data, which are not here")
    return read_ict()


def test_errors_are_free_of_one_scale_and_blind_to_what_stays():
    rng = np.random.default_rng(0)
    truth = {name: rng.normal(size=(50, 3)) for name in ("a", "b")} | {"still": np.zeros((50, 3))}
    everywhere = np.ones(50, bool)
    half_size = errors({name: 0.5 * field for name, field in truth.items()}, truth, everywhere)
    assert half_size == {"a": pytest.approx(0.0, abs=1e-12), "b": pytest.approx(0.0, abs=1e-12)}
    half = errors({"a": truth["a"], "b": 0 * truth["b"], "still": truth["still"]}, truth, everywhere)
    assert half == {"a": pytest.approx(0.0, abs=1e-12), "b": pytest.approx(1.0)}
    assert worst([half, half], 1) == [("b", pytest.approx(1.0))]


def test_hinge_of_a_turn():
    rng = np.random.default_rng(1)
    before, point = rng.normal(size=(40, 3)), np.array([0.0, 0.3, -0.2])
    turn = Rotation.from_rotvec([0.4, 0.0, 0.0]).as_matrix()
    found, axis, angle = hinge_of(before, (before - point) @ turn.T + point)
    np.testing.assert_allclose(axis, [1.0, 0.0, 0.0], atol=1e-9)
    assert angle == pytest.approx(0.4)
    np.testing.assert_allclose((found - point)[1:], 0.0, atol=1e-9)


def test_a_cartoons_eyeballs_stay_round():
    centres, radius = np.array([[-0.03, 0.0, 0.0], [0.03, 0.0, 0.0]]), 0.012
    rng = np.random.default_rng(2)
    direction = rng.normal(size=(200, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    warp = cartoon_warp(centres, radius)
    ball = warp(centres[1] + radius * direction) - warp(centres[1])
    assert np.linalg.norm(ball, axis=1) == pytest.approx((1 + BIG_EYES) * radius, rel=0.2)
    ear = np.array([0.08, 0.08, -0.01])
    assert np.linalg.norm(warp(ear) - ear) < 0.02


def test_a_creature_has_a_snout_and_keeps_its_eyes():
    centres, radius = np.array([[-0.03, 0.0, 0.0], [0.03, 0.0, 0.0]]), 0.012
    warp = creature_warp(centres, radius)
    lips = radius * MUZZLE
    np.testing.assert_allclose(warp(lips) - lips, [0.0, -SNOUT * radius, 0.0], atol=1e-9)
    assert np.linalg.norm(warp(centres) - centres, axis=1).max() < 0.15 * radius


def test_ict_as_a_template(rig):
    template = template_of(rig)
    for name in LIDS:
        rim = template.vertices[template.lid_rims[name]]
        assert abs(rim[0, 0]) < abs(rim[-1, 0]), "from inner to outer corner"
    for seam in template.lip_seams.values():
        assert template.vertices[seam[0], 0] < 0 < template.vertices[seam[-1], 0], "from the person's right to left"
    assert 0.2 < template.jaw_open_angle < 0.7 and template.jaw_hinge[2] < 0 < template.jaw_hinge[1]
    field = template.arkit_field("mouthSmileLeft")
    np.testing.assert_allclose(field, rig.subject.shapes["mouthSmileLeft"][: len(field)], atol=1e-6)
    rest = rig.subject
    marks = rest.landmarks.points(rest.mesh.vertices, rest.mesh.triangles)
    np.testing.assert_allclose(np.ptp(template.landmark_points(), axis=0), np.ptp(marks, axis=0), atol=1e-6)


def test_the_artist_agrees_with_himself(rig):
    same = against_artist(rig.subject.shapes, rig.subject)
    assert (same["ratio"], same["jaw_open"]) == (0.0, 0.0) and same["cosine"] == pytest.approx(1.0)
    assert set(landmark_errors(rig.subject.landmarks, rig.subject).values()) == {0.0}


def test_similarity_alone_is_exact_on_the_template_itself():
    template = load_template()
    head = template_subject(template, "same", template.vertices)
    field = template.arkit_field("mouthPucker")[None].astype(float)
    made = by_similarity(head.mesh, head.landmarks, field, template)
    skin = template.is_part("skin")
    assert np.linalg.norm(made[0] - field[0], axis=1)[skin].max() < 1e-3


def test_contact_table_reads_with_what_is_wanted():
    measured = {"one head": Contact(0.0, -0.05, -0.2, 0.1, 3, "jawOpen", 0.0004, 0.001, 1, 2)}
    table = heads.contact_table(measured)
    assert table.metrics["heads.contact.one_head.torn"] == 3.0
    assert table.metrics["heads.contact.one_head.lip_gap"] == pytest.approx(0.04)
    assert "wanted" in text(table) and "jawOpen" in text(table)


def test_known_table_says_how_much_better_than_similarity():
    table = heads.known_table({"ICT identity x1": [{"jawOpen": 0.1}]}, {"ICT identity x1": [{"jawOpen": 0.2}]})
    assert table.metrics["heads.known.ict_identity_x1.less_than_similarity"] == pytest.approx(0.5)


def test_a_missing_rig_is_an_error_that_names_it(tmp_path):
    with pytest.raises(FileError, match="ICT-FaceKit"):
        read_ict(tmp_path / "none.npz")


def test_one_block_by_name_and_its_page(monkeypatch, tmp_path):
    table = Table("Known", ("head", "error"), (("one", 0.5),))
    monkeypatch.setattr(heads, "contact", lambda _progress, figures: [table] if figures == tmp_path else [])
    monkeypatch.setattr(heads, "guard", None)
    assert evaluate_heads(Request(only="contact", figures=tmp_path), lambda *_: None) == [table]
    assert "| one  | 0.5000 |" in (tmp_path / "heads.md").read_text()


def test_sheet_of_every_pose(tmp_path, monkeypatch):
    pytest.importorskip("PIL")
    monkeypatch.setattr(head_sheets, "PX", 90)
    monkeypatch.setattr(head_sheets, "SMOOTH", 1)
    template = load_template()
    head = template_subject(template, "template", template.vertices)
    keys = {name: template.arkit_field(name).astype(float) for name in {key for pose in POSES.values() for key in pose}}
    image = sheet(head, keys)
    high, wide = image.shape[0] // 3, image.shape[1] // 6
    neutral, opened = image[:high, :wide], image[:high, 2 * wide : 3 * wide]
    assert np.abs(neutral[20:].astype(int) - opened[20:]).max() > 50, "a pose is not the neutral"
    path = write(tmp_path / "new", "template", image)
    assert path.stat().st_size < 75_000
