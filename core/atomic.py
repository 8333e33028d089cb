"""Files and folders that are written whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import FileError


@contextmanager
def temporary(path: Path) -> Iterator[Path]:
    """A path beside `path` to write a file or a folder to; what is there at the end is removed."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")  # of this process: another may be writing the same file
    try:
        yield beside
    finally:
        with suppress(OSError):
            shutil.rmtree(beside) if beside.is_dir() else beside.unlink(missing_ok=True)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to, renamed to it at the end; after a failure it is gone, and what was at `path` is still there.

    FileError where the file cannot be written.
    """
    with temporary(path) as beside:
        try:
            yield beside
            os.replace(beside, path)
        except OSError as error:
            raise no_place(path, error) from error


def no_place(path: Path, error: OSError) -> FileError:
    """What is said where a file or a folder cannot be written."""
    return FileError(f"{path} cannot be written ({error.strerror}). Choose another folder or free some space.")
