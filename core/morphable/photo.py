"""Faces in photos: of any size, several, rolled or in profile; each with its 478 points and the 68 landmarks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..errors import LandmarkError, ValueRangeError
from ..head.detect import MESH_POINTS
from ..head.landmarks import BROWS
from ..image.detector import MIN_OVERLAP, ROI_SCALE, Face, Mesh, detect_in, face_landmarks, mesh_in, region_of
from ..runtime.backend import Backend, OnnxBackend

# The 68 in photos: as on renders of heads, but the brows, which heads have no hair for, along their middle
PHOTO_POINTS = MESH_POINTS.copy()
PHOTO_POINTS[BROWS] = [
    (70, 46), (63, 53), (105, 52), (66, 65), (107, 55), (336, 285), (296, 295), (334, 282), (293, 283), (300, 276),
]  # fmt: skip
IRISES = np.array([[468, 469, 470, 471, 472], [473, 474, 475, 476, 477]])  # right and left: middle, then four of its rim
LEAST_PX = 20  # width of the smallest face whose points mean anything
LARGE_PX = 1024  # longer side of the picture that faces are first looked for in
FACE_PX = 384  # longer side of a face above which a coarser picture will do for its points
ROLLS = (0.0, 90.0, -90.0, 180.0, 45.0, -45.0)  # degrees, tried in turn until a face is seen
TILES = (2, 4)  # a picture is also looked at in squares of its longer side over these, overlapping by half
MAYBE, SURE = 0.25, 0.78  # detector's score that is worth a closer look, and what it must be then: faces reach 0.9, cups and cats 0.65
UPRIGHT = 0.85  # a score that no face upside down has: those stay below 0.78
CLOSER = 2.2  # of the face's box: the square of a closer look
ALIKE = (0.6, 1.7)  # sizes of one face, as detector and points have it, over one another
PRESENT = 0.5  # score of the points' network


@dataclass(frozen=True)
class PhotoFace:
    """points (478, 3): pixels x, y from the picture's top left, and a depth in pixels relative to the face's middle, towards the viewer negative;
    score 0..1: how surely it is a face; box (4,): left, top, width, height of the points;
    features (128, 116) float32: what the points' network knows of the face (core/image/detector.py)."""

    points: np.ndarray
    score: float
    box: np.ndarray
    features: np.ndarray

    @property
    def size(self) -> float:
        """Square root of the box's area, px: what errors are relative to."""
        return float(np.sqrt(self.box[2] * self.box[3]))

    def landmarks(self) -> np.ndarray:
        """The 68 landmarks (68, 2) in iBUG's order, px."""
        return self.points[PHOTO_POINTS, :2].mean(axis=1)

    def irises(self) -> np.ndarray:
        """x, y and radius (2, 3) px of the irises of the right and the left eye."""
        middles = self.points[IRISES[:, 0], :2]
        rims = self.points[IRISES[:, 1:], :2] - middles[:, None]
        return np.column_stack([middles, np.linalg.norm(rims, axis=2).mean(axis=1)])

    def depths(self) -> np.ndarray:
        """The 68 landmarks' relative depth (68,), px."""
        return self.points[PHOTO_POINTS, 2].mean(axis=1)


def face_in(image: np.ndarray, name: str, *, index: int | None = None, backend: Backend | None = None) -> PhotoFace:
    """The largest face of a picture (H, W, 3) uint8 RGB, or the index-th from the left. LandmarkError, naming the picture, where there is none."""
    found = faces_in(image, every=index is not None, backend=backend)
    if not found:
        raise LandmarkError(
            f"No face was found in '{name}' ({image.shape[1]} x {image.shape[0]} pixels), upright or turned, whole or in parts. "
            f"Use a photo of one person with the face at least {LEAST_PX} pixels wide, not covered, and seen from the front or half from the side."
        )
    if index is None:
        return max(found, key=lambda face: face.size)
    if not 0 <= index < len(found):
        raise ValueRangeError(f"Face {index} of '{name}' was asked for; {len(found)} were found, numbered from 0 at the left.")
    return found[index]


def faces_in(image: np.ndarray, *, every: bool = True, backend: Backend | None = None) -> list[PhotoFace]:
    """The faces of a picture (H, W, 3) uint8 RGB from left to right; with every=False small ones only where there is no large one."""
    backend = backend or OnnxBackend()
    coarse, scale = _reduced(image, LARGE_PX)
    found: list[PhotoFace] = []
    for centre, size, roll in _looks(coarse, every):
        if found and (roll or not every):
            break
        seen = detect_in(coarse, centre, size, roll, min_score=MAYBE, backend=backend)
        new = [one for one in seen if not any(_same(one, scale, face) for face in found)]
        found = _distinct(found + [face for one in new if (face := _points_of(image, one, scale, backend))])
    return sorted(found, key=lambda face: face.box[0])


def follow(image: np.ndarray, before: PhotoFace, backend: Backend) -> PhotoFace | None:
    """The same face in the next picture of a video, or None where it is lost."""
    return _confirmed(mesh_in(image, *region_of(before.points), backend=backend))


def surely(image: np.ndarray, face: PhotoFace, backend: Backend) -> float:
    """How surely (0..1) the detector takes a face that is followed for one: the points' own score stays high on what never was a face."""
    centre, size, angle = region_of(face.points)
    seen = detect_in(image, centre, size / ROI_SCALE * CLOSER, angle, min_score=MAYBE, backend=backend)
    return seen[0].score if seen else 0.0


