"""Shared by all tests: the folders, and the installed zip inside each Blender."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The team's shared folder beside the repository; the test is skipped where it is absent."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs ../shared, which is absent here")
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On several cores, tests in one Blender run in one process, as it installs the zip once; all others file by file, for their fixtures."""
    for item in items:
        version = getattr(item, "callspec", None) and item.callspec.params.get("version")
        item.add_marker(pytest.mark.xdist_group(f"Blender {version}" if version else str(item.path)))
