"""The 3D morphable model of a face: S = mean + A_s a_s + A_exp a_exp (FaceAnime, Eq. 1), and the files it is read from.

A file is an npz without pickle; docs/fitting.md lists its arrays. Mimica's own is on the template's topology; a user's own (BFM, FLAME and the
like) may be of any, in any unit and axes: its 68 landmarks carry it into canonical space.
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
from ..npz import read_npz

FORMAT = 1
SHAPES, EXPRESSIONS = 40, 10
PATH = Path(__file__).resolve().parents[2] / "models" / "morphable" / "morphable.npz"
REQUIRED = ("mean", "triangles", "shape_basis", "shape_deviation", "expression_basis", "expression_deviation",
            "landmark_triangles", "landmark_barycentric")  # fmt: skip
LOOSE = np.repeat([2.0, 1.5, 1.0], [17, 10, 41])  # contour and brows are placed less exactly than eyes, nose and mouth
LEAST_NOISE, DETECTED_NOISE = (
    0.002,
    0.02,
)  # of the face's size: least noise of landmarks; a detector's errors go together, so they count as more
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
    data = _arrays(path)
    missing = [name for name in REQUIRED if name not in data]
    if missing:
        raise ModelError(f"Morphable model {path} has no {', '.join(missing)}. An npz with {', '.join(REQUIRED)} is expected.")
    if "format_version" in data and _word(data["format_version"]) != str(FORMAT):
        raise ModelError(
            f"Morphable model {path} is of format {_word(data['format_version'])}; this Mimica reads format {FORMAT}. Install Mimica again."
        )
    template = _word(data.get("template", ""))
    if template not in ("", TEMPLATE):
        raise ModelError(f"Morphable model {path} was made for the template {template}; this Mimica has {TEMPLATE}. Install Mimica again.")
    _check(path, data)
    return _placed(path, data, template)


@functools.lru_cache(maxsize=2)
def load_model(path: Path | None = None) -> MorphableModel:
    """A model read once; by default the one that ships."""
    return read_model(path or PATH)


def _word(value: object) -> str:
    return str(np.asarray(value).item()) if np.asarray(value).size == 1 else "nothing"


def _arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        return read_npz(path)
    except FileNotFoundError as error:
        raise ModelError(f"Morphable model {path} is missing. Install Mimica again, or check the path of your own model.") from error
    except (OSError, ValueError) as error:
        raise ModelError(f"Morphable model {path} cannot be read ({error}). An npz without pickled objects is expected.") from error


def _check(path: Path, data: dict[str, np.ndarray]) -> None:
    """Shapes, indices and numbers. ModelError at the first that is wrong."""

    def expect(name: str, shape: tuple[int | None, ...]) -> None:
        found = data[name].shape
        if len(found) != len(shape) or any(wanted not in (None, size) for size, wanted in zip(found, shape, strict=True)):
            wanted = ", ".join("any" if size is None else str(size) for size in shape)
            raise ModelError(f"Morphable model {path}: {name} is an array of {found}; expected ({wanted}).")
        if data[name].dtype.kind not in (
            "iub" if name in ("triangles", "landmark_triangles", "contour_triangles", "detected_triangles", "face", "drawn") else "fiu"
        ):
            raise ModelError(f"Morphable model {path}: {name} is of type {data[name].dtype}, which is not a number of the expected kind.")
        if data[name].dtype.kind == "f" and not np.isfinite(data[name]).all():
            raise ModelError(f"Morphable model {path}: {name} has numbers that are not finite. Write the file again.")

    expect("mean", (None, 3))
    expect("triangles", (None, 3))
    count, triangles = len(data["mean"]), len(data["triangles"])
    for name, most in (("shape", SHAPES), ("expression", EXPRESSIONS)):
        expect(f"{name}_basis", (None, count, 3))
        expect(f"{name}_deviation", (len(data[f"{name}_basis"]),))
        if len(data[f"{name}_basis"]) < most:
            raise ModelError(f"Morphable model {path} has {len(data[f'{name}_basis'])} {name} components; at least {most} are needed.")
    expect("landmark_triangles", (COUNT,))
    expect("landmark_barycentric", (COUNT, 3))
    optional: dict[str, tuple[int | None, ...]] = {
        "contour_triangles": (17, None), "contour_barycentric": (17, None, 3), "landmark_noise": (COUNT,), "detected_triangles": (COUNT,),
        "detected_barycentric": (COUNT, 3), "detected_noise": (COUNT,), "face": (count,),
        "drawn": (count,), "arkit_basis": (None, count, 3), "detail": (None, count, 3),
    }  # fmt: skip
    for name, shape in optional.items():
        if name in data:
            expect(name, shape)
    if "contour_triangles" in data and data.get("contour_barycentric", np.zeros(0)).shape[:2] != data["contour_triangles"].shape:
        raise ModelError(f"Morphable model {path}: contour_triangles and contour_barycentric do not belong together. Write the file again.")
    for name, limit in (
        ("triangles", count),
        ("landmark_triangles", triangles),
        ("contour_triangles", triangles),
        ("detected_triangles", triangles),
    ):
        if name in data and len(data[name]) and not (data[name].min() >= 0 and data[name].max() < limit):
            raise ModelError(f"Morphable model {path}: {name} points outside 0 to {limit - 1}. Write the file again, counting from 0.")
    if not (data["shape_deviation"] > 0).all() or not (data["expression_deviation"] > 0).all():
        raise ModelError(f"Morphable model {path} has standard deviations that are not above 0. Write the file again.")
    if len(data.get("detail", ())) and not 0 <= int(data.get("detail_expression", -1)) <= int(data.get("detail_seen", -1)) <= len(
        data["detail"]
    ):
        raise ModelError(
            f"Morphable model {path} has {len(data['detail'])} details, but does not say what they are (detail_expression, detail_seen)."
        )
    if len(data.get("arkit_names", ())) != len(data.get("arkit_basis", ())):
        raise ModelError(
            f"Morphable model {path} has {len(data.get('arkit_names', ()))} names for {len(data.get('arkit_basis', ()))} ARKit units."
        )


def _placed(path: Path, data: dict[str, np.ndarray], template_id: str) -> MorphableModel:
    """The model in canonical space, at the template's size; what a file does not say is worked out."""
    template = load_template()
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
        name=_word(data.get("id", path.stem)),
        mean=mean.astype(np.float32),
        shape=_deviations(shape, data["shape_deviation"], SHAPES),
        expression=_deviations(expression, data["expression_deviation"], EXPRESSIONS),
        shape_deviation=data["shape_deviation"][:SHAPES].astype(np.float32),
        expression_deviation=data["expression_deviation"][:EXPRESSIONS].astype(np.float32),
        arkit_names=tuple(map(str, data.get("arkit_names", ()))),
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
