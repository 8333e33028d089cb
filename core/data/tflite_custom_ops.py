"""Three TFLite operations of MediaPipe's attention mesh that ONNX lacks, rewritten with standard ONNX operations, and one that ONNX Runtime
is slow at. Build-time only."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper


class Subgraph:
    """Collects ONNX nodes and constants under one prefix."""

    def __init__(self, prefix: str):
        self.prefix = prefix
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def constant(self, value: Any, dtype: type = np.float32) -> str:
        name = f"{self.prefix}_constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def add(self, operation: str, inputs: list[str], output: str | None = None, **attributes: Any) -> str:
        name = output or f"{self.prefix}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, inputs, [name], name=f"{self.prefix}_node_{len(self.nodes)}", **attributes))
        return name

    def slice(self, data: str, start: list[int], stop: list[int], axes: list[int]) -> str:
        return self.add("Slice", [data, *(self.constant(v, np.int64) for v in (start, stop, axes))])


def attributes(node: NodeProto) -> dict[str, Any]:
    return {a.name: helper.get_attribute_value(a) for a in node.attribute}


def landmarks_to_matrix(g: Subgraph, node: NodeProto) -> None:
    """Landmarks (1, N, 3) -> matrix (1, 4, 4) that carries a crop's pixels to the landmarks' plane.

    The crop is the bounding box of some landmarks, turned so that the line between two of them is level, and enlarged.
    """
    a = attributes(node)
    xy = g.slice(g.add("Reshape", [node.input[0], g.constant([-1, 3], np.int64)]), [0], [2], [1])
    ends = g.add("Gather", [xy, g.constant([a["left_rotation_idx"], a["right_rotation_idx"]], np.int64)], axis=0)
    line = g.add("MatMul", [g.constant([[-1.0, 1.0]]), ends])
    unit = g.add("Div", [line, g.add("ReduceL2", [line], axes=[1], keepdims=1)])  # cosine and sine of the line's angle
    rotation = g.add("MatMul", [unit, g.constant([[1.0, 0.0, 0.0, 1.0], [0.0, -1.0, 1.0, 0.0]])])
    rotation = g.add("Reshape", [rotation, g.constant([2, 2], np.int64)])
    points = g.add("MatMul", [g.add("Gather", [xy, g.constant(a["subset_idxs"], np.int64)], axis=0), rotation])
    high, low = (g.add(operation, [points], axes=[0], keepdims=1) for operation in ("ReduceMax", "ReduceMin"))
    middle = g.add("Mul", [g.add("Add", [high, low]), g.constant(0.5)])
    factor = g.constant([[a["scale_x"] / a["output_width"], a["scale_y"] / a["output_height"]]])
    linear = g.add("Mul", [rotation, g.add("Mul", [g.add("Sub", [high, low]), factor])])
    centre = g.add("MatMul", [rotation, g.add("Transpose", [middle], perm=[1, 0])])
    half = g.constant([[a["output_width"] / 2], [a["output_height"] / 2]])
    shift = g.add("Sub", [centre, g.add("MatMul", [linear, half])])
    top = g.add("Concat", [linear, g.constant(np.zeros((2, 1))), shift], axis=1)
    whole = g.add("Concat", [top, g.constant([[0, 0, 1, 0], [0, 0, 0, 1]])], axis=0)
    g.add("Unsqueeze", [whole, g.constant([0], np.int64)], node.output[0])


def sample_features(g: Subgraph, node: NodeProto, size: int) -> None:
    """Features (1, size, size, C) sampled bilinearly on the grid of the crop, pixel centres at halves: (1, height, width, C)."""
    a = attributes(node)
    height, width = a["output_height"], a["output_width"]
    rows, columns = np.mgrid[:height, :width] + 0.5
    grid = np.stack([columns, rows, np.zeros_like(rows), np.ones_like(rows)], axis=-1).reshape(-1, 4)
    matrix = g.add("Squeeze", [node.input[1], g.constant([0], np.int64)])
    place = g.add("MatMul", [g.constant(grid), g.add("Transpose", [matrix], perm=[1, 0])])
    unit = g.add("Sub", [g.add("Mul", [g.slice(place, [0], [2], [1]), g.constant(2.0 / size)]), g.constant(1.0)])
    where = g.add("Reshape", [unit, g.constant([1, height, width, 2], np.int64)])
    planes = g.add("Transpose", [node.input[0]], perm=[0, 3, 1, 2])
    sampled = g.add("GridSample", [planes, where], mode="bilinear", padding_mode="zeros", align_corners=0)
    g.add("Transpose", [sampled], node.output[0], perm=[0, 2, 3, 1])


def carry_landmarks(g: Subgraph, node: NodeProto) -> None:
    """Points (1, N, 2) carried by a matrix (1, 4, 4)."""
    linear = g.slice(node.input[1], [0, 0], [2, 2], [1, 2])
    shift = g.slice(node.input[1], [0, 3], [2, 4], [1, 2])
    turned = g.add("MatMul", [node.input[0], g.add("Transpose", [linear], perm=[0, 2, 1])])
    g.add("Add", [turned, g.add("Transpose", [shift], perm=[0, 2, 1])], node.output[0])


def spell_out_prelu(model: ModelProto) -> None:
    """PRelu(x) as slope * x + (1 - slope) * Relu(x), in place: ONNX Runtime's own PRelu on the CPU goes value by value and took half the time."""
    slopes = {constant.name: numpy_helper.to_array(constant) for constant in model.graph.initializer}
    nodes = []
    for k, node in enumerate(model.graph.node):
        if node.op_type != "PRelu":
            nodes.append(node)
            continue
        (x, slope), g = node.input, Subgraph(f"prelu_{k}")
        positive = g.add("Mul", [g.add("Relu", [x]), g.constant(1.0 - slopes[slope])])
        g.add("Add", [g.add("Mul", [x, slope]), positive], node.output[0])
        nodes.extend(g.nodes)
        model.graph.initializer.extend(g.constants)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
