"""safetensors and ONNX are one model; the shipped pairs too."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

import onnxruntime  # noqa: E402

from core.dense import conditioned, s2d_dec  # noqa: E402
from core.errors import ModelError  # noqa: E402
from core.labels import LABELS  # noqa: E402
from core.motion import motion3dgan  # noqa: E402
from core.training import export  # noqa: E402
from core.video import dynamics_network  # noqa: E402


def _generator() -> motion3dgan.Generator:
    torch.manual_seed(0)
    model = motion3dgan.Generator(
        motion3dgan.Config(labels=LABELS, steps=6, dimension=9, directions=5, components=4, ways=2, rank=3, hidden=8)
    )
    for value in model.state_dict().values():
        value.normal_(std=0.3)
    model.range.copy_(torch.tensor([0.5, 1.5]))
    model.space.p.div_(motion3dgan.inner(model.space.p, model.space.p).sqrt())
    return model


def _decoder() -> s2d_dec.S2DDec:
    torch.manual_seed(0)
    model = s2d_dec.S2DDec(s2d_dec.Config((120, 40, 20, 10, 5)))
    for count, convolution in zip((10, 20, 40, 120, 120), model.convolutions, strict=True):
        convolution.spiral.random_(0, count + 1)
        if convolution.upsampled:
            convolution.up_index.random_(0, {10: 5, 20: 10, 40: 20, 120: 40}[count])
            convolution.up_weight.uniform_(0.0, 0.6)
    return model


def _conditioned() -> conditioned.ConditionedS2D:
    torch.manual_seed(0)
    model = conditioned.ConditionedS2D(conditioned.Config(vertices=50, moving=20, seen=15, components=6, code=3, hidden=8))
    torch.nn.init.normal_(model.out.weight)
    model.basis.normal_()
    model.shapes.normal_().mul_(0.01)
    for value in (model.place, model.corners):
        value.random_(0, 21)
    model.seen.random_(0, 50)
    model.follows.normal_()
    model.barycentric.uniform_()
    return model


def _dynamics() -> dynamics_network.Dynamics:
    torch.manual_seed(0)
    model = dynamics_network.Dynamics(dynamics_network.Config(code=6, hidden=9))
    for step in (model.expected, model.drawn):
        torch.nn.init.normal_(step.project.weight)
        torch.nn.init.normal_(step.carry.weight)
        step.reach[:12], step.reach[52:] = 0.02, 0.1
    return model


@pytest.mark.parametrize(
    ("name", "make"),
    [("motion3dgan", _generator), ("s2d_dec", _conditioned), ("s2d_dec_published", _decoder), ("dynamics_3dd", _dynamics)],
)
def test_both_files_give_the_same_for_any_batch(name, make, tmp_path):
    weights, onnx_path = export.save_model(name, make(), tmp_path)
    for batch in (1, 3, 30):
        assert export.compare(name, weights, onnx_path, batch) < export.TOLERANCE
    stated = onnxruntime.InferenceSession(str(onnx_path), providers=["CPUExecutionProvider"]).get_modelmeta().custom_metadata_map
    assert stated["format_version"] == "1" and stated["template"] == "makehuman-head-1"
    assert ("labels" in stated) == (name == "motion3dgan")
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"{name}.onnx", f"{name}.safetensors"]


def test_one_neutral_for_all_frames_or_one_for_each(tmp_path):
    weights, onnx_path = export.save_model("s2d_dec", _conditioned(), tmp_path)
    model, session = conditioned.load(weights), onnxruntime.InferenceSession(str(onnx_path), providers=["CPUExecutionProvider"])
    landmarks = torch.randn(4, 68, 3) * 2e-3
    for faces in (1, 4):
        neutral = torch.randn(faces, 50, 3) * 0.05
        expected = model(landmarks, neutral).detach().numpy()
        (found,) = session.run(None, {"landmarks": landmarks.numpy(), "neutral": neutral.numpy()})
        assert found.shape == (4, 50, 3)
        np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())


def test_a_difference_is_caught_and_leaves_no_file(tmp_path, monkeypatch):
    export.save_safetensors(_generator(), weights := tmp_path / "motion3dgan.safetensors", {"config": "{}"} | export.metadata(
        motion3dgan.config_to_text(_generator().config), LABELS))  # fmt: skip
    monkeypatch.setattr(export, "compare", lambda *_: 0.5)
    with pytest.raises(ModelError, match="differs"):
        export.to_onnx("motion3dgan", weights, tmp_path / "motion3dgan.onnx")
    assert [p.name for p in tmp_path.iterdir()] == ["motion3dgan.safetensors"]


def test_unknown_models_are_named(tmp_path):
    with pytest.raises(ModelError, match="fev_gan"):
        export.to_onnx("fev_gan", tmp_path / "a", tmp_path / "b")


@pytest.mark.parametrize("name", ["motion3dgan", "s2d_dec", "face_capture", "dynamics_3dd"])
def test_shipped_pairs_agree(name, root):
    folder = root / "models" / name
    assert export.compare(name, folder / f"{name}.safetensors", folder / f"{name}.onnx") < export.TOLERANCE
    assert (folder / f"{name}.onnx").stat().st_size < 0.1 * (
        folder / f"{name}.safetensors"
    ).stat().st_size  # which holds the weights of both


def test_shipped_decoder_keeps_a_still_face_still_and_follows_its_landmarks(root):
    from core.head.template import load_template
    from core.motion.generate import generate_clip
    from core.runtime.backend import OnnxBackend

    backend, template = OnnxBackend(), load_template()
    neutral = template.vertices[None]
    rest = backend.run("s2d_dec", {"landmarks": np.zeros((1, 68, 3), np.float32), "neutral": neutral})["displacement"]
    assert not rest.any()
    for label in LABELS:
        clip = generate_clip(label, frames=2, fps=1.0, intensity=1.0, seed=3, backend=backend)
        made = backend.run("s2d_dec", {"landmarks": clip.displacement.astype(np.float32), "neutral": neutral})["displacement"][-1]
        error = np.linalg.norm(template.landmark_points(made) - clip.displacement[-1], axis=1)
        assert error[17:].mean() < 4e-4 and error.max() < 2.5e-3, label
        still = np.linalg.norm(template.arkit_fields(), axis=2).max(axis=0) == 0.0
        assert np.linalg.norm(made[still], axis=1).max() < 3e-4, label
