"""One interface, one result: ONNX Runtime and torch on every device that is here, and each with itself."""

import numpy as np
import pytest
import torch

from core.head.template import load_template
from core.runtime.backend import OnnxBackend
from core.runtime.torch_backend import TorchBackend

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else []), *(["mps"] if torch.backends.mps.is_available() else [])]


def inputs(model: str, batch: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(7)
    if model == "motion3dgan":
        label = np.eye(18, dtype=np.float32)[rng.integers(0, 18, batch)]
        intensity = rng.uniform(0.1, 2.0, (batch, 1)).astype(np.float32)
        return {"noise": rng.standard_normal((batch, 128)).astype(np.float32), "label": label, "intensity": intensity}
    neutral = load_template().vertices + (0.003 * rng.standard_normal(3)).astype(np.float32)
    return {"landmarks": (0.005 * rng.standard_normal((batch, 68, 3))).astype(np.float32), "neutral": neutral[None]}


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("batch", [1, 30])
@pytest.mark.parametrize("model", ["motion3dgan", "s2d_dec"])
def test_torch_equals_onnx(model, batch, device):
    given = inputs(model, batch)
    one, other = OnnxBackend().run(model, given), TorchBackend(device).run(model, given)
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_allclose(other[name], one[name], atol=1e-4, rtol=0)
        assert other[name].dtype == one[name].dtype == np.float32


@pytest.mark.parametrize("make", [OnnxBackend, lambda: TorchBackend("cpu")])
@pytest.mark.parametrize("model", ["motion3dgan", "s2d_dec"])
def test_the_same_backend_gives_the_same_bits(model, make):
    given = inputs(model, 4)
    one, other = make().run(model, given), make().run(model, given)
    for name in one:
        np.testing.assert_array_equal(one[name], other[name])


def test_a_batch_equals_its_single_frames():
    given = inputs("s2d_dec", 5)
    whole = OnnxBackend().run("s2d_dec", given)["displacement"]
    every = {"landmarks": given["landmarks"], "neutral": np.repeat(given["neutral"], 5, axis=0)}
    np.testing.assert_allclose(OnnxBackend().run("s2d_dec", every)["displacement"], whole, atol=1e-6)
    single = [OnnxBackend().run("s2d_dec", given | {"landmarks": frame[None]})["displacement"][0] for frame in given["landmarks"]]
    np.testing.assert_allclose(whole, single, atol=1e-6)


def test_torch_falls_back_to_onnx_for_the_detector():
    given = {"image": np.zeros((1, 128, 128, 3), np.float32)}
    one, other = OnnxBackend().run("face_detector", given), TorchBackend("cpu").run("face_detector", given)
    np.testing.assert_array_equal(one["boxes"], other["boxes"])
