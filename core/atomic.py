"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import FileError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to, renamed to it at the end; after a failure it is gone, and what was at `path` is still there.

    FileError where the file cannot be written.
    """
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")  # of this process: another may be writing the same file
    try:
        yield beside
        os.replace(beside, path)
    except OSError as error:
        raise FileError(f"{path} cannot be written ({error.strerror}). Choose another folder or free some space.") from error
    finally:
        beside.unlink(missing_ok=True)
