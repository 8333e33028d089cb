"""The demo head and the template fitted to it, made once for all tests of core."""

from __future__ import annotations

from pathlib import Path

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
