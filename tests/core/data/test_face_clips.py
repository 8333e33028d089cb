"""Rendered clips: the camera stays, the head turns as asked, and the same seed is the same clip."""

from dataclasses import replace

import numpy as np
import pytest

from core.data.face_appearance import random_appearance
from core.data.face_clips import clip, moved, random_head_motion
from core.data.face_faults import CLEAN, Faults
from core.data.face_renders import Person
from core.data.face_shots import camera_of, portrait
from core.head.template import load_template

FRAMES, SIZE = 6, 96


@pytest.fixture(scope="module")
def person():
    return Person(load_template(), random_appearance(np.random.default_rng(1)))


def test_heads_turn_as_recordings_say():
    head = load_template().vertices.astype(float)
    nose = load_template().landmark_points(head)[30]
    turned = moved(np.stack([head] * 3), np.radians([[20.0, 0, 0], [0, 15.0, 0], [0, 0, 10.0]]), np.zeros((3, 3)))
    at = load_template().landmark_points(turned)
    assert at[0, 30, 0] < nose[0] - 0.01  # to the person's own right, -X
    assert at[1, 30, 2] < nose[2] - 0.01  # down
    assert at[2, 27, 0] > nose[0] + 0.005  # the bridge tips to the person's left
    np.testing.assert_allclose(moved(head[None], np.zeros((1, 3)), np.full((1, 3), 0.01))[0], head + 0.01)


def test_motion_is_smooth_seeded_and_of_the_asked_length():
    angles, shifts = random_head_motion(np.random.default_rng(3), 90, 30.0)
    again, _ = random_head_motion(np.random.default_rng(3), 90, 30.0)
    np.testing.assert_array_equal(angles, again)
    assert angles.shape == shifts.shape == (90, 3)
    assert np.abs(np.diff(angles, axis=0)).max() < np.radians(5.0) and np.abs(angles).max() < np.radians(60.0)
    lively = np.array([random_head_motion(np.random.default_rng(seed), 90, 30.0)[0].std() for seed in range(20)])
    assert lively.max() > 3 * lively.min()


def test_the_background_stays_and_the_head_moves(person):
    head, shot = load_template().vertices.astype(float), replace(portrait(0.0, 0.0), faults=CLEAN)
    angles = np.zeros((FRAMES, 3))
    angles[:, 0] = np.linspace(0.0, 0.4, FRAMES)
    heads = moved(np.stack([head] * FRAMES), angles, np.zeros((FRAMES, 3)))
    frames = clip(person, heads, shot, SIZE, samples=1).astype(int)
    assert frames.shape == (FRAMES, SIZE, SIZE, 3)
    behind = np.ones((SIZE, SIZE), bool)
    for vertices in heads:
        behind &= person.maps(vertices, shot, SIZE).part < 0
    assert behind.sum() > 300 and np.abs(frames[1:] - frames[0])[:, behind].max() < 0.1 * 255  # exposure wanders
    assert np.abs(frames[-1] - frames[0])[~behind].mean() > 5
    nose = camera_of(shot, SIZE).project(load_template().landmark_points(heads)[:, 30])[0]
    assert (np.diff(nose[:, 0]) < -1).all()


def test_noise_is_new_in_every_frame_and_the_same_in_the_same_clip(person):
    head, shot = load_template().vertices.astype(float), replace(portrait(0.0, 0.0), faults=Faults(grain=6.0))
    frames = clip(person, np.stack([head] * 3), shot, SIZE, samples=1)
    assert (frames[0] != frames[1]).mean() > 0.5
    np.testing.assert_array_equal(frames, clip(person, np.stack([head] * 3), shot, SIZE, samples=1))
