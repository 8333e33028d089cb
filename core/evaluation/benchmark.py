"""`python -m core benchmark`: medians in seconds, and the same as ratios to a fixed piece of arithmetic timed in the same run.

Seconds belong to one machine; the ratio is what may be compared between machines and versions.
"""

from __future__ import annotations

import functools
import itertools
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import trimesh

from .. import api
from ..errors import BackendError, ValueRangeError
from ..head.adaptation import Adaptation
from ..head.files import read_head
from ..head.mesh import HeadMesh
from ..head.template import load_template
from ..motion.sequence import Cue, Sequence
from ..runtime.backend import OnnxBackend
from .tables import versions, write_json

DEMO_HEAD = Path(__file__).resolve().parents[2] / "demo" / "head.obj"
SMALL, USUAL, DENSE = 5_000, 25_000, 500_000  # vertices


def reference() -> None:
    """The yardstick: one singular value decomposition of a fixed 400 x 400 matrix."""
    np.linalg.svd(np.random.default_rng(0).normal(size=(400, 400)))


def median_seconds(work: Callable[[], object], repeats: int) -> float:
    """Median wall time of `work`, after one call that is not counted."""
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def head_of(count: int) -> HeadMesh:
    """The demo head, every triangle split as often as fits and then just enough of them to reach `count` vertices; of fewer the template."""
    mesh = read_head(DEMO_HEAD)
    if count < len(mesh.vertices):
        template = load_template()
        return HeadMesh(template.vertices.astype(np.float64), template.triangles, f"template, {len(template.vertices)}")
    vertices, triangles = mesh.vertices, mesh.triangles
    while 4 * len(vertices) <= count:
        vertices, triangles = trimesh.remesh.subdivide(vertices, triangles)
    missing = max(count - len(vertices), 0)
    vertices, triangles = trimesh.remesh.subdivide(vertices, triangles, face_index=np.arange(min(missing * 2 // 3, len(triangles))))
    return HeadMesh(np.asarray(vertices), np.asarray(triangles), f"demo head, {count}")


@functools.cache
def fitted(count: int) -> tuple[HeadMesh, Adaptation]:
    """A head of `count` vertices and its adaptation, made once for all that start from it."""
    mesh = head_of(count)
    return mesh, api.adapt(mesh)


def _landmarks() -> Callable[[], object]:
    mesh = head_of(USUAL)
    return lambda: api.detect_landmarks(mesh)


def _adapt(count: int) -> Callable[[], object]:
    mesh = head_of(count)
    return lambda: api.adapt(mesh)


def _generate(count: int) -> Callable[[], object]:
    (mesh, adaptation), backend = fitted(count), OnnxBackend()
    return lambda: api.generate(mesh, "surprise", frames=30, adaptation=adaptation, backend=backend)


def _arkit(count: int) -> Callable[[], object]:
    mesh, adaptation = fitted(count)
    return lambda: api.arkit_keys(mesh, adaptation=adaptation)


def _direct(on_arkit: bool) -> Callable[[], object]:
    (mesh, adaptation), backend = fitted(USUAL), OnnxBackend()
    onto = api.arkit_keys(mesh, adaptation=adaptation).keys if on_arkit else None
    labels = ("happiness", "surprise", "sadness", "anger")
    cues = tuple(Cue(label, start=2.25 * k, attack=0.75, hold=1.0, release=1.0) for k, label in enumerate(labels))
    sequence = Sequence(cues, length=10.0, blinks=15.0, idle=0.3)
    return lambda: api.direct(mesh, sequence, fps=24.0, adaptation=adaptation, onto=onto, backend=backend)


def _motion() -> Callable[[], object]:
    backend = OnnxBackend()
    noise = np.random.default_rng(0).normal(size=(1, 128)).astype(np.float32)
    label = np.eye(len(api.labels()), dtype=np.float32)[:1]
    given = {"noise": noise, "label": label, "intensity": np.ones((1, 1), np.float32)}
    return lambda: backend.run("motion3dgan", given)


def _dense() -> Callable[[], object]:
    backend = OnnxBackend()
    batch = np.random.default_rng(0).normal(size=(30, 68, 3)).astype(np.float32) * 1e-3
    return lambda: backend.run("s2d_dec", {"landmarks": batch, "neutral": load_template().vertices[None]})


def _fit() -> Callable[[], object]:
    from ..morphable import fit, model

    morphable = model.load_model().as_detected
    pixels = morphable.landmarks.points(morphable.mean.astype(float), morphable.triangles)[:, [0, 2]] * [900.0, -900.0]
    pixels += np.random.default_rng(0).normal(size=pixels.shape)
    return lambda: fit.fit_landmarks(pixels, morphable)


def _photo(following: bool) -> Callable[[], object]:
    from ..morphable import fit, model, photo

    try:
        from skimage import data
    except ImportError as error:
        raise BackendError(
            f"The photo comes with scikit-image, which is not installed here ({error}): pip install scikit-image."
        ) from error
    image, morphable, backend = data.astronaut(), model.load_model().as_detected, OnnxBackend()
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

    try:
        from skimage import data
    except ImportError as error:
        raise BackendError(
            f"The photo comes with scikit-image, which is not installed here ({error}): pip install scikit-image."
        ) from error
    image = np.ascontiguousarray(data.astronaut()[:256, 96:352])
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


# name: (what prepares the work, what is measured, repeats)
BENCHMARKS: dict[str, tuple[Callable[[], Callable[[], object]], str, int]] = {
    "landmarks": (_landmarks, "68 landmarks on a head of 25,000 vertices", 3),
    "adapt": (lambda: _adapt(USUAL), "landmarks, registration and matching, 25,000 vertices", 3),
    "generate": (lambda: _generate(USUAL), "30 frames on an adapted head of 25,000 vertices, keys included", 5),
    "generate_small": (lambda: _generate(SMALL), "the same on 5,000 vertices", 5),
    "direct": (lambda: _direct(False), "10 s of four expressions with blinks, keys of its own, 25,000 vertices", 3),
    "direct_arkit": (lambda: _direct(True), "the same as weights on the 52 ARKit keys", 3),
    "arkit": (lambda: _arkit(USUAL), "52 ARKit keys on an adapted head of 25,000 vertices", 5),
    "adapt_dense": (lambda: _adapt(DENSE), "landmarks, registration and matching, 500,000 vertices", 1),
    "arkit_dense": (lambda: _arkit(DENSE), "52 ARKit keys on an adapted head of 500,000 vertices", 1),
    "motion": (_motion, "Motion3DGAN, one clip", 20),
    "dense": (_dense, "S2D-Dec, 30 frames", 20),
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
    "prior": (_prior, "texture prior, 14,692 vertices on 128 x 128 pixels", 50),
    "prior_plain": (_prior_plain, "the same, one triangle after the other in plain Python", 3),
}


def run(name: str | None = None) -> dict:
    """{"metrics": {flat name: number}, "rows": [...], "versions": {...}} of one benchmark or all."""
    if name is not None and name not in BENCHMARKS:
        raise ValueRangeError(f"Unknown benchmark '{name}'. Known: {', '.join(BENCHMARKS)}.")
    yardstick = median_seconds(reference, 5)
    metrics, rows = {"reference_s": yardstick}, []
    for key in [name] if name else BENCHMARKS:
        prepare, what, repeats = BENCHMARKS[key]
        seconds = median_seconds(prepare(), repeats)
        metrics |= {f"{key}_s": seconds, f"{key}_ratio": seconds / yardstick}
        rows.append({"benchmark": key, "what": what, "seconds": seconds, "ratio": seconds / yardstick})
    return {"metrics": metrics, "rows": rows, "versions": versions()}


def main(name: str | None, out: Path | None) -> None:
    """Prints the table; writes it as JSON where `out` is given."""
    result = run(name)
    print(f"{'benchmark':<16}{'seconds':>10}{'x reference':>13}  what")
    for row in result["rows"]:
        print(f"{row['benchmark']:<16}{row['seconds']:>10.4f}{row['ratio']:>13.2f}  {row['what']}")
    if out is not None:
        write_json(out, result)
