"""Any data set by its name on the command line: synthetic, synthetic:FOLDER, coma:FOLDER, d3dfacs:FOLDER, vocaset:FOLDER."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

from ..errors import FileError, ValueRangeError
from . import coma, d3dfacs, performances, registered, synthetic, vocaset
from .performances import Performances
from .sequences import Faults

LAYOUTS = {"coma": coma.LAYOUT, "d3dfacs": d3dfacs.LAYOUT, "vocaset": vocaset.LAYOUT}
CONVERSION = 1  # raised when the same files become other clips
KNOWN = "synthetic, synthetic:FOLDER, coma:FOLDER, d3dfacs:FOLDER or vocaset:FOLDER"

Progress = Callable[[float, str], None]


def _quiet(_fraction: float, _what: str) -> None:
    pass


def open_data(
    data: str, landmarks: Path | None = None, bad_files: str = "refuse", progress: Progress = _quiet, cache: Path | None = None
) -> Performances:
    """The data set meant by `data`. The synthetic set is made the first time it is asked for (about 10 minutes on two cores).

    A recorded set is converted once and then read from the user's cache; its folder is never written to.

    landmarks: a file of `python -m core landmarks` on the set's topology, otherwise they are found; bad_files: "refuse" stops at the first
    file that is corrupt, missing or unlabelled (FileError), "skip" leaves them out and says through `progress` how many and which.
    """
    kind, _, folder = data.partition(":")
    cache = cache or synthetic.default_cache()
    if kind == "synthetic":
        return synthetic.load(Path(folder)) if folder else synthetic.made_once(cache, progress)
    if kind not in LAYOUTS or not folder:
        raise ValueRangeError(f"Data '{data}' is not known. Give {KNOWN}.")
    faults = Faults(bad_files)
    root = Path(folder).expanduser()
    if not root.is_dir():
        raise FileError(f"{root} is not a folder. Name the folder that {LAYOUTS[kind].name} was unpacked to.")
    kept = cache / "converted" / f"{kind}-{_fingerprint(root, kind, landmarks, bad_files)}"
    if not (kept / "set.json").is_file():
        made = registered.read(root, LAYOUTS[kind], landmarks, faults, progress)
        _keep(kept, made, {"source": str(root.resolve()), "left_out": faults.found, "summary": faults.summary()})
    summary = json.loads((kept / "set.json").read_text())["stated"]["summary"]
    progress(1.0, f"{LAYOUTS[kind].name}: {summary} (all in {kept / 'set.json'})" if summary else f"{LAYOUTS[kind].name} read")
    return performances.load(kept, f"Delete {kept}, so that it is made again.")


def _keep(kept: Path, made: Performances, stated: dict[str, object]) -> None:
    """Saves a converted set; what a save that was cut off left behind is removed first."""
    beside = kept.with_name(kept.name + ".part")
    try:
        shutil.rmtree(beside, ignore_errors=True)
        performances.save(kept, made, stated)
    except OSError as error:
        shutil.rmtree(beside, ignore_errors=True)
        raise FileError(
            f"The converted data set {kept} cannot be written ({error.strerror or error}). Free some space, or point XDG_CACHE_HOME elsewhere."
        ) from error


def _fingerprint(root: Path, kind: str, landmarks: Path | None, bad_files: str) -> str:
    """Changes with the folder's place, names, sizes and times of its meshes, the landmarks and the settings."""
    hashed = hashlib.sha256(f"{CONVERSION} {performances.FORMAT} {kind} {root.resolve()} {bad_files}".encode())
    for path in sorted(root.rglob("*.[pP][lL][yY]")):
        stat = path.lstat()
        hashed.update(f"{path.relative_to(root)} {stat.st_size} {stat.st_mtime_ns}".encode())
    if landmarks is not None:
        if not landmarks.is_file():
            raise FileError(f"{landmarks} is not a file. Make one with: python -m core landmarks --head H --out {landmarks}")
        hashed.update(landmarks.read_bytes())
    return hashed.hexdigest()[:16]
