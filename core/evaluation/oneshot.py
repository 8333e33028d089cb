"""`python -m core evaluate oneshot`: pose and expression of one rendered person on another one's photo, as table 4.1 to 4.3 of the thesis ask.

Expression is read by the capture network as 12 action units, the head's pose by the morphable model, identity by SFace, and the shape of the face
is held against the picture in which the photo's person does the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ..front.reenact import drawer_of
from ..head.template import load_template
from ..morphable.fit import fit_landmarks
from ..morphable.model import load_model
from ..morphable.photo import PHOTO_POINTS, PhotoFace, follow
from ..morphable.photo_fit import PhotoFit, fit_photo
from ..runtime.backend import Backend, OnnxBackend
from ..video import pose_guide
from ..video.capture import Faces, load_reference
from ..video.flow import places
from ..video.frontal import Frontal
from ..video.level import level
from ..video.photo_targets import CoefficientTargets
from ..video.photo_warp import Target
from ..video.point_mesh import LIPS, LOWER_LIDS, LOWER_LIP, OVAL, SKIN, UPPER_LIDS, UPPER_LIP
from ..video.reenactment import Reenacted, trained
from .oneshot_people import Case, cases
from .picture_scores import judges
from .reenactment import Maker, Method, face_of
from .sface import Identity
from .tables import Cell, Table

Progress = Callable[[float, str], None]
UNITS = {  # DISFA's action units by ARKit's names; of both sides the mean
    "AU1": ("browInnerUp",), "AU2": ("browOuterUpLeft", "browOuterUpRight"), "AU4": ("browDownLeft", "browDownRight"),
    "AU5": ("eyeWideLeft", "eyeWideRight"), "AU6": ("cheekSquintLeft", "cheekSquintRight"), "AU9": ("noseSneerLeft", "noseSneerRight"),
    "AU12": ("mouthSmileLeft", "mouthSmileRight"), "AU15": ("mouthFrownLeft", "mouthFrownRight"), "AU17": ("mouthShrugLower",),
    "AU20": ("mouthStretchLeft", "mouthStretchRight"),
    "AU25": ("mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight"), "AU26": ("jawOpen",),
}  # fmt: skip
SAME = 0.363  # SFace's own threshold of the cosine; ours is higher where rendered strangers pass it
STRANGERS = 0.01  # share of pairs of strangers that may pass
INNER = np.setdiff1d(np.arange(SKIN), OVAL)
EYES = np.unique(np.concatenate([UPPER_LIDS.ravel(), LOWER_LIDS.ravel()]))
MOUTH = np.unique(np.concatenate([LIPS, UPPER_LIP, LOWER_LIP]))


@dataclass(frozen=True)
class Way:
    """A way of reenactment. network: whether it draws, or the warp; fusion, shape, shots: see `reenact`."""

    network: bool
    fusion: bool = True
    shape: bool = True
    shots: int = 1


def ways(network: bool) -> dict[str, Way]:
    """What is compared: by the warp alone, and where there are weights by the network."""
    found = {"warp": Way(False), "warp, guide's shape": Way(False, shape=False)}
    found |= {f"warp, {shots} shots": Way(False, shots=shots) for shots in (3, 5)}
    if network:
        found |= {
            "network": Way(True, fusion=False), "network, fusion": Way(True), "network, fusion, guide's shape": Way(True, shape=False),
            "network, fusion, 3 shots": Way(True, shots=3), "network, fusion, 5 shots": Way(True, shots=5),
        }  # fmt: skip
    return found


def makers() -> dict[str, Maker]:
    """How the network draws photos that are told where their points go, for the other tables; nothing where there are no weights for it."""
    backend = OnnxBackend()

    def oneshot(photo: np.ndarray, fitted: PhotoFit, points: np.ndarray) -> Method:
        drawer = Reenacted(photo, fitted, points, backend)
        return lambda wanted: drawer.frame(Target(wanted)).image

    return {"one-shot network": oneshot} if trained(backend) else {}


def shape_errors(made: np.ndarray, true: np.ndarray) -> np.ndarray:
    """How far (4,) points (478, 3) lie from the true ones (478, 3), % of the face's size, once the inner ones are laid on theirs by size and place:
    the contour across itself, the inner points, those of the eyes, those of the mouth."""
    first, second = made[INNER, :2].mean(axis=0), true[INNER, :2].mean(axis=0)
    a, b = made[INNER, :2] - first, true[INNER, :2] - second
    laid = (made[:, :2] - first) * ((a * b).sum() / (a * a).sum()) + second
    size = float(np.sqrt(np.prod(np.ptp(true[:, :2], axis=0))))
    off = np.linalg.norm(laid - true[:, :2], axis=1)
    across = _to_line(laid[OVAL], true[OVAL, :2])
    return 100.0 * np.array([across.mean(), off[INNER].mean(), off[EYES].mean(), off[MOUTH].mean()]) / size


def _to_line(points: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Distances (N,) of points (N, 2) from a closed line (M, 2)."""
    way = np.roll(line, -1, axis=0) - line
    share = np.clip(((points[:, None] - line) * way).sum(axis=2) / np.maximum((way**2).sum(axis=1), 1e-9), 0.0, 1.0)
    return np.linalg.norm(points[:, None] - line - share[..., None] * way, axis=2).min(axis=1)


