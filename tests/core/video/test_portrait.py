"""PGFG laid over the warp of a rendered face: what it may change, at which resolution, and that the photo stays where nothing moves."""

import numpy as np
import pytest

from core import api
from core.evaluation.picture_scores import psnr
from core.image.files import read_png
from core.morphable.photo_fit import priors
from core.runtime.backend import OnnxBackend
from core.video.face_crop import FaceCrop
from core.video.photo_warp import PhotoWarp, Target
from core.video.portrait import SIDE, Portrait, TexturePriors, laid_over

from .test_photo_warp import FACE, opened, rotated


@pytest.fixture(scope="module")
def photo():
    face = np.pad(read_png(FACE), [(60, 60), (60, 60), (0, 0)], mode="edge")
    fitted = api.fit(face)
    return face, fitted, fitted.points


@pytest.fixture(scope="module")
def portrait(photo):
    return Portrait(*photo)


def test_a_face_that_does_not_move_is_the_photo(photo, portrait):
    made = portrait.frame(Target(photo[2])).image.astype(int)
    assert np.abs(made - PhotoWarp(*photo).frame(Target(photo[2])).image).max() <= 1


def test_a_small_movement_changes_little(photo, portrait):
    made = [portrait.frame(Target(photo[2] + [shift, 0.0, 0.0])).image.astype(float) for shift in (0.0, 0.05)]
    assert np.abs(made[1] - made[0]).mean() < 0.3


@pytest.mark.parametrize("moved", [lambda p: opened(p), lambda p: rotated(p, yaw=15.0)], ids=["opened", "turned"])
def test_the_network_changes_the_face_and_nothing_beyond_its_crop(photo, portrait, moved):
    wanted = moved(photo[2])
    warped, made = PhotoWarp(*photo).frame(Target(wanted)), portrait.frame(Target(wanted))
    rows, columns = FaceCrop.about(wanted, SIDE).box(photo[0].shape)
    changed = np.abs(made.image.astype(int) - warped.image).max(axis=2)
    assert changed[rows, columns].max() > 3
    changed[rows, columns] = 0
    assert changed.max() == 0
    np.testing.assert_array_equal(made.confidence, warped.confidence)


def test_the_same_from_both_backends(photo, portrait):
    torch_backend = pytest.importorskip("core.runtime.torch_backend")
    pytest.importorskip("torch")
    wanted = Target(opened(photo[2]))
    other = Portrait(*photo, backend=torch_backend.TorchBackend("cpu"))
    assert np.abs(portrait.frame(wanted).image.astype(int) - other.frame(wanted).image).max() <= 1


def test_priors_are_the_apis(photo):
    """Eqs. 3 and 4 in a crop are what `api.prior` draws of the whole photo."""
    crop = FaceCrop.about(photo[2], SIDE)
    seen = crop.of(photo[0])
    own = TexturePriors(seen, crop.points(photo[2]))
    drawn, mask = priors(seen.astype(np.uint8), own.fitted.coefficients, own.fitted.coefficients, own.model, interval=1)
    assert np.abs(own.source - drawn[0]).max() <= 1.0
    assert 0.1 < mask[0].mean() < 0.5 and psnr(own.source, seen, mask[0]) > 35.0


def test_what_is_laid_over_a_finer_picture_keeps_its_detail():
    rng = np.random.default_rng(0)
    picture = rng.uniform(60, 190, (120, 120, 3)).astype(np.float32)
    crop = FaceCrop(np.array([60.0, 60.0]), 100.0, 0.0, 25)
    seen = crop.of(picture)
    brighter = laid_over(picture, np.ones((120, 120), np.float32), crop, seen + 20.0, np.ones((25, 25)), seen)
    inner = np.s_[35:85, 35:85]
    assert np.abs(brighter[inner] - (picture[inner] + 20.0)).max() <= 1.0
    replaced = laid_over(picture, np.zeros((120, 120), np.float32), crop, np.full_like(seen, 90.0), np.ones((25, 25)), seen)
    assert np.abs(replaced[inner] - 90.0).max() <= 1.0
    assert np.abs(laid_over(picture, np.zeros((120, 120)), crop, seen, np.zeros((25, 25)), seen) - picture).max() <= 0.51


def test_the_shipped_network_can_be_read():
    given = {key: np.zeros((1, 1 if key == "confidence" else 3, SIDE, SIDE), np.float32) for key in
             ("source", "source_prior", "target_prior", "warp", "confidence")}  # fmt: skip
    made = OnnxBackend().run("pgfg", given)
    assert made["image"].shape == (1, 3, SIDE, SIDE) and made["mask"].shape == (1, 1, SIDE, SIDE)
