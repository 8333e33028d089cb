"""The model store: finds the files in models/ and checks that they are whole and made for this template and these labels."""

from __future__ import annotations

import functools
import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import ModelError
from ..labels import LABELS
from ..npz import read_npz

MODELS = Path(__file__).resolve().parents[2] / "models"
FORMAT = "1"
REINSTALL = "Install Mimica again."
MAX_HEADER = 100_000_000  # bytes of JSON a safetensors header may have, as its specification says


@dataclass(frozen=True)
class Kind:
    """What a model must state about itself, its inputs and outputs in their order, whether its layers are large enough for several threads, and what
    to do where its file is missing."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    on_template: bool = False
    labelled: bool = False
    threaded: bool = True
    missing: str = REINSTALL


KINDS: Mapping[str, Kind] = {
    "motion3dgan": Kind(("noise", "label", "intensity"), ("q", "log_length"), on_template=True, labelled=True),
    "s2d_dec": Kind(("landmarks", "neutral"), ("displacement",), on_template=True),
    "dynamics_3dd": Kind(
        ("frame", "before", "target", "time", "latent", "state"), ("next", "state_after"), on_template=True, threaded=False
    ),
    "fevgan": Kind(("image", "label"), ("rgb", "mask", "flow")),
    "pgfg": Kind(("source", "source_prior", "target_prior", "warp", "confidence"), ("image", "mask"), on_template=True),
    "face_detector": Kind(("image",), ("boxes", "scores"), threaded=False),
    "face_landmark": Kind(("image",), (), threaded=False),
    "reenactment": Kind(
        ("reference", "parsing", "motion"),
        ("picture", "reconstruction"),
        missing="It does not come with Mimica yet: train it with `python -m core train reenactment`.",
    ),
    "face_capture": Kind(("features", "rest_features", "points", "rest_points", "flow"), ("weights",), on_template=True),
}


@functools.cache
def template_id(path: Path) -> str:
    """The id that the template file states of itself."""
    try:
        return str(read_npz(path, ["id"])["id"])
    except (OSError, ValueError) as error:
        raise ModelError(f"Template head {path} cannot be read ({error}). {REINSTALL}") from error


def find(model: str, suffix: str, folder: Path | None = None) -> Path:
    """The file models/<model>/<model><suffix>, which exists and is not empty; `suffix` is ".onnx" or ".safetensors"."""
    if model not in KINDS:
        raise ModelError(f"There is no model '{model}'. Known: {', '.join(KINDS)}.")
    path = (folder or MODELS) / model / f"{model}{suffix}"
    if not path.is_file():
        raise ModelError(f"Model file {path} is missing. {KINDS[model].missing}")
    if path.stat().st_size == 0:
        raise ModelError(f"Model file {path} is empty. {REINSTALL}")
    return path


def check(model: str, path: Path, stated: Mapping[str, str], folder: Path | None = None) -> None:
    """Holds what a model file states (its metadata) against this Mimica. ModelError names both sides."""
    kind = KINDS[model]
    expected = {"format_version": FORMAT}
    if kind.on_template:
        expected["template"] = template_id((folder or MODELS) / "template" / "template.npz")
    if kind.labelled:
        expected["labels"] = ",".join(LABELS)
    for field, wanted in expected.items():
        found = stated.get(field, "nothing")
        if found != wanted:
            raise ModelError(f"Model file {path} was made for {field} '{found}'; this Mimica has '{wanted}'. {REINSTALL}")


def check_shared(path: Path, stated: Mapping[str, str]) -> None:
    """Holds the safetensors that an ONNX file reads its tensors from against the one that it was made with. ModelError names both."""
    wanted, weights = stated.get("weights_crc32"), path.with_suffix(".safetensors")
    if wanted is None:
        return
    found = f"{zlib.crc32(weights.read_bytes()):08x}"
    if found != wanted:
        raise ModelError(f"Model file {weights} is damaged or replaced: {path.name} was made with {wanted}, this is {found}. {REINSTALL}")


def safetensors_metadata(path: Path) -> dict[str, str]:
    """The metadata of a safetensors file, whose header and length are checked before anyone reads the tensors."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(8)
        length = struct.unpack("<Q", head)[0] if len(head) == 8 else size
        if length > min(MAX_HEADER, size - 8):
            raise ModelError(f"Model file {path} is damaged: {size} bytes hold no safetensors header. {REINSTALL}")
        header = _header(path, file.read(length))
    metadata = header.pop("__metadata__", {})
    try:
        whole = 8 + length + max((int(entry["data_offsets"][1]) for entry in header.values()), default=0)
        stated = {str(key): str(value) for key, value in metadata.items()}
    except (TypeError, KeyError, IndexError, ValueError, AttributeError) as error:
        raise ModelError(f"Model file {path} is damaged: its safetensors header lacks {error}. {REINSTALL}") from error
    if size != whole:
        raise ModelError(f"Model file {path} is damaged: {size} bytes found, {whole} expected. {REINSTALL}")
    return stated


def _header(path: Path, text: bytes) -> dict:
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"Model file {path} is damaged: its safetensors header is no JSON. {REINSTALL}") from error
    if not isinstance(header, dict):
        raise ModelError(f"Model file {path} is damaged: its safetensors header is a {type(header).__name__}. {REINSTALL}")
    return header
