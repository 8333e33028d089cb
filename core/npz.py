"""Arrays in npz files: the one place that reads them, without pickle, and writes them, whole or not at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np

from .atomic import replacing

NUMBERS, WHOLE = "fiu", "iub"  # numpy's kinds: numbers; whole ones, or yes and no


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


def check_array(data: Mapping[str, np.ndarray], name: str, shape: tuple[int | None, ...] | None = None, kinds: str = NUMBERS) -> np.ndarray:
    """One of the arrays of a file: of a shape, None for any size or any shape, of numbers of these numpy kinds, and finite. ValueError says what
    is otherwise."""
    found = data[name]
    if shape is not None and (found.ndim != len(shape) or any(size not in (None, n) for size, n in zip(shape, found.shape, strict=True))):
        wanted = ", ".join("any" if size is None else str(size) for size in shape)
        raise ValueError(f"{name} is an array of {found.shape}; expected ({wanted})")
    if found.dtype.kind not in kinds:
        raise ValueError(f"{name} is of type {found.dtype}, which is not a number of the expected kind")
    if found.dtype.kind == "f" and not np.isfinite(found).all():
        raise ValueError(f"{name} has numbers that are not finite")
    return found


def write_npz(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Compressed npz, whole or not at all. FileError where it cannot be written."""
    with replacing(Path(path)) as beside, beside.open("wb") as handle:
        np.savez_compressed(handle, **arrays)
