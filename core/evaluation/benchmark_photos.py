"""What `python -m core benchmark` times on photos and videos: each function prepares the work and gives back what is measured."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

from .. import api
from ..errors import BackendError
from ..head.template import load_template
from ..runtime.backend import OnnxBackend

Benchmark = tuple[Callable[[], Callable[[], object]], str, int]  # what prepares the work, what is measured, repeats


def _astronaut() -> np.ndarray:
    """A photo (512, 512, 3) uint8."""
    try:
        from skimage import data
    except ImportError as error:
        raise BackendError(
            f"The photo comes with scikit-image, which is not installed here ({error}): pip install scikit-image."
        ) from error
    return data.astronaut()


def _fit() -> Callable[[], object]:
    from ..morphable import fit, model

    morphable = model.load_model().as_detected
    pixels = morphable.landmarks.points(morphable.mean.astype(float), morphable.triangles)[:, [0, 2]] * [900.0, -900.0]
    pixels += np.random.default_rng(0).normal(size=pixels.shape)
    return lambda: fit.fit_landmarks(pixels, morphable)


def _photo(following: bool) -> Callable[[], object]:
    from ..morphable import fit, model, photo

    image, morphable, backend = _astronaut(), model.load_model().as_detected, OnnxBackend()
    before = photo.face_in(image, "astronaut", backend=backend)

    def look() -> object:
        face = photo.follow(image, before, backend) if following else photo.faces_in(image, every=False, backend=backend)[0]
        return face and fit.fit_landmarks(face.landmarks(), morphable)

    return look


def _prior() -> Callable[[], object]:
    from . import prior_reference

    texture, pixels, depth, *_ = prior_reference.case()
    return lambda: texture.draw(pixels, depth, prior_reference.SIZE)


def _prior_plain() -> Callable[[], object]:
    from . import prior_reference

    _, pixels, depth, photo, source, triangles = prior_reference.case()
    return lambda: prior_reference.draw(photo.astype(float), source, triangles, pixels, depth, prior_reference.SIZE)


def _small_portrait():
    """The astronaut at 256 x 256 px and the face in it."""
    from ..morphable.photo import face_in

    image = np.ascontiguousarray(_astronaut()[:256, 96:352])
    return image, face_in(image, "astronaut")


def _turned(points: np.ndarray) -> np.ndarray:
    """The points (478, 3) of a head that has turned and opened its mouth."""
    from ..morphable.camera import turned
    from ..video.point_mesh import LOWER_LIP

    middle = points.mean(axis=0)
    wanted = (points - middle) @ turned(np.radians([5.0, 12.0, 3.0])).T + middle
    wanted[LOWER_LIP[1:-1], 1] += 6.0
    return wanted


def _warp() -> Callable[[], object]:
    from ..video.photo_warp import PhotoWarp, Target

    image, face = _small_portrait()
    warp, target = PhotoWarp(image, api.fit(image), face.points), Target(_turned(face.points))
    return lambda: warp.frame(target)


def _best():
    """What draws a photo: PGFG or, where its weights are not there, the warp alone."""
    from .reenactment import METHODS, NETWORK, methods

    return methods().get(NETWORK, METHODS["dense warp"])


def _drawn() -> Callable[[], object]:
    image, face = _small_portrait()
    method, wanted = _best()(image, api.fit(image), face.points), _turned(face.points)
    return lambda: method(wanted)


def _registration() -> Callable[[], object]:
    from ..video.registration import Registration

    image, face = _small_portrait()
    registration = Registration(image, face.points)
    return lambda: registration(image, face.points + 0.5)


def _retarget() -> Callable[[], object]:
    """A driver's next frame, which is the photo turned: its face followed and registered, its motion carried over, and the photo drawn."""
    from ..morphable.photo import follow
    from ..video.photo_targets import following
    from ..video.photo_warp import PhotoWarp, Target
    from ..video.registration import Registration

    (image, face), backend = _small_portrait(), OnnxBackend()
    fitted = api.fit(image)
    method = _best()(image, fitted, face.points)
    driver = PhotoWarp(image, fitted, face.points).frame(Target(_turned(face.points))).image
    registration = Registration(image, face.points)

    def frame() -> object:
        found = follow(driver, face, backend) or face
        points = registration(driver, found.points)
        return method(following(face.points, np.stack([face.points, points]))[1])

    return frame


