"""A photo through the front door: api.fit, api.prior and the command line."""

import numpy as np
import pytest

from core import api
from core.__main__ import main
from core.data.face_appearance import random_appearance
from core.data.face_renders import Person
from core.data.face_shots import portrait
from core.errors import LandmarkError, ValueRangeError
from core.head.template import load_template
from core.image.files import read_png, write_png
from core.morphable.camera import Pose
from core.morphable.model import PATH

SIZE = 320


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    template, rng = load_template(), np.random.default_rng(12)
    vertices = template.vertices.astype(np.float64)
    return Person(template, random_appearance(rng)).render(vertices, portrait(15.0, 0.0, rng=rng), SIZE)


@pytest.fixture(scope="module")
def made(picture):
    return api.fit(picture)


def test_a_picture_becomes_a_head_on_the_templates_topology(picture, made):
    template = load_template()
    assert made.coefficients.shape == (62,) and made.coefficients.dtype == np.float32
    assert made.landmarks.shape == made.detected.shape == (68, 2)
    assert made.vertices.shape == made.neutral.shape == template.vertices.shape
    np.testing.assert_array_equal(made.triangles, template.triangles)
    assert made.confidence > 0.7 and made.residual < 0.025  # shading does not bend to the detector's own idea of a face
    assert api.fit(picture, shading=False).residual < 0.02
    yaw, pitch, roll = np.degrees(Pose(made.camera.rotation, 1.0, np.zeros(2)).angles())
    assert abs(yaw + 15.0) < 8.0 and abs(pitch) < 10.0 and abs(roll) < 4.0
    nose, _ = made.camera.project(template.landmark_points(made.vertices.astype(float))[30])
    assert np.linalg.norm(nose - made.detected[30]) < 0.05 * SIZE


def test_a_given_focal_length_is_kept(picture):
    assert api.fit(picture, focal=700.0, shading=False).camera.focal == 700.0


def test_no_face_is_said(picture):
    with pytest.raises(LandmarkError, match="wall"):
        api.fit(np.full((200, 200, 3), 128, np.uint8), name="wall")
    with pytest.raises(ValueRangeError, match="1 were found"):
        api.fit(picture, face=3)


def test_priors_of_several_faces(picture, made):
    images, masks = api.prior(picture, made.coefficients, np.stack([made.coefficients] * 2), interval=0)
    assert images.shape == (2, SIZE, SIZE, 3) and masks.shape == (2, SIZE, SIZE)
    sparse, kept = api.prior(picture, made.coefficients, made.coefficients)
    assert 0.1 * masks[0].sum() < kept.sum() < 0.6 * masks[0].sum() and (sparse[0][~kept[0]] == 0).all()
    for wrong in (np.zeros(61), np.full(62, np.nan), np.zeros((2, 2, 62))):
        with pytest.raises(ValueRangeError, match="62"):
            api.prior(picture, made.coefficients, wrong)


def test_the_command_line_gives_the_same(picture, made, tmp_path, capsys):
    photo, fitted, drawn = tmp_path / "photo.png", tmp_path / "fit.npz", tmp_path / "prior.png"
    write_png(photo, picture)
    texture = ["--texture", str(tmp_path / "texture.png"), "--texture-size", "128"]
    assert main(["fit", "--photo", str(photo), "--out", str(fitted), "--model", str(PATH), *texture]) == 0
    unwrapped = api.face_texture(picture, made, size=128)
    np.testing.assert_array_equal(read_png(tmp_path / "texture.png"), unwrapped.image)
    with np.load(fitted) as archive:
        np.testing.assert_array_equal(archive["uv"], unwrapped.uv)
        np.testing.assert_array_equal(archive["coefficients"], made.coefficients)
        np.testing.assert_array_equal(archive["vertices"], made.vertices)
    assert main(["prior", "--photo", str(photo), "--fit", str(fitted), "--interval", "0", "--out", str(drawn)]) == 0
    np.testing.assert_array_equal(read_png(drawn), api.prior(picture, made.coefficients, made.coefficients, interval=0)[0][0])
    several = tmp_path / "several.npz"
    np.savez(several, coefficients=np.stack([made.coefficients] * 2))
    asked = ["prior", "--photo", str(photo), "--fit", str(fitted), "--coefficients", str(several), "--out"]
    assert main([*asked, str(tmp_path / "frames")]) == 0 and len(list((tmp_path / "frames").glob("*.png"))) == 2
    assert main([*asked, str(drawn)]) == 1
    assert "folder" in capsys.readouterr().err
    several.write_bytes(b"no npz")
    assert main([*asked, str(drawn)]) == 1
    assert "several.npz" in capsys.readouterr().err
