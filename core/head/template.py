"""The template head: one topology that the networks know, with everything measured on it once."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import ModelError
from ..npz import read_npz
from .landmarks import Landmarks

ID = "makehuman-head-1"
FORMAT = 1
PARTS = ("skin", "mouth_bag", "eye_socket", "eye_right", "eye_left", "teeth_upper", "teeth_lower", "tongue")
PATH = Path(__file__).resolve().parents[2] / "models" / "template" / "template.npz"


@dataclass(frozen=True, eq=False)
class Template:
    """MakeHuman's head (CC0) in canonical space; origin midway between the eyeballs' centres.

    vertices (V, 3) float32 m; quads (Q, 4) and triangles (T, 3) int32 (quad q is triangles 2q and 2q+1); uv (M, 2), quad_uv (Q, 4);
    part (V,) uint8 into PARTS; base_index (V,) the vertex in MakeHuman's base mesh, base_origin (3,) m what was subtracted from it.
    lid_rims: by "right_upper", "right_lower", "left_upper", "left_lower", vertex ids from inner to outer corner; lip_seams: "upper",
    "lower", from the person's right to left corner; eye_centres (2, 3), right then left; eye_radius m.
    jaw_hinge: point (3,) on the axis; jaw_axis (3,) unit, opening is a positive rotation; jaw_open_angle rad at full jawOpen.
    arkit_names (52,), and their displacement fields, sparse (`arkit_field`).
    """

    vertices: np.ndarray
    quads: np.ndarray
    triangles: np.ndarray
    uv: np.ndarray
    quad_uv: np.ndarray
    part: np.ndarray
    base_index: np.ndarray
    base_origin: np.ndarray
    landmarks: Landmarks
    lid_rims: dict[str, np.ndarray]
    lip_seams: dict[str, np.ndarray]
    eye_centres: np.ndarray
    eye_radius: float
    jaw_hinge: np.ndarray
    jaw_axis: np.ndarray
    jaw_open_angle: float
    arkit_names: tuple[str, ...]
    arkit_offsets: np.ndarray
    arkit_index: np.ndarray
    arkit_delta: np.ndarray

    def is_part(self, *names: str) -> np.ndarray:
        """Mask (V,) of the vertices that belong to any of the named parts."""
        return np.isin(self.part, [PARTS.index(name) for name in names])

    def arkit_field(self, name: str) -> np.ndarray:
        """Displacement (V, 3) float32 m of one ARKit unit at weight 1."""
        k = self.arkit_names.index(name)
        rows = slice(self.arkit_offsets[k], self.arkit_offsets[k + 1])
        field = np.zeros((len(self.vertices), 3), np.float32)
        field[self.arkit_index[rows]] = self.arkit_delta[rows]
        return field

    def arkit_fields(self) -> np.ndarray:
        """All 52 displacement fields (52, V, 3) float32 m, in the order of arkit_names."""
        return np.stack([self.arkit_field(name) for name in self.arkit_names])

    def landmark_points(self, vertices: np.ndarray | None = None) -> np.ndarray:
        """The 68 landmarks (..., 68, 3) on `vertices` (..., V, 3) of this topology, by default the template's own."""
        return self.landmarks.points(self.vertices if vertices is None else vertices, self.triangles)


def _prefixed(data: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {key.removeprefix(prefix): value for key, value in data.items() if key.startswith(prefix)}


def read_template(path: Path) -> Template:
    """A template from its npz. ModelError where the file is missing, damaged, or of another format."""
    try:
        data = read_npz(path)
    except (OSError, ValueError) as error:
        raise ModelError(f"Template head {path} cannot be read ({error}). Install Mimica again.") from error
    found = (int(data.get("format_version", -1)), str(data.get("id", "none")))
    if found != (FORMAT, ID):
        raise ModelError(f"Template head {path} is {found[1]} format {found[0]}; this Mimica needs {ID} format {FORMAT}. Install it again.")
    same = ("vertices", "quads", "triangles", "uv", "quad_uv", "part", "base_index", "base_origin", "eye_centres", "jaw_hinge", "jaw_axis")
    confidence = np.ones(len(data["landmark_triangles"]))
    return Template(
        **{key: data[key] for key in same},
        landmarks=Landmarks(data["landmark_triangles"], data["landmark_barycentric"], confidence),
        lid_rims=_prefixed(data, "lid_rim_"),
        lip_seams=_prefixed(data, "lip_seam_"),
        eye_radius=float(data["eye_radius"]),
        jaw_open_angle=float(data["jaw_open_angle"]),
        arkit_names=tuple(map(str, data["arkit_names"])),
        arkit_offsets=data["arkit_offsets"],
        arkit_index=data["arkit_index"],
        arkit_delta=data["arkit_delta"],
    )


@functools.lru_cache(maxsize=1)
def load_template() -> Template:
    """The shipped template, read once."""
    return read_template(PATH)