class Judge:
    """Reads faces in pictures."""

    def __init__(self) -> None:
        self.backend: Backend = OnnxBackend()
        self.identity: Identity = judges()[1]
        self.model, self.reference = load_model().as_detected, load_reference()
        self.frontal = Frontal(self.reference)
        self.windows = places(self.frontal.outside)
        names = load_template().arkit_names
        self.units = [[names.index(unit) for unit in units] for units in UNITS.values()]

    def action_units(self, image: np.ndarray, face: PhotoFace, rest: np.ndarray, rest_face: PhotoFace) -> np.ndarray:
        """Weights (12,) of UNITS of a face in a picture, beside the same person at rest in another."""
        levelled = level(np.stack([rest_face.points, face.points]), self.reference)
        pictures = self.frontal.pictures([rest, image], levelled)
        features = np.stack([rest_face.features, face.features]).astype(np.float16)
        both = Faces(np.arange(2), pictures, features, levelled.points, np.zeros(2), self.windows, 30.0)
        weights = np.clip(both.weights(0, self.backend)[1], 0.0, 1.0)
        return np.array([weights[ids].mean() for ids in self.units])

    def pose(self, points: np.ndarray) -> np.ndarray:
        """Yaw, pitch and roll (3,), degrees."""
        return np.degrees(fit_landmarks(points[PHOTO_POINTS, :2].mean(axis=1), self.model).pose.angles())

    def vector(self, image: np.ndarray, face: PhotoFace) -> np.ndarray:
        return self.identity.vector(image, face.points[:, :2])


@dataclass
class Seen:
    """What was read of one way: units (N, 12), pose errors (N,), cosines (N,), shape errors (N, 4); lost: results without a face."""

    units: list[np.ndarray]
    poses: list[float]
    cosines: list[float]
    shapes: list[np.ndarray]
    lost: int = 0

    @staticmethod
    def nothing() -> Seen:
        return Seen([], [], [], [])


class _Shots:
    """The photos of a case, fitted when they are needed."""

    def __init__(self, case: Case, backend: Backend):
        self.case, self.backend = case, backend
        self.fits: dict[int, PhotoFit] = {}

    def chosen(self, count: int) -> tuple[np.ndarray, PhotoFit]:
        reference = load_reference()
        turns = level(self.case.guide_face.points[None], reference).turns
        number = pose_guide.nearest([face.points for face in self.case.faces[:count]], turns, reference) if count > 1 else 0
        if number not in self.fits:
            self.fits[number] = fit_photo(self.case.photos[number], load_model(), backend=self.backend)
        return self.case.photos[number], self.fits[number]


def reenacted(shots: _Shots, way: Way, guide: np.ndarray, backend: Backend) -> tuple[np.ndarray, np.ndarray]:
    """The picture (H, W, 3) uint8 and the points (478, 3) px that were wanted, of a guide's points (478, 3) px."""
    image, fitted = shots.chosen(way.shots)
    targets = CoefficientTargets(fitted.points, fitted.coefficients, load_model())
    wanted = pose_guide.of_points(targets, guide[None], shape=way.shape)[0]
    return drawer_of(image, fitted, backend, way.network, way.fusion).frame(Target(wanted)).image, wanted


def oneshot(count: int, progress: Progress) -> list[Table]:
    """The tables of `count` pairs of people."""
    judge, backend = Judge(), OnnxBackend()
    compared = ways(trained(backend))
    seen = {name: Seen.nothing() for name in ("photo as it is", *compared, "true pictures")}
    asked: dict[bool, list[np.ndarray]] = {True: [], False: []}
    acted, photos = [], []
    for case in cases(count, progress):
        acted.append(judge.action_units(case.guide, case.guide_face, case.guide_rest, case.guide_rest_face))
        photos.append(judge.vector(case.photos[0], case.faces[0]))
        pose = judge.pose(case.guide_face.points)
        shots = _Shots(case, backend)
        _look(seen["photo as it is"], judge, case.photos[0], case.faces[0], case, pose, photos[-1])
        _look(seen["true pictures"], judge, case.truth, case.truth_face, case, pose, photos[-1])
        for name, way in compared.items():
            made, wanted = reenacted(shots, way, case.guide_face.points, backend)
            _look(seen[name], judge, made, follow(made, face_of(wanted), backend), case, pose, photos[-1])
            if way in (Way(False), Way(False, shape=False)):
                asked[way.shape].append(shape_errors(wanted, case.truth_face.points))
    threshold = _threshold(np.array(photos))
    return [_pictures(seen, np.array(acted), threshold), _shapes({key: np.array(rows) for key, rows in asked.items()})]


