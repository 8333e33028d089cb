"""A photo as its head's texture: the layout's symmetry, what is seen, and what is completed."""

import dataclasses

import numpy as np
import pytest

from core import api
from core.errors import ModelError, ValueRangeError
from core.head.parts import fit_sphere
from core.head.template import load_template
from core.image.raster import Camera, rasterise
from core.morphable import layout
from core.morphable.camera import FRONT, Perspective, turned
from core.morphable.eyes import looking
from core.morphable.photo_fit import PhotoFit
from core.morphable.unwrap import unwrap

SIZE = 256
SKIN, SIDE = np.array([0.75, 0.55, 0.45]), np.array([0.2, 0.3, 0.8])


def photographed(yaw=0.0, colour=None):
    """A picture of the template, its skin of colour (V, 3), by default one tone, on blue, and its exact fit."""
    template = load_template()
    vertices = template.vertices.astype(float)
    rotation = FRONT @ turned(np.array([0.0, 0.0, yaw]))
    camera = Perspective(rotation, np.array([0.0, 0.01, 0.8]), 1000.0, 400, 420)
    raster = rasterise(vertices, template.triangles, Camera(rotation, camera.position(), 1000.0, 400, 420))
    albedo = np.tile(SKIN, (len(vertices), 1)) if colour is None else colour
    image = np.where(raster.triangle[..., None] >= 0, raster.interpolate(albedo, template.triangles), SIDE)
    marks = camera.project(template.landmark_points())[0]
    irises = np.column_stack([camera.project(template.eye_centres - [0.0, template.eye_radius, 0.0])[0], [7.0, 7.0]])
    made = PhotoFit(np.zeros(62), marks, marks, vertices, vertices, template.triangles, camera, 1.0, 0.0, irises, np.zeros((478, 3)))
    return (image * 255).astype(np.uint8), made


def quiet(_fraction, _what):
    pass


def at_vertices(texture, template):
    """Colours (V, 3) 0..1 of the texture at the template's vertices."""
    made = np.zeros((len(template.vertices), 3))
    place = np.clip((texture.uv * [1, -1] + [0, 1]) * len(texture.image), 0, len(texture.image) - 1).astype(int)
    made[template.triangles] = texture.image[place[..., 1], place[..., 0]] / 255
    return made


def test_layout_is_symmetric_turns_no_skin_over_and_overlaps_nowhere():
    found, template = layout.load_layout(), load_template()
    first, second = found.uv[:, 1] - found.uv[:, 0], found.uv[:, 2] - found.uv[:, 0]
    area = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    skin = found.is_part("skin", "mouth_bag", "eye_socket")
    assert (area[skin] > 0).all() and found.uv.min() >= 0 and found.uv.max() <= 1
    texels = found.texels(512)
    shown = texels.triangle >= 0
    assert 0.5 * np.abs(area).sum() == pytest.approx(shown.mean(), rel=0.02)  # each texel shows one triangle
    assert (shown[:440] == shown[:440, ::-1]).mean() > 0.999
    middle = template.vertices[template.triangles].mean(axis=1)[:, 0]
    face = shown[:440, :250]
    assert (middle[texels.triangle[:440, :250][face]] < 0.001).all()  # the person's right half on the left, as one sees a face


def test_seen_skin_is_the_photos_and_nothing_of_the_background_bleeds_in():
    template = load_template()
    image, fitted = photographed()
    texture = unwrap(image, fitted, SIZE, quiet)
    skin = template.is_part("skin")
    colours = at_vertices(texture, template)[skin]
    off = np.abs(colours - SKIN).max(axis=1)
    assert np.quantile(off, 0.97) < 0.03  # the rest lies at the rims of lids and lips, beside what is darker
    assert (colours[:, 2] < colours[:, 0]).all()
    assert texture.seen.max() > 0.99 and 0.1 < texture.seen.mean() < 0.6
    assert texture.image.shape == (SIZE, SIZE, 3) and texture.uv.shape == (len(template.triangles), 3, 2)


