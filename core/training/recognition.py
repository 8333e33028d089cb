"""A face-recognition network that gradients pass through: SFace (Zhong et al. 2021) from its ONNX file, in torch, its weights fixed."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..errors import FileError, ModelError
from ..evaluation import sface


class Layer(NamedTuple):
    """One of a chain: its kind as ONNX names it, its weights in ONNX's order, and what the file states of it."""

    kind: str
    weights: list[Tensor]
    stated: dict


def layers_of(path: Path) -> list[Layer]:
    """SFace's layers, from the picture on. FileError where the file cannot be read, ModelError where it is no chain of the layers known here."""
    import onnx
    from onnx import numpy_helper

    try:
        graph = onnx.load(str(path)).graph
        held = {each.name: torch.from_numpy(numpy_helper.to_array(each).copy()) for each in graph.initializer}
    except Exception as error:  # protobuf's and onnx's errors share no base class
        raise FileError(f"{path} is not the SFace network ({error}). Fetch it again.") from error
    given = next((each.name for each in graph.input if each.name not in held), "")
    layers = []
    for node in graph.node:
        known = hasattr(Recognition, f"_{node.op_type.lower()}")
        if not known or node.input[0] != given or any(name not in held for name in node.input[1:]):
            raise ModelError(f"{path} is not SFace: {node.op_type} '{node.output[0]}' is not one of the layers known here.")
        stated = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
        layers.append(Layer(node.op_type, [held[name] for name in node.input[1:]], stated))
        given = node.output[0]
    return layers


class Recognition(nn.Module):
    """Features (B, 128) of faces (B, 3, S, S) -1..1 at places (B, 2, 3), the similarities of affine_grid that put eyes, nose and mouth where SFace
    wants them. Errors as layers_of."""

    def __init__(self, path: Path):
        super().__init__()
        self.steps: list[tuple[str, list[str], dict]] = []
        for number, layer in enumerate(layers_of(path)):
            names = [f"weight{number}_{k}" for k in range(len(layer.weights))]
            for name, weight in zip(names, layer.weights, strict=True):
                self.register_buffer(name, weight)
            self.steps.append((f"_{layer.kind.lower()}", names, layer.stated))

    def forward(self, pictures: Tensor, places: Tensor) -> Tensor:
        with torch.autocast(pictures.device.type, enabled=False):
            grid = functional.affine_grid(places, [len(pictures), 3, sface.SIDE, sface.SIDE], align_corners=False)
            return self.vectors(127.5 * (functional.grid_sample(pictures.float(), grid, align_corners=False) + 1.0))

    def vectors(self, x: Tensor) -> Tensor:
        """Features (B, 128) of pictures (B, 3, 112, 112) 0..255, as SFace wants them."""
        for call, weights, stated in self.steps:
            x = getattr(self, call)(x, *(getattr(self, name) for name in weights), **stated)
        return x

    @staticmethod
    def _sub(x: Tensor, by: Tensor) -> Tensor:
        return x - by

    @staticmethod
    def _mul(x: Tensor, by: Tensor) -> Tensor:
        return x * by

    @staticmethod
    def _conv(x: Tensor, weight: Tensor, *, pads: list[int], strides: list[int], group: int, **_: object) -> Tensor:
        return functional.conv2d(x, weight, None, strides, pads[:2], groups=group)

    @staticmethod
    def _batchnormalization(
        x: Tensor, gain: Tensor, offset: Tensor, mean: Tensor, variance: Tensor, *, epsilon: float, **_: object
    ) -> Tensor:
        return functional.batch_norm(x, mean, variance, gain, offset, eps=epsilon)

    @staticmethod
    def _prelu(x: Tensor, slope: Tensor) -> Tensor:
        return functional.prelu(x, slope.reshape(-1))

    @staticmethod
    def _dropout(x: Tensor, **_: object) -> Tensor:
        return x

    @staticmethod
    def _flatten(x: Tensor) -> Tensor:
        return x.flatten(1)

    @staticmethod
    def _gemm(x: Tensor, weight: Tensor, bias: Tensor, **_: object) -> Tensor:
        return functional.linear(x, weight, bias)
