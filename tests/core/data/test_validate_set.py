"""The gates of a synthetic set: each one sees the fault it is there for."""

import dataclasses

import numpy as np
import pytest

from core.data.synthetic_rig import FaceRig, Units, rotate
from core.data.validate_set import Findings, Inspector, check, table
from core.errors import ValueRangeError
from core.head.contact import seam_gap
from core.head.template import load_template

LABELS = ("anger", "fear")
LABEL = np.array([0, 1])
GOOD = Findings(np.zeros((2, 3)), np.zeros((2, 3), int), np.zeros((2, 3)), 0.0, 0.0)


@pytest.fixture(scope="module")
def units() -> Units:
    return Units(load_template())


@pytest.fixture(scope="module")
def inspector(units) -> Inspector:
    return Inspector(units, units.template.vertices)


def _weights(units: Units, **given: float) -> np.ndarray:
    weights = np.zeros((1, len(units.names)))
    for name, value in given.items():
        weights[0, units.names.index(name)] = value
    return weights


def test_a_triangle_turned_over_is_seen_and_counted(units, inspector):
    moved = np.zeros((1, *inspector.neutral.shape))
    zero = _weights(units)
    assert inspector.inverted(moved, zero)[0] == 0.0
    apex = inspector.triangles[0]
    corner, *base = inspector.neutral[apex]
    moved[0, apex[0]] = 2 * (np.mean(base, axis=0) - corner)  # through the opposite edge
    assert inspector.inverted(moved, zero)[0] >= 1 / len(inspector.triangles)


def test_the_jaws_own_rotation_inverts_nothing(units, inspector):
    angle, template = np.radians(100.0), units.template
    jaw = Inspector(units, inspector.neutral)
    rigid = (units.jaw_share[jaw.triangles] > 0.999).all(axis=1)
    jaw.triangles, jaw.share, jaw.normals = jaw.triangles[rigid], jaw.share[rigid], jaw.normals[rigid]
    offset = jaw.neutral - template.jaw_hinge
    moved = (rotate(offset, template.jaw_axis, angle * units.jaw_share) - offset)[None]
    assert rigid.sum() > 5 and jaw.inverted(moved, _weights(units))[0] > 0.0  # normals turn by more than 90 degrees
    assert jaw.inverted(moved, _weights(units, jawOpen=angle / template.jaw_open_angle))[0] == 0.0


def test_a_lid_in_the_eyeball_is_seen(units, inspector):
    moved = np.zeros((2, *inspector.neutral.shape))
    rim = units.template.lid_rims["left_upper"][5]
    centre, radius = inspector.eyes[1]
    moved[1, rim] = centre + 0.95 * radius * (inspector.neutral[rim] - centre) / np.linalg.norm(inspector.neutral[rim] - centre)
    moved[1, rim] -= inspector.neutral[rim]
    assert inspector.sunk(moved).tolist() == [0, 1]


def test_lips_that_cross_are_measured(units, inspector):
    moved = np.zeros((2, *inspector.neutral.shape))
    upper, lower = units.template.lip_seams["upper"], units.template.lip_seams["lower"]
    moved[1, lower[1:-1], 2] = 0.002  # the corners belong to both
    rest, crossed = inspector.crossed(moved)
    assert rest == 0.0 and 0.0015 < crossed <= 0.0021
    change = seam_gap(inspector.neutral + moved[1], upper, lower) - seam_gap(inspector.neutral, upper, lower)
    assert np.allclose(change[1:-1], -0.002)


def test_a_blink_that_stays_open_is_measured(units, inspector):
    rig = FaceRig(units, units.template.vertices)
    assert inspector.blink(rig) < 0.05

    class Half:
        def displacement(self, weights):
            return rig.displacement(0.5 * weights)

    assert inspector.blink(Half()) > 0.3


def test_the_rigs_own_faces_pass(units, inspector):
    rig = FaceRig(units, units.template.vertices)
    weights = _weights(units, mouthSmileLeft=0.9, mouthSmileRight=0.9, jawOpen=0.4)
    found = inspector.findings(rig, [inspector.clip(rig.displacement(weights), weights)] * 2)
    assert found.inverted.shape == (2, 1)
    check([found], LABEL, LABELS)
    assert "anger" in table([found], LABEL, LABELS)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"inverted": np.array([[0.0, 0, 0], [0, 0.5, 0]])}, "person 1 at fear has 50 %"),
        ({"inverted": np.full((2, 3), 0.01)}, "0.500 % of skin triangles are inverted"),
        ({"sunk": np.array([[0, 2, 0], [0, 0, 0]])}, "person 1 at anger has 2 vertices inside an eyeball"),
        ({"crossed": np.array([[0.0, 0, 0], [0, 0, 5e-4]])}, "person 1 at fear has 0.5 mm of overlap"),
        ({"blink": 0.3}, "person 1 has 0.3 of the eye's opening"),
        ({"still": 1e-9}, "person 1 has 1e-09 m moved at weight 0"),
    ],
)
def test_a_faulty_set_is_refused_and_the_worst_person_named(fault, said):
    check([GOOD, GOOD], LABEL, LABELS)
    with pytest.raises(ValueRangeError, match=said):
        check([GOOD, dataclasses.replace(GOOD, **fault)], LABEL, LABELS)
