"""Recipes, habits, timing and correctives."""

import numpy as np
import pytest

from core.data import synthetic_recipes as recipes
from core.head.template import load_template
from core.labels import LABELS

NAMES = load_template().arkit_names


def test_every_label_has_a_recipe_of_known_units():
    assert set(recipes.RECIPES) == set(LABELS)
    for ways in recipes.RECIPES.values():
        for way in ways:
            for stem in way:
                assert recipes.sided(stem, NAMES)
    for first, second, _ in recipes.CORRECTIVES:
        assert recipes.sided(first, NAMES) and recipes.sided(second, NAMES)
    with pytest.raises(KeyError):
        recipes.sided("mouthWobble", NAMES)


def test_minimum_jerk_has_the_ends_it_must_have():
    s = np.linspace(-0.5, 1.5, 2001)
    y = recipes.minimum_jerk(s)
    assert y[0] == 0.0 and y[-1] == 1.0 and np.isclose(recipes.minimum_jerk(np.array(0.5)), 0.5)
    velocity = np.gradient(y, s)
    assert velocity.min() >= -1e-12 and np.isclose(velocity.max(), 1.875, atol=1e-3)  # Flash and Hogan's peak


def test_takes_are_seeded_and_people_differ():
    person = recipes.random_person(NAMES, LABELS, 3)
    again = recipes.random_person(NAMES, LABELS, 3)
    assert np.array_equal(person.gain, again.gain) and person.haste == again.haste
    assert not np.allclose(person.gain, recipes.random_person(NAMES, LABELS, 4).gain)

    def take(seed):
        return recipes.apex_weights(person, NAMES, LABELS, "happiness", np.random.default_rng(seed))

    assert np.array_equal(take(1), take(1)) and not np.allclose(take(1), take(2))
    assert take(1)[NAMES.index("mouthSmileLeft")] > 0.4 and take(1)[NAMES.index("browDownLeft")] == 0.0


def test_mouth_side_goes_either_way():
    person = recipes.random_person(NAMES, LABELS, 1)
    left, right = NAMES.index("mouthLeft"), NAMES.index("mouthRight")
    apexes = np.array([recipes.apex_weights(person, NAMES, LABELS, "mouth_side", np.random.default_rng(k)) for k in range(40)])
    assert ((apexes[:, left] > 0) ^ (apexes[:, right] > 0)).all()
    assert 5 < (apexes[:, left] > 0).sum() < 35


def test_the_mirror_is_its_own_inverse():
    mirror = recipes.mirror(NAMES)
    assert np.array_equal(mirror[mirror], np.arange(len(NAMES)))
    assert NAMES[mirror[NAMES.index("eyeBlinkLeft")]] == "eyeBlinkRight" and mirror[NAMES.index("jawOpen")] == NAMES.index("jawOpen")


def test_timing_runs_from_neutral_to_the_apex_without_going_back():
    person = recipes.random_person(NAMES, LABELS, 2)
    rng = np.random.default_rng(0)
    apex = recipes.apex_weights(person, NAMES, LABELS, "surprise", rng)
    weights = recipes.timed_weights(person, apex, NAMES, rng)
    assert weights.shape == (recipes.SAMPLES, len(NAMES)) and not weights[0].any()
    assert np.allclose(weights[-1], apex)
    assert (np.diff(weights * np.sign(apex), axis=0) >= -1e-12).all()


def test_correctives_act_on_their_own_side():
    weights = np.zeros(len(NAMES))
    weights[[NAMES.index("eyeSquintLeft"), NAMES.index("eyeWideLeft"), NAMES.index("eyeWideRight")]] = 1.0
    out = recipes.corrected(weights, NAMES)
    assert np.isclose(out[NAMES.index("eyeWideLeft")], 0.4) and out[NAMES.index("eyeWideRight")] == 1.0
    single = np.eye(len(NAMES))[NAMES.index("mouthSmileLeft")]
    assert np.array_equal(recipes.corrected(single, NAMES), single)
