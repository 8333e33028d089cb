"""`python -m core evaluate fit`: faces fitted to landmarks and pictures of held-out synthetic people, whose shape and pose are known."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..data.build_morphable import performed
from ..data.face_appearance import plain, random_appearance
from ..data.face_renders import Person as Sitter
from ..data.face_shots import camera_of, everyday, portrait
from ..data.identities import identities
from ..data.makehuman import fetch
from ..data.synthetic import default_cache
from ..data.synthetic_rig import Units
from ..errors import LandmarkError
from ..head.frame import umeyama
from ..head.landmarks import Landmarks
from ..head.template import Template, load_template
from ..image.raster import Camera
from ..morphable.camera import Lens, Pose
from ..morphable.fit import FittedFace, face_size, fit_camera, fit_landmarks
from ..morphable.model import load_model
from ..morphable.photo import face_in
from ..morphable.photometric import refine
from .tables import Table

Progress = Callable[[float, str], None]
PEOPLE, PICTURED, SEED = 24, 12, 900  # none of them is among the people the model was made of
POSES = ((0, 0), (30, 0), (-30, 0), (60, 0), (-60, 0), (0, 20), (0, -20))  # yaw, pitch; degrees
SIZE, DISTANCE = 320, 0.8  # px; m
NOISY = 0.01  # of the face's size
WRONG, FAR = 7, 0.2  # landmarks that are wrong, and by how much of the face's size


@dataclass(frozen=True)
class Person:
    """neutral and posed (V, 3) m: every other person performs something."""

    neutral: np.ndarray
    posed: np.ndarray


@dataclass(frozen=True)
class Shot:
    """A person before a camera: the 68 landmarks (68, 2) px, the contour's where it is seen; camera; rotation (3, 3)."""

    person: Person
    pixels: np.ndarray
    camera: Camera
    rotation: np.ndarray

    @property
    def lens(self) -> Lens:
        return Lens(self.camera.focal, np.full(2, SIZE / 2))


def people(count: int, progress: Progress) -> list[Person]:
    """The same people each time; a smaller count is the beginning of a larger one."""
    template = load_template()
    neutral = identities(fetch(default_cache()), template, count, SEED, lambda done, what: progress(0.1 * done, what)).astype(float)
    units, made = Units(template), []
    for k, head in enumerate(neutral):
        moved = np.zeros_like(head)
        if k % 2:
            takes = performed(units, head, SEED * 100_003 + k)
            moved = takes[np.random.default_rng(k).integers(len(takes))]
        made.append(Person(head, head + moved))
        progress(0.1 + 0.2 * (k + 1) / count, "Performing")
    return made


def shot(person: Person, yaw: float, pitch: float, template: Template) -> Shot:
    """What a camera DISTANCE away sees of a person's landmarks."""
    camera = camera_of(portrait(yaw, pitch, distance=DISTANCE), SIZE)
    pixels = camera.project(template.landmark_points(person.posed))[0]
    pixels[:17] = outline(person.posed, camera, camera.rotation)
    return Shot(person, pixels, camera, camera.rotation)


def outline(vertices: np.ndarray, camera: Camera, rotation: np.ndarray) -> np.ndarray:
    """The 17 contour landmarks (17, 2) px as an annotator sees them: of finely spaced places of each on the true surface, the outermost."""
    model = load_model()
    places = Landmarks(model.contour_triangles.ravel(), model.contour_barycentric.reshape(-1, 3), np.ones(model.contour_triangles.size))
    lines = places.points(vertices, model.triangles).reshape(17, -1, 3)
    place = np.linspace(0.0, lines.shape[1] - 1.0, 8 * lines.shape[1])
    low = np.minimum(place.astype(int), lines.shape[1] - 2)
    share = (place - low)[None, :, None]
    fine = camera.project((1 - share) * lines[:, low] + share * lines[:, low + 1])[0]
    outward = (lines[:, 0] - model.landmarks.points(vertices, model.triangles)[17:].mean(axis=0))[:, [0, 2]]
    down = -rotation[:2, 2] / np.linalg.norm(rotation[:2, 2])
    axes = np.array([[down[1], -down[0]], -down])
    return fine[np.arange(17), np.einsum("kpd,kd->kp", fine, outward @ axes).argmax(axis=1)]


def shape_error(fit: FittedFace, person: Person) -> float:
    """Mean distance, mm, between the fitted and the true neutral over the face, vertex by vertex, after the best similarity."""
    model = load_model()
    found, true = fit.vertices(model, neutral=True)[model.face].astype(float), person.neutral[model.face]
    return 1000.0 * float(np.linalg.norm(umeyama(found, true).to_canonical(found) - true, axis=1).mean())


def turn_error(pose: Pose, rotation: np.ndarray) -> float:
    """Angle between two rotations, degrees."""
    return float(np.degrees(np.arccos(np.clip((np.trace(pose.rotation @ rotation.T) - 1.0) / 2.0, -1.0, 1.0))))


