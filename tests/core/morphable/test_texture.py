"""The fast texture mapping against the slow, plain one, and what a prior must be."""

import time

import numpy as np
import pytest

from core.errors import ValueRangeError
from core.evaluation import prior_reference
from core.morphable.camera import FRONT, Pose, turned
from core.morphable.model import load_model
from core.morphable.texture import Texture, drawn_triangles, kept_triangles, render_priors

SIZE = (128, 128)


def seen(yaw: float, pitch: float = 0.0, scale: float = 580.0) -> Pose:
    return Pose(turned(np.radians([pitch, yaw, 0.0])) @ FRONT, scale, np.array([64.0, 54.0]))


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    y, x = np.mgrid[:128, :128] / 128.0
    waves = np.stack([np.sin(9 * x + 3 * y), np.cos(7 * y), np.sin(5 * x * y + 1)], axis=-1)
    return (127.5 + 127.5 * waves).astype(np.uint8)


@pytest.mark.parametrize("interval", [0, 1, 2])
@pytest.mark.parametrize("yaw, pitch, scale", [(0.0, 0.0, 580.0), (35.0, -10.0, 580.0), (-70.0, 15.0, 700.0), (10.0, 0.0, 2000.0)])
def test_every_pixel_is_as_in_the_plain_loop(photo, yaw, pitch, scale, interval):
    model = load_model()
    shape = np.random.default_rng(3).normal(size=50)
    vertices = model.vertices(shape).astype(np.float64)
    triangles = kept_triangles(drawn_triangles(model), len(vertices), interval)
    source = seen(0.0).project(vertices)[0].astype(np.float32)
    pixels, depth = (values.astype(np.float32) for values in seen(yaw, pitch, scale).project(vertices))
    drawn = Texture(photo, source, triangles).draw(pixels, depth, SIZE)
    image, number = prior_reference.draw(
        photo.astype(float), source.astype(float), triangles, pixels.astype(float), depth.astype(float), SIZE
    )
    covered = number >= 0
    assert covered.sum() > 500
    np.testing.assert_array_equal(drawn.mask, covered)
    assert (drawn.triangle != number).mean() < 1e-3  # on an edge of two triangles, rounding may name the other one
    assert np.abs(drawn.image - image).max() < 0.5


def test_a_dense_prior_has_no_holes():
    """A white photo stays white wherever four neighbours are face: but for the mouth and nostrils, which have no skin."""
    model = load_model()
    coefficients = np.concatenate([seen(0.0).matrix().ravel(), np.zeros(50)])
    images, masks = render_priors(np.full((128, 128, 3), 255, np.uint8), coefficients, coefficients[None], model, interval=0)
    assert (images[0][masks[0]] == 255).all() and (images[0][~masks[0]] == 0).all()
    mask = masks[0]
    hole = ~mask[1:-1, 1:-1] & mask[:-2, 1:-1] & mask[2:, 1:-1] & mask[1:-1, :-2] & mask[1:-1, 2:]
    assert not hole.any()


def test_the_photo_comes_back_where_nothing_is_changed(photo):
    model = load_model()
    coefficients = np.concatenate([seen(10.0).matrix().ravel(), np.random.default_rng(0).normal(size=50)])
    images, masks = render_priors(photo, coefficients, coefficients[None], model, interval=0)
    error = np.abs(images[0].astype(int) - photo)[masks[0]]
    assert np.percentile(error, 95) <= 2  # hidden parts aside, what is seen lies where it was


def test_sparse_as_the_paper_counts():
    """A third of the vertices and about 70 % of the triangles go at interval 1 (14,692 of 22,038; 450 of 1,550 ms)."""
    rows = np.arange(149 * 148).reshape(149, 148)
    corner = rows[:-1, :-1].ravel(), rows[:-1, 1:].ravel(), rows[1:, :-1].ravel(), rows[1:, 1:].ravel()
    triangles = np.concatenate([np.stack(corner[:3], axis=1), np.stack(corner[1:], axis=1)])
    kept = kept_triangles(triangles, rows.size, 1)
    assert len(np.unique(kept)) / rows.size < 0.667
    assert 0.2 < len(kept) / len(triangles) < 0.4
    assert len(kept_triangles(triangles, rows.size, 0)) == len(triangles)
    assert len(kept_triangles(triangles, rows.size, 3)) < len(kept_triangles(triangles, rows.size, 2)) < len(kept)
    with pytest.raises(ValueRangeError, match="interval"):
        kept_triangles(triangles, rows.size, -1)


def test_faster_than_the_plain_loop(photo):
    model = load_model()
    vertices, triangles = model.mean.astype(np.float64), drawn_triangles(model)
    pixels, depth = seen(20.0).project(vertices)
    texture = Texture(photo, pixels, triangles)
    texture.draw(pixels, depth, SIZE)
    start = time.process_time()
    for _ in range(5):
        texture.draw(pixels, depth, SIZE)
    fast = (time.process_time() - start) / 5
    start = time.process_time()
    prior_reference.draw(photo.astype(float), pixels, triangles, pixels, depth, SIZE)
    assert fast < 0.1 * (time.process_time() - start)
