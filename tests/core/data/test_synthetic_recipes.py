"""Recipes: known units, seeded takes, intensities."""

import numpy as np

from core.data import synthetic_recipes as recipes
from core.data.synthetic_style import random_person, sided
from core.head.template import load_template
from core.labels import LABELS

NAMES = load_template().arkit_names
POINTS = load_template().landmark_points()


def _apexes(label: str, count: int, seed: int = 1) -> np.ndarray:
    person = random_person(NAMES, LABELS, POINTS, seed)
    return np.array([recipes.apex_weights(person, NAMES, LABELS, label, np.random.default_rng(k)) for k in range(count)])


def test_every_label_has_recipes_of_known_units():
    assert set(recipes.RECIPES) == set(LABELS)
    for ways in recipes.RECIPES.values():
        assert len(ways) >= 2
        for stem in (stem for way in ways for stem in way):
            assert sided(stem, NAMES)
    for first, second, _ in recipes.CORRECTIVES:
        assert sided(first, NAMES) and sided(second, NAMES)


def test_takes_are_seeded_and_differ():
    person = random_person(NAMES, LABELS, POINTS, 3)

    def take(seed):
        return recipes.apex_weights(person, NAMES, LABELS, "happiness", np.random.default_rng(seed))

    assert np.array_equal(take(1), take(1)) and not np.allclose(take(1), take(2))
    assert take(1)[NAMES.index("mouthSmileLeft")] > 0.2 and take(1)[NAMES.index("browDownLeft")] == 0.0


def test_most_takes_are_strong_some_are_weak_and_no_unit_is_pulled_too_far():
    opened = _apexes("mouth_open", 400)[:, NAMES.index("jawOpen")]
    strength = opened / np.median(opened)
    assert strength.min() < 0.65 and (strength > 0.8).mean() > 0.7
    assert max(np.abs(_apexes(label, 40)).max() for label in LABELS) <= recipes.FULL


def test_people_keep_to_their_usual_way():
    unit = NAMES.index("jawOpen")  # only in the second way of happiness
    rates = [(_apexes("happiness", 60, seed)[:, unit] > 0).mean() for seed in range(8)]
    assert all(rate < 0.35 or rate > 0.65 for rate in rates) and min(rates) < 0.35 < 0.65 < max(rates)


def test_mouth_side_goes_either_way():
    left, right = NAMES.index("mouthLeft"), NAMES.index("mouthRight")
    apexes = _apexes("mouth_side", 40)
    assert ((apexes[:, left] > 0) ^ (apexes[:, right] > 0)).all()
    assert 5 < (apexes[:, left] > 0).sum() < 35
