"""Texture mapping: the photo's skin on the face of other coefficients, dense or sparse: FaceAnime's priors (Sect. II-A, Eqs. 3 and 4).

All triangles are drawn at once: those that face the viewer and hold a pixel's centre, every pixel from the nearest of them. Scaled orthographic,
so that depth and texture coordinates are linear on the screen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import ValueRangeError
from .camera import Pose
from .model import MorphableModel

ON_EDGE = np.float32(2e-6)  # share of a triangle's area by which a centre may miss an edge that two triangles share: no holes by rounding
POSE_NUMBERS = 12


def kept_triangles(triangles: np.ndarray, count: int, interval: int) -> np.ndarray:
    """The triangles of the sparse mapping at an interval (Eq. 4): of every interval + 2 vertices the last `interval` are dropped, and with them
    every triangle that has one; interval 0 is dense.

    Eq. (4) can be read in several ways. This one gives the paper's numbers: at interval 1, 14,692 of 22,038 vertices stay, which is two thirds, and
    about 0.3 of the triangles, as its mapping times (450 of 1,550 ms).
    """
    if interval < 0:
        raise ValueRangeError(f"interval is {interval}; it must be 0 (dense) or above.")
    stays = np.arange(count) % (interval + 2) < 2
    return triangles[stays[triangles].all(axis=1)]


def drawn_triangles(model: MorphableModel) -> np.ndarray:
    """The triangles that a prior is made of: the face's front with its eyes."""
    return model.triangles[model.drawn[model.triangles].all(axis=1)]


@dataclass(frozen=True)
class Drawn:
    """image (H, W, 3) float32 0..255; mask (H, W) bool: where the face is; triangle (H, W) int32, -1 beside it."""

    image: np.ndarray
    mask: np.ndarray
    triangle: np.ndarray


