"""A file is replaced when the new one is whole, and stays as it was when anything goes wrong."""

import errno

import pytest

from core.atomic import replacing, temporary
from core.errors import FileError


@pytest.fixture
def path(tmp_path):
    (tmp_path / "a.txt").write_text("before")
    return tmp_path / "a.txt"


def test_what_is_written_takes_the_place(path):
    with replacing(path) as beside:
        beside.write_text("after")
        assert path.read_text() == "before"
    assert path.read_text() == "after" and list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("error", "raised", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), FileError, "a.txt cannot be written .No space left"),
        (ValueError("x"), ValueError, "x"),
    ],
)
def test_a_failure_leaves_what_was_there(path, error, raised, said):
    with pytest.raises(raised, match=said), replacing(path) as beside:
        beside.write_text("half")
        raise error
    assert path.read_text() == "before" and list(path.parent.iterdir()) == [path]


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(FileError, match="cannot be written"), replacing(tmp_path / "none" / "a.txt") as beside:
        beside.write_text("x")


@pytest.mark.parametrize("folder", [False, True])
def test_nothing_is_left_of_what_is_temporary(path, folder):
    with temporary(path) as beside:
        if folder:
            beside.mkdir()
            (beside / "b.txt").write_text("b")
        else:
            beside.write_text("b")
    assert path.read_text() == "before" and list(path.parent.iterdir()) == [path]
