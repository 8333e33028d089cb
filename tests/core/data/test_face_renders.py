"""Rendered faces: known truth, the same seed the same picture, every option seen, and faces that a detector takes for faces."""

from dataclasses import fields, replace

import numpy as np
import pytest

from core.data import face_shots
from core.data.capture_set import random_weights
from core.data.face_appearance import Appearance, plain, random_appearance
from core.data.face_faults import CLEAN, Faults, photographed
from core.data.face_paint import paint
from core.data.face_renders import WORN, Person
from core.data.face_shots import camera_of, portrait, random_shot, softbox, view
from core.data.face_textures import strands
from core.data.render_kernels import draw
from core.head.template import PARTS, load_template
from core.image.detector import detect_faces
from core.image.raster import rasterise

SIZE = 96
# Every option of a look, and a value far from `base`'s
PAINTED = {
    "seed": 5, "skin": np.array([0.1, 0.05, 0.03]), "mottle": 1.0, "freckles": 0.9, "age": 0.9, "oil": 0.9, "flush": 0.8, "bags": 0.9,
    "hair_line": 0.03, "brow": np.full(3, 0.4), "brow_width": 0.009, "brow_density": 1.0, "brow_lift": 0.003, "brow_arch": 0.003,
    "brow_taper": 0.1, "liner": 1.0, "shadow": 0.8, "lip_colour": np.array([0.4, 0.02, 0.02]), "lip_strength": 1.0, "lip_gloss": 0.0,
    "iris": np.full(3, 0.4), "iris_size": 0.5, "pupil_size": 0.3, "sclera": np.full(3, 0.2), "veins": 1.0, "teeth": np.full(3, 0.1),
    "beard": 0.9, "moustache": 0.9, "shaven": 0.9, "hair": np.full(3, 0.4),
}  # fmt: skip
WORN_OPTIONS = {
    "hair_style": "long", "hair_volume": 0.03, "hair_part": -1.0, "lashes": 0.012, "glasses": "thick", "cloth": np.full(3, 0.9), "collar": 0.012,
}  # fmt: skip
OF_OTHERS = {
    "shadow_colour": "shadow",
    "glasses_colour": "glasses",
    "glasses_size": "glasses",
    "glasses_tint": "glasses",
}  # seen with these


@pytest.fixture(scope="module")
def template():
    return load_template()


@pytest.fixture(scope="module")
def base() -> Appearance:
    return replace(plain(random_appearance(np.random.default_rng(2))), hair_style="short", collar=-0.01)


@pytest.fixture(scope="module")
def person(template, base) -> Person:
    return Person(template, base)


def open_mouthed(template) -> np.ndarray:
    return template.vertices.astype(float) + 0.8 * template.arkit_field("jawOpen")


def test_faces_are_faces_to_a_detector(template):
    seen = 0
    for seed in range(8):
        shot = random_shot(np.random.default_rng([seed, 2]))
        image = Person(template, random_appearance(np.random.default_rng([seed, 1]))).render(template.vertices, shot, 192, samples=1)
        faces = detect_faces(image)
        points, _ = camera_of(shot, 192).project(template.landmark_points())
        seen += bool(faces) and np.linalg.norm(faces[0].keypoints[2] - points[30]) < 12
    assert seen >= 7


def test_one_seed_one_picture_whatever_was_rendered_before(template, base, person):
    shot = random_shot(np.random.default_rng(3))
    first = person.render(template.vertices, shot, SIZE)
    person.render(open_mouthed(template), random_shot(np.random.default_rng(4)), SIZE)
    np.testing.assert_array_equal(first, person.render(template.vertices, shot, SIZE))
    np.testing.assert_array_equal(first, Person(template, base).render(template.vertices, shot, SIZE))


def test_looks_shot_and_face_are_independent(template, base, person):
    """Another face before the same camera leaves the background alone; another shot of it shows the same paint."""
    shot = replace(random_shot(np.random.default_rng(3)), faults=CLEAN)
    other = Person(template, replace(base, skin=np.full(3, 0.1)))
    one, two = person.render(template.vertices, shot, SIZE), other.render(open_mouthed(template), shot, SIZE)
    behind = (person.maps(template.vertices, shot, SIZE).part < 0) & (other.maps(open_mouthed(template), shot, SIZE).part < 0)
    inner = behind & np.roll(behind, 2, 0) & np.roll(behind, -2, 0) & np.roll(behind, 2, 1) & np.roll(behind, -2, 1)
    assert inner.sum() > 500
    np.testing.assert_array_equal(one[inner], two[inner])
    assert np.abs(one.astype(int) - two)[~behind].mean() > 5