class Texture:
    """A photo as the texture of a face.

    photo (H, W, 3), 0..255; source (N, 2) px: where each vertex lies in it; triangles (T, 3), counter-clockwise seen from outside.
    """

    def __init__(self, photo: np.ndarray, source: np.ndarray, triangles: np.ndarray):
        self.height, self.width = photo.shape[:2]
        self.texels = np.ascontiguousarray(photo, np.float32).reshape(-1, 3)
        self.u, self.v = (
            np.clip(source[:, k] - 0.5, 0.0, size - 1.001).astype(np.float32) for k, size in enumerate((self.width, self.height))
        )
        self.a, self.b, self.c = (np.ascontiguousarray(triangles[:, k], np.intp) for k in range(3))

    def draw(self, pixels: np.ndarray, depth: np.ndarray, size: tuple[int, int]) -> Drawn:
        """The face whose vertices are seen at pixels (N, 2), depth (N,) larger for farther, as a picture of size (height, width)."""
        height, width = size
        at, triangle, weights = rasterise(pixels, depth, (self.a, self.b, self.c), size)
        image, mask = np.zeros((height * width, 3), np.float32), np.zeros(height * width, bool)
        number = np.full(height * width, -1, np.int32)
        mask[at], number[at] = True, triangle
        image[at] = self._texture(triangle, weights)
        return Drawn(image.reshape(height, width, 3), mask.reshape(size), number.reshape(size))

    def _texture(self, triangle: np.ndarray, weights: tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
        """Bilinear samples (P, 3) of the photo."""
        corners = self.a[triangle], self.b[triangle], self.c[triangle]
        x, y = (sum(w * place[corner] for w, corner in zip(weights, corners, strict=True)) for place in (self.u, self.v))
        left, top = x.astype(np.int32), y.astype(np.int32)
        x, y = (x - left)[:, None], (y - top)[:, None]
        first = top * self.width + left
        texels = self.texels
        upper = texels[first] * (1 - x) + texels[first + 1] * x
        lower = texels[first + self.width] * (1 - x) + texels[first + self.width + 1] * x
        return upper * (1 - y) + lower * y


def rasterise(
    pixels: np.ndarray, depth: np.ndarray, corners: tuple[np.ndarray, np.ndarray, np.ndarray], size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """The pixels (P,) a mesh covers, row by row numbered, the nearest triangle (P,) facing the viewer there and its barycentric weights, 3 x (P,).

    pixels (N, 2), depth (N,); corners: three times (T,) vertex ids. A pixel is covered where a triangle holds its centre.
    """
    height, width = size
    x, y = np.ascontiguousarray(pixels[:, 0], np.float32), np.ascontiguousarray(pixels[:, 1], np.float32)
    ax, bx, cx, ay, by, cy = [place.take(corner) for place in (x, y) for corner in corners]
    area: np.ndarray = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
    left, right = _least_most(ax, bx, cx, width)
    top, bottom = _least_most(ay, by, cy, height)
    ids = np.flatnonzero((area < 0) & (left <= right) & (top <= bottom))
    ax, bx, cx, ay, by, cy, area = [values.take(ids) for values in (ax, bx, cx, ay, by, cy, area)]
    left, right, top, bottom = [values.take(ids) for values in (left, right, top, bottom)]
    columns = (right - left).astype(np.int32) + 1
    samples = columns * ((bottom - top).astype(np.int32) + 1)
    of = np.repeat(np.arange(len(ids)), samples)
    number = np.arange(len(of), dtype=np.int32) - np.repeat((np.cumsum(samples) - samples).astype(np.int32), samples)
    row = number // columns.take(of)
    px, py = left.take(of) + (number - row * columns.take(of)).astype(np.float32), top.take(of) + row.astype(np.float32)
    # edge functions of the centre over the triangle's area: its barycentric weights
    inverse: np.ndarray = 1.0 / area
    bxp, cxp, byp, cyp = bx.take(of) - px, cx.take(of) - px, by.take(of) - py, cy.take(of) - py
    axp, ayp, scale = ax.take(of) - px, ay.take(of) - py, inverse.take(of)
    first, second = (bxp * cyp - cxp * byp) * scale, (cxp * ayp - axp * cyp) * scale
    third = np.float32(1.0) - first - second
    inside = np.flatnonzero((first >= -ON_EDGE) & (second >= -ON_EDGE) & (third >= -ON_EDGE))
    first, second, third, of = first.take(inside), second.take(inside), third.take(inside), of.take(inside)
    at = (py.take(inside).astype(np.int32) * width + px.take(inside).astype(np.int32)).astype(np.int32)
    triangle = ids.take(of)
    z = np.ascontiguousarray(depth, np.float32)
    far = first * z[corners[0][triangle]] + second * z[corners[1][triangle]] + third * z[corners[2][triangle]]
    order = _nearest(at, far, height * width)
    return at[order], triangle[order], (first[order], second[order], third[order])


def _least_most(a: np.ndarray, b: np.ndarray, c: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """First and last pixel centre, less the half, within the span of three corners along one axis, cut to the picture."""
    half = np.float32(0.5)
    least, most = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
    return np.maximum(np.ceil(least - half), 0) + half, np.minimum(np.floor(most - half), size - 1) + half


def _nearest(at: np.ndarray, far: np.ndarray, count: int) -> np.ndarray:
    """Of samples at pixels `at` (P,) with depth far (P,), the index of the nearest at each pixel; of equals the first."""
    best = np.full(count, np.inf, np.float32)
    np.minimum.at(best, at, far)
    winners = np.flatnonzero(far == best[at])
    taken = np.full(count, -1, np.int32)
    taken[at[winners[::-1]]] = winners[::-1]
    return taken[taken >= 0]


def render_priors(
    photo: np.ndarray,
    source: np.ndarray,
    targets: np.ndarray,
    model: MorphableModel,
    *,
    interval: int = 1,
    size: tuple[int, int] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Priors (F, H, W, 3) uint8 and their masks (F, H, W) bool: the face of a photo (H', W', 3) uint8 with coefficients source (62,), seen with
    coefficients targets (F, 62).

    The pose numbers count pixels of the photo and of the priors; size: (height, width) of a prior, by default the photo's.
    """
    size = size or (photo.shape[0], photo.shape[1])
    triangles = kept_triangles(drawn_triangles(model), len(model.mean), interval)
    place, _ = Pose.of_matrix(source[:POSE_NUMBERS]).project(model.vertices(source))
    texture = Texture(photo, place, triangles)
    images, masks = np.empty((len(targets), *size, 3), np.uint8), np.empty((len(targets), *size), bool)
    for k, target in enumerate(targets):
        drawn = texture.draw(*Pose.of_matrix(target[:POSE_NUMBERS]).project(model.vertices(target)), size)
        images[k], masks[k] = drawn.image + np.float32(0.5), drawn.mask
    return images, masks
