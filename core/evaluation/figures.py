"""The paper's Fig. 3 (cumulative error curves) and Fig. 4 (error maps on the head) from our own measurements, as PNG files; needs Pillow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..data.performances import Performances
from ..errors import FileError, ModelError
from ..image.files import write_png
from ..image.raster import look_at, rasterise
from . import cross_validation
from .baselines import TITLES
from .cross_validation import CURVE, Record
from .metrics import Errors

SIZE, LEFT, BOTTOM, TOP = (960, 600), 90, 70, 50  # px of a plot, and its margins
TICKS, AXIS = 5, 0.25  # AXIS: mm, what axes end on a multiple of
COLOURS = {
    "zero": (170, 170, 170),
    "ridge": (31, 119, 180),
    "ridge_neutral": (120, 180, 225),
    "ridge_bilinear": (0, 160, 160),
    "pca_38": (250, 180, 90),
    "pca_220": (200, 160, 40),
    "pca_220_regularised": (230, 110, 10),
    "dl_3dmm": (150, 100, 180),
    "neural3dmm": (130, 90, 70),
    "published": (60, 150, 60),
    "product": (205, 25, 40),
}
MAPPED = ("product", "published", "ridge", "pca_220_regularised", "dl_3dmm", "neural3dmm")
HEAT = np.array([[36, 52, 140], [50, 130, 200], [160, 210, 190], [245, 220, 120], [235, 130, 60], [170, 20, 40]], float)
HEAD_PX, HEAD_EXTENT, HEAD_TURN = 300, 0.27, 0.5  # px; m; rad
BACKGROUND = 255


def pillow():
    """Image, ImageDraw and ImageFont. ModelError where Pillow is not installed."""
    try:
        from PIL import Image, ImageDraw, ImageFont
    except ImportError as error:
        raise ModelError("Figures need Pillow, which is not installed here. Install the extra 'train'.") from error
    return Image, ImageDraw, ImageFont


def make_folder(folder: Path) -> None:
    """A folder for figures, where it is not there yet. FileError where it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"Figures cannot be written to {folder} ({error.strerror}). Choose another folder.") from error


def reach(curves: dict[str, np.ndarray]) -> float:
    """mm at which an axis ends: where all methods but no motion have 99 % of their vertices, at most CURVE's end."""
    ends = [int(np.argmax(curve >= 0.99)) or len(CURVE) - 1 for name, curve in curves.items() if name not in ("zero", "pca_220")]
    furthest = CURVE[max(ends, default=len(CURVE) - 1)]
    return float(min(np.ceil(furthest / AXIS) * AXIS, CURVE[-1]))


def curve_plot(title: str, curves: dict[str, np.ndarray]) -> np.ndarray:
    """Cumulative curves, shares at CURVE by method, as an image (H, W, 3)."""
    pil, drawing, fonts = pillow()
    image = pil.new("RGB", SIZE, "white")
    draw, font, small = drawing.Draw(image), fonts.load_default(18), fonts.load_default(14)
    right, bottom, end = SIZE[0] - 300, SIZE[1] - BOTTOM, reach(curves)
    draw.text((LEFT, 14), title, fill="black", font=font)
    for k in range(TICKS + 1):
        x, y = LEFT + (right - LEFT) * k / TICKS, bottom - (bottom - TOP) * k / TICKS
        draw.line([(x, TOP), (x, bottom)], fill=(228, 228, 228))
        draw.line([(LEFT, y), (right, y)], fill=(228, 228, 228))
        draw.text((x, bottom + 8), f"{end * k / TICKS:.2f}", fill="black", font=small, anchor="ma")
        draw.text((LEFT - 8, y), f"{100 * k // TICKS} %", fill="black", font=small, anchor="rm")
    draw.rectangle([LEFT, TOP, right, bottom], outline="black")
    draw.text(
        ((LEFT + right) / 2, SIZE[1] - 30), "error below, mm (share of all vertices and frames)", fill="black", font=small, anchor="ma"
    )
    inside = end >= CURVE
    for row, (name, curve) in enumerate((name, curves[name]) for name in TITLES if name in curves):
        x = LEFT + (right - LEFT) * CURVE[inside] / end
        y = bottom - (bottom - TOP) * curve[inside]
        width = 4 if name == "product" else 2
        draw.line(list(zip(x.tolist(), y.tolist(), strict=True)), fill=COLOURS[name], width=width)
        at = TOP + 16 + 26 * row
        draw.line([(right + 16, at), (right + 46, at)], fill=COLOURS[name], width=width)
        draw.text((right + 54, at), TITLES[name], fill="black", font=small, anchor="lm")
    return np.asarray(image)


