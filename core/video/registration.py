"""A face's points made exact in a video: the skin of every frame is laid on that of the first, and the points go where it matches.

The landmark network tells each frame's points to about half a percent of the face, each time anew; what a photo's warp shows then swims against the
skin. Here the frame is seen in the first one's shape (piecewise affine over the points' mesh) and registered with it by Lucas and Kanade (1981), each
point by what lies around it, from coarse to fine. Pixels that the first frame cannot explain (teeth, a hand) have no say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
from scipy import ndimage

from ..morphable.photo import PhotoFace
from ..morphable.texture import rasterise
from ..runtime.backend import Backend
from .photo_targets import opening
from .point_mesh import LOWER_LIDS, LOWER_LIP, OVAL, SKIN, UPPER_LIDS, UPPER_LIP, between, load_mesh
from .track import Track, smoothed, track

SIDE, BORDER = 128, 0.03  # px of the square that the face is seen in, and what is left free around it, of its size
BLUR = 0.7  # px there
EVEN, FAINT = 13, 3.0  # px that local contrast is evened out over, and grey levels of it that count as noise
SPREADS = (10.0, 8.0, 6.0, 5.0, 4.0)  # px around a point that tell its step, one step after the other
CELL = 4  # px; what pixels tell is summed up in squares of so many
UNLIKE, AROUND = 0.6, 9  # difference, in contrasts, from which pixels count less; over so many px
STIFF = 0.05  # pull of each point towards how the whole face moves, and of that towards staying, of what the first frame's contrast tells
STEP, GAIN = 0.02, 1.2  # a step's farthest, of the square; steps are made longer, for differences of blurred pictures are too small
REACH = 0.08  # of the square: points within tell how it lies in a frame
ALIKE = 0.08  # gap over width that an eye may open or shut; beyond, its lids are no longer the first frame's and keep the gap they were found with
EYE = 0.6  # of an eye's width: within, points belong to it; up to twice as far, less and less
OUTLINE = (0.5, 0.06)  # of a step that points on the outline go, which is no place on the skin, and of the square, how far in all of it


class Registration:
    """The face with points (478, 3) px in an image (H, W, 3) uint8, ready to be found exactly in others."""

    def __init__(self, image: np.ndarray, points: np.ndarray):
        low, high = points[:SKIN, :2].min(axis=0), points[:SKIN, :2].max(axis=0)
        side = float((high - low).max()) * (1.0 + 2.0 * BORDER)
        self.places = (points[:, :2] - (low + high - side) / 2) * (SIDE / side)
        self._connect(points[:, 2])
        cut, low_left = _blurred(image, points, self.size)
        self.picture = self._even(self._seen(cut, low_left, points))
        self.slope = np.stack(np.gradient(self.picture)[::-1])
        self.stiff = STIFF * 0.5 * float((self.inner * self.slope**2).sum(axis=0).mean()) + 1e-9
        self._weigh()

    def _connect(self, depth: np.ndarray) -> None:
        holes = [(UPPER_LIP, LOWER_LIP), *zip(UPPER_LIDS, LOWER_LIDS, strict=True)]
        triangles = np.concatenate([load_mesh().triangles, *(between(*hole) for hole in holes)])
        corners = tuple(np.ascontiguousarray(triangles[:, k], np.intp) for k in range(3))
        self.at, triangle, weights = rasterise(self.places, depth, corners, (SIDE, SIDE))  # type: ignore[arg-type]
        self.corners = [corner[triangle] for corner in corners]
        self.weights = weights
        face = np.zeros(SIDE * SIDE, np.float32)
        face[self.at] = 1.0
        self.face = face.reshape(SIDE, SIDE)
        self.share = np.maximum(ndimage.uniform_filter(self.face, EVEN), 1e-3)
        self.inner = np.clip(ndimage.distance_transform_edt(self.face) / 4.0 - 0.25, 0.0, 1.0).astype(np.float32)
        self.size = float(np.sqrt(np.prod(np.ptp(self.places[:SKIN], axis=0))))

    def _weigh(self) -> None:
        """How much cells tell each point (478, cells), for each of SPREADS; what a frame's points tell of how the square lies there around each; how
        far each goes."""
        cells = (np.arange(SIDE // CELL) + 0.5) * CELL
        off = ((self.places[:, None, None] - np.stack(np.meshgrid(cells, cells), axis=-1)) ** 2).sum(axis=-1).reshape(len(self.places), -1)
        self.near = [np.exp(-0.5 * off / spread**2).astype(np.float32) for spread in SPREADS]
        apart = np.linalg.norm(self.places[:, None] - self.places, axis=-1)
        close = np.exp(-0.5 * (apart / (REACH * SIDE)) ** 2)
        close /= close.sum(axis=1, keepdims=True)
        local = self.places - (close @ self.places)[:, None]
        spread = np.einsum("pn,pni,pnj->pij", close, local, local) + 1e-3 * np.eye(2)
        self.affine = (close[..., None] * (local @ np.linalg.inv(spread))).transpose(1, 0, 2).reshape(len(close), -1)
        least, reach = OUTLINE
        self.goes = GAIN * (least + (1.0 - least) * np.clip(apart[:, OVAL].min(axis=1) / (reach * SIDE), 0.0, 1.0))[:, None]

        self.gaps = [opening(self.places, eye)[0] for eye in range(2)]
        middles = [(self.places[upper[0]] + self.places[upper[-1]]) / 2 for upper in UPPER_LIDS]
        widths = [opening(self.places, eye)[1] for eye in range(2)]
        off_eye = [np.linalg.norm(self.places - middle, axis=1) / (EYE * width) for middle, width in zip(middles, widths, strict=True)]
        self.of_eye = [np.clip(2.0 - off, 0.0, 1.0)[:, None] for off in off_eye]

    def __call__(self, image: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Points (478, 3) px of the same face in another image (H, W, 3) uint8, as found there, made exact; depths stay."""
        cut, low = _blurred(image, points, self.size)
        out = np.array(points, float)
        for near in self.near:
            step = self._blinking(self._step(self._even(self._seen(cut, low, out)), near), out)
            lies = (out[:, :2].T @ self.affine).reshape(2, len(out), 2)  # px of the frame for a px of the square
            out[:, :2] += self.goes * np.einsum("kpi,pi->pk", lies, step)
        return out

    def _blinking(self, step: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Steps (478, 2) of which those of an eye that opens or shuts, with points (478, 3), go as the eye does on the whole."""
        for eye, (gap, of_eye) in enumerate(zip(self.gaps, self.of_eye, strict=True)):
            other = -np.expm1(-(((opening(points, eye)[0] - gap) / ALIKE) ** 2))
            step = step + other * of_eye * ((of_eye * step).sum(axis=0) / of_eye.sum() - step)
        return step

    def _seen(self, cut: np.ndarray, low: np.ndarray, points: np.ndarray) -> np.ndarray:
        """The face with points (478, 3) in a grey cut-out at low (2,), in the first frame's shape (SIDE, SIDE)."""
        values = (points[:, :2] - low - 0.5).astype(np.float32)
        x, y = (sum(w * values[corner, k] for w, corner in zip(self.weights, self.corners, strict=True)) for k in (0, 1))
        out = np.zeros(SIDE * SIDE, np.float32)
        out[self.at] = ndimage.map_coordinates(cut, [y, x], order=1, mode="nearest")
        return out.reshape(SIDE, SIDE)

    def _even(self, picture: np.ndarray) -> np.ndarray:
        """Without its local mean, its local contrast 1: light has no say."""
        off = (picture - ndimage.uniform_filter(picture * self.face, EVEN) / self.share) * self.face
        return off / np.sqrt(ndimage.uniform_filter(off * off, EVEN) / self.share + FAINT**2)

    def _step(self, picture: np.ndarray, near: np.ndarray) -> np.ndarray:
        """How far (478, 2) px of the square each point's surroundings lie from where they are in the first frame."""
        off = self.picture - picture
        x, y = 0.5 * (self.slope + np.stack(np.gradient(picture)[::-1]))
        trust = self.inner / (1.0 + ndimage.uniform_filter(off * off, AROUND) / UNLIKE**2) ** 2
        terms = np.stack([trust * x * x, trust * x * y, trust * y * y, trust * x * off, trust * y * off])
        cells = terms.reshape(5, SIDE // CELL, CELL, SIDE // CELL, CELL).mean(axis=(2, 4)).reshape(5, -1)
        xx, xy, yy, tx, ty = (near @ cells.T).T / near.sum(axis=1)
        whole, stiff = cells.mean(axis=1), self.stiff
        common = np.linalg.solve([[whole[0] + stiff, whole[1]], [whole[1], whole[2] + stiff]], whole[3:])
        xx, yy, tx, ty = xx + stiff, yy + stiff, tx + stiff * common[0], ty + stiff * common[1]
        step = np.stack([yy * tx - xy * ty, xx * ty - xy * tx], axis=1) / (xx * yy - xy * xy)[:, None]
        length = np.linalg.norm(step, axis=1, keepdims=True)
        return step * np.minimum(1.0, STEP * SIDE / np.maximum(length, 1e-6))


def _blurred(image: np.ndarray, points: np.ndarray, size: float) -> tuple[np.ndarray, np.ndarray]:
    """The grey cut-out (h, w) float32 that holds points (478, 3), as sharp as in the square, where the face has `size` px; its corner (2,)."""
    limit = np.array(image.shape[1::-1])
    times = float(np.sqrt(np.prod(np.ptp(points[:SKIN, :2], axis=0)))) / size
    margin = 4.0 * max(times, 1.0)
    low = np.clip(np.floor(points[:, :2].min(axis=0) - margin), 0, limit - 2).astype(int)
    high = np.clip(np.ceil(points[:, :2].max(axis=0) + margin), low + 2, limit).astype(int)
    grey = image[low[1] : high[1], low[0] : high[0]].mean(axis=2, dtype=np.float32)
    return ndimage.gaussian_filter(grey, BLUR * times, truncate=2.5), low


def followed(
    frames: Iterable[np.ndarray], fps: float, name: str, *, backend: Backend | None = None, progress: Callable[[int], None] | None = None
) -> Track:
    """A face through a video, as `track` finds it, its points exact against the first frame that shows it, without jitter. LandmarkError where no
    frame shows a face."""
    first: Registration | None = None
    exact: dict[int, np.ndarray] = {}

    def seen(number: int, image: np.ndarray, face: PhotoFace) -> None:
        nonlocal first
        if first is None:
            first = Registration(image, face.points)
        exact[number] = first(image, face.points) if exact else face.points

    found = track(frames, fps, name, backend=backend, progress=progress, seen=seen)
    points = found.points.copy()
    if found.found[min(exact)]:  # else what was seen first was no face after all
        for number in np.flatnonzero(found.found):
            points[number] = exact[number]
    return smoothed(replace(found, points=points))
