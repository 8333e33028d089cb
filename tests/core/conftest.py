"""For all tests of core: the demo head and the template fitted to it, made once; files that were damaged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from core import api
from core.head.adaptation import Adaptation
from core.head.files import read_head
from core.head.mesh import HeadMesh


@pytest.fixture(scope="session")
def head(root: Path) -> HeadMesh:
    """The demo head: Y up, in centimetres, of another topology than the template's."""
    return read_head(root / "demo" / "head.obj")


@pytest.fixture(scope="session")
def adaptation(head: HeadMesh) -> Adaptation:
    """The template fitted to the demo head, its landmarks found."""
    return api.adapt(head)


@pytest.fixture(scope="session")
def flipped() -> Callable[[bytes, int, int], Iterator[bytes]]:
    """So many copies of a file's bytes, in each of which so many bytes are others; always the same ones."""

    def copies(whole: bytes, count: int, places: int) -> Iterator[bytes]:
        for seed in range(count):
            rng, damaged = np.random.default_rng(seed), bytearray(whole)
            for place in rng.integers(0, len(whole), places):
                damaged[place] ^= int(rng.integers(1, 256))
            yield bytes(damaged)

    return copies
