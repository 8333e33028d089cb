"""Faces in photos of any size and roll, several, none; the points are the same whatever was done to the picture."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import LandmarkError, ValueRangeError
from core.image.files import read_png
from core.morphable.photo import face_in, faces_in, follow
from core.runtime.backend import OnnxBackend

FACE = Path(__file__).parents[1] / "image" / "face.png"


@pytest.fixture(scope="module")
def astronaut():
    data = pytest.importorskip("skimage.data", reason="the photo comes with scikit-image")
    return data.astronaut()


@pytest.fixture(scope="module")
def upright(astronaut):
    return face_in(astronaut, "astronaut")


def apart(face, wanted):
    """Mean distance of the 68 landmarks from where they should be, over the face's size."""
    return np.linalg.norm(face.landmarks() - wanted, axis=1).mean() / face.size


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_face_on_its_side_and_upside_down(astronaut, upright, turns):
    side = len(astronaut)
    x, y = upright.landmarks().T
    wanted = {1: (y, side - x), 2: (side - x, side - y), 3: (side - y, x)}[turns]
    found = face_in(np.ascontiguousarray(np.rot90(astronaut, turns)), "turned")
    assert apart(found, np.stack(wanted, axis=1)) < 0.02


@pytest.mark.parametrize(("repeat", "limit"), [(4, 0.01), (9, 0.01)])
def test_a_large_photo_has_the_same_face(astronaut, upright, repeat, limit):
    large = np.repeat(np.repeat(astronaut, repeat, axis=0), repeat, axis=1)
    assert apart(face_in(large, "large"), repeat * upright.landmarks()) < limit


def test_a_small_face_in_a_large_picture(astronaut, upright):
    small = astronaut[::3, ::3]
    picture = np.full((1200, 1600, 3), 90, np.uint8)
    picture[700 : 700 + len(small), 300 : 300 + len(small)] = small
    found = face_in(picture, "small")
    assert apart(found, upright.landmarks() / 3 + [300, 700]) < 0.05


def test_faces_are_numbered_from_the_left_and_the_largest_is_taken(astronaut):
    small = np.full_like(astronaut, 90)
    small[100:356, 100:356] = astronaut[::2, ::2]
    picture = np.concatenate([small, astronaut], axis=1)
    faces = faces_in(picture)
    assert len(faces) == 2 and faces[0].box[0] < faces[1].box[0] and faces[1].size > 1.8 * faces[0].size
    assert face_in(picture, "two").box[0] == pytest.approx(faces[1].box[0], abs=2)
    assert face_in(picture, "two", index=0).box[0] == pytest.approx(faces[0].box[0], abs=2)
    with pytest.raises(ValueRangeError, match="Face 2 of 'two' was asked for; 2 were found"):
        face_in(picture, "two", index=2)


@pytest.mark.parametrize("name", ["coffee", "chelsea", "page"])
def test_things_that_are_no_face(name):
    data = pytest.importorskip("skimage.data", reason="the photos come with scikit-image")
    image = getattr(data, name)()
    image = image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)
    with pytest.raises(LandmarkError, match=f"No face was found in '{name}'"):
        face_in(image, name)


@pytest.mark.parametrize("size", [(1, 1), (3, 700), (64, 64)])
def test_pictures_that_hold_nothing(size):
    with pytest.raises(LandmarkError):
        face_in(np.zeros((*size, 3), np.uint8), "nothing")


def test_a_rendered_face_is_followed_to_the_next_picture_and_lost_where_it_is_gone():
    face, backend = read_png(FACE), OnnxBackend()
    first = face_in(face, "rendered")
    moved = np.roll(face, 6, axis=1)
    second = follow(moved, first, backend)
    assert second is not None and np.abs((second.landmarks() - first.landmarks()).mean(axis=0) - [6, 0]).max() < 1.0
    assert follow(np.full_like(face, 38), second, backend) is None
