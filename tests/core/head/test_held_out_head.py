"""The held-out ICT head goes through the whole chain by itself: landmarks detected, not given; an expression generated on its 26,719 vertices."""

import numpy as np
import pytest

from core import api


@pytest.fixture(scope="module")
def made(ict_head):
    return api.generate(ict_head.mesh, "surprise", frames=12, seed=2)


def test_few_keys_within_a_quarter_millimetre(ict_head, made):
    assert made.adaptation.kind.shape == (26719,)
    assert 3 <= len(made.keys.names) <= 24 and made.residual_mm <= 0.5
    np.testing.assert_array_equal(made.keys.vertices(ict_head.mesh.vertices)[0], ict_head.mesh.vertices)


def test_surprise_opens_mouth_and_lifts_brows(ict_head, made):
    before = ict_head.landmarks.points(ict_head.mesh.vertices, ict_head.mesh.triangles)
    apex = ict_head.landmarks.points(made.keys.vertices(ict_head.mesh.vertices)[-1], ict_head.mesh.triangles)
    lift = (apex - before)[:, 1]
    assert lift[[19, 24]].min() > 0.2, "brows, cm"
    assert (lift[62] - lift[66]) > 0.8, "lips part, cm"
    assert abs(lift[27:31]).max() < 0.3, "the nose stays"


def test_nothing_tears(ict_head, made):
    """No edge of the skin is stretched over three times its length and by over 2 % of the head's height."""
    neutral = ict_head.mesh.vertices
    apex = made.keys.vertices(neutral)[-1]
    pairs = np.unique(np.sort(ict_head.mesh.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1), axis=0)
    pairs = pairs[(pairs < 11248).all(axis=1)]
    length, now = (np.linalg.norm(v[pairs[:, 0]] - v[pairs[:, 1]], axis=1) for v in (neutral, apex))
    torn = (now > 3 * length) & (now > 0.02 * np.ptp(neutral[:, 1]))
    assert torn.sum() == 0