def test_the_side_that_is_not_seen_comes_from_the_other_one():
    template = load_template()
    spot = np.linalg.norm(np.abs(template.vertices) - [0.045, 0.01, 0.045], axis=1) < 0.03  # on both cheeks
    colour = np.where(spot[:, None], SKIN * [1.0, 0.7, 0.7], SKIN)
    image, fitted = photographed(np.radians(55.0), colour)
    texture = unwrap(image, fitted, SIZE, quiet)
    seen = at_vertices(dataclasses.replace(texture, image=np.repeat((texture.seen * 255).astype(np.uint8)[..., None], 3, 2)), template)
    hidden = spot & template.is_part("skin") & (seen[:, 0] < 0.02)
    assert hidden.sum() > 10
    assert np.median(np.abs(at_vertices(texture, template)[hidden] - colour[hidden]).max(axis=1)) < 0.05


def test_hair_goes_on_over_the_scalp_and_a_collar_stays_out():
    template = load_template()
    place, hair = template.vertices, np.array([0.12, 0.09, 0.07])
    colour = np.where(place[:, 2:] > 0.06, hair, np.where(place[:, 2:] < -0.12, 0.03, SKIN))
    image, fitted = photographed(0.2, colour)
    made = at_vertices(unwrap(image, fitted, SIZE, quiet), template)
    back = template.is_part("skin") & (place[:, 1] > 0.12) & (place[:, 2] > 0.03)
    neck = template.is_part("skin") & (place[:, 2] < -0.11) & (place[:, 1] < 0.06)
    assert np.abs(made[back] - hair).max() < 0.05
    assert np.median(np.abs(made[neck] - SKIN).max(axis=1)) < 0.12


def test_eyes_turn_to_where_the_irises_are_seen_and_keep_still_when_shut():
    template = load_template()
    _, fitted = photographed()
    turn = turned(np.array([0.1, 0.0, 0.2]))
    right = template.is_part("eye_right")
    centre, radius, _ = fit_sphere(fitted.vertices[right])
    pole = fitted.vertices[right][fitted.vertices[right][:, 1].argmin()]
    target = centre + turn @ (pole - centre)
    irises = np.array(fitted.irises)
    irises[0, :2] = fitted.camera.project(target)[0]
    irises[1, :2] += irises[0, :2] - fitted.irises[0, :2]  # both eyes look there
    made = looking(fitted.vertices, fitted.camera, irises, fitted.landmarks)
    found = made[right][fitted.vertices[right][:, 1].argmin()]
    assert np.linalg.norm(fitted.camera.project(found)[0] - fitted.camera.project(target)[0]) < 0.5
    assert np.abs(made - fitted.vertices)[~template.is_part("eye_right", "eye_left")].max() == 0.0
    shut = fitted.landmarks.copy()
    shut[[41, 40, 47, 46]] = shut[[37, 38, 43, 44]]
    assert (looking(fitted.vertices, fitted.camera, irises, shut) == fitted.vertices).all()
    assert radius == pytest.approx(template.eye_radius, rel=0.05)


def test_what_is_no_photo_of_the_fit_is_refused():
    image, fitted = photographed()
    for wrong, size, word in ((image[:-1], SIZE, "photo that was fitted"), (image, 8, "64 to 4096")):
        with pytest.raises(ValueRangeError, match=word):
            api.face_texture(wrong, fitted, size=size)
    with pytest.raises(ValueRangeError, match="model of your own"):
        api.face_texture(image, dataclasses.replace(fitted, triangles=fitted.triangles[1:]))


def test_damaged_layout_is_told(tmp_path, monkeypatch):
    (tmp_path / "unwrap.npz").write_bytes(b"PK\x03\x04")
    monkeypatch.setattr(layout, "PATH", tmp_path / "unwrap.npz")
    with pytest.raises(ModelError, match="Install Mimica again"):
        layout.load_layout.__wrapped__()
