"""Two snaps that make hand fixing unnecessary: eye points to the rim of the lids, inner-lip points to where the lips meet.

Both work on a close-up from the front, where a pixel is about 0.15 mm, and return a triangle and weights on the skin side of the edge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from . import parts
from .views import Scene, View, look

SIZE = 400
SUNKEN = 0.010  # m behind the points around it: not lid or lip, but what lies behind an opening
EYE_FRACTIONS = (0.33, 0.67)  # of the lids' width, as the template's own landmarks
BEYOND = 0.15  # of the eye's width: how far outside the opening a detected corner is believed
LIP_REACH = 0.006  # m above and below a detected inner-lip point where its edge is looked for


@dataclass(frozen=True)
class Spot:
    """A place on the head: index into the scene's triangles, and barycentric weights (3,)."""

    triangle: int
    weights: np.ndarray


def _skin(scene: Scene, view: View, behind: float) -> np.ndarray:
    """Mask (H, W) of pixels that show outer skin: of the skin part and not far behind the depth `behind`."""
    seen = view.raster.triangle
    return (seen >= 0) & (scene.kind[np.maximum(seen, 0)] == parts.SKIN) & (view.raster.depth < behind + SUNKEN)


def _spot(view: View, row: int, column: int) -> Spot:
    return Spot(int(view.raster.triangle[row, column]), view.raster.barycentric[row, column].astype(float))


def _nearest(mask: np.ndarray, row: float, column: float) -> tuple[int, int] | None:
    """The true pixel nearest to a place."""
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return None
    k = int(((rows - row) ** 2 + (columns - column) ** 2).argmin())
    return int(rows[k]), int(columns[k])


def opening(scene: Scene, points: np.ndarray) -> tuple[View, np.ndarray]:
    """A close-up of one eye around its detected points (6, 3), and the mask (H, W) of what is seen between its lids (may be empty)."""
    width = float(np.ptp(points[:, 0]))
    view = look(scene, points.mean(axis=0), 2.2 * width, SIZE)
    skin = _skin(scene, view, float(np.median(view.camera.project(points)[1])))
    pieces, count = ndimage.label(~skin)
    if not count:
        return view, np.zeros_like(skin)
    inner = pieces[int(0.3 * SIZE) : int(0.7 * SIZE), int(0.3 * SIZE) : int(0.7 * SIZE)]
    sizes = np.bincount(inner[inner > 0], minlength=count + 1)
    chosen = pieces == sizes.argmax() if sizes.max() > 0 else np.zeros_like(skin)
    touches = chosen[0].any() or chosen[-1].any() or chosen[:, 0].any() or chosen[:, -1].any()
    return view, np.zeros_like(skin) if touches else chosen


def snap_eye(scene: Scene, points: np.ndarray, view: View, hole: np.ndarray) -> list[Spot | None]:
    """The six points (iBUG order: image left corner, two above, right corner, two below) on the rim; None for each where no opening is seen.

    points (6, 3) as detected; view and hole as `opening` found them. A corner keeps its detected place where that lies just beyond the
    end of the opening: the lids meet there although the eyeball no longer shows.
    """
    columns = np.flatnonzero(hole.any(axis=0))
    pixels, depth = view.camera.project(points)
    width = float(pixels[3, 0] - pixels[0, 0])
    if len(columns) < 0.5 * width:
        return [None] * 6
    left, right = int(columns[0]), int(columns[-1])
    ends = []
    for corner, column, side in ((pixels[0], left - 1, -1), (pixels[3], right + 1, 1)):
        beyond = side * (corner[0] - column)
        detected = 0.0 < beyond < BEYOND * width
        ends.append((corner[1], corner[0]) if detected else (float(np.flatnonzero(hole[:, column - side]).mean()), float(column)))
    inside = [round(ends[0][1] + f * (ends[1][1] - ends[0][1])) for f in EYE_FRACTIONS]
    rows = [np.flatnonzero(hole[:, int(np.clip(c, left, right))]) for c in inside]
    wanted = [
        ends[0], (rows[0][0] - 1, inside[0]), (rows[1][0] - 1, inside[1]),
        ends[1], (rows[1][-1] + 1, inside[1]), (rows[0][-1] + 1, inside[0]),
    ]  # fmt: skip
    skin = _skin(scene, view, float(np.median(depth)))
    places = [_nearest(skin, *place) for place in wanted]
    return [None if place is None else _spot(view, *place) for place in places]


def snap_lips(scene: Scene, points: np.ndarray) -> list[Spot | None]:
    """The eight inner-lip points (corner, three above, corner, three below) on the edge where each lip is last seen."""
    width = float(np.ptp(points[:, 0]))
    extent = 1.4 * width
    view = look(scene, points.mean(axis=0), extent, SIZE)
    pixels, depth = view.camera.project(points)
    skin = _skin(scene, view, float(np.median(depth)))
    edge = _edge_strength(scene, view, skin)
    reach = round(LIP_REACH / extent * SIZE)
    spots: list[Spot | None] = []
    for k, (x, y) in enumerate(pixels):
        partner = pixels[(8 - k) % 8] if k not in (0, 4) else pixels[k]
        column = int(np.clip(x, 0, SIZE - 1))
        low = int(np.clip(min(y, partner[1]) - reach, 0, SIZE - 2))
        high = int(np.clip(max(y, partner[1]) + reach, low + 1, SIZE - 1))
        row = _lip_row(skin[low : high + 1, column], edge[low:high, column], above=k < 4)
        spots.append(None if row is None else _spot(view, low + row, column))
    return spots


def _lip_row(skin: np.ndarray, edge: np.ndarray, *, above: bool) -> int | None:
    """In one column: the last skin row of the upper lip, or the first of the lower, at a hole between them or else at the sharpest fold."""
    holes = np.flatnonzero(~skin)
    if len(holes):
        row = int(holes[0]) - 1 if above else int(holes[-1]) + 1
        return row if 0 <= row < len(skin) and skin[row] else None
    fold = int(edge.argmax())
    if edge[fold] < 0.15:
        return None
    return fold if above else fold + 1


def _edge_strength(scene: Scene, view: View, skin: np.ndarray) -> np.ndarray:
    """(H - 1, W): how sharply the surface folds between a pixel and the one below: half the jump of the normal, and depth steps."""
    normal = view.raster.interpolate(scene.normals, scene.triangles)
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-9)
    jump = np.linalg.norm(np.diff(normal, axis=0), axis=-1) / 2
    depth = np.where(np.isfinite(view.raster.depth), view.raster.depth, 0.0)
    step = np.abs(np.diff(depth, axis=0)) / 0.002
    return np.where(skin[1:] & skin[:-1], jump + np.minimum(step, 1.0), 0.0)