def _look(seen: Seen, judge: Judge, image: np.ndarray, face: PhotoFace | None, case: Case, pose: np.ndarray, own: np.ndarray) -> None:
    if face is None:
        seen.lost += 1
        seen.units.append(np.full(len(UNITS), np.nan))
        return
    seen.units.append(judge.action_units(image, face, case.rest, case.rest_face))
    seen.poses.append(float(np.abs(judge.pose(face.points) - pose).mean()))
    seen.cosines.append(float(own @ judge.vector(image, face)))
    seen.shapes.append(shape_errors(face.points, case.truth_face.points))


def _threshold(photos: np.ndarray) -> float:
    """The cosine above which two pictures are of one person: SFace's, or what STRANGERS of the pairs of different people reach."""
    if len(photos) < 2:
        return SAME
    return max(SAME, float(np.quantile((photos @ photos.T)[np.triu_indices(len(photos), 1)], 1.0 - STRANGERS)))


def agreement(made: np.ndarray, acted: np.ndarray) -> float:
    """Correlation over pairs of people of each action unit (N, 12) in results and guides, mean over the units; NaN rows are left out."""
    kept = np.isfinite(made).all(axis=1)
    a, b = made[kept] - made[kept].mean(axis=0), acted[kept] - acted[kept].mean(axis=0)
    spread = np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
    return float(np.mean((a * b).sum(axis=0) / np.maximum(spread, 1e-9)))


def _pictures(seen: dict[str, Seen], acted: np.ndarray, threshold: float) -> Table:
    columns = ("AU correlation", "pose degrees", "identity accepted %", "SFace cosine", "contour %", "inner points %", "faces found %")
    rows: list[tuple[Cell, ...]] = []
    metrics: dict[str, float] = {"oneshot/threshold": threshold}
    for name, one in seen.items():
        cosines, shapes = np.array(one.cosines), np.array(one.shapes)
        values = (
            agreement(np.array(one.units), acted), float(np.mean(one.poses)), float(100.0 * (cosines > threshold).mean()), float(np.median(cosines)),
            float(shapes[:, 0].mean()), float(shapes[:, 1].mean()), 100.0 * len(cosines) / (len(cosines) + one.lost),
        )  # fmt: skip
        rows.append((name, *values))
        metrics |= {f"oneshot/{name}/{column}": value for column, value in zip(columns, values, strict=True)}
    notes = (
        f"{len(acted)} pairs of people. AU correlation: of 12 action units between guide and result, over pairs, as the capture network reads "
        "them beside a picture of each at rest; pose: mean error of yaw, pitch and roll against the guide's; identity accepted: SFace cosine to the "
        f"photo above {threshold:.3f}; contour and inner points: against the picture in which the photo's person does the same, of the face's size, "
        "size and place apart.",
        "True pictures: what these judges say of that picture itself.",
    )
    return Table("One-shot reenactment of rendered people", ("way", *columns), tuple(rows), metrics, notes)


def _shapes(asked: dict[bool, np.ndarray]) -> Table:
    columns = ("contour %", "contour, median %", "inner points %", "eyes %", "mouth %")
    rows: list[tuple[Cell, ...]] = []
    metrics: dict[str, float] = {}
    for own, name in ((False, "guide's shape (as published)"), (True, "photo's shape")):
        mean = asked[own].mean(axis=0)
        values = (float(mean[0]), float(np.median(asked[own][:, 0])), *map(float, mean[1:]))
        rows.append((name, *values))
        metrics |= {f"oneshot/shape/{'own' if own else 'guide'}/{column}": value for column, value in zip(columns, values, strict=True)}
    before, after = (np.array(row[1:], float) for row in rows)
    rows.append(("less, %", *map(float, 100.0 * (1.0 - after / before))))
    notes = (
        "Of the points that are asked for, before anything is drawn, against those found in the picture in which the photo's person does the "
        "same; of the face's size, size and place apart.",
    )
    return Table("Shape correction", ("points", *columns), tuple(rows), metrics, notes)


def each(count: int, progress: Progress) -> Iterator[tuple[Case, dict[str, np.ndarray]]]:
    """Cases and what each way makes of them, for sheets."""
    backend = OnnxBackend()
    compared = {name: way for name, way in ways(trained(backend)).items() if way.shots == 1}
    for case in cases(count, progress):
        shots = _Shots(case, backend)
        yield case, {name: reenacted(shots, way, case.guide_face.points, backend)[0] for name, way in compared.items()}
