"""What a face shows decides how it moves; the rest is small."""

import numpy as np
import pytest

from core.data import synthetic_style as style
from core.head.template import load_template
from core.labels import LABELS

NAMES = load_template().arkit_names
POINTS = load_template().landmark_points().astype(float)


def _wider(amount: float) -> np.ndarray:
    """The template's landmarks with a mouth wider by `amount` m."""
    points = POINTS.copy()
    points[48, 0] -= amount / 2
    points[54, 0] += amount / 2
    return points


def test_measures_are_in_mm_and_symmetric_faces_have_no_tilt():
    measures, tilts = style.measured(POINTS)
    assert np.allclose(measures[0], 1000 * np.linalg.norm(POINTS[48] - POINTS[54])) and 35 < measures[0] < 55
    assert np.abs(tilts).max() < 0.1
    assert np.isclose(style.measured(_wider(0.005))[0][0] - measures[0], 5.0, atol=0.05)
    lifted = POINTS.copy()
    lifted[22:27, 2] += 0.001  # the person's left brow
    assert np.isclose(style.measured(lifted)[1][1], tilts[1] + 1.0)


def test_visible_gain_is_a_smooth_deterministic_function_of_the_face():
    gain = style.visible_gain(POINTS, NAMES)
    assert np.array_equal(gain, style.visible_gain(POINTS.copy(), NAMES))
    one, two = (np.log(style.visible_gain(_wider(a), NAMES) / gain) for a in (1e-4, 2e-4))
    assert np.allclose(two, 2 * one, rtol=0.02, atol=1e-7) and np.abs(one).max() > 1e-4
    left, right = (NAMES.index("mouthSmile" + side) for side in style.SIDES)
    assert np.isclose(np.log(gain[left] / gain[right]), 0.0, atol=0.02)


def test_hidden_style_is_small_beside_what_the_face_shows():
    rng = np.random.default_rng(0)
    faces = [POINTS + 0.002 * rng.normal(size=(68, 3)) for _ in range(60)]
    visible = np.log([style.visible_gain(face, NAMES) for face in faces])
    hidden = np.log([style.random_person(NAMES, LABELS, POINTS, k).gain for k in range(60)]) - np.log(style.visible_gain(POINTS, NAMES))
    assert hidden.std() < 0.4 * visible.std()
    assert np.isclose(hidden.std(), np.hypot(style.HIDDEN_GAIN, style.HIDDEN_TILT), rtol=0.15)


def test_people_are_seeded():
    person, again, other = (style.random_person(NAMES, LABELS, POINTS, seed) for seed in (3, 3, 4))
    assert np.array_equal(person.gain, again.gain) and (person.tempo, person.blinks) == (again.tempo, again.blinks)
    assert not np.allclose(person.gain, other.gain) and not np.allclose(person.way, other.way)


def test_the_mirror_is_its_own_inverse():
    mirror = style.mirror(NAMES)
    assert np.array_equal(mirror[mirror], np.arange(len(NAMES)))
    assert NAMES[mirror[NAMES.index("eyeBlinkLeft")]] == "eyeBlinkRight" and mirror[NAMES.index("jawOpen")] == NAMES.index("jawOpen")


def test_a_stem_stands_for_both_sides():
    assert [NAMES[k] for k in style.sided("mouthSmile", NAMES)] == ["mouthSmileLeft", "mouthSmileRight"]
    assert [NAMES[k] for k in style.sided("jawLeft", NAMES)] == ["jawLeft"]
    with pytest.raises(KeyError):
        style.sided("mouthWobble", NAMES)
