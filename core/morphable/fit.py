"""The 62 coefficients of a face from its 68 landmarks: regularised, robust Gauss-Newton with an analytic Jacobian.

Minimised is sum_k rho(|p_k - V_k|^2 / s_k^2) + |a_s|^2 + |a_exp|^2, the coefficients in standard deviations: the most probable face under the
model, where s_k is the landmarks' noise, estimated as it goes, together with what the model leaves of landmark k. rho is Huber's, then Geman and
McClure's, so that outliers have no say in the end. The contour is dynamic: of the places that its landmarks may have on a turned head, the
outermost in the picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dposv

from ..errors import LandmarkError, ValueRangeError
from ..head.landmarks import BROWS, CONTOUR, COUNT
from .camera import Lens, Perspective, Pose, closed_form, derivatives, turned
from .model import EXPRESSIONS, SHAPES, MorphableModel

POSE = 6
START_NOISE, MOST_NOISE = 0.02, 0.05  # of the face's size: of the landmarks at first, and the most it is estimated to be
SLIDE = 3.0  # how much less exactly a point of the contour is placed along it than across it
HUBER, GEMAN = 1.5, 3.5  # in standard deviations
ALONE, TOGETHER, REDESCENDING = 1, 4, 2  # rounds: of the pose, of everything under Huber's loss, and under Geman and McClure's
DISTANCES = (0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0)  # m, from the eye to the face, that are tried
USUAL, USUAL_SPREAD = 0.9, 0.6  # m, and the standard deviation of its logarithm: selfies to portraits
SETTLED = 1e-2  # largest change of a coefficient after which a phase is over
TYPICAL = 0.02  # residual over the face's size, up to which a fit is as good as they come


@dataclass(frozen=True)
class FittedFace:
    """coefficients (62,) float32: 12 pose (3x4, row by row), 40 shape, 10 expression; pose; shape (40,), expression (10,) and detail (D,), what is
    beyond the 62 coefficients (MorphableModel.detail), in standard deviations.

    landmarks (68, 2) px as fitted; weights (68,) 0..1, how far each given landmark was believed; residual: median distance between given and
    fitted landmarks over the face's size (sqrt of width x height of the landmarks' box); confidence 0..1; cost: minus twice the logarithm of how
    probable the face is, up to a constant; lens: what it was fitted through, None for scaled orthographic.
    """

    pose: Pose
    shape: np.ndarray
    expression: np.ndarray
    detail: np.ndarray
    landmarks: np.ndarray
    weights: np.ndarray
    residual: float
    confidence: float
    cost: float
    lens: Lens | None = None

    @property
    def coefficients(self) -> np.ndarray:
        return np.concatenate([self.pose.matrix().ravel(), self.shape, self.expression]).astype(np.float32)

    def vertices(self, model: MorphableModel, *, neutral: bool = False) -> np.ndarray:
        """The face (N, 3) m in canonical space, details included; neutral: without its expression. Without details it is
        model.vertices(coefficients)."""
        expression, detail = self.expression, self.detail
        if neutral:
            expression, detail = np.zeros_like(expression), np.where(np.arange(len(detail)) < model.detail_expression, 0.0, detail)
        told = model.vertices(np.concatenate([self.shape, expression]))
        return told + np.tensordot(detail.astype(np.float32), model.detail, 1)


def face_size(pixels: np.ndarray) -> float:
    """sqrt of width x height of the box around landmarks (68, 2)."""
    return float(np.sqrt(np.prod(np.ptp(pixels, axis=0))))


def fit_landmarks(
    pixels: np.ndarray,
    model: MorphableModel,
    *,
    trust: np.ndarray | None = None,
    shape: np.ndarray | None = None,
    start: FittedFace | None = None,
    lens: Lens | None = None,
    dynamic: bool = True,
    robust: bool = True,
    regularised: bool = True,
) -> FittedFace:
    """The face whose 68 landmarks are nearest to pixels (68, 2); NaN where one was not found.

    trust (68,) 0..1 divides a landmark's noise; shape (40,): whose face it is, if that is known; start: the fit of the frame before, in a video;
    lens: the camera's, if it is known, else scaled orthographic; dynamic: whether the contour is the visible one, or the landmarks' own places on
    the skin. robust and regularised are there to be measured. LandmarkError where fewer than ten landmarks were found, or they lie on one spot.
    """
    pixels = np.asarray(pixels, np.float64)
    given = np.isfinite(pixels).all(axis=1) if pixels.shape == (COUNT, 2) else np.zeros(0, bool)
    if given.sum() < 10 or np.ptp(pixels[given], axis=0).min() <= 0:
        raise LandmarkError(
            f"{int(given.sum())} different landmarks were given as {pixels.shape}; at least 10 of (68, 2) are needed to fit a face."
        )
    trust = np.where(given, 1.0 if trust is None else trust, 0.0)
    work = Work(model, np.where(given[:, None], pixels, 0.0), trust, face_size(pixels[given]), lens, dynamic, shape)
    work.regular = 1.0 if regularised else 1e-8
    work.begin(start)
    work.run(ALONE if start is None else 0, slice(0, POSE), HUBER if robust else np.inf)
    work.run(TOGETHER, slice(None), HUBER if robust else np.inf)
    if robust:
        work.run(REDESCENDING, slice(None), GEMAN, redescending=True)
    return work.result()


class Work:
    """The state of one fit."""

    def __init__(
        self,
        model: MorphableModel,
        pixels: np.ndarray,
        trust: np.ndarray,
        size: float,
        lens: Lens | None,
        dynamic: bool,
        shape: np.ndarray | None,
        fine: bool = False,
    ):
        self.lens = lens
        self.model, self.pixels, self.trust, self.size, self.dynamic = model, pixels, trust, size, dynamic
        self.mean, self.bases = model.sparse_fine if fine else model.sparse
        self.coefficients = np.zeros(self.bases.shape[2])
        self.free = np.ones(POSE + len(self.coefficients), bool)
        if shape is not None:
            self.coefficients[:SHAPES], self.free[POSE : POSE + SHAPES] = shape, False
        self.steps = model.contour_triangles.shape[1]
        own = self.mean[COUNT - 17 :].reshape(17, self.steps, 3)[:, 0]
        outward = (own - self.mean[: COUNT - 17].mean(axis=0))[:, [0, 2]]
        self.outward = outward / np.linalg.norm(outward, axis=1, keepdims=True)
        self.noise, self.regular = START_NOISE * size, 1.0
        self.weights = (trust > 0).astype(float)

    def begin(self, start: FittedFace | None) -> None:
        """The pose of the frame before, or the closed form, which leaves out what moves with pose and expression."""
        if start is not None:
            self.pose = start.pose
            kept = self.free[POSE : POSE + SHAPES + EXPRESSIONS]
            self.coefficients[: len(kept)][kept] = np.concatenate([start.shape, start.expression])[kept]
            return
        inner = self.mean[: COUNT - 17] + self.bases[: COUNT - 17] @ self.coefficients
        trust = self.trust[CONTOUR.stop :].copy()
        trust[: BROWS.stop - BROWS.start] *= 0.5
        if (trust > 0).sum() < 6:
            raise LandmarkError(
                "Fewer than six landmarks of brows, nose, eyes and mouth were given; a face cannot be fitted to its outline alone."
            )
        for _ in range(2):  # far points are believed less each time
            self.pose = closed_form(inner, self.pixels[CONTOUR.stop :], trust)
            off = np.linalg.norm(self.project(inner) - self.pixels[CONTOUR.stop :], axis=1)
            trust = np.where(trust > 0, 1.0 / np.maximum(off, START_NOISE * self.size), 0.0)

    def places(self) -> tuple[np.ndarray, np.ndarray]:
        """Which rows (68,) of the sparse model the landmarks are, and their positions (68, 3) m."""
        points = self.mean + (self.bases.reshape(-1, len(self.coefficients)) @ self.coefficients).reshape(-1, 3)
        inner = COUNT - 17
        best = np.zeros(17, int)
        if self.dynamic:
            contour = self.project(points[inner:]).reshape(17, self.steps, 2)
            up = self.pose.rotation[:2, 2]
            down = -up / max(float(np.hypot(*up)), 1e-9)
            axes = np.array([[down[1], -down[0]], -down])  # of the picture, to the head's own left and to its top
            best = np.einsum("kpd,kd->kp", contour, self.outward @ axes).argmax(axis=1)
        rows = np.concatenate([inner + np.arange(17) * self.steps + best, np.arange(inner)])
        return rows, points[rows]

    def project(self, points: np.ndarray) -> np.ndarray:
        return self.pose.project(points)[0] if self.lens is None else self.lens.project(self.pose, points)

    def across(self, fitted: np.ndarray) -> np.ndarray:
        """Axes (17, 2, 2) in which the two coordinates of a contour landmark are independent: across the contour, then along it."""
        along = fitted[2:17] - fitted[:15]
        along = np.concatenate([along[:1], along, along[-1:]])
        along /= np.maximum(np.sqrt((along**2).sum(axis=1, keepdims=True)), 1e-9)
        return np.stack([np.column_stack([along[:, 1], -along[:, 0]]), along], axis=1)

    def deviation(self) -> np.ndarray:
        """Standard deviation (68, 2) px of each landmark, of the contour in the axes of `across`."""
        loose = np.column_stack([self.model.loose, self.model.loose * np.where(np.arange(COUNT) < CONTOUR.stop, SLIDE, 1.0)])
        return np.hypot(self.noise * loose / np.maximum(self.trust, 1e-3)[:, None], (self.pose.scale * self.model.landmark_noise)[:, None])

    def jacobian(self, rows: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Derivatives (68, 2, 6 + K) px of the projected landmarks by pose and coefficients."""
        pose, surface = derivatives(self.pose, points, self.lens)
        return np.concatenate([pose, surface @ self.bases[rows]], axis=2)

    def run(self, rounds: int, which: slice, limit: float, redescending: bool = False) -> None:
        """At most `rounds` steps of Gauss-Newton on some of the unknowns, weights and noise renewed before each."""
        chosen = np.zeros(len(self.free), bool)
        chosen[which] = True
        chosen &= self.free
        for _ in range(rounds):
            normal, right, error = self.equations(limit, redescending)
            step = np.zeros(len(chosen))
            step[chosen] = dposv(normal[np.ix_(chosen, chosen)], right[chosen], overwrite_a=1)[1]
            self.move(step)
            if chosen[POSE:].any():
                self.estimate_noise(error, int(chosen.sum()))
            if np.abs(step).max() < SETTLED:
                break

    def equations(self, limit: float, redescending: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The normal matrix (6 + K, 6 + K) and right-hand side (6 + K,) of a step, and the landmarks' errors (68, 2) px as `deviation` has them."""
        rows, points = self.places()
        fitted = self.project(points)
        axes, deviation = self.across(fitted), self.deviation()
        error = _turned(axes, (fitted - self.pixels)[..., None])[..., 0]
        far = np.sqrt(((error / deviation) ** 2).sum(axis=1) / 2)
        if redescending:
            self.weights = 1.0 / (1.0 + (far / limit) ** 2) ** 2
        else:
            self.weights = np.minimum(1.0, limit / np.maximum(far, 1e-9)) if np.isfinite(limit) else np.ones(COUNT)
        self.weights[self.trust <= 0] = 0.0
        columns = _turned(axes, self.jacobian(rows, points)).reshape(2 * COUNT, -1)
        weighted = columns.T * (self.weights[:, None] / deviation**2).ravel()
        pull = np.where(np.arange(columns.shape[1]) < POSE, 0.0, self.regular)
        normal = weighted @ columns
        normal.flat[:: len(normal) + 1] += pull + 1e-9 * normal.flat[:: len(normal) + 1]
        right = -weighted @ error.ravel() - pull * np.concatenate([np.zeros(POSE), self.coefficients])
        return normal, right, error

    def move(self, step: np.ndarray) -> None:
        pose = self.pose
        scale = pose.scale * float(np.exp(np.clip(step[3], -0.5, 0.5)))
        turn = step[:3] / max(1.0, float(np.linalg.norm(step[:3])) / 0.5)
        self.pose = Pose(turned(turn) @ pose.rotation, scale, pose.translation + step[4:6])
        self.coefficients = np.clip(self.coefficients + step[POSE:], -6.0, 6.0)

    def estimate_noise(self, error: np.ndarray, unknowns: int) -> None:
        """Robust noise of the landmarks: the median, corrected for the freedom the fit had."""
        seen = self.trust > 0
        relative = (np.abs(error) / self.model.loose[:, None] * np.maximum(self.trust, 1e-3)[:, None])[
            seen & (np.arange(COUNT) >= CONTOUR.stop)
        ]
        free = np.sqrt(relative.size / max(relative.size - 0.6 * unknowns, 0.25 * relative.size))
        found = 1.4826 * float(np.sort(relative, axis=None)[relative.size // 2]) * free
        self.noise = float(np.clip(found, self.model.least_noise * self.size, MOST_NOISE * self.size))

    def result(self) -> FittedFace:
        seen, cost = self.trust > 0, self._cost()
        told, detail = np.split(self.coefficients.copy(), [SHAPES + EXPRESSIONS])
        self.coefficients[len(told) :] = 0.0  # the landmarks are those of the 62 coefficients
        fitted = self.project(self.places()[1])
        residual = float(np.median(np.linalg.norm(fitted - self.pixels, axis=1)[seen])) / self.size
        believed = float((self.weights * seen).sum() / COUNT)
        strange = max(0.0, float((told**2).mean()) - 1.5)
        confidence = believed * float(np.exp(-max(0.0, residual - TYPICAL) / TYPICAL - 0.5 * strange))
        detail = np.pad(detail, (0, len(self.model.detail) - len(detail)))
        shape, expression = told[:SHAPES], told[SHAPES:]
        return FittedFace(self.pose, shape, expression, detail, fitted, self.weights * seen, residual, confidence, cost, self.lens)

    def _cost(self) -> float:
        fitted, deviation = self.project(self.places()[1]), self.deviation()
        error = _turned(self.across(fitted), (fitted - self.pixels)[..., None])[..., 0]
        far = ((error / deviation) ** 2).sum(axis=1) / 2
        lost = 2.0 * (np.log(deviation).mean(axis=1) + GEMAN**2 * far / (GEMAN**2 + far))
        return float(lost[self.trust > 0].sum() + (self.coefficients**2).sum())


def _turned(axes: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Values (68, 2, K), those of the contour in axes (17, 2, 2); in place."""
    values[CONTOUR] = axes @ values[CONTOUR]
    return values


def fit_camera(
    pixels: np.ndarray, model: MorphableModel, width: int, height: int, *, focal: float | None = None, trust: np.ndarray | None = None
) -> tuple[FittedFace, Perspective]:
    """The face and the perspective camera behind a whole picture of width x height px, from landmarks (68, 2).

    focal: px (the lens's focal length over the sensor's width, times the picture's width), or None: found from the landmarks, as the most
    probable of usual distances. The head's nearness shows in its proportions, so this works within about a third, and fails on faces unlike the
    model's.
    """
    if focal is not None and not (np.isfinite(focal) and focal > 0):
        raise ValueRangeError(f"focal is {focal}; it must be above 0: the focal length in pixels.")
    centre = np.array([width, height]) / 2
    if focal is None:
        first = fit_landmarks(pixels, model, trust=trust)
        tried = [fit_landmarks(pixels, model, trust=trust, lens=Lens(first.pose.scale * away, centre)) for away in DISTANCES]
        unusual = (np.log(np.array(DISTANCES) / USUAL) / USUAL_SPREAD) ** 2
        found = tried[int(np.argmin([fit.cost for fit in tried] + unusual))]
    else:
        found = fit_landmarks(pixels, model, trust=trust, lens=Lens(focal, centre))
    return found, Perspective.of_pose(found.pose, found.lens.focal if found.lens else 0.0, width, height)
