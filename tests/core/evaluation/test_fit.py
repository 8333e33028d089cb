"""The table of fits, on two people who need no download: the template, and one of the model's."""

import numpy as np
import pytest

from core.data.face_shots import view
from core.evaluation import fit
from core.evaluation.tables import text
from core.head.template import load_template
from core.morphable.camera import Pose
from core.morphable.model import load_model


@pytest.fixture(scope="module")
def persons() -> list[fit.Person]:
    one = load_template().vertices.astype(np.float64)
    two = load_model().vertices(np.random.default_rng(3).normal(size=50) * np.repeat([1.0, 0.0], [40, 10])).astype(np.float64)
    return [fit.Person(one, one), fit.Person(two, two)]


def quiet(*_):
    pass


def test_a_row_a_pose_and_metrics_by_name(persons):
    table = fit.given_landmarks(persons, quiet)
    assert len(table.rows) == len(fit.POSES) and "yaw -60" in text(table)
    assert 0 < table.metrics["fit_residual"] < 2.0
    assert table.metrics["fit_exact_shape_30_0"] < table.metrics["fit_noisy_shape_30_0"]
    assert table.metrics["fit_exact_turn_60_0"] < table.metrics["fit_orthographic_turn_60_0"]


def test_errors_are_measured_as_said(persons):
    one = fit.shot(persons[0], 0.0, 0.0, load_template())
    found = fit.fit_landmarks(one.pixels, load_model(), lens=one.lens)
    assert fit.shape_error(found, persons[0]) < fit.shape_error(found, persons[1])
    assert fit.turn_error(Pose(view(12.0, 0.0), 1.0, np.zeros(2)), view(0.0, 0.0)) == pytest.approx(12.0)
    wrong = np.linalg.norm(fit.noisy(one.pixels, 0, wrong=5) - fit.noisy(one.pixels, 0), axis=1)
    assert (wrong > 0).sum() == 5


def test_shading_is_compared_with_landmarks_alone(persons):
    shots = [fit.shot(person, 0.0, 0.0, load_template()) for person in persons[1:]]
    ((name, with_it, without),) = fit._shading("exact", shots, quiet)
    assert "photometric" in name and with_it.shape != without.shape and with_it.milliseconds > without.milliseconds