def _looks(image: np.ndarray, every: bool) -> Iterator[tuple[np.ndarray, float, float]]:
    """Centre, size and roll (rad) of the squares to look at: the whole at every roll, then tiles; where every face counts, tiles upright first."""
    height, width = image.shape[:2]
    side = float(max(height, width))
    whole = [(np.array([width, height]) / 2, side, float(np.radians(roll))) for roll in ROLLS]
    tiles = [(centre, side / parts, 0.0) for parts in TILES for centre in _grid(width, height, side / parts)]
    yield from (whole[:1] + tiles + whole[1:] if every else whole + tiles)


def _grid(width: int, height: int, size: float) -> list[np.ndarray]:
    """Centres of squares that cover a picture, overlapping by half."""
    rows, columns = (max(1, int(np.ceil(2 * length / size)) - 1) for length in (height, width))
    across = np.linspace(size / 2, width - size / 2, columns) if columns > 1 else [width / 2]
    down = np.linspace(size / 2, height - size / 2, rows) if rows > 1 else [height / 2]
    return [np.array([x, y]) for y in down for x in across]


def _reduced(image: np.ndarray, side: int) -> tuple[np.ndarray, float]:
    """The picture averaged over whole squares of pixels until its longer side is at most 2 x `side`, and how many px each pixel stands for."""
    step = max(1, min(int(max(image.shape[:2]) / side), *image.shape[:2]))
    if step == 1:
        return image, 1.0
    height, width = (length // step * step for length in image.shape[:2])
    out = np.empty((height // step, width // step, image.shape[2]), np.uint8)
    for row in range(len(out)):
        lines = image[row * step : (row + 1) * step, :width].sum(axis=0, dtype=np.uint32)
        out[row] = lines.reshape(-1, step, image.shape[2]).sum(axis=1) // step**2
    return out, float(step)


def _points_of(image: np.ndarray, face: Face, scale: float, backend: Backend) -> PhotoFace | None:
    """Points of what may be a face in the picture reduced by `scale`, or None where a closer look sees none."""
    middle, extent = (face.box[:2] + face.box[2:] / 2) * scale, float(face.box[2:].max()) * scale
    patch, offset, step = patch_about(image, middle, CLOSER * extent)
    near = Face(face.score, np.append(middle - offset, [extent, extent]) / step - np.array([0.5, 0.5, 0, 0]) * extent / step,
                (face.keypoints * scale - offset) / step)  # fmt: skip
    closer = _look_closer(patch, near, (0.0, np.pi), backend)
    closer = closer and _look_closer(patch, closer, (0.0,), backend)
    if closer is None or closer.score < SURE:
        return None
    points, _ = face_landmarks(patch, closer, backend=backend)
    mesh = mesh_in(patch, *region_of(points), backend=backend)
    return _confirmed(replace(mesh, points=mesh.points * step + np.append(offset, 0.0)))


def _look_closer(image: np.ndarray, face: Face, turns: tuple[float, ...], backend: Backend) -> Face | None:
    """The surest face in a square about a face, turned upright as its eyes say, and further by `turns` (rad): upside down it looks like one,
    too."""
    eyes = face.keypoints[1] - face.keypoints[0]
    angle, middle = float(np.arctan2(eyes[1], eyes[0])), face.box[:2] + face.box[2:] / 2
    size = CLOSER * float(face.box[2:].max())
    best: Face | None = None
    for turn in turns:
        seen = detect_in(image, middle, size, angle + turn, min_score=MAYBE, backend=backend)
        best = max([*seen[:1], *([best] if best else [])], key=lambda one: one.score, default=None)
        if best and best.score >= UPRIGHT:
            break
    return best


def patch_about(image: np.ndarray, middle: np.ndarray, extent: float) -> tuple[np.ndarray, np.ndarray, float]:
    """What of a picture (H, W, C) lies within `extent` px of a face's middle (2,), both ways, averaged where it is larger than needed; its corner
    (2,) px, and how many px each of its pixels stands for."""
    low = np.clip(np.floor(middle - extent), 0, [image.shape[1] - 1, image.shape[0] - 1]).astype(int)
    high = np.ceil(middle + extent).astype(int) + 1
    cut = np.ascontiguousarray(image[low[1] : max(high[1], low[1] + 1), low[0] : max(high[0], low[0] + 1)])
    patch, step = _reduced(cut, 2 * FACE_PX)
    return patch, low.astype(float), step


def _same(seen: Face, scale: float, face: PhotoFace) -> bool:
    """Whether what is seen in the picture reduced by `scale` is a face that was found before."""
    middle, extent = (seen.box[:2] + seen.box[2:] / 2) * scale, float(seen.box[2:].max()) * scale
    within = np.abs(middle - face.box[:2] - face.box[2:] / 2) < face.box[2:] / 2
    return bool(within.all() and ALIKE[0] < extent / face.box[2:].max() < ALIKE[1])


def _confirmed(mesh: Mesh) -> PhotoFace | None:
    low, high = mesh.points[:, :2].min(axis=0), mesh.points[:, :2].max(axis=0)
    if mesh.presence < PRESENT or (high - low).max() < LEAST_PX:
        return None
    return PhotoFace(mesh.points, mesh.presence, np.concatenate([low, high - low]), mesh.features)


def _distinct(faces: list[PhotoFace]) -> list[PhotoFace]:
    """Of faces that overlap, the one that is surer."""
    kept: list[PhotoFace] = []
    for face in sorted(faces, key=lambda face: -face.score):
        low, high = face.box[:2], face.box[:2] + face.box[2:]
        for other in kept:
            shared = np.prod(np.maximum(np.minimum(high, other.box[:2] + other.box[2:]) - np.maximum(low, other.box[:2]), 0.0))
            if shared > MIN_OVERLAP * min(face.size, other.size) ** 2:
                break
        else:
            kept.append(face)
    return kept
