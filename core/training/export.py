"""Weights as safetensors for torch and ONNX for ONNX Runtime, the second made from the first: `python -m core.training.export MODEL`."""

from __future__ import annotations

import argparse
import json
import sys
import warnings
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ..atomic import replacing
from ..data.performances import Performances
from ..dense import conditioned, s2d_dec
from ..errors import ModelError
from ..head import template as template_format
from ..motion import motion3dgan
from ..video import dynamics_network, face_capture, fevgan_network, pgfg_network, reenactment_network

FORMAT = "1"
OPSET = 17
TOLERANCE = 1e-4  # relative to the largest output
SHARED = 1024  # bytes of a tensor from which on ONNX reads it from the safetensors
MODELS = Path(__file__).resolve().parents[2] / "models"


def template_of(performances: Performances) -> str:
    """What the weights trained on these data are made for: Mimica's template, or the topology of somebody's data set."""
    return template_format.ID if performances.name.startswith("synthetic") else performances.name


def metadata(config: str, labels: Sequence[str] = (), template: str = template_format.ID) -> dict[str, str]:
    """What a model file states about itself; labels of a model that takes one."""
    stated = {"format_version": FORMAT, "template": template, "config": config}
    return stated | ({"labels": ",".join(labels)} if labels else {})


def save_safetensors(model: nn.Module, path: Path, stated: dict[str, str]) -> None:
    """Writes the state dict, whole or not at all."""
    from safetensors.torch import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as beside:
        save_file({key: value.detach().clone().contiguous() for key, value in model.state_dict().items()}, beside, metadata=stated)


def _module(name: str):
    known = (motion3dgan, conditioned, s2d_dec, face_capture, fevgan_network, dynamics_network, pgfg_network, reenactment_network)
    modules = {module.NAME: module for module in known}
    if name not in modules:
        raise ModelError(f"There is no model '{name}' to export. Known: {', '.join(modules)}.")
    return modules[name]


def to_onnx(name: str, weights: Path, path: Path) -> None:
    """Makes `path` (ONNX) from `weights` (safetensors), with the same metadata, and holds their results together before it is kept."""
    import onnx
    from safetensors import safe_open

    module = _module(name)
    model = module.load(weights)
    names = (*module.INPUTS, *module.OUTPUTS)
    with replacing(path) as beside:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the tracing exporter announces its successor at every call
            torch.onnx.export(
                model,
                module.examples(model.config, 2, torch.Generator().manual_seed(0)),
                str(beside),
                input_names=list(module.INPUTS),
                output_names=list(module.OUTPUTS),
                dynamic_axes={key: {0: "faces" if key == "neutral" else "batch"} for key in names},
                opset_version=OPSET,
                dynamo=False,
                do_constant_folding=False,
            )
        graph = onnx.load(str(beside))
        with safe_open(weights, "pt") as file:
            stated = file.metadata()
        if weights.parent == path.parent:
            stated |= {"weights_crc32": _share(graph, weights)}
        onnx.helper.set_model_props(graph, stated)
        graph.producer_name, graph.producer_version, graph.doc_string = "mimica", FORMAT, ""
        onnx.save(graph, str(beside))
        onnx.checker.check_model(str(beside))
        difference = compare(name, weights, beside)
        if difference > TOLERANCE:
            raise ModelError(
                f"{name}: ONNX differs from safetensors by {difference:.1e} of the largest output; at most {TOLERANCE:.0e} is allowed."
            )


def _share(graph, weights: Path) -> str:
    """Lets the graph read its large tensors from the safetensors in its folder, where they are there byte for byte, so that they ship once.
    Returns the file's checksum, which store.check_shared looks at."""
    from onnx.external_data_helper import set_external_data

    data = weights.read_bytes()
    begin = 8 + int.from_bytes(data[:8], "little")
    entries = json.loads(data[8:begin])
    entries.pop("__metadata__", None)
    places = {data[begin + first : begin + last]: first for first, last in (entry["data_offsets"] for entry in entries.values())}
    for tensor in graph.graph.initializer:
        place = places.get(tensor.raw_data)
        if place is not None and len(tensor.raw_data) >= SHARED:
            set_external_data(tensor, weights.name, begin + place, len(tensor.raw_data))
            tensor.ClearField("raw_data")
    return f"{zlib.crc32(data):08x}"


def compare(name: str, weights: Path, onnx_path: Path, batch: int = 5) -> float:
    """Largest difference between both files' outputs, relative to the largest output; on a batch size the export has not seen."""
    import onnxruntime

    module = _module(name)
    model = module.load(weights)
    inputs = module.examples(model.config, batch, torch.Generator().manual_seed(1))
    with torch.inference_mode():
        expected = model(*inputs)
    expected = expected if isinstance(expected, tuple) else (expected,)
    session = onnxruntime.InferenceSession(str(onnx_path), providers=["CPUExecutionProvider"])
    found = session.run(list(module.OUTPUTS), {key: value.numpy() for key, value in zip(module.INPUTS, inputs, strict=True)})
    return max(float(np.abs(a - b.numpy()).max() / np.abs(b.numpy()).max()) for a, b in zip(found, expected, strict=True))


def save_model(name: str, model: nn.Module, folder: Path, template: str = template_format.ID) -> tuple[Path, Path]:
    """Both files of a model in `folder`: <name>.safetensors and <name>.onnx; template: what it states it is made for."""
    module = _module(name)
    config: Callable[[object], str] = module.config_to_text
    weights, onnx_path = folder / f"{name}.safetensors", folder / f"{name}.onnx"
    save_safetensors(model, weights, metadata(config(model.config), getattr(model.config, "labels", ()), template))
    to_onnx(name, weights, onnx_path)
    return weights, onnx_path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "model",
        choices=(
            motion3dgan.NAME,
            conditioned.NAME,
            s2d_dec.NAME,
            face_capture.NAME,
            dynamics_network.NAME,
            pgfg_network.NAME,
            fevgan_network.NAME,
            reenactment_network.NAME,
        ),
    )
    parser.add_argument("--folder", type=Path, help="where the safetensors is; default: models/<model>")
    arguments = parser.parse_args()
    folder = arguments.folder or MODELS / arguments.model
    to_onnx(arguments.model, folder / f"{arguments.model}.safetensors", folder / f"{arguments.model}.onnx")
    sys.stdout.write(f"{folder / arguments.model}.onnx\n")


if __name__ == "__main__":
    main()
