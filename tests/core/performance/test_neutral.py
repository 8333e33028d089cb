"""The expression taken off a head: how much of it goes, that a neutral face keeps its shape, and that posed heads are taken at all."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from core import api
from core.errors import LandmarkError, MeshError
from core.head.mesh import HeadMesh
from core.head.template import load_template
from core.morphable.model import load_model
from core.performance.neutral import _within, fit_expression

MM = 1000.0
TURN = Rotation.from_euler("xy", [-90, 20], degrees=True).as_matrix()
POSES = {"talking": {"jawOpen": 0.6, "mouthFunnel": 0.4}, "smiling": {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.8, "eyeBlinkLeft": 1.0}}


def _person(seed: int) -> np.ndarray:
    """A face of the morphable model, and a part that it does not know (V, 3) m."""
    model, random = load_model(), np.random.default_rng(seed)
    shape = model.mean + np.tensordot(random.normal(size=len(model.shape)), model.shape, 1)
    return shape + 0.002 * np.sin(25 * shape + random.uniform(0, 6, 3))


def _expression(pose: dict[str, float]) -> np.ndarray:
    return sum(weight * load_template().arkit_field(name).astype(np.float64) for name, weight in pose.items())


@pytest.mark.parametrize("pose", POSES.values(), ids=POSES)
def test_most_of_an_expression_goes(pose):
    template, neutral = load_template(), _person(1)
    moved = _expression(pose)
    mesh = HeadMesh(80.0 * (neutral + moved) @ TURN.T + 3.0, template.triangles, "scan")
    made = (api.neutralise(mesh, landmarks=template.landmarks) - 3.0) @ TURN / 80.0
    skin = template.is_part("skin") & (np.linalg.norm(moved, axis=1) > 1e-3)
    left = MM * np.linalg.norm(made - neutral, axis=1)[skin].mean()
    assert left < 0.4 * MM * np.linalg.norm(moved, axis=1)[skin].mean()


def _fitted(vertices: np.ndarray):
    template = load_template()
    return fit_expression(HeadMesh(50.0 * vertices, template.triangles, "scan"), template.landmarks)


def test_the_weights_that_made_it_are_found_and_rest_is_rest():
    neutral = _person(2)
    none = _fitted(neutral)
    assert none.weights.max() < 0.2 and MM * np.linalg.norm(none.expression, axis=1).max() < 2.0
    found = _fitted(neutral + _expression(POSES["smiling"]))
    weight = dict(zip(load_template().arkit_names, found.weights, strict=True))
    assert weight["eyeBlinkLeft"] > 0.6 and weight["eyeBlinkRight"] < 0.2 and weight["jawOpen"] < 0.15
    assert found.frame.scale == pytest.approx(0.02, rel=0.03)


def test_coefficients_within_limits_are_the_best_there_are():
    random = np.random.default_rng(0)
    rows = random.normal(size=(60, 12))
    gram, right = rows.T @ rows + np.eye(12), rows.T @ random.normal(size=60) * 4
    limits = np.tile([0.0, 0.3], (12, 1))
    found = _within(gram, right, limits)
    slope = gram @ found - right
    assert (found >= 0).all() and (found <= 0.3).all()
    assert np.abs(slope[(found > 0) & (found < 0.3)]).max(initial=0) < 1e-8
    assert (slope[found == 0] >= -1e-8).all() and (slope[found == 0.3] <= 1e-8).all()


def test_an_open_mouth_is_refused_as_neutral_but_can_be_neutralised(head, adaptation):
    rig = api.arkit_keys(head, adaptation=adaptation)
    names = rig.keys.names
    opened = rig.keys.deltas[names.index("jawOpen")] + 0.5 * rig.keys.deltas[names.index("mouthFunnel")]
    posed = HeadMesh(head.vertices + opened, head.triangles, "yawn")
    with pytest.raises(LandmarkError, match="neutralise the scan first"):
        api.detect_landmarks(posed)
    said: list[float] = []
    made = api.neutralise(posed, progress=lambda done, _what: said.append(done))
    moved = np.linalg.norm(opened, axis=1)
    face = moved > 0.1 * moved.max()
    assert np.linalg.norm(made - head.vertices, axis=1)[face].mean() < 0.5 * moved[face].mean()
    assert said == sorted(said) and said[-1] == 1.0


def test_what_is_no_head_is_refused():
    with pytest.raises(MeshError):
        api.neutralise(HeadMesh(np.zeros((3, 3)), np.array([[0, 1, 2]]), "triangle"))
