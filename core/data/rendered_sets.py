"""Sets of rendered people as folders of one npz a person, or a pair of them: what people are made from, and how such folders are filled and read."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import FileError
from ..head.template import load_template
from ..npz import write_npz
from ..runtime.backend import Backend, OnnxBackend
from .identities import ShapeSpace, random_identity, read_shape_space
from .makehuman import fetch
from .synthetic import default_cache
from .synthetic_rig import Units


@dataclass(frozen=True)
class Cast:
    """What people are made from, and what runs the networks that look at their pictures."""

    units: Units
    space: ShapeSpace
    backend: Backend

    def neutral(self, seed: int) -> np.ndarray:
        """Somebody's head at rest (V, 3) m."""
        return random_identity(self.space, self.units.template, seed)


def read_cast() -> Cast:
    """From the template and MakeHuman's shapes in the user's cache. FileError where these cannot be had."""
    template = load_template()
    return Cast(Units(template), read_shape_space(fetch(default_cache()), template), OnnxBackend())


def make_files(folder: Path, name: str, numbers: Sequence[int], make: Callable[[int], dict[str, np.ndarray] | None], what: str) -> None:
    """Writes make(number) into `folder` for each number, as the file whose name has the number in its braces; files that are there are kept, so that
    work that was stopped goes on, and None is left out. Says on stderr how many of `what` are done."""
    folder.mkdir(parents=True, exist_ok=True)
    for done, number in enumerate(numbers, 1):
        path = folder / name.format(number)
        made = None if path.exists() else make(number)
        if made is not None:
            write_npz(path, made)
        sys.stderr.write(f"\r{done} of {len(numbers)} {what}")
        sys.stderr.flush()
    sys.stderr.write("\n")


def files_in(folder: Path, pattern: str, what: str, maker: str) -> list[Path]:
    """The files of a set, in order. FileError, which names the module of core.data that makes them, where there is none."""
    paths = sorted(folder.glob(pattern))
    if not paths:
        raise FileError(f"There are no {what} in {folder}. Make them with `python -m core.data.{maker}`.")
    return paths
