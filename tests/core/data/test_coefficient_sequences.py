"""Sequences of coefficients: seeded, smooth, true poses, and what is on disk."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from core.data import coefficient_sequences as sequences
from core.data.coefficient_sequences import CoefficientSequences, Projector, make_person
from core.data.head_motion import NECK, Act, head_motion, turned
from core.data.synthetic_rig import Units
from core.errors import FileError
from core.head.template import load_template
from core.labels import LABELS
from core.morphable.camera import Pose
from core.morphable.model import load_model

FPS = sequences.FPS


@pytest.fixture(scope="module")
def units() -> Units:
    return Units(load_template(), sequences.LEFT_OUT)


@pytest.fixture(scope="module")
def made(units) -> tuple[np.ndarray, np.ndarray]:
    """shape, two films of 150 frames of the template's head, and a quiet one."""
    return make_person(units, Projector(load_model()), units.template.vertices, 150, 2, seed=4)


def test_the_projector_finds_what_the_model_made():
    model, rng = load_model(), np.random.default_rng(0)
    given = np.concatenate([rng.normal(size=40), rng.normal(size=10)])
    project = Projector(model)
    neutral = model.vertices(np.concatenate([given[:40], np.zeros(10)]))
    np.testing.assert_allclose(project.expression((model.vertices(given) - neutral)[None])[0], given[40:], atol=1e-3)
    shape = project.shape(neutral)
    again = model.vertices(np.concatenate([shape, np.zeros(10)]))
    assert np.linalg.norm(again - neutral, axis=1)[model.face].mean() < 3e-4  # m; the prior pulls a little


def test_a_person_moves_smoothly_and_keeps_the_shape(made):
    shape, moving = made
    assert shape.shape == (40,) and moving.shape == (3, 150, 22) and np.isfinite(moving).all()
    np.testing.assert_array_equal(moving[0, :, 12:], moving[1, :, 12:])  # one performance, two cameras
    assert np.abs(moving[0, :, :12] - moving[1, :, :12]).max() > 1.0
    assert 0.3 < moving[0, :, 12:].std() < 3.0
    for film in moving[:2]:
        poses = [Pose.of_matrix(frame[:12]) for frame in film]
        for pose, frame in zip(poses, film, strict=True):
            np.testing.assert_allclose(pose.matrix().ravel(), frame[:12], rtol=1e-4, atol=2e-2)
        turns = Rotation.from_matrix([pose.rotation for pose in poses])
        speed = np.degrees((turns[1:] * turns[:-1].inv()).magnitude()) * FPS
        assert 1.0 < speed.max() < 200.0
        assert np.abs(np.diff(speed)).max() * FPS < 2500.0  # degrees a second, each second


def test_a_seed_is_one_film(units, made):
    again = make_person(units, Projector(load_model()), units.template.vertices, 150, 2, seed=4)
    np.testing.assert_array_equal(again[1], made[1])
    other = make_person(units, Projector(load_model()), units.template.vertices, 150, 1, seed=5)
    assert np.abs(other[1][0] - made[1][0]).max() > 0.5


def test_a_quiet_performance_rests_for_long(units, made):
    _, moving = made
    rested = [(np.abs(np.gradient(film[:, 12:], axis=0)).max(axis=1) < 0.02).mean() for film in moving]
    assert rested[2] > rested[0] + 0.1
    for seed in range(20):
        expression, acts = np.sin(np.arange(150) / 9.0)[:, None] * np.ones(10), [Act("sadness", 1.0, 1.4, 2.0, 2.6)]
        film = sequences.quiet(expression, acts, seed)
        assert film.shape == (150, 22) and np.isfinite(film).all()
        assert np.abs(np.gradient(film[:, 12:], axis=0)).max() < 1.05 / 9.0  # nothing is quicker than it was
        turn = np.abs(film[:, :3] - film[0, :3]).max()
        assert turn == 0.0 or turn > 1.0


def test_a_head_moves_with_its_expression():
    times, quiet, moved = np.arange(90) / FPS, [], []
    for seed in range(40):
        acts = [Act("sadness", 0.8, 1.4, 2.0, 2.6)]
        quiet.append(head_motion(times, [], np.random.default_rng(seed))[0])
        moved.append(head_motion(times, acts, np.random.default_rng(seed))[0])
    more = np.degrees(np.mean(moved, axis=0) - np.mean(quiet, axis=0))[:, 1]
    assert 3.0 < more[45:60].mean() < 12.0 and abs(more[:18]).max() < 1.0  # sad heads sink
    angles = np.array(quiet)
    assert np.degrees(np.abs(angles)).max() < 70.0


def test_a_turned_head_keeps_its_neck():
    rotations, translations = turned(np.array([[0.3, -0.2, 0.1]]), np.array([[0.01, 0.0, 0.0]]))
    np.testing.assert_allclose(rotations[0] @ NECK + translations[0], NECK + [0.01, 0.0, 0.0], atol=1e-12)


def test_acts_rise_and_fall():
    act = Act(LABELS[0], 1.0, 1.5, 2.0, 3.0)
    np.testing.assert_allclose(act.level(np.array([0.0, 1.0, 1.5, 1.8, 2.0, 3.0, 4.0])), [0, 0, 1, 1, 1, 0, 0], atol=1e-12)


def test_a_set_on_disk_is_whole_or_refused(tmp_path, made):
    shape, moving = made
    whole = CoefficientSequences(np.repeat(shape[None], 3, axis=0), moving, np.array([2, 3, 3]), np.array([False, False, True]))
    path = tmp_path / "set.npz"
    sequences.save(path, whole)
    read = sequences.load(path)
    np.testing.assert_array_equal(read.moving, moving)
    assert read.held.tolist() == [False, True, True] and read.quiet.tolist() == [False, False, True]
    coefficients = read.coefficients(np.array([1]), slice(3, 8))
    assert coefficients.shape == (1, 5, 62)
    np.testing.assert_array_equal(coefficients[0, :, 12:52], np.tile(shape, (5, 1)))
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(FileError, match="coefficient_sequences"):
        sequences.load(path)
    with pytest.raises(FileError, match="cannot be read"):
        sequences.load(tmp_path / "none.npz")
    np.savez(tmp_path / "old.npz", format_version=0, shape=shape[None], moving=moving, person=np.zeros(2))
    with pytest.raises(FileError, match="another format"):
        sequences.load(tmp_path / "old.npz")
