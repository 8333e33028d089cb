"""The 3D morphable model of a face: S = mean + A_s a_s + A_exp a_exp (FaceAnime, Eq. 1), made of the arrays of a file.

Mimica's own is on the template's topology; a user's own (BFM, FLAME and the like) may be of any, in any unit and axes: its 68 landmarks carry it into
canonical space.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..errors import ModelError
from ..head.adaptation import frame_from_landmarks
from ..head.landmarks import BROWS, CONTOUR, COUNT, Landmarks
from ..head.surface import Surface
from ..head.template import ID as TEMPLATE
from ..head.template import load_template
from .model_file import read_arrays, word

SHAPES, EXPRESSIONS = 40, 10
PATH = Path(__file__).resolve().parents[2] / "models" / "morphable" / "morphable.npz"
LOOSE = np.repeat([2.0, 1.5, 1.0], [17, 10, 41])  # contour and brows are placed less exactly than eyes, nose and mouth
LEAST_NOISE = 0.002  # of the face's size: noise that landmarks have at least
DETECTED_NOISE = 0.02  # of the face's size: the same of a detector, whose errors go together and so count as more
UNKNOWN_NOISE = 0.001  # m, of the landmarks of a model that does not say how much of them it leaves
LARGEST = 10.0  # standard deviations, or m, beyond which a number in a file is damage


@dataclass(frozen=True, eq=False)
class MorphableModel:
    """A model of N vertices in canonical space.

    mean (N, 3) float32 m; shape (40, N, 3) and expression (10, N, 3) float32 m for one standard deviation of each coefficient, largest first;
    shape_deviation (40,), expression_deviation (10,): what one standard deviation was in the file's own basis; arkit (52, N, 3) float32 m at
    weight 1 and arkit_names, the second expression basis, or (0, N, 3) and () where a file has none; triangles (T, 3) int32; landmarks; contour:
    the places of the 17 contour landmarks on a turned head, (17, M) triangles and (17, M, 3) barycentric, from the landmark towards the face's
    front; detail (D, N, 3) float32 m, what a face does beyond the components, for one standard deviation each: first `detail_expression`
    details of expression, up to `detail_seen` those that landmarks show, then finer ones; landmark_noise
    (68,) m, what is left then; loose (68,), how much less exactly than others a landmark is placed; least_noise, of the
    face's size; detected and detected_loose, landmarks and
    loose as Mimica's detector has them, or None; face (N,) bool, the skin of the face's front; drawn (N,) bool, what a texture prior shows;
    template: the id of the topology it covers, vertex by vertex, or "".
    """

    name: str
    mean: np.ndarray
    shape: np.ndarray
    expression: np.ndarray
    shape_deviation: np.ndarray
    expression_deviation: np.ndarray
    arkit_names: tuple[str, ...]
    arkit: np.ndarray
    triangles: np.ndarray
    landmarks: Landmarks
    contour_triangles: np.ndarray
    contour_barycentric: np.ndarray
    detail: np.ndarray
    detail_expression: int
    detail_seen: int
    landmark_noise: np.ndarray
    loose: np.ndarray
    least_noise: float
    detected: Landmarks | None
    detected_loose: np.ndarray | None
    face: np.ndarray
    drawn: np.ndarray
    template: str

    def vertices(self, coefficients: np.ndarray) -> np.ndarray:
        """S (..., N, 3) m (Eq. 1) for coefficients (..., 62), (..., 50) without the pose, in standard deviations."""
        given = np.asarray(coefficients, np.float32)[..., -(SHAPES + EXPRESSIONS) :]
        return self.mean + (given @ self.flat).reshape(*given.shape[:-1], *self.mean.shape)

    @functools.cached_property
    def as_detected(self) -> MorphableModel:
        """This model with its landmarks where the detector sees them, to fit what it found; its contour stays on the skin, visible or not."""
        if self.detected is None or self.detected_loose is None:
            return self
        contour = self.detected.triangles[CONTOUR, None], self.detected.barycentric[CONTOUR, None]
        return replace(
            self,
            landmarks=self.detected,
            contour_triangles=contour[0],
            contour_barycentric=contour[1],
            loose=self.detected_loose,
            least_noise=DETECTED_NOISE,
        )

    @functools.cached_property
    def flat(self) -> np.ndarray:
        """Both bases as one matrix (50, 3 N)."""
        return np.concatenate([self.shape, self.expression]).reshape(SHAPES + EXPRESSIONS, -1)

    @functools.cached_property
    def sparse(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean (L, 3) and bases (L, 3, 50 + detail_seen) float64 m of the 51 inner landmarks, then 17 x M places of the contour."""
        mean, bases = self.sparse_fine
        return mean, np.ascontiguousarray(bases[..., : SHAPES + EXPRESSIONS + self.detail_seen])

    @functools.cached_property
    def sparse_fine(self) -> tuple[np.ndarray, np.ndarray]:
        """As `sparse`, with every detail: bases (L, 3, 50 + D)."""
        places = sparse_places(self.landmarks, self.contour_triangles, self.contour_barycentric)
        bases = places.points(np.concatenate([self.shape, self.expression, self.detail]).astype(float), self.triangles)
        return places.points(self.mean.astype(float), self.triangles), np.ascontiguousarray(np.moveaxis(bases, 0, -1))