@dataclass(frozen=True)
class Scores:
    """Means over fits: residual, % of the face's size (median); turn, degrees; shape, mm; confidence; milliseconds (median)."""

    residual: float
    turn: float
    shape: float
    confidence: float
    milliseconds: float


def scored(shots: list[Shot], fitted: Callable[[int, Shot], FittedFace]) -> Scores:
    rows = []
    for k, one in enumerate(shots):
        start = time.perf_counter()
        fit = fitted(k, one)
        spent = 1000.0 * (time.perf_counter() - start)
        rows.append((100 * fit.residual, turn_error(fit.pose, one.rotation), shape_error(fit, one.person), fit.confidence, spent))
    residual, turn, shape, confidence, spent = np.array(rows).T
    return Scores(float(np.median(residual)), float(turn.mean()), float(shape.mean()), float(confidence.mean()), float(np.median(spent)))


def noisy(pixels: np.ndarray, seed: int, wrong: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    out = pixels + rng.normal(size=pixels.shape) * NOISY * face_size(pixels)
    bad = rng.choice(np.arange(17, 68), wrong, replace=False)
    out[bad] += rng.normal(size=(wrong, 2)) * FAR * face_size(pixels)
    return out


def given_landmarks(persons: list[Person], progress: Progress) -> Table:
    """Fits to exact and to noisy landmarks, pose by pose."""
    template, model = load_template(), load_model()
    rows: list[tuple] = []
    metrics: dict[str, float] = {}
    everything: list[Scores] = []
    for number, (yaw, pitch) in enumerate(POSES):
        shots = [shot(person, yaw, pitch, template) for person in persons]
        exact = scored(shots, lambda k, s: fit_landmarks(s.pixels, model, lens=s.lens))
        flat = scored(shots, lambda k, s: fit_landmarks(s.pixels, model))
        rough = scored(shots, lambda k, s: fit_landmarks(noisy(s.pixels, k), model, lens=s.lens))
        rows.append((f"yaw {yaw}, pitch {pitch}", exact.residual, exact.turn, exact.shape, exact.milliseconds,
                     flat.residual, flat.turn, flat.shape, rough.residual, rough.turn, rough.shape))  # fmt: skip
        everything.append(exact)
        for name, scores in (("exact", exact), ("orthographic", flat), ("noisy", rough)):
            metrics |= {f"fit_{name}_{what}_{yaw}_{pitch}": getattr(scores, what) for what in ("residual", "turn", "shape")}
        progress(0.3 + 0.2 * (number + 1) / len(POSES), "Fitting landmarks")
    metrics["fit_residual"] = float(np.median([s.residual for s in everything]))
    metrics["fit_milliseconds"] = float(np.median([s.milliseconds for s in everything]))
    return Table(
        f"68 landmarks of {len(persons)} held-out people, {DISTANCE} m away, half of them with an expression",
        ("pose", "exact: residual %", "turn, degrees", "shape, mm", "ms",
         "scaled orthographic: residual %", "turn ", "shape ", "1 % noise: residual %", " turn", " shape"),
        tuple(rows), metrics,
        ("residual: median distance of given and fitted landmarks over sqrt(width x height) of their box; shape: mean distance of the neutral face, "
         "vertex by vertex, within 95 mm of the nose's tip, after a similarity; exact and noisy: the lens is known.",),
    )  # fmt: skip


def _fits(shots: list[Shot], through_lens: bool = True, **options) -> Scores:
    model = load_model()
    return scored(shots, lambda _, s: fit_landmarks(s.pixels, model, lens=s.lens if through_lens else None, **options))


def terms(persons: list[Person], progress: Progress) -> Table:
    """What each term of the fit is worth where it is needed."""
    template, model = load_template(), load_model()
    front = [shot(person, 0, 0, template) for person in persons]
    side = [shot(person, yaw, 0, template) for person in persons for yaw in (-45, 45)]
    wrong = [replace(s, pixels=noisy(s.pixels, k, WRONG)) for k, s in enumerate(front)]
    blurred = [replace(s, pixels=noisy(s.pixels, k)) for k, s in enumerate(front)]
    flat, found = _fits(side, through_lens=False), scored(side, lambda _, s: fit_camera(s.pixels, model, SIZE, SIZE)[0])

    def bare(_: int, s: Shot) -> FittedFace:
        made = fit_landmarks(s.pixels, model, lens=s.lens)
        return replace(made, detail=np.zeros_like(made.detail))

    compared = [
        ("prior, frontal, 1 % noise", _fits(blurred), _fits(blurred, regularised=False)),
        ("dynamic contour, yaw 45", _fits(side), _fits(side, dynamic=False)),
        (f"robust loss, {WRONG} landmarks wrong", _fits(wrong), _fits(wrong, robust=False)),
        (f"perspective, yaw 45, {DISTANCE} m away", _fits(side), flat),
        ("the same, focal length found from the landmarks", found, flat),
        ("details beyond the 62 coefficients, frontal", _fits(front), scored(front, bare)),
        *_shading("exact landmarks", front[:PICTURED], progress),
        *_shading("1 % noise", blurred[:PICTURED], progress),
        *_shading("exact landmarks, any looks and light", front[:PICTURED], progress, bare=False),
    ]
    columns = ("term, and where", "shape with it, mm", "without", "turn with it, degrees", "without ")
    rows = tuple((name, with_it.shape, without.shape, with_it.turn, without.turn) for name, with_it, without in compared)
    metrics = {"fit_photometric_shape_exact": compared[-3][1].shape, "fit_photometric_shape_noisy": compared[-2][1].shape}
    metrics["fit_photometric_shape_everyday"] = compared[-1][1].shape
    note = "The photometric term: bare faces in the light of two softboxes; in the last row with hair, beards, make-up and glasses under any light."
    return Table("What each term brings", columns, rows, metrics, (note,))


def _shading(label: str, shots: list[Shot], progress: Progress, bare: bool = True) -> list[tuple[str, Scores, Scores]]:
    """The fit to landmarks and to the picture's shading, and the one to landmarks alone; `bare` faces in soft light, or anyone under any light."""
    template, model, images = load_template(), load_model(), []
    for k, s in enumerate(shots):
        rng = np.random.default_rng(k)
        look, taken = random_appearance(rng), portrait(0, 0, distance=DISTANCE, rng=rng)
        sitter = Sitter(template, plain(look) if bare else look, s.person.neutral)
        images.append(sitter.render(s.person.posed, taken if bare else everyday(taken, rng), SIZE))
        progress(0.5 + 0.2 * (k + 1) / len(shots), "Looking at shading")
    shaded = scored(shots, lambda k, s: refine(images[k], fit_landmarks(s.pixels, model, lens=s.lens), s.pixels, model))
    return [(f"photometric term, frontal, {label} ({shaded.milliseconds:.0f} ms)", shaded, _fits(shots))]


def pictures(persons: list[Person], progress: Progress) -> Table:
    """From picture to face: detector, 68 landmarks, fit with the camera found; and a real photo where there is one."""
    template, model = load_template(), load_model().as_detected
    rows: list[tuple] = []
    metrics: dict[str, float] = {}
    sitters = [Sitter(template, random_appearance(np.random.default_rng(k)), person.neutral) for k, person in enumerate(persons)]
    for number, (yaw, pitch) in enumerate(POSES):
        found = []
        for k, person in enumerate(persons):
            rng = np.random.default_rng([number, k])
            one = shot(person, yaw, pitch, template)
            image = sitters[k].render(person.posed, portrait(yaw, pitch, distance=DISTANCE, rng=rng), SIZE)
            try:
                face = face_in(image, f"person {k}")
            except LandmarkError:
                continue
            fit, _ = fit_camera(face.landmarks(), model, SIZE, SIZE)
            off = np.median(np.linalg.norm(face.landmarks() - one.pixels, axis=1)) / face_size(one.pixels)
            shaded = refine(image, fit, face.landmarks(), model)
            errors = [(turn_error(made.pose, one.rotation), shape_error(made, person)) for made in (fit, shaded)]
            found.append((100 * fit.residual, 100 * off, *errors[0], *errors[1], fit.confidence))
        score = np.median(np.array(found), axis=0) if found else np.full(7, np.nan)
        rows.append((f"yaw {yaw}, pitch {pitch}", f"{len(found)} of {len(persons)}", *map(float, score)))
        names = ("residual", "detector", "turn", "shape", "shaded_turn", "shaded_shape", "confidence")
        metrics |= {f"picture_{name}_{yaw}_{pitch}": float(value) for name, value in zip(names, score, strict=True)}
        progress(0.7 + 0.29 * (number + 1) / len(POSES), "Looking at pictures")
    rows += _astronaut()
    return Table(
        "From pictures: MediaPipe's points, 68 of them, fit; medians",
        ("pose", "found", "residual %", "detector off by %", "turn, degrees", "shape, mm", "with shading: turn", "shape", "confidence"),
        tuple(rows), metrics,
        ("Rendered people with hair, beards, make-up and glasses; the detector's points are not the template's own (detector off by).",),
    )  # fmt: skip


def _astronaut() -> list[tuple]:
    try:
        from skimage import data
    except ImportError:
        return []
    image = data.astronaut()
    fit, _ = fit_camera(face_in(image, "astronaut").landmarks(), load_model().as_detected, image.shape[1], image.shape[0])
    return [("astronaut (photo)", "1 of 1", 100 * fit.residual, None, None, None, None, None, fit.confidence)]


def fit(count: int, progress: Progress) -> list[Table]:
    """Every block, on `count` people."""
    persons = people(count, progress)
    return [given_landmarks(persons, progress), terms(persons, progress), pictures(persons[:PICTURED], progress)]
