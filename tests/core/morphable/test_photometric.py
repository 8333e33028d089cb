"""Shading on rendered people whose shape is known; and its derivatives."""

import numpy as np
import pytest

from core.data.face_appearance import plain, random_appearance
from core.data.face_renders import Person
from core.data.face_shots import camera_of, everyday, portrait, view
from core.head.frame import umeyama
from core.head.template import load_template
from core.morphable import skin as skins
from core.morphable.camera import FRONT, Lens, Pose
from core.morphable.fit import fit_landmarks
from core.morphable.lighting import alike, harmonics
from core.morphable.model import load_model
from core.morphable.photometric import refine, weights
from core.morphable.skin import skin_of
from core.motion.rotations import matrices

SIZE = 256


def taken(seed: int, bare: bool = True):
    """A person with details, their picture, landmarks as a detector would give them, and the lens; bare in soft light, or anyhow in any light."""
    model, template, rng = load_model(), load_template(), np.random.default_rng(seed)
    alpha, detail = rng.normal(size=40), rng.normal(size=len(model.detail))
    detail[: model.detail_expression] = 0.0
    vertices = model.vertices(np.append(alpha, np.zeros(10))) + np.tensordot(detail, model.detail, 1)
    vertices = vertices.astype(np.float64)
    shot = portrait(0.0, 0.0, rng=rng)
    look = random_appearance(rng)
    sitter = Person(template, plain(look) if bare else look, vertices)
    camera, image = camera_of(shot, SIZE), sitter.render(vertices, shot if bare else everyday(shot, rng), SIZE)
    marks = camera.project(template.landmark_points(vertices))[0] + rng.normal(size=(68, 2)) * 0.5
    return vertices, image, marks, Lens(camera.focal, np.full(2, SIZE / 2))


def error(fit, vertices: np.ndarray) -> float:
    face = load_model().face
    found = fit.vertices(load_model(), neutral=True)[face].astype(float)
    return 1000 * float(np.linalg.norm(umeyama(found, vertices[face]).to_canonical(found) - vertices[face], axis=1).mean())


def test_shading_refines_the_shape():
    before, after = [], []
    for seed in range(4):
        vertices, image, marks, lens = taken(seed)
        fit = fit_landmarks(marks, load_model(), lens=lens)
        before.append(error(fit, vertices))
        after.append(error(refine(image, fit, marks, load_model()), vertices))
    assert np.mean(after) < 0.9 * np.mean(before)


def test_beards_fringes_and_hard_light_take_nothing_away():
    before, after = [], []
    for seed in range(4):
        vertices, image, marks, lens = taken(seed, bare=False)
        fit = fit_landmarks(marks, load_model(), lens=lens)
        before.append(error(fit, vertices))
        after.append(error(refine(image, fit, marks, load_model()), vertices))
    assert np.mean(after) < np.mean(before)
    assert (np.array(after) < 1.1 * np.array(before)).all()


@pytest.mark.parametrize("colour", [(20, 20, 90), (200, 190, 180)])
def test_something_before_the_cheek_is_left_out(colour):
    vertices, image, marks, lens = taken(1)
    fit = fit_landmarks(marks, load_model(), lens=lens)
    alone, clear = error(fit, vertices), error(refine(image, fit, marks, load_model()), vertices)
    left, top = ((marks[4] + marks[31]) / 2 - 16).astype(int)
    image[top : top + 32, left : left + 32] = colour
    hidden = error(refine(image, fit, marks, load_model()), vertices)
    assert clear < alone
    assert hidden < alone


def test_a_painted_patch_has_another_colour():
    skin, rng = skin_of(load_model()), np.random.default_rng(3)
    values = harmonics(skin.normals(skin.mean)[0])[0][:, :4]
    shaded = values @ [1.0, 0.2, -0.5, 0.2] + rng.normal(0.0, 0.01, len(values))
    colours = shaded[:, None] * [0.5, 0.3, 0.2]
    patch = np.linalg.norm(skin.mean[skin.rows] - skin.mean[skin.rows[100]], axis=1) < 0.02
    colours[patch] *= [0.3, 0.5, 1.5]
    trust = alike(colours, values, 3.0, 0.05)
    assert 10 < patch.sum() < 200
    assert trust[patch].max() < 0.05
    assert np.median(trust[~patch]) > 0.9


