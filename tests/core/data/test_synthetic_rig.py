"""The synthetic face: exact at neutral, rigid where bone is, eyes and lips that do not pass through."""

import numpy as np
import pytest

from core.data.synthetic_recipes import apex_weights
from core.data.synthetic_rig import FaceRig, Units, rotate
from core.data.synthetic_style import random_person
from core.head.template import load_template
from core.labels import LABELS


@pytest.fixture(scope="module")
def units() -> Units:
    return Units(load_template())


@pytest.fixture(scope="module")
def rig(units) -> FaceRig:
    """A person with a longer, wider face than the template's."""
    return FaceRig(units, units.template.vertices * [1.06, 1.0, 1.04])


def _weights(units: Units, **given: float) -> np.ndarray:
    weights = np.zeros((1, len(units.names)))
    for name, value in given.items():
        weights[0, units.names.index(name)] = value
    return weights


def test_rodrigues_turns_the_right_way():
    assert np.allclose(rotate(np.array([[0.0, 1.0, 0.0]]), np.array([1.0, 0.0, 0.0]), np.array([np.pi / 2])), [[0.0, 0.0, 1.0]])


def test_zero_weights_give_exactly_zero(rig, units):
    assert not rig.displacement(np.zeros((3, len(units.names)))).any()


def test_on_the_template_single_units_are_the_templates_own(units):
    own = FaceRig(units, units.template.vertices)
    # Lids and lips in contact may differ slightly; with the jaw, what is no rotation turns along with it.
    for name, most in (("mouthSmileLeft", 8e-4), ("browInnerUp", 4e-4), ("noseSneerRight", 4e-4), ("jawOpen", 1.5e-3)):
        made = own.displacement(_weights(units, **{name: 1.0}))[0]
        expected = units.template.arkit_field(name)
        skin = units.template.is_part("skin")
        assert np.abs(made - expected)[skin].max() < most, name


def test_teeth_and_jaw_move_rigidly(rig, units):
    moved = rig.neutral + rig.displacement(_weights(units, jawOpen=0.7))[0]
    teeth = units.template.is_part("teeth_lower")
    before, after = rig.neutral[teeth], moved[teeth]
    stretch = np.linalg.norm(after[:, None] - after, axis=2) - np.linalg.norm(before[:, None] - before, axis=2)
    assert np.abs(stretch).max() < 1e-3
    assert after[:, 2].mean() < before[:, 2].mean() - 0.01
    upper = units.template.is_part("teeth_upper")
    assert np.abs(moved - rig.neutral)[upper].max() < 1e-4


def test_opening_is_a_rotation_and_no_straight_line(rig, units):
    chin = int(np.argmin(np.where(units.template.is_part("skin"), rig.neutral[:, 1] + rig.neutral[:, 2], 1.0)))
    half, full = (rig.displacement(_weights(units, jawOpen=w))[0, chin] for w in (0.5, 1.0))
    assert np.linalg.norm(half - 0.5 * full) > 2e-4


def test_lids_do_not_enter_the_eyeball(rig, units):
    moved = rig.neutral + rig.displacement(_weights(units, eyeBlinkLeft=1.0, eyeBlinkRight=1.0))[0]
    template = units.template
    for side, (centre, radius) in zip(("right", "left"), rig.eyes, strict=True):
        for half in ("upper", "lower"):
            rim = template.lid_rims[f"{side}_{half}"]
            assert np.linalg.norm(moved[rim] - centre, axis=1).min() > 0.999 * radius


@pytest.mark.parametrize("label", LABELS)
def test_lips_do_not_cross(rig, units, label):
    person = random_person(units.names, LABELS, units.template.landmark_points(rig.neutral), 5)
    apex = apex_weights(person, units.names, LABELS, label, np.random.default_rng(1))
    moved = rig.neutral + rig.displacement(apex[None])[0]
    assert rig.seams[0].gap(moved).min() > -1e-4


def test_a_smile_follows_the_face_it_is_on(rig, units):
    own = FaceRig(units, units.template.vertices)
    smile = _weights(units, mouthSmileLeft=1.0, mouthSmileRight=1.0)
    difference = np.linalg.norm(rig.displacement(smile) - own.displacement(smile), axis=2)
    assert 2e-4 < difference.max() < 4e-3


def test_a_blink_closes_large_eyes_too(units):
    template = units.template
    neutral = template.vertices.astype(float)
    for side in ("right", "left"):  # lids a quarter farther apart
        rim = np.concatenate([template.lid_rims[f"{side}_upper"], template.lid_rims[f"{side}_lower"]])
        near = np.exp(-((np.linalg.norm(neutral[:, None] - neutral[rim], axis=2).min(axis=1) / 0.004) ** 2)) * units.soft
        neutral[:, 2] += 0.25 * near * (neutral[:, 2] - neutral[rim, 2].mean())
    wide = FaceRig(units, neutral)
    shut = neutral + wide.displacement(_weights(units, eyeBlinkLeft=1.0, eyeBlinkRight=1.0))[0]
    for seam in wide.seams[1:]:
        assert seam.gap(shut).max() < 0.1 * seam.rest.max()
