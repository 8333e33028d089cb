"""SFace in torch gives what ONNX Runtime gives, and lets gradients through."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from core.errors import FileError, ModelError  # noqa: E402
from core.evaluation.assets import SFACE, fetched  # noqa: E402
from core.runtime.store import MODELS  # noqa: E402
from core.training.recognition import Recognition  # noqa: E402


@pytest.fixture(scope="module")
def sface():
    try:
        return fetched(SFACE)
    except FileError as error:
        pytest.skip(f"SFace could not be had: {error}")


def test_the_same_as_onnx_runtime(sface):
    import onnxruntime

    picture = np.random.default_rng(0).uniform(0, 255, (1, 3, 112, 112)).astype(np.float32)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    (wanted,) = onnxruntime.InferenceSession(str(sface), options).run(None, {"data": picture})
    found = Recognition(sface).vectors(torch.from_numpy(picture)).numpy()
    assert np.abs(found - wanted).max() < 1e-4 * np.abs(wanted).max()


def test_gradients_reach_the_picture(sface):
    picture = torch.zeros(1, 3, 160, 160, requires_grad=True)
    places = torch.tensor([[[0.7, 0.0, 0.0], [0.0, 0.7, 0.0]]])
    Recognition(sface)(picture, places).square().sum().backward()
    assert picture.grad.abs().max() > 0


def test_another_network_is_refused():
    with pytest.raises(ModelError, match="is not SFace"):
        Recognition(MODELS / "face_detector" / "face_detector.onnx")
