"""The file of a morphable model: an npz without pickle. docs/fitting.md lists its arrays; here they are read and checked, before anything is made of
them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..errors import ModelError
from ..head.landmarks import COUNT
from ..head.template import ID as TEMPLATE
from ..npz import NUMBERS, WHOLE, check_array, read_npz

FORMAT = 1
REQUIRED = ("mean", "triangles", "shape_basis", "shape_deviation", "expression_basis", "expression_deviation",
            "landmark_triangles", "landmark_barycentric")  # fmt: skip
INDICES = {"triangles", "landmark_triangles", "contour_triangles", "detected_triangles", "face", "drawn"}

Arrays = dict[str, np.ndarray]


def read_arrays(path: Path, least: Mapping[str, int]) -> Arrays:
    """The arrays of a model file, with at least so many components of each kind, "shape" and "expression". ModelError says what is missing, damaged
    or of another format."""
    data = _read(path)
    missing = [name for name in REQUIRED if name not in data]
    if missing:
        raise ModelError(f"Morphable model {path} has no {', '.join(missing)}. An npz with {', '.join(REQUIRED)} is expected.")
    if "format_version" in data and word(data["format_version"]) != str(FORMAT):
        raise ModelError(
            f"Morphable model {path} is of format {word(data['format_version'])}; this Mimica reads format {FORMAT}. Install Mimica again."
        )
    template = word(data.get("template", ""))
    if template not in ("", TEMPLATE):
        raise ModelError(f"Morphable model {path} was made for the template {template}; this Mimica has {TEMPLATE}. Install Mimica again.")
    _check_shapes(path, data, least)
    _check_indices(path, data)
    _check_together(path, data)
    return data


def word(value: object) -> str:
    """What an array of one item says."""
    return str(np.asarray(value).item()) if np.asarray(value).size == 1 else "nothing"


def _read(path: Path) -> Arrays:
    try:
        return read_npz(path)
    except FileNotFoundError as error:
        raise ModelError(f"Morphable model {path} is missing. Install Mimica again, or check the path of your own model.") from error
    except (OSError, ValueError) as error:
        raise ModelError(f"Morphable model {path} cannot be read ({error}). An npz without pickled objects is expected.") from error


def _check_shapes(path: Path, data: Arrays, least: Mapping[str, int]) -> None:
    """Every array of its shape, its kind of number, and finite. ModelError at the first that is not."""

    def expect(name: str, *shape: int | None) -> None:
        try:
            check_array(data, name, shape, WHOLE if name in INDICES else NUMBERS)
        except ValueError as error:
            raise ModelError(f"Morphable model {path}: {error}. Write the file again.") from error

    expect("mean", None, 3)
    expect("triangles", None, 3)
    count = len(data["mean"])
    for name, most in least.items():
        expect(f"{name}_basis", None, count, 3)
        expect(f"{name}_deviation", len(data[f"{name}_basis"]))
        if len(data[f"{name}_basis"]) < most:
            raise ModelError(f"Morphable model {path} has {len(data[f'{name}_basis'])} {name} components; at least {most} are needed.")
    expect("landmark_triangles", COUNT)
    expect("landmark_barycentric", COUNT, 3)
    optional: dict[str, tuple[int | None, ...]] = {
        "contour_triangles": (17, None), "contour_barycentric": (17, None, 3), "landmark_noise": (COUNT,), "detected_triangles": (COUNT,),
        "detected_barycentric": (COUNT, 3), "detected_noise": (COUNT,), "face": (count,),
        "drawn": (count,), "arkit_basis": (None, count, 3), "detail": (None, count, 3),
    }  # fmt: skip
    for name, shape in optional.items():
        if name in data:
            expect(name, *shape)


def _check_indices(path: Path, data: Arrays) -> None:
    """Triangles are of the vertices, and all that lies on triangles is on these."""
    triangles = len(data["triangles"])
    limits = {
        "triangles": len(data["mean"]),
        "landmark_triangles": triangles,
        "contour_triangles": triangles,
        "detected_triangles": triangles,
    }
    for name, limit in limits.items():
        if name in data and data[name].size and not (data[name].min() >= 0 and data[name].max() < limit):
            raise ModelError(f"Morphable model {path}: {name} points outside 0 to {limit - 1}. Write the file again, counting from 0.")


def _check_together(path: Path, data: Arrays) -> None:
    """Arrays that belong together do."""
    if "contour_triangles" in data and data.get("contour_barycentric", np.zeros(0)).shape[:2] != data["contour_triangles"].shape:
        raise ModelError(f"Morphable model {path}: contour_triangles and contour_barycentric do not belong together. Write the file again.")
    if not (data["shape_deviation"] > 0).all() or not (data["expression_deviation"] > 0).all():
        raise ModelError(f"Morphable model {path} has standard deviations that are not above 0. Write the file again.")
    details = len(data.get("detail", ()))
    if details and not 0 <= _number(data, "detail_expression") <= _number(data, "detail_seen") <= details:
        raise ModelError(f"Morphable model {path} has {details} details, but does not say what they are (detail_expression, detail_seen).")
    names, units = np.size(data.get("arkit_names", ())), len(data.get("arkit_basis", ()))
    if names != units:
        raise ModelError(f"Morphable model {path} has {names} names for {units} ARKit units.")


def _number(data: Arrays, name: str) -> int:
    """A whole number of the file, -1 where there is none."""
    found = data.get(name, np.array(-1))
    return int(found) if found.shape == () and found.dtype.kind in "iuf" and np.isfinite(found) else -1