def sparse_places(landmarks: Landmarks, contour_triangles: np.ndarray, contour_barycentric: np.ndarray) -> Landmarks:
    """The 51 inner landmarks, then every place of the contour's, as one list of L points on the surface."""
    triangles = np.concatenate([landmarks.triangles[CONTOUR.stop :], contour_triangles.ravel()])
    weights = np.concatenate([landmarks.barycentric[CONTOUR.stop :], contour_barycentric.reshape(-1, 3)])
    return Landmarks(triangles, weights, np.ones(len(triangles)))


def read_model(path: Path) -> MorphableModel:
    """A morphable model from its npz. ModelError says what is missing, damaged or of another format."""
    path = Path(path)
    return _placed(path, read_arrays(path, {"shape": SHAPES, "expression": EXPRESSIONS}))


@functools.lru_cache(maxsize=2)
def load_model(path: Path | None = None) -> MorphableModel:
    """A model read once; by default the one that ships."""
    return read_model(path or PATH)


def _placed(path: Path, data: dict[str, np.ndarray]) -> MorphableModel:
    """The model in canonical space, at the template's size; what a file does not say is worked out."""
    template, template_id = load_template(), word(data.get("template", ""))
    mean, triangles = data["mean"].astype(np.float64), data["triangles"].astype(np.int32)
    landmarks = Landmarks(data["landmark_triangles"].astype(np.int32), data["landmark_barycentric"].astype(float), np.ones(COUNT))
    none = np.zeros((0, *mean.shape), np.float32)
    bases = [data.get(name, none).astype(np.float32) for name in ("shape_basis", "expression_basis", "arkit_basis", "detail")]
    if template_id != TEMPLATE:
        trust = np.ones(COUNT)
        trust[CONTOUR], trust[BROWS] = 0.0, 0.2
        frame = frame_from_landmarks(landmarks.points(mean, triangles), trust, template)
        mean = frame.to_canonical(mean)
        bases = [frame.displacement_to_canonical(basis).astype(np.float32) for basis in bases]
    shape, expression, arkit, detail = bases
    contour = [data.get("contour_triangles"), data.get("contour_barycentric")]
    if contour[0] is None or contour[1] is None:
        contour = list(_contour_like_shipped(mean, triangles))
    detected, noise = None, None
    if {"detected_triangles", "detected_barycentric", "detected_noise"} <= set(data):
        detected = Landmarks(data["detected_triangles"].astype(np.int32), data["detected_barycentric"].astype(float), np.ones(COUNT))
        noise = np.clip(data["detected_noise"] / np.median(data["detected_noise"][CONTOUR.stop :]), 0.5, 5.0)
    face = data["face"].astype(bool) if "face" in data else np.ones(len(mean), bool)
    found = MorphableModel(
        name=word(data.get("id", path.stem)),
        mean=mean.astype(np.float32),
        shape=_deviations(shape, data["shape_deviation"], SHAPES),
        expression=_deviations(expression, data["expression_deviation"], EXPRESSIONS),
        shape_deviation=data["shape_deviation"][:SHAPES].astype(np.float32),
        expression_deviation=data["expression_deviation"][:EXPRESSIONS].astype(np.float32),
        arkit_names=tuple(map(str, np.ravel(data.get("arkit_names", ())))),
        arkit=arkit,
        triangles=triangles,
        landmarks=landmarks,
        contour_triangles=np.asarray(contour[0], np.int32),
        contour_barycentric=np.asarray(contour[1], float),
        detail=detail,
        detail_expression=int(data["detail_expression"]) if len(detail) else 0,
        detail_seen=int(data["detail_seen"]) if len(detail) else 0,
        landmark_noise=data.get("landmark_noise", np.full(COUNT, UNKNOWN_NOISE)).astype(float),
        loose=LOOSE,
        least_noise=LEAST_NOISE,
        detected=detected,
        detected_loose=noise,
        face=face,
        drawn=data["drawn"].astype(bool) if "drawn" in data else face,
        template=template_id,
    )
    size = max(float(np.abs(basis).max(initial=0.0)) for basis in (found.mean, found.shape, found.expression))
    if not size < LARGEST:
        raise ModelError(
            f"Morphable model {path} reaches {size:.3g} m once its landmarks lie on the template's. Check units, landmarks and deviations."
        )
    return found


def _deviations(basis: np.ndarray, deviation: np.ndarray, count: int) -> np.ndarray:
    return np.ascontiguousarray(basis[:count] * deviation[:count, None, None].astype(np.float32))


def _contour_like_shipped(mean: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Contour places on another topology: the points nearest to those of the shipped model's mean."""
    own = load_model()
    places = Landmarks(own.contour_triangles.ravel(), own.contour_barycentric.reshape(-1, 3), np.ones(own.contour_triangles.size))
    on, weights, _ = Surface(mean, triangles).closest(places.points(own.mean.astype(float), own.triangles))
    return on.reshape(own.contour_triangles.shape), weights.reshape(own.contour_barycentric.shape)
