"""The shape of an eyeball."""

import numpy as np
import trimesh

from core.head.contact import keep_outside
from core.head.eyeball import Eyeball

CENTRE, RADIUS = np.array([0.03, 0.002, 0.01]), 0.012


def ball(shape=lambda unit: np.ones(len(unit))):
    """A ball whose radius in the direction of unit (N, 3) is shape(unit) RADIUS, with an iris inside it."""
    sphere = trimesh.creation.icosphere(subdivisions=4)
    iris = 0.8 * sphere.vertices
    vertices = np.concatenate([sphere.vertices * shape(sphere.vertices)[:, None], iris])
    return CENTRE + RADIUS * vertices, np.concatenate([sphere.faces, sphere.faces + len(sphere.vertices)])


def cornea(unit):
    """8 % more straight ahead."""
    return 1.0 + 0.08 * np.exp(-((np.arccos(np.clip(-unit[:, 1], -1, 1)) / 0.3) ** 2))


def directions(seed=0):
    rng = np.random.default_rng(seed)
    unit = rng.normal(size=(400, 3))
    unit[:, 1] = -np.abs(unit[:, 1]) - 0.5
    return unit / np.linalg.norm(unit, axis=1, keepdims=True)


def test_the_outermost_layer_counts():
    eye = Eyeball(*ball(cornea), CENTRE, RADIUS)
    unit = directions()
    np.testing.assert_allclose(eye.reach(0.02 * unit), RADIUS * cornea(unit), rtol=0.01)


def test_lids_slide_over_the_cornea():
    eye = Eyeball(*ball(cornea), CENTRE, RADIUS)
    rest = CENTRE + RADIUS * 1.02 * np.array([[0.0, -np.cos(0.8), np.sin(0.8)]])
    moved = (CENTRE + RADIUS * 1.0 * np.array([[0.0, -1.0, 0.0]]) - rest)[None]
    keep_outside(moved, rest, np.array([True]), CENTRE, RADIUS, clearance=1.01, reach=2.2, surface=eye.reach)
    assert np.linalg.norm(rest + moved[0] - CENTRE) / RADIUS == np.clip(np.linalg.norm(rest + moved[0] - CENTRE) / RADIUS, 1.08, 1.10)
