"""The decoder: both forms of its convolution agree, sizes are the paper's, the hierarchy travels with the weights."""

import numpy as np
import pytest
import trimesh

torch = pytest.importorskip("torch")
pytest.importorskip("fast_simplification")

from core.dense import s2d_dec  # noqa: E402
from core.training.export import metadata, save_safetensors  # noqa: E402


def _model(seed: int = 0) -> s2d_dec.S2DDec:
    mesh = trimesh.creation.icosphere(subdivisions=4, radius=0.1)
    shape = s2d_dec.Config((0,) * 5)
    meshes = s2d_dec.Meshes.build(np.asarray(mesh.vertices), np.asarray(mesh.faces), shape.lengths, shape.dilations)
    torch.manual_seed(seed)
    model = s2d_dec.S2DDec(s2d_dec.Config(meshes.counts), meshes)
    model.input_scale.uniform_(0.5, 2.0)
    model.output_mean.normal_()
    return model.eval()


def test_the_fused_form_is_the_plain_one_forwards_and_backwards():
    model, landmarks = _model(), torch.randn(3, 68, 3) * 1e-3
    plain, fused = model(landmarks), model.fast(landmarks)
    assert plain.shape == (3, model.config.vertices[0], 3)
    assert torch.allclose(plain, fused, atol=1e-6 * float(plain.detach().abs().max()))
    parameters = list(model.parameters())
    for a, b in zip(
        torch.autograd.grad(plain.square().sum(), parameters), torch.autograd.grad(fused.square().sum(), parameters), strict=True
    ):
        assert torch.allclose(a, b, rtol=1e-3, atol=1e-5 * float(a.abs().max()))


def test_published_sizes():
    """On the CoMA topology: 666,083 parameters with a dummy vertex in the first layer, which this network does not need."""
    model = s2d_dec.S2DDec(s2d_dec.Config((5023, 1256, 314, 79, 20)))
    assert sum(p.numel() for p in model.parameters()) == 666_083 - 128 * (204 + 1)
    assert [c.linear.out_features for c in model.convolutions] == [64, 32, 32, 16, 3]


def test_dummy_vertices_add_nothing():
    spiral = torch.tensor([[0, 1, 2], [1, 0, 2]])
    convolution = s2d_dec.SpiralConv(spiral, 1, 1, None)
    with torch.no_grad():
        convolution.linear.weight.copy_(torch.tensor([[1.0, 10.0, 100.0]]))
        convolution.linear.bias.fill_(0.5)
        out = convolution(torch.tensor([[[2.0], [3.0]]]))
    assert out.flatten().tolist() == [32.5, 23.5]


def test_upsampling_is_barycentric():
    convolution = s2d_dec.SpiralConv(torch.tensor([[0]]), 1, 1, (torch.tensor([[0, 1, 2]]), torch.tensor([[0.5, 0.25, 0.25]])))
    with torch.no_grad():
        convolution.linear.weight.fill_(1.0)
        convolution.linear.bias.zero_()
        assert convolution(torch.tensor([[[4.0], [8.0], [16.0]]])).item() == 8.0


def test_a_file_holds_everything(tmp_path):
    model, landmarks = _model(), torch.randn(2, 68, 3) * 1e-3
    save_safetensors(model, tmp_path / "m.safetensors", metadata(s2d_dec.config_to_text(model.config)))
    again = s2d_dec.load(tmp_path / "m.safetensors")
    assert again.config == model.config
    assert torch.equal(again(landmarks), model(landmarks))
