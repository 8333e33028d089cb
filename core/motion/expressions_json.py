"""MPFB's expression files: one pose as weights of ARKit face units, in JSON.

The format is that of MPFB 2's docs/fileformats/expression.md, version 1: `format_version` 1, `name`, `face_units` (ARKit name to weight from
0 to 1, zeros left out, four decimals), and the texts `description`, `tags` (list), `author`, `copyright`, `license`, `homepage`. As it
demands, a missing field is its default, unknown fields are passed over, and unknown face units are left out and named.

MakeHuman's own .mhpose files look alike but hold `unit_poses`: weights of poses of MakeHuman's face bones. Those that have a counterpart
among the ARKit units are read (`UNIT_POSES`); the others are left out and named. They are not written: a few units would be lost.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import FileError
from ..head.template import load_template
from .recipes import read_json, write_json

VERSION = 1
DECIMALS = 4
TEXTS = ("description", "author", "copyright", "license", "homepage")
# A pose of MakeHuman's face bones (face-poseunits.json, version 110) as ARKit units. The person's own left and right in both.
UNIT_POSES: dict[str, tuple[str, ...]] = {
    "LeftBrowDown": ("browDownLeft",), "RightBrowDown": ("browDownRight",),
    "LeftOuterBrowUp": ("browOuterUpLeft",), "RightOuterBrowUp": ("browOuterUpRight",),
    "LeftUpperLidOpen": ("eyeWideLeft",), "RightUpperLidOpen": ("eyeWideRight",),
    "LeftUpperLidClosed": ("eyeBlinkLeft",), "RightUpperLidClosed": ("eyeBlinkRight",),
    "LeftLowerLidUp": ("eyeSquintLeft",), "RightLowerLidUp": ("eyeSquintRight",),
    "LeftEyeDown": ("eyeLookDownLeft",), "RightEyeDown": ("eyeLookDownRight",),
    "LeftEyeUp": ("eyeLookUpLeft",), "RightEyeUp": ("eyeLookUpRight",),
    "LeftEyeturnRight": ("eyeLookInLeft",), "RightEyeturnRight": ("eyeLookOutRight",),
    "LeftEyeturnLeft": ("eyeLookOutLeft",), "RightEyeturnLeft": ("eyeLookInRight",),
    "LeftCheekUp": ("cheekSquintLeft",), "RightCheekUp": ("cheekSquintRight",),
    "CheeksPump": ("cheekPuff",), "NoseWrinkler": ("noseSneerLeft", "noseSneerRight"),
    "ChinLeft": ("jawLeft",), "ChinRight": ("jawRight",), "ChinForward": ("jawForward",), "JawDrop": ("jawOpen",),
    "lowerLipUp": ("mouthShrugLower",), "lowerLipDown": ("mouthLowerDownLeft", "mouthLowerDownRight"),
    "lowerLipBackward": ("mouthRollLower",), "UpperLipUp": ("mouthUpperUpLeft", "mouthUpperUpRight"),
    "UpperLipBackward": ("mouthRollUpper",), "LipsKiss": ("mouthPucker",),
    "MouthMoveLeft": ("mouthLeft",), "MouthMoveRight": ("mouthRight",),
    "MouthLeftPullUp": ("mouthSmileLeft",), "MouthRightPullUp": ("mouthSmileRight",),
    "MouthLeftPullSide": ("mouthStretchLeft",), "MouthRightPullSide": ("mouthStretchRight",),
    "MouthLeftPullDown": ("mouthFrownLeft",), "MouthRightPullDown": ("mouthFrownRight",),
    "TongueOut": ("tongueOut",),
}  # fmt: skip
INNER_BROWS = ("LeftInnerBrowUp", "RightInnerBrowUp")  # one unit in ARKit: their mean


@dataclass(frozen=True)
class Pose:
    """An expression as weights (52,), 0 to 1, in the order of the template's ARKit names; `left_out` names what the file has and ARKit has not;
    `tags`, and `texts` by TEXTS, as the file gives them."""

    name: str
    weights: np.ndarray
    left_out: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    texts: tuple[tuple[str, str], ...] = ()


def read_expression(path: Path) -> Pose:
    """The pose in an expression file of MPFB (.json) or MakeHuman (.mhpose). FileError where it is neither, damaged, or of a later format."""
    data = read_json(path, "expression")
    if not isinstance(data, dict) or not ("face_units" in data or "unit_poses" in data):
        raise FileError(f"{path} is no expression: it has neither 'face_units' (MPFB) nor 'unit_poses' (MakeHuman). Choose another file.")
    version = data.get("format_version", VERSION)
    if version != VERSION:
        raise FileError(f"{path} has format_version {version!r}; this Mimica reads {VERSION}. Update Mimica.")
    of_mpfb = "face_units" in data
    units = _weights(data["face_units" if of_mpfb else "unit_poses"], path)
    names = load_template().arkit_names
    spread = units if of_mpfb else _of_bones(units)
    weights = np.array([min(max(spread.get(name, 0.0), 0.0), 1.0) for name in names])
    known = names if of_mpfb else (*UNIT_POSES, *INNER_BROWS)
    texts = tuple((key, str(data[key])) for key in TEXTS if data.get(key))
    tags = data.get("tags", [])
    name = data.get("name") or Path(path).stem
    left_out = tuple(unit for unit, weight in units.items() if unit not in known and weight != 0.0)
    return Pose(str(name), weights, left_out, tuple(map(str, tags)) if isinstance(tags, list) else (), texts)


def write_expression(path: Path, pose: Pose) -> None:
    """Writes a pose as MPFB reads it, whole or not at all. FileError where every weight is 0, which MPFB refuses, or it cannot be written."""
    names = load_template().arkit_names
    weights = {name: round(float(weight), DECIMALS) for name, weight in zip(names, np.clip(pose.weights, 0.0, 1.0), strict=True)}
    weights = {name: weight for name, weight in weights.items() if weight > 0.0}
    if not weights:
        raise FileError(f"{path} was not written: all 52 weights of '{pose.name}' are 0. Go to a frame in which the face moves.")
    texts = dict.fromkeys(TEXTS, "") | dict(pose.texts)
    head: dict[str, Any] = {"format_version": VERSION, "name": pose.name, "description": texts.pop("description"), "tags": list(pose.tags)}
    write_json(path, {**head, "face_units": weights, **texts})


def _weights(table: Any, path: Path) -> dict[str, float]:
    if not isinstance(table, dict):
        raise FileError(f"{path}: its weights are {type(table).__name__}; expected a table of names to numbers. Save the expression again.")
    for name, weight in table.items():
        if not isinstance(weight, int | float) or isinstance(weight, bool) or not math.isfinite(weight):
            raise FileError(f"{path}: the weight of '{name}' is {weight!r}; expected a number from 0 to 1. Save the expression again.")
    return {name: float(weight) for name, weight in table.items()}


def _of_bones(units: dict[str, float]) -> dict[str, float]:
    """ARKit weights by name of MakeHuman's unit poses."""
    made: dict[str, float] = {"browInnerUp": sum(units.get(name, 0.0) for name in INNER_BROWS) / len(INNER_BROWS)}
    for pose, names in UNIT_POSES.items():
        for name in names:
            made[name] = made.get(name, 0.0) + units.get(pose, 0.0)
    return made