def heat(values: np.ndarray) -> np.ndarray:
    """Colours (..., 3) 0 to 255 of values 0 to 1: blue is low, red is high."""
    place = np.clip(values, 0.0, 1.0) * (len(HEAT) - 1)
    low = np.minimum(place.astype(int), len(HEAT) - 2)
    share = (place - low)[..., None]
    return (1.0 - share) * HEAT[low] + share * HEAT[low + 1]


def head_map(vertices: np.ndarray, triangles: np.ndarray, error: np.ndarray, most: float) -> np.ndarray:
    """A head (V, 3), (T, 3) seen half from the side, coloured by error (V,) mm up to `most`; an image (H, W, 3)."""
    centre = (vertices.min(axis=0) + vertices.max(axis=0)) / 2.0
    camera = look_at(centre, size=HEAD_PX, extent=HEAD_EXTENT, distance=1.0, yaw=HEAD_TURN)
    raster = rasterise(vertices, triangles, camera)
    corners = vertices[triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    facing = np.abs(normal @ camera.rotation[2]) / np.maximum(np.linalg.norm(normal, axis=1), 1e-20)
    colour = heat(raster.interpolate(error[:, None] / most, triangles)[..., 0])
    seen = raster.triangle >= 0
    image = np.full((HEAD_PX, HEAD_PX, 3), float(BACKGROUND))
    image[seen] = colour[seen] * (0.55 + 0.45 * facing[raster.triangle[seen]])[:, None]
    return image.astype(np.uint8)


def map_sheet(performances: Performances, maps: dict[str, np.ndarray]) -> np.ndarray:
    """Error maps (V,) mm of several methods side by side on the mean head, one colour scale for all; an image (H, W, 3)."""
    pil, drawing, fonts = pillow()
    names = [name for name in MAPPED if name in maps]
    most = float(np.percentile(maps["ridge"][performances.visible], 99.0))
    kept = performances.visible[performances.triangles].all(axis=1)
    mean = performances.neutral.mean(axis=0)
    heads = [head_map(mean, performances.triangles[kept], maps[name], most) for name in names]
    image = pil.new("RGB", (HEAD_PX * len(heads), HEAD_PX + 90), "white")
    draw, font = drawing.Draw(image), fonts.load_default(16)
    for k, (name, head) in enumerate(zip(names, heads, strict=True)):
        image.paste(pil.fromarray(head), (HEAD_PX * k, 36))
        draw.text((HEAD_PX * (k + 0.5), 10), TITLES[name], fill="black", font=font, anchor="ma")
    bar = heat(np.broadcast_to(np.linspace(0.0, 1.0, 300), (16, 300))).astype(np.uint8)
    image.paste(pil.fromarray(bar), (20, HEAD_PX + 50))
    draw.text((330, HEAD_PX + 58), f"0 to {most:.2f} mm, mean over all frames", fill="black", font=font, anchor="lm")
    return np.asarray(image)


def write(folder: Path, performances: Performances, errors: dict[str, Errors], record: Record) -> Sequence[Path]:
    """curves_identity.png and curves_expression.png of the cross-validation where it has rows (identity: else of `errors`, the shipped
    weights on unseen people), and error_maps.png of `errors`."""
    make_folder(folder)
    written = []
    rows = record.read()
    for split in cross_validation.SPLITS:
        found = {name: each.curve for name, each in cross_validation.summary(rows, split).items()}
        title = f"{split} split, cross-validation, {performances.name}"
        if not found and split == "identity":
            found, title = (
                {name: each.curve(CURVE) for name, each in errors.items()},
                f"unseen people, shipped weights, {performances.name}",
            )
        if found:
            written.append(folder / f"curves_{split}.png")
            write_png(written[-1], curve_plot(title, found))
    written.append(folder / "error_maps.png")
    write_png(written[-1], map_sheet(performances, {name: each.map() for name, each in errors.items()}))
    return written
