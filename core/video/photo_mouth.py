"""The inside of a warped photo's mouth: what the photo shows of it, then the teeth, tongue and dark of the fitted head."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ..errors import ValueRangeError
from ..head.surface import vertex_normals
from ..head.template import load_template
from ..image.detector import bilinear
from ..morphable.photo_fit import PhotoFit
from ..morphable.texture import rasterise
from .point_mesh import CHIN, LOWER_LIP, UPPER_LIP, Rigid

STAYS = 0.03  # of the mouth's width: while the lips have moved less, the mouth is the photo's as it lies
CLOSED = (0.01, 0.05)  # gap of the lips over the mouth's width, between which a mouth is less and less closed
BAG, TONGUE, TEETH = np.array([0.16, 0.09, 0.085]), np.array([0.5, 0.3, 0.28]), np.array([1.05, 1.0, 0.95])  # shares of white
ROOT, GAP = 0.82, 0.7e-3  # brightness between two teeth; m
TEETH_AT = 1e-3 * np.array([0.0, 9.0, 16.0, 24.0, 31.5, 39.0])  # m along the arch, from its middle to each gap
LOWER = 0.95  # brightness of the lower teeth, which the upper ones shade
LONGER = 3.5e-3  # m that upper teeth reach below those of the template, whose lips cover them at rest
SHADOW, DEEP = np.array([0.38, 0.48, 0.5]), 0.03  # what the lips take of the light, and how far in they do, over the mouth's width
BACK, DIM = 0.035, 1.0  # m behind the front teeth, and what is lost of the light there


class Mouth:
    """The inside of a fitted mouth: places (N, 3) px in the photo's axes, of which `jaw` (N,) move with the chin. opening (H, W): between the photo's
    lips; white (3,) 0..255: what white would look like in the photo."""

    def __init__(self, image: np.ndarray, fitted: PhotoFit, points: np.ndarray, opening: np.ndarray, white: np.ndarray):
        self.image, self.points, self.white = image, points, white
        self.width, self.gap = _lips(points)
        blurred = ndimage.gaussian_filter(opening.astype(np.float32), 0.015 * self.width)
        self.seen = np.clip((blurred - 0.55) / 0.35, 0.0, 1.0)
        self._fit(fitted)

    def _fit(self, fitted: PhotoFit) -> None:
        template = load_template()
        if fitted.triangles.shape != template.triangles.shape or (fitted.triangles != template.triangles).any():
            raise ValueRangeError(
                f"The face was fitted with a model of your own ({len(fitted.vertices)} vertices), which has no teeth to show. Fit it with Mimica's."
            )
        kept = template.is_part("teeth_upper", "teeth_lower", "tongue")
        rows = np.flatnonzero(kept)
        triangles = template.triangles[kept[template.triangles].all(axis=1)]
        local = np.full(len(kept), -1)
        local[rows] = np.arange(len(rows))
        self.triangles = local[triangles]
        vertices = fitted.vertices.astype(float)
        upper = np.flatnonzero(template.is_part("teeth_upper"))
        height = template.vertices[upper, 2]
        vertices[upper, 2] -= LONGER * (height.max() - height) / float(np.ptp(height))
        pixels, depth = fitted.camera.project(vertices)
        marks, mark_depth = fitted.camera.project(template.landmarks.points(fitted.vertices.astype(float), template.triangles))
        scale = fitted.camera.focal / float(np.median(mark_depth))
        steady = [1, 4, 33, 133, 362, 263]
        own = np.array([30, 33, 36, 39, 42, 45])
        ahead = float(np.median(self.points[steady, 2] - scale * mark_depth[own]))
        self.places = np.column_stack([pixels[rows], scale * depth[rows] + ahead])
        self.jaw = template.is_part("teeth_lower", "tongue")[rows]
        rest = template.vertices[rows].astype(float)
        teeth = template.is_part("teeth_upper", "teeth_lower")[rows]
        behind = np.clip((rest[:, 1] - rest[teeth, 1].min()) / BACK, 0.0, 1.0)
        normals = vertex_normals(template.vertices[rows], self.triangles)
        facing = np.clip(-normals[:, 1], 0.0, 1.0)
        self.colours = np.where(teeth[:, None], TEETH, TONGUE) * light_share(behind, facing)[:, None]
        self.colours[template.is_part("teeth_lower")[rows]] *= LOWER
        self.arch = np.where(teeth, np.sign(rest[:, 0]) * _along_arch(rest[:, 0], rest[:, 1]), np.nan)

    def paint(
        self, pixels: np.ndarray, here: np.ndarray, wanted: np.ndarray, head: Rigid, inside: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, float]:
        """Colours (P, 3) 0..255, confidence (P,) and how far 0..1 the mouth is as in the photo.

        pixels (P, 2) lie between the lips of wanted points (478, 3); here (P, 3): what the photo has there by its lips' motion; head: how the head
        has moved; inside (P,) px from the lips."""
        width, gap = _lips(wanted)
        moved = max(abs(gap - self.gap), abs(width / head.scale - self.width) / self.width * 0.5)
        closed = [float(np.clip((CLOSED[1] - one) / (CLOSED[1] - CLOSED[0]), 0.0, 1.0)) for one in (gap, self.gap)]
        stays = max(float(np.exp(-((moved / STAYS) ** 4))), min(closed))
        place = self._upper(pixels, head)
        column, row = np.clip(place - 0.5, 0, np.array(self.image.shape[1::-1]) - 1).astype(np.float32).T
        photo = bilinear(self.image, column, row)
        seen = ndimage.map_coordinates(self.seen, [row, column], order=1, mode="constant")
        made = self._made(pixels, wanted, head) * (1.0 - SHADOW * np.exp(-inside / (DEEP * width))[:, None])
        colour = made + seen[:, None] * (photo - made)
        return colour + stays * (here - colour), np.maximum(0.6 * seen, stays), stays

    def _upper(self, pixels: np.ndarray, head: Rigid) -> np.ndarray:
        """Where pixels (P, 2) lie in the photo if they move with the skull, at the lips' depth."""
        depth = float(self.points[UPPER_LIP, 2].mean())
        flat = head.scale * head.rotation[:2]
        return np.linalg.solve(flat[:, :2], (pixels - head.translation[:2] - flat[:, 2] * depth).T).T

    def _made(self, pixels: np.ndarray, wanted: np.ndarray, head: Rigid) -> np.ndarray:
        """Teeth, tongue and dark (P, 3) 0..255 at pixels (P, 2), where the head and the jaw have gone."""
        jaw = (wanted[CHIN] - head(self.points[CHIN])).mean(axis=0)
        places = head(self.places) + self.jaw[:, None] * jaw
        low = np.floor(pixels.min(axis=0)).astype(int)
        size = np.ceil(pixels.max(axis=0)).astype(int) - low + 1
        out = np.tile(BAG, (int(size.prod()), 1))
        corners = tuple(np.ascontiguousarray(self.triangles[:, k], np.intp) for k in range(3))
        at, triangle, weights = rasterise(places[:, :2] - low, places[:, 2], corners, (int(size[1]), int(size[0])))  # type: ignore[arg-type]
        picked = [corner[triangle] for corner in corners]
        colour = sum(w[:, None] * self.colours[corner] for w, corner in zip(weights, picked, strict=True))
        arch = sum(w * self.arch[corner] for w, corner in zip(weights, picked, strict=True))
        off = np.abs(np.abs(arch)[:, None] - TEETH_AT).min(axis=1) / GAP
        gaps = np.where(np.isnan(arch), 1.0, 1.0 - (1.0 - ROOT) * np.exp(-(np.nan_to_num(off) ** 2)))
        out[at] = colour * gaps[:, None]
        out = ndimage.gaussian_filter(out.reshape(size[1], size[0], 3), (0.6, 0.6, 0)) * self.white
        cell = np.clip(np.floor(pixels).astype(int) - low, 0, size - 1)
        return out[cell[:, 1], cell[:, 0]]


def light_share(behind: np.ndarray, facing: np.ndarray) -> np.ndarray:
    """How much light (N,) comes to what lies so far (N,) 0..1 inside, and faces the front so far (N,) 0..1."""
    return (1.0 - DIM * behind) * (0.75 + 0.25 * facing)


def _along_arch(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Length (N,) m along the dental arch from its middle to places x, y (N,)."""
    order = np.argsort(np.abs(x))
    xs, ys = np.abs(x[order]), y[order]
    depth = np.polynomial.Polynomial.fit(xs, ys, 4)
    grid = np.linspace(0.0, xs.max(), 64)
    length = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(grid), np.diff(depth(grid))))])
    return np.interp(np.abs(x), grid, length)


def _lips(points: np.ndarray) -> tuple[float, float]:
    """The mouth's width, px, and how far the lips are apart over it."""
    width = max(float(np.linalg.norm(points[78, :2] - points[308, :2])), 1e-3)
    return width, float(np.linalg.norm(points[UPPER_LIP[3:-3], :2] - points[LOWER_LIP[3:-3], :2], axis=1).mean()) / width
