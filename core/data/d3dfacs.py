"""D3DFACS (Cosker et al. 2011), registered by Li et al. 2017: <name>/<action units, as 1+2+4>/<action units>_NNN.ply; 10 people, 60 fps.

Heads move in it, which is taken out. Labels are the combinations of action units; people differ in which they perform.
"""

from __future__ import annotations

import re

import numpy as np

from ..errors import ValueRangeError
from .performances import Performances
from .registered import Layout

UNITS = re.compile(r"\d+[a-z]?(\+\d+[a-z]?)*")
TEST_PEOPLE, TEST_LABELS = 3, 11


def label_of(folder: str) -> str | None:
    """The action units a folder is named after: numbers, with a side or strength letter perhaps, joined by +."""
    name = folder.lower().replace(" ", "")
    return name if UNITS.fullmatch(name) else None


def by_units(label: str) -> tuple[tuple[int, str], ...]:
    """Sorts labels by their units' numbers: 2 before 10, 1 before 1+2."""
    parts = [re.fullmatch(r"(\d+)(.*)", unit) for unit in label.split("+")]
    return tuple((int(part[1]), part[2]) for part in parts if part)


def test_clips(made: Performances, split: str) -> np.ndarray:
    """Mask (C,) of the paper's one test split: of the first three people ("identity") or the first eleven labels ("expression")."""
    if split not in ("identity", "expression"):
        raise ValueRangeError(f"The split '{split}' was asked for; expected identity or expression.")
    return made.person < TEST_PEOPLE if split == "identity" else made.label < TEST_LABELS


LAYOUT = Layout("D3DFACS", ("d3dfacs_alignments",), label_of, order=by_units, moving_head=True)
