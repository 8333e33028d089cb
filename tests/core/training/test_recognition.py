"""SFace in torch gives what ONNX Runtime gives, and lets gradients through."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from core.errors import FileError, ModelError  # noqa: E402
from core.evaluation.assets import SFACE, fetched  # noqa: E402
from core.runtime.store import MODELS  # noqa: E402
from core.training.fevgan import read_identity  # noqa: E402
from core.training.recognition import Recognition  # noqa: E402
from core.video.fevgan_network import IdentityEncoder  # noqa: E402


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


def test_fev_gan_s_identity_encoder_is_its_first_layers(sface):
    whole, encoder, picture = Recognition(sface), IdentityEncoder((1, 3)), torch.rand(1, 3, 112, 112) * 2.0 - 1.0
    read_identity(sface, encoder)
    for place, maps in zip((1, 5), encoder(picture), strict=True):
        whole.steps = Recognition(sface).steps[: 2 + 3 * place]
        torch.testing.assert_close(maps, whole.vectors(127.5 * (picture + 1.0)), atol=1e-4, rtol=1e-4)


def test_a_chain_of_other_layers_is_refused(tmp_path):
    onnx = pytest.importorskip("onnx")
    from onnx import helper

    places = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, 3]) for name in ("data", "out")]
    graph = helper.make_graph([helper.make_node("Flatten", ["data"], ["out"])], "other", places[:1], places[1:])
    onnx.save(helper.make_model(graph), str(tmp_path / "other.onnx"))
    with pytest.raises(ModelError, match="not the SFace network"):
        read_identity(tmp_path / "other.onnx", IdentityEncoder((7,)))


def test_a_file_that_is_no_network_is_refused(tmp_path):
    (tmp_path / "other.onnx").write_bytes(b"not a network")
    with pytest.raises(FileError, match="not the SFace network"):
        Recognition(tmp_path / "other.onnx")
