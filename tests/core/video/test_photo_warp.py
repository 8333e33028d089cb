"""A rendered face as a photo: what stays equals the photo, what moves lies where it was asked for, and nothing tears."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import api
from core.errors import ValueRangeError
from core.image.files import read_png
from core.morphable import camera
from core.morphable.photo import face_in
from core.video.photo_warp import PhotoWarp, Target
from core.video.point_mesh import LOWER_LIDS, LOWER_LIP, OVAL, SKIN, UPPER_LIDS, UPPER_LIP, head_motion, load_mesh

FACE = Path(__file__).parents[1] / "image" / "face.png"


@pytest.fixture(scope="module")
def photo():
    """The face with room around it; the picture, its fit and its points."""
    face = np.pad(read_png(FACE), [(60, 60), (60, 60), (0, 0)], mode="edge")
    return face, api.fit(face), face_in(face, "face").points


@pytest.fixture(scope="module")
def warp(photo):
    return PhotoWarp(*photo)


def rotated(points, yaw=0.0, pitch=0.0, roll=0.0):
    middle = points[:SKIN].mean(axis=0)
    middle[2] = np.quantile(points[:, 2], 0.75)
    return (points - middle) @ camera.turned(np.radians([pitch, yaw, roll])).T + middle


def opened(points, jaw=0.12):
    """The lower lip and chin moved down by `jaw` of the face's size."""
    out, size = points.copy(), np.sqrt(np.prod(np.ptp(points[:, :2], axis=0)))
    below = np.clip((points[:, 1] - points[13, 1]) / (points[152, 1] - points[13, 1]), 0.0, 1.0)
    below[LOWER_LIP[1:-1]] = 0.8
    below[UPPER_LIP] = 0.0
    out[:, 1] += jaw * size * below
    return out


def test_the_mesh_is_closed_and_its_own_mirror_image():
    mesh = load_mesh()
    assert mesh.triangles.shape == (852, 3) and mesh.mirror.shape == (478,)
    np.testing.assert_array_equal(mesh.mirror[mesh.mirror], np.arange(478))
    edges = mesh.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    both = {tuple(edge) for edge in edges.tolist()}
    rims = {a for a, b in both if (b, a) not in both}
    assert rims == {*OVAL, *UPPER_LIP, *LOWER_LIP, *UPPER_LIDS.ravel(), *LOWER_LIDS.ravel()}
    assert mesh.mirror[33] == 263 and mesh.mirror[61] == 291 and mesh.mirror[1] == 1


def test_a_face_that_does_not_move_is_the_photo(photo, warp):
    made = warp.frame(Target(photo[2]))
    assert np.abs(made.image.astype(int) - photo[0]).max() <= 1
    assert made.face.shape == made.confidence.shape == photo[0].shape[:2]
    assert made.confidence.min() >= 0.0 and made.confidence.max() <= 1.0
    centre = photo[2][4, :2].astype(int)
    assert made.face[centre[1], centre[0]] == 1.0 and made.face[0, 0] == 0.0


def test_a_moved_face_is_the_photo_moved(photo, warp):
    image, _, points = photo
    made = warp.frame(Target(points + [6.0, 3.0, 0.0])).image
    low, high = points[:SKIN, :2].min(axis=0).astype(int) + 12, points[:SKIN, :2].max(axis=0).astype(int) - 12
    expected = image[low[1] : high[1], low[0] : high[0]].astype(int)
    off = np.abs(made[low[1] + 3 : high[1] + 3, low[0] + 6 : high[0] + 6] - expected)
    assert off.mean() < 1.0 and np.quantile(off, 0.99) < 12


@pytest.mark.parametrize("turn", [(20, 0, 0), (-20, 0, 0), (0, 12, 0), (0, 0, 15)])
def test_points_are_found_again_where_they_were_asked_for(photo, warp, turn):
    wanted = rotated(photo[2], *turn)
    again = face_in(warp.frame(Target(wanted)).image, "made").points
    size = np.sqrt(np.prod(np.ptp(wanted[:, :2], axis=0)))
    assert np.linalg.norm((again - wanted)[:SKIN, :2], axis=1).mean() < 0.03 * size


def test_the_background_away_from_the_head_is_the_photo(photo, warp):
    image, _, points = photo
    made = warp.frame(Target(rotated(points, 25))).image
    off = np.abs(made.astype(int) - image)
    assert off[:10].max() <= 2 and off[:, :10].max() <= 2 and off[:, -10:].max() <= 2


