"""Where the template head lies in the texture of a face: coordinates made for faces of photos, the same on both sides of the middle."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from ..errors import ModelError
from ..head.template import ID, PARTS, load_template
from ..head.template import PATH as TEMPLATE_PATH
from ..image.raster import Camera, Raster, rasterise
from ..npz import read_npz

FORMAT = 1
PATH = TEMPLATE_PATH.with_name("unwrap.npz")
SCALE = 65535  # coordinates are kept in 16 bits


@dataclass(frozen=True, eq=False)
class Layout:
    """uv (T, 3, 2) and quad_uv (Q, 4, 2) float32, 0..1, v upwards, of the corners of the template's triangles and quads.

    part (T,) uint8: the template's part of each triangle; of several the last, so that one between skin and mouth bag counts as mouth bag.
    """

    uv: np.ndarray
    quad_uv: np.ndarray
    part: np.ndarray

    def texels(self, size: int) -> Raster:
        """Which triangle, and where on it, each texel of a texture (size, size) shows, top row first."""
        corners = self.uv.reshape(-1, 2).astype(float)
        down = np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, 1.0]])
        camera = Camera(down, np.array([0.5, 0.5, -1.0]), float(size), size, size, perspective=False)
        flat = np.column_stack([corners, np.zeros(len(corners))])
        return rasterise(flat, np.arange(len(flat)).reshape(-1, 3), camera)

    def is_part(self, *names: str) -> np.ndarray:
        """Mask (T,) of the triangles of any of the named parts."""
        return np.isin(self.part, [PARTS.index(name) for name in names])


@functools.lru_cache(maxsize=1)
def load_layout() -> Layout:
    """The shipped layout, read once. ModelError where its file is missing, damaged or of another template."""
    template = load_template()
    try:
        data = read_npz(PATH, ("format_version", "template", "uv", "quad_uv"))
    except (OSError, ValueError) as error:
        raise ModelError(f"Texture layout {PATH} cannot be read ({error}). Install Mimica again.") from error
    found = (str(data["template"]), int(data["format_version"]))
    if found != (ID, FORMAT) or data["quad_uv"].shape != template.quads.shape or data["quad_uv"].max() >= len(data["uv"]):
        raise ModelError(
            f"Texture layout {PATH} is of {found[0]}, format {found[1]}; this Mimica needs {ID}, format {FORMAT}. Install it again."
        )
    quads = np.repeat(np.arange(len(template.quads)), 2)
    corner = (template.quads[quads][:, None, :] == template.triangles[:, :, None]).argmax(axis=2)
    quad_uv = (data["uv"].astype(np.float32) / SCALE)[data["quad_uv"]]
    return Layout(quad_uv[quads[:, None], corner], quad_uv, template.part[template.triangles].max(axis=1))