def _retarget_prior() -> Callable[[], object]:
    from ..video.face_crop import FaceCrop
    from ..video.portrait import SIDE, TexturePriors

    image, face = _small_portrait()
    crop = FaceCrop.about(face.points, SIDE)
    priors = TexturePriors(crop.of(image), crop.points(face.points))
    coefficients = priors.coefficients(crop.points(_turned(face.points)))
    return lambda: priors.draw(coefficients)


def _express() -> Callable[[], object]:
    from ..video.face_crop import FaceCrop
    from ..video.fevgan import SIZE, crop_about, paint

    (image, face), backend = _small_portrait(), OnnxBackend()
    crop = FaceCrop(*crop_about(face.points), SIZE).of(image)
    return lambda: paint(crop, "surprise", 1.0, backend)


def _express_frame() -> Callable[[], object]:
    from ..video.fevgan import PhotoExpression

    image, face = _small_portrait()
    photo = PhotoExpression(image, face.points, "surprise", 1.0, OnnxBackend())
    return lambda: photo.frame(0.8)


def _reenact() -> Callable[[], object]:
    from ..front.reenact import drawer_of
    from ..morphable.model import load_model
    from ..video import pose_guide
    from ..video.photo_targets import CoefficientTargets
    from ..video.photo_warp import Target

    image, face = _small_portrait()
    fitted = api.fit(image)
    targets = CoefficientTargets(face.points, fitted.coefficients, load_model())
    drawer, guide = drawer_of(image, fitted, OnnxBackend(), None, True), _turned(face.points)[None]
    return lambda: drawer.frame(Target(pose_guide.of_points(targets, guide, shape=True, pose=True)[0]))


def _training_face() -> Callable[[], object]:
    try:
        from ..data.face_appearance import random_appearance
        from ..data.face_renders import Person
        from ..data.face_shots import random_shot
    except ImportError as error:
        raise BackendError(f"Training faces need numba, which is not installed here ({error}): pip install numba.") from error
    template, sat = load_template(), []
    for k in range(12):
        rng = np.random.default_rng(k)
        moved = template.vertices + np.tensordot(rng.beta(0.3, 2.0, 52), template.arkit_fields(), 1)
        sat.append((Person(template, random_appearance(rng)), moved, random_shot(rng)))
    after = itertools.cycle(sat)

    def render() -> object:
        person, vertices, shot = next(after)
        return person.render(vertices, shot, 224, samples=2)

    return render


PHOTOS: dict[str, Benchmark] = {
    "fit": (_fit, "62 coefficients of a face from its 68 landmarks", 50),
    "photo": (lambda: _photo(False), "from a photo of 512 px to its face's 68 landmarks and 62 coefficients", 30),
    "photo_next": (lambda: _photo(True), "the same in a video's next frame, the face known from the one before", 30),
    "training_face": (_training_face, "a rendered training face, 224 x 224 pixels, four samples each; twelve people in turn", 48),
    "warp": (_warp, "a photo of 256 x 256 pixels with its head turned and its mouth opened", 50),
    "registration": (_registration, "a driver's points registered with its first frame", 50),
    "retarget": (
        _retarget,
        "a driver's next frame: face followed, points registered, a photo of 256 x 256 pixels drawn, by PGFG if it is there",
        50,
    ),
    "retarget_draw": (_drawn, "of that, warp, prior and network", 50),
    "retarget_prior": (_retarget_prior, "of that, drawing the prior, 160 x 160 pixels", 50),
    "express": (_express, "32 frames of 64 x 64 pixels of an expression, by FEV-GAN", 30),
    "express_frame": (_express_frame, "a frame of them laid over a photo of 256 x 256 pixels", 50),
    "reenact": (
        _reenact,
        "a guide's points carried to a photo of 256 x 256 pixels and drawn, by the reenactment network if it is there",
        30,
    ),
    "prior": (_prior, "texture prior, 14,692 vertices on 128 x 128 pixels", 50),
    "prior_plain": (_prior_plain, "the same, one triangle after the other in plain Python", 3),
}