def test_triangles_are_those_of_the_plain_rasteriser(template):
    vertices, camera = open_mouthed(template), camera_of(portrait(25.0, -10.0), 160)
    expected = rasterise(vertices, template.triangles, camera)
    pixels, depth = camera.project(vertices)
    whole = np.ones(len(vertices), np.float32)
    uv = np.zeros((len(template.triangles), 3, 2), np.float32)
    for one_sided in (0, len(template.triangles)):
        ids, near = np.full((160, 160), -1, np.int32), np.zeros((160, 160), np.float32)
        triangles = template.triangles.astype(np.int32)
        draw(pixels.astype(np.float32), (1 / depth).astype(np.float32), triangles, one_sided, True, uv, whole, strands(), ids, near)
        same = ids == expected.triangle
        assert same.mean() > (
            0.998 if one_sided == 0 else 0.99
        )  # samples on an edge go either way; the head's inside is seen from below only
        np.testing.assert_allclose(1 / near[same & (ids >= 0)], expected.depth[same & (ids >= 0)], rtol=1e-5)


def test_maps_tell_where_every_pixel_lies(template, person):
    shot, vertices = portrait(20.0, 5.0, 8.0), open_mouthed(template)
    camera, maps = camera_of(shot, SIZE), person.maps(vertices, shot, SIZE)
    row, column = np.nonzero(maps.triangle >= 0)
    corners = template.triangles[maps.triangle[row, column]]
    system = np.concatenate([template.vertices[corners].transpose(0, 2, 1), np.ones((len(corners), 1, 3))], axis=1).astype(float)
    place = np.concatenate([maps.place[row, column], np.ones((len(row), 1))], axis=1)
    weights = np.stack([np.linalg.lstsq(a, b, rcond=None)[0] for a, b in zip(system, place, strict=True)])
    pixels, depth = camera.project(np.einsum("nk,nkd->nd", weights, vertices[corners]))
    assert np.abs(pixels - np.stack([column, row], axis=1) - 0.5).max() < 0.02
    np.testing.assert_allclose(depth, maps.depth[row, column], atol=2e-5)
    assert (maps.part[row, column] == template.part[corners[:, 0]]).all()
    assert np.isnan(maps.place[maps.triangle < 0]).all() and np.isinf(maps.depth[maps.part == -1]).all()
    assert {PARTS.index("mouth_bag"), PARTS.index("eye_left"), WORN + 3, WORN + 5} <= set(np.unique(maps.part))


def test_light_is_finite_and_no_more_than_a_lamp_could_give(template):
    for seed in range(5):
        person = Person(template, random_appearance(np.random.default_rng([seed, 1])))
        linear = person.linear(open_mouthed(template), random_shot(np.random.default_rng([seed, 2]), 0.9), SIZE, samples=1)
        assert np.isfinite(linear).all() and linear.min() >= 0 and np.quantile(linear, 0.99) < 3


def test_the_mouth_is_dark_inside_and_darker_when_it_closes(template, person):
    person.mesh.dress(open_mouthed(template), 0.0)
    person.shade.look_ahead()
    opened = person.shade.open[: len(template.vertices)].copy()
    person.mesh.dress(template.vertices.astype(float), 0.0)
    person.shade.look_ahead()
    closed = person.shade.open[: len(template.vertices)]
    teeth, bag, skin = (template.is_part(name) for name in ("teeth_lower", "mouth_bag", "skin"))
    assert closed[teeth].max() < 0.7 * opened[teeth].max() and opened[bag].mean() < 0.5 * opened[skin].mean()


def test_every_option_of_a_look_is_listed():
    assert {field.name for field in fields(Appearance)} == {*PAINTED, *WORN_OPTIONS, *OF_OTHERS}


def test_every_painted_option_changes_the_paint(base):
    before = paint(base)[1]
    for name, value in PAINTED.items():
        under = replace(base, beard=0.5) if name == "hair" else base
        changed = paint(replace(under, **{name: value}))[1]
        assert np.abs(changed - before).max() > 0.02, name
    tinted = replace(base, shadow=0.8)
    assert np.abs(paint(tinted)[1] - paint(replace(tinted, shadow_colour=np.array([0.0, 0.2, 0.3])))[1]).max() > 0.02


def test_every_worn_option_changes_the_picture(template, base, person):
    shot = portrait(10.0, 0.0)
    before = person.linear(template.vertices, shot, SIZE)
    for name, value in WORN_OPTIONS.items():
        assert np.abs(Person(template, replace(base, **{name: value})).linear(template.vertices, shot, SIZE) - before).max() > 0.02, name
    glasses = replace(base, glasses="thin", glasses_size=np.array([0.026, 0.018, 2.0]), glasses_tint=0.0)
    before = Person(template, glasses).linear(template.vertices, shot, SIZE)
    for name, value in {"glasses_colour": np.full(3, 0.6), "glasses_size": np.array([0.03, 0.024, 5.0]), "glasses_tint": 0.5}.items():
        assert np.abs(Person(template, replace(glasses, **{name: value})).linear(template.vertices, shot, SIZE) - before).max() > 0.02, name


