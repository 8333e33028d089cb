"""Operations of the converted networks, rewritten, give what they gave."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="the networks are converted with onnx")
onnxruntime = pytest.importorskip("onnxruntime")


def outcome(model, x):
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]


def test_prelu_spelled_out_is_prelu():
    from core.data.tflite_custom_ops import spell_out_prelu

    rng = np.random.default_rng(0)
    x = rng.normal(size=(1, 8, 5, 6)).astype(np.float32)
    slope = np.linspace(-4.0, 6.0, 8).astype(np.float32).reshape(8, 1, 1)  # as wide as in the face mesh
    shapes = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, x.shape) for name in "xy"]
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("PRelu", ["x", "slope"], ["y"])],
        "one",
        shapes[:1],
        shapes[1:],
        [onnx.numpy_helper.from_array(slope, "slope")],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 16)], ir_version=8)
    wanted = outcome(model, x)
    spell_out_prelu(model)
    assert "PRelu" not in {node.op_type for node in model.graph.node}
    np.testing.assert_allclose(outcome(model, x), wanted, atol=1e-5)
    np.testing.assert_allclose(wanted, np.where(x > 0, x, slope * x), atol=1e-6)