def test_shadows_count_nothing_and_pictures_less_that_are_not_explained():
    off = np.random.default_rng(4).normal(0.0, 0.01, 500)
    off[:60] = -0.3  # a cast shadow
    shares = weights(off, np.ones(500), 0.5)
    assert shares[:60].max() < 0.01 * np.median(shares)
    assert weights(10.0 * off, np.ones(500), 0.5).sum() < 0.02 * shares.sum()
    np.testing.assert_allclose(weights(3.0 * off, np.ones(500), 1.5), shares / 9.0)


def test_folds_see_less_of_the_sky():
    skin = skin_of(load_model())
    points = skin.mean[skin.rows]
    forehead = (np.abs(points[:, 0]) < 0.03) & (points[:, 2] > 0.04)
    beside_the_nose = np.argsort(skin.open)[:20]
    assert skin.open.min() > 0.0
    assert skin.open.max() <= 1.0
    assert skin.open[forehead].min() > skin.open[beside_the_nose].max()


def test_a_fine_model_is_looked_at_in_part(monkeypatch):
    monkeypatch.setattr(skins, "MOST", 300)
    skin = skins.Skin(load_model())
    assert 150 < len(skin.rows) <= 300
    whole = skin_of(load_model())
    chosen = np.flatnonzero(np.isin(whole.used[whole.rows], skin.used[skin.rows]))
    assert len(chosen) == len(skin.rows)
    np.testing.assert_allclose(skin.normals(skin.mean)[0], whole.normals(whole.mean)[0][chosen], atol=1e-9)


def test_a_picture_that_says_nothing_changes_nothing():
    _, _, marks, lens = taken(5)
    fit = fit_landmarks(marks, load_model(), lens=lens)
    assert refine(np.zeros((SIZE, SIZE, 3), np.uint8), fit, marks, load_model()) is fit
    assert refine(np.full((SIZE, SIZE, 3), 255, np.uint8), fit, marks, load_model()) is fit


def test_normals_follow_the_coefficients():
    skin, step = skin_of(load_model()), 1e-5
    alpha = np.random.default_rng(0).normal(size=skin.bases.shape[2])
    _, change = skin.normals(skin.vertices(alpha))
    for k in (0, 7, 45, 80):
        ahead, behind = (skin.normals(skin.vertices(alpha + s * step * np.eye(len(alpha))[k]))[0] for s in (1, -1))
        np.testing.assert_allclose(change[..., k], (ahead - behind) / (2 * step), atol=1e-5)


def test_harmonics_and_their_slopes():
    normals = np.random.default_rng(1).normal(size=(20, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    _, slopes = harmonics(normals)
    for axis in range(3):
        step = 1e-6 * np.eye(3)[axis]
        np.testing.assert_allclose(slopes[..., axis], (harmonics(normals + step)[0] - harmonics(normals - step)[0]) / 2e-6, atol=1e-6)


@pytest.mark.parametrize("axis, sign", [(0, 1.0), (1, -1.0)])
def test_pictures_are_turned_as_said(axis, sign):
    """Yaw to the person's left moves the nose to the image's right; pitch up moves it up."""
    still, moved = (view(*(np.eye(2)[axis] * angle)) @ np.array([0.0, -0.1, 0.0]) for angle in (0.0, 20.0))
    assert sign * (moved - still)[axis] > 0.01


def test_angles_are_those_of_recordings():
    """A head turned to its own left, up, and to its left shoulder; in core/motion/rotations.py's convention, whose matrices turn it back."""
    for asked, expected in (
        ((20.0, 0.0, 0.0), (-20.0, 0.0, 0.0)),
        ((0.0, 15.0, 0.0), (0.0, -15.0, 0.0)),
        ((0.0, 0.0, 10.0), (0.0, 0.0, 10.0)),
    ):
        np.testing.assert_allclose(np.degrees(Pose(view(*asked), 1.0, np.zeros(2)).angles()), expected, atol=1e-9)
    pose = Pose(view(30.0, -12.0, 8.0), 1.0, np.zeros(2))
    np.testing.assert_allclose(FRONT @ matrices(pose.angles()[None])[0], pose.rotation, atol=1e-9)