@pytest.mark.parametrize("yaw", [-30, -15, 15, 30])
def test_every_pixel_of_the_head_is_covered_from_the_front(photo, warp, yaw):
    """No hole: a closed mesh covers its inside however it is turned."""
    wanted = rotated(photo[2], yaw)
    places = warp.mesh.moved(wanted, head_motion(photo[2], wanted))
    still, turned = np.zeros((2, photo[0].shape[0] * photo[0].shape[1]), bool)
    still[warp.mesh.drawn(warp.mesh.source).at] = True
    turned[warp.mesh.drawn(places).at] = True
    assert (still == turned).mean() > 0.999


def test_a_mouth_that_opens_shows_its_inside_and_says_so(photo, warp):
    made = warp.frame(Target(opened(photo[2])))
    assert made.mouth.sum() > 50
    assert made.confidence[made.mouth].mean() < 0.4
    inside = made.image[made.mouth].astype(float)
    assert inside.std() > 15  # teeth and dark, not a fill


def test_closed_eyes_hide_the_iris(photo, warp):
    wanted = photo[2].copy()
    wanted[UPPER_LIDS] += 0.97 * (wanted[LOWER_LIDS] - wanted[UPPER_LIDS])
    made = warp.frame(Target(wanted))
    assert made.eyes.sum() < 0.2 * warp.frame(Target(photo[2])).eyes.sum()


def test_the_same_twice(photo, warp):
    wanted = opened(rotated(photo[2], 10))
    first, second = warp.frame(Target(wanted)), PhotoWarp(*photo).frame(Target(wanted))
    np.testing.assert_array_equal(first.image, second.image)
    np.testing.assert_array_equal(first.confidence, second.confidence)


def test_a_small_step_is_a_small_change(photo, warp):
    """No flicker: a still face whose points tremble by a hundredth of a pixel stays still."""
    rng = np.random.default_rng(0)
    wanted = opened(photo[2], 0.05)
    first = warp.frame(Target(wanted)).image.astype(int)
    second = warp.frame(Target(wanted + 0.01 * rng.standard_normal(wanted.shape))).image
    assert np.abs(first - second).mean() < 0.1


@pytest.mark.parametrize(
    "points", [np.zeros((478, 2)), np.zeros((68, 3)), np.full((478, 3), np.nan), np.zeros((478, 3), complex), "points"]
)
def test_what_are_no_points_is_said(photo, warp, points):
    with pytest.raises(ValueRangeError, match="478"):
        warp.frame(Target(points))
    with pytest.raises(ValueRangeError, match="478"):
        PhotoWarp(photo[0], photo[1], points)


@pytest.mark.parametrize("image", [np.zeros((64, 64), np.uint8), np.zeros((64, 64, 3)), np.zeros((1, 64, 3), np.uint8), None])
def test_what_is_no_photo_is_said(photo, image):
    with pytest.raises(ValueRangeError, match="photo"):
        PhotoWarp(image, *photo[1:])


def test_a_fit_of_another_photo_or_model_is_said(photo):
    image, fitted, points = photo
    with pytest.raises(ValueRangeError, match="that was fitted"):
        PhotoWarp(image[:-4], fitted, points)
    with pytest.raises(ValueRangeError, match="model of your own"):
        PhotoWarp(image, replace(fitted, triangles=fitted.triangles[:-1]), points)


def test_a_face_of_a_few_pixels_is_refused(photo):
    with pytest.raises(ValueRangeError, match="larger photo"):
        PhotoWarp(photo[0], photo[1], photo[2] * 0.02)


def test_a_face_at_the_border_and_one_that_leaves_the_picture(photo):
    image, _, points = photo
    low = points[:, :2].min(axis=0).astype(int) + 6
    cut = np.ascontiguousarray(image[low[1] :, low[0] :])
    own = points - [*low, 0]
    warp = PhotoWarp(cut, api.fit(cut), own)
    assert np.abs(warp.frame(Target(own)).image.astype(int) - cut).max() <= 1
    for shift in (-40.0, 40.0, -2000.0):
        made = warp.frame(Target(own + [shift, shift, 0]))
        assert made.image.shape == cut.shape and np.isfinite(made.confidence).all()


def test_a_tiny_photo(photo):
    """A face of twenty-five pixels: small, but moved like any."""
    image, fitted, points = photo
    small = np.ascontiguousarray(image[::4, ::4])
    seen = replace(fitted.camera, focal=fitted.camera.focal / 4, width=small.shape[1], height=small.shape[0])
    own = points / 4
    warp = PhotoWarp(small, replace(fitted, camera=seen), own)
    assert np.abs(warp.frame(Target(own)).image.astype(int) - small).max() <= 1
    assert np.abs(warp.frame(Target(opened(rotated(own, 20)))).image.astype(int) - small).max() > 10
