"""Rendered faces: the detector sees them, the same seed is the same picture, and gaze and brows are where the weights put them."""

from dataclasses import replace

import numpy as np
import pytest

from core.data.capture_set import random_weights
from core.data.face_appearance import Paint, random_appearance
from core.data.face_renders import camera_of, random_shot, render
from core.head.template import PARTS, load_template
from core.image.detector import detect_faces


@pytest.fixture(scope="module")
def paint():
    return Paint(load_template())


def shot(seed):
    rng = np.random.default_rng(seed)
    return random_appearance(rng), random_shot(rng)


def test_faces_are_faces_to_a_detector(paint):
    template, seen = paint.template, 0
    for seed in range(8):
        look, photo = shot(seed)
        image = render(template.vertices, template, paint, look, photo, 192, samples=1)
        faces = detect_faces(image)
        points, _ = camera_of(photo, 192).project(template.landmark_points())
        seen += bool(faces) and np.linalg.norm(faces[0].keypoints[2] - points[30]) < 12
    assert seen >= 7


def test_one_seed_one_picture(paint):
    template = paint.template
    first, again, other = (render(template.vertices, template, paint, *shot(seed), 96, samples=1) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first.astype(int) - other).mean() > 2


def test_what_is_painted_lies_where_it_belongs(paint):
    template, look = paint.template, replace(shot(2)[0], hair=np.full(3, 0.01), brow_strength=0.9)
    place = np.array([[0.0, -0.0154, 0.0]]) + template.eye_centres
    pupil = paint.colours(place, np.array([PARTS.index("eye_right"), PARTS.index("eye_left")]), look)
    assert pupil.max() < 0.05
    points = template.landmark_points().astype(float)
    skin = np.full(1, PARTS.index("skin"))
    brow, forehead = (paint.colours(points[19:20] + [0, 0, up], skin, look) for up in (0.0, 0.02))
    assert brow.mean() < forehead.mean()


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