def test_every_option_of_a_shot_changes_the_picture(template, person):
    shot = replace(random_shot(np.random.default_rng(1)), faults=CLEAN)
    while not len(shot.lamps):
        shot = replace(random_shot(np.random.default_rng(shot.seed)), faults=CLEAN)
    before = person.render(template.vertices, shot, SIZE).astype(int)
    values = {
        "yaw": shot.yaw + 0.2, "pitch": shot.pitch + 0.2, "roll": shot.roll + 0.2, "extent": shot.extent * 1.2, "distance": shot.distance * 0.6,
        "shift": shot.shift + 0.02, "sky": shot.sky * 1.5, "lamps": -shot.lamps, "lamp_colours": 3 * shot.lamp_colours,
        "lamp_sizes": 0.9 * shot.lamp_sizes, "lamp_softness": 1.0 - shot.lamp_softness, "gloss": 4.0, "twist": shot.twist + 0.5,
        "background": 1.0 - shot.background, "faults": Faults(grain=9.0),
    }  # fmt: skip
    assert set(values) == {field.name for field in fields(shot)} - {"seed"}
    for name, value in values.items():
        assert np.abs(person.render(template.vertices, replace(shot, **{name: value}), SIZE) - before).max() > 3, name


def test_every_fault_is_seen_and_none_leaves_the_picture_as_it_is():
    linear = np.random.default_rng(0).uniform(0.1, 0.5, (64, 48, 3)).astype(np.float32)
    before = photographed(linear, CLEAN, np.random.default_rng(1))
    np.testing.assert_allclose(before, 255 * linear ** (1 / 2.2), atol=6.0)  # but for the highlights' roll-off
    values = {
        "exposure": 1.5, "balance": (1.2, 1.0, 0.8), "contrast": 1.4, "saturation": 0.0, "vignette": 0.5, "blur": 4.0, "motion": (30.0, 9.0),
        "shrink": 2.0, "grain": 8.0, "jpeg": 30, "veil": 0.1, "occluder": (0.5, 0.5, 0.2, 0.2, 0.3, 0.5),
    }  # fmt: skip
    assert {*values, "occluder_colour"} == {field.name for field in fields(Faults)}
    for name, value in values.items():
        after = photographed(linear, Faults(**{name: value}), np.random.default_rng(1))
        assert after.shape == before.shape and after.dtype == np.uint8 and np.abs(after.astype(int) - before).mean() > 2, name


def test_portraits_are_turned_as_asked(template, person):
    for angles in ((20.0, 0.0, 0.0), (0.0, -15.0, 10.0)):
        np.testing.assert_allclose(view(*angles), camera_of(portrait(*angles, rng=np.random.default_rng(5)), 64).rotation, atol=1e-12)
    nose = template.landmark_points()[30].astype(float)
    straight, left = (camera_of(portrait(yaw, 0.0), 200).project(nose)[0] for yaw in (0.0, 20.0))
    assert left[0] - straight[0] > 10  # to the person's left is to the picture's right


def test_a_softbox_lights_as_a_large_lamp_does():
    normals, towards = np.random.default_rng(0).normal(size=(5000, 3)), np.array([0.6, -0.64, 0.48])
    x, y, z = (normals / np.linalg.norm(normals, axis=1, keepdims=True)).T
    harmonics = np.stack([np.ones_like(x), x, y, z, x * y, y * z, x * z, x * x - y * y, 3 * z * z - 1], axis=1)
    light = harmonics @ softbox(towards, np.array([1.0, 0.5, 0.0]))
    cosine = np.stack([x, y, z], axis=1) @ towards
    assert np.abs(light[:, 0] - np.clip(cosine, 0, None)).max() < 0.1
    np.testing.assert_allclose(light[:, 1], 0.5 * light[:, 0])


def test_cameras_get_about_as_much_light_as_they_want():
    ahead = []
    for seed in range(60):
        light = face_shots.random_light(np.random.default_rng(seed))
        sky, lamps = light["sky"], np.clip(-light["lamps"][:, 1], 0, None) @ light["lamp_colours"]
        ahead.append((sky[0] - sky[2] - sky[7] - sky[8] + lamps).mean())
    assert np.quantile(ahead, 0.1) > 0.5 and np.quantile(ahead, 0.9) < 1.6


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
