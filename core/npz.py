"""Arrays in npz files: the one place that reads them, without pickle, and writes them, whole or not at all."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np

from .atomic import replacing


def read_npz(path: Path, required: Collection[str] = ()) -> dict[str, np.ndarray]:
    """The arrays of an npz. OSError where the file cannot be opened, ValueError where it is no npz of plain arrays, is damaged or lacks one
    of `required`: the caller knows what the file is for and says so in its own error."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            found = {key: archive[key] for key in archive.files}
    except OSError:
        raise
    except (
        Exception
    ) as error:  # a damaged zip fails in a dozen ways: BadZipFile, zlib.error, EOFError, KeyError, struct.error, MemoryError ...
        raise ValueError(str(error) or type(error).__name__) from error
    missing = [key for key in required if key not in found]
    if missing:
        raise ValueError(f"it has no {', '.join(missing)}")
    return found


def write_npz(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Compressed npz, whole or not at all. FileError where it cannot be written."""
    with replacing(Path(path)) as beside, beside.open("wb") as handle:
        np.savez_compressed(handle, **arrays)
