"""What `evaluate oneshot` measures."""

import numpy as np
import pytest

from core.evaluation import oneshot
from core.evaluation.oneshot import UNITS, Seen, Way, agreement, shape_errors, ways
from core.head.template import load_template
from core.video.capture import load_reference
from core.video.point_mesh import LIPS, OVAL


@pytest.fixture(scope="module")
def face():
    return 200.0 * load_reference().shape + [300.0, 300.0, 0.0]


def test_the_action_units_are_disfa_s_by_arkit_s_names():
    assert list(UNITS) == ["AU1", "AU2", "AU4", "AU5", "AU6", "AU9", "AU12", "AU15", "AU17", "AU20", "AU25", "AU26"]
    assert {unit for units in UNITS.values() for unit in units} <= set(load_template().arkit_names)


def test_size_and_place_are_no_error_but_shape_is(face):
    np.testing.assert_allclose(shape_errors(0.5 * face + 40.0, face), 0.0, atol=1e-9)
    wider = face.copy()
    middle = face[OVAL].mean(axis=0)
    wider[OVAL] = (face[OVAL] - middle) * [1.1, 1.1, 1.0] + middle
    contour, inner, eyes, mouth = shape_errors(wider, face)
    assert contour > 3.0 and max(inner, eyes, mouth) < 1e-9
    lips = face.copy()
    lips[LIPS] += [0.0, 8.0, 0.0]
    contour, inner, eyes, mouth = shape_errors(lips, face)
    assert mouth > inner > contour and mouth > 3.0 * eyes


def test_a_contour_that_slides_along_itself_is_no_error(face):
    slid = face.copy()
    slid[OVAL] = 0.5 * (face[OVAL] + np.roll(face[OVAL], -1, axis=0))
    assert shape_errors(slid, face)[0] < 1e-9


def test_agreement_is_a_correlation_over_pairs():
    rng = np.random.default_rng(0)
    acted = rng.uniform(size=(9, len(UNITS)))
    assert agreement(0.5 * acted + 0.1, acted) == pytest.approx(1.0)
    assert agreement(1.0 - acted, acted) == pytest.approx(-1.0)
    assert agreement(np.full_like(acted, 0.3), acted) == pytest.approx(0.0)
    made = acted.copy()
    made[3] = np.nan
    assert agreement(made, acted) == pytest.approx(1.0)


def test_strangers_raise_the_threshold():
    assert oneshot._threshold(np.eye(5)) == oneshot.SAME
    alike = np.ones((4, 8)) / np.sqrt(8.0)
    assert oneshot._threshold(alike) == pytest.approx(1.0)


def test_the_network_is_compared_only_where_it_is():
    assert not any(way.network for way in ways(False).values()) and any(way.network for way in ways(True).values())
    assert Way(True) in ways(True).values() and Way(True, fusion=False) in ways(True).values()
    assert {way.shots for way in ways(True).values()} == {1, 3, 5}


def test_tables_say_what_was_seen():
    acted = np.random.default_rng(1).uniform(size=(3, len(UNITS)))
    seen = Seen([*acted], [1.0, 2.0, 3.0], [0.9, 0.5, 0.2], [np.full(4, 1.5)] * 3)
    lost = Seen([np.full(len(UNITS), np.nan), *acted[1:]], [1.0, 1.0], [0.9, 0.9], [np.ones(4)] * 2, lost=1)
    table = oneshot._pictures({"a way": seen, "another": lost}, acted, 0.4)
    assert table.metrics["oneshot/a way/identity accepted %"] == pytest.approx(200.0 / 3.0)
    assert table.metrics["oneshot/a way/AU correlation"] == pytest.approx(1.0)
    assert table.metrics["oneshot/another/faces found %"] == pytest.approx(200.0 / 3.0)
    shapes = oneshot._shapes({True: np.full((2, 4), 1.0), False: np.full((2, 4), 2.0)})
    assert shapes.rows[-1][1:] == (50.0,) * 5
