"""The shipped template head: complete, consistent, symmetric where a head is, and refused when damaged."""

import numpy as np
import pytest

from core.errors import ModelError
from core.head.landmarks import EYE_LEFT, EYE_RIGHT
from core.head.surface import face_normals
from core.head.template import PARTS, PATH, load_template, read_template

ARKIT = set(
    "browDownLeft browDownRight browInnerUp browOuterUpLeft browOuterUpRight cheekPuff cheekSquintLeft cheekSquintRight eyeBlinkLeft "
    "eyeBlinkRight eyeLookDownLeft eyeLookDownRight eyeLookInLeft eyeLookInRight eyeLookOutLeft eyeLookOutRight eyeLookUpLeft "
    "eyeLookUpRight eyeSquintLeft eyeSquintRight eyeWideLeft eyeWideRight jawForward jawLeft jawOpen jawRight mouthClose "
    "mouthDimpleLeft mouthDimpleRight mouthFrownLeft mouthFrownRight mouthFunnel mouthLeft mouthLowerDownLeft mouthLowerDownRight "
    "mouthPressLeft mouthPressRight mouthPucker mouthRight mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper "
    "mouthSmileLeft mouthSmileRight mouthStretchLeft mouthStretchRight mouthUpperUpLeft mouthUpperUpRight noseSneerLeft "
    "noseSneerRight tongueOut".split()
)


def test_names_are_exactly_apples_52():
    assert set(load_template().arkit_names) == ARKIT and len(ARKIT) == 52


def test_parts_cover_everything_and_are_all_there():
    template = load_template()
    assert len(template.vertices) == len(template.part)
    assert set(np.unique(template.part)) == set(range(len(PARTS)))


def test_canonical_space():
    template = load_template()
    points = template.landmark_points()
    assert template.eye_centres[0, 0] < 0 < template.eye_centres[1, 0]
    np.testing.assert_allclose(template.eye_centres.mean(axis=0), 0.0, atol=1e-6)
    assert points[30, 1] == points[:, 1].min(), "the nose tip is foremost, towards -Y"
    assert 0.2 < np.ptp(template.vertices[:, 2]) < 0.35, "a head and neck in metres"
    assert points[EYE_RIGHT, 0].max() < 0 < points[EYE_LEFT, 0].min()


def test_landmarks_mirror():
    points = load_template().landmark_points()
    mirror = [16 - k for k in range(17)] + [26 - k for k in range(10)] + [27, 28, 29, 30, 35, 34, 33, 32, 31]
    mirror += [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]
    mirror += [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65]
    np.testing.assert_allclose(points[mirror] * [-1, 1, 1], points, atol=7e-4)


def test_lid_rims_lie_just_before_the_eyeball_and_lips_touch():
    template = load_template()
    for side, centre in zip(("right", "left"), template.eye_centres, strict=True):
        for half in ("upper", "lower"):
            distance = np.linalg.norm(template.vertices[template.lid_rims[f"{side}_{half}"]] - centre, axis=1)
            assert (distance > 0.95 * template.eye_radius).all() and (distance < 1.5 * template.eye_radius).all()
    upper, lower = (template.vertices[template.lip_seams[half]] for half in ("upper", "lower"))
    gap = upper[:, 2] - np.interp(upper[:, 0], lower[:, 0], lower[:, 2])
    assert np.abs(gap[len(gap) // 2]) < 3e-4 and np.median(np.abs(gap)) < 0.0015


def test_jaw_open_is_a_rotation_of_the_lower_teeth():
    template = load_template()
    teeth = template.is_part("teeth_lower")
    before = template.vertices[teeth].astype(float)
    after = before + template.arkit_field("jawOpen")[teeth]
    np.testing.assert_allclose(np.abs(template.jaw_axis), [1, 0, 0], atol=1e-3)
    angle = template.jaw_open_angle * np.sign(template.jaw_axis[0])
    c, s = np.cos(angle), np.sin(angle)
    turned = (before - template.jaw_hinge) @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]]).T + template.jaw_hinge
    assert np.linalg.norm(turned - after, axis=1).max() < 0.002
    assert after[:, 2].mean() < before[:, 2].mean() - 0.01
    assert not template.arkit_field("jawOpen")[template.is_part("teeth_upper")].any()


def test_quads_and_triangles_agree_and_face_outward():
    template = load_template()
    np.testing.assert_array_equal(template.triangles[::2], template.quads[:, :3])
    normals = face_normals(template.vertices.astype(float), template.triangles)
    nose = template.landmarks.triangles[30]
    assert normals[nose, 1] < -0.5


def test_damaged_files_are_refused(tmp_path):
    raw = PATH.read_bytes()
    for name, content in {"empty.npz": b"", "short.npz": raw[: len(raw) // 2], "text.npz": b"not a template"}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ModelError, match=f"{name}.*Install Mimica again"):
            read_template(tmp_path / name)
    with pytest.raises(ModelError, match="cannot be read"):
        read_template(tmp_path / "missing.npz")


def test_another_format_names_both_sides(tmp_path):
    with np.load(PATH) as archive:
        data = dict(archive)
    data["format_version"] = np.array(99)
    np.savez(tmp_path / "later.npz", **data)
    with pytest.raises(ModelError, match="format 99; this Mimica needs makehuman-head-1 format 1"):
        read_template(tmp_path / "later.npz")
