"""Rendered faces: the detector sees them, the same seed is the same picture, and gaze and brows are where the weights put them."""

import numpy as np

from core.data.capture_set import random_weights
from core.data.face_appearance import random_appearance
from core.data.face_renders import Person
from core.data.face_shots import camera_of, random_shot
from core.head.template import load_template
from core.image.detector import detect_faces


def drawn(seed, size=192):
    person = Person(load_template(), random_appearance(np.random.default_rng([seed, 1])))
    shot = random_shot(np.random.default_rng([seed, 2]))
    return person.render(load_template().vertices, shot, size, samples=1), shot


def test_faces_are_faces_to_a_detector():
    template, seen = load_template(), 0
    for seed in range(8):
        image, shot = drawn(seed)
        faces = detect_faces(image)
        points, _ = camera_of(shot, 192).project(template.landmark_points())
        seen += bool(faces) and np.linalg.norm(faces[0].keypoints[2] - points[30]) < 12
    assert seen >= 7


def test_one_seed_one_picture():
    first, again, other = (drawn(seed, 96)[0] for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first.astype(int) - other).mean() > 2


def test_weights_are_those_that_people_make():
    names = load_template().arkit_names
    drawn = np.array([random_weights(names, np.random.default_rng(seed)) for seed in range(300)])
    assert drawn.shape == (300, 52) and drawn.min() >= 0 and drawn.max() <= 1
    column = dict(zip(names, drawn.T, strict=True))
    assert not ((column["mouthLeft"] > 0) & (column["mouthRight"] > 0)).any()
    assert not ((column["eyeLookUpLeft"] > 0) & (column["eyeLookDownLeft"] > 0)).any()
    assert (column["mouthClose"] <= column["jawOpen"] + 1e-9).all()
    assert ((drawn > 0).any(axis=0)).all(), "every unit is drawn now and then"
    assert np.corrcoef(column["mouthSmileLeft"], column["mouthSmileRight"])[0, 1] > 0.5
