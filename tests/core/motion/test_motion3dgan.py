"""The networks' own maps against core/motion/sphere.py, and what the losses must be."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from core.motion import motion3dgan as gan  # noqa: E402
from core.motion import sphere  # noqa: E402

CONFIG = gan.Config(labels=3, steps=8, dimension=12, components=6, rank=4, hidden=16)


def _space(seed: int = 0) -> gan.TangentSpace:
    """A tangent space at a random point with an orthonormal basis."""
    rng = np.random.default_rng(seed)
    p = sphere.normalise(rng.standard_normal((CONFIG.steps, CONFIG.dimension)))
    frame = np.linalg.qr(np.column_stack([p.ravel(), rng.standard_normal((p.size, CONFIG.components))]))[0][:, 1:]
    space = gan.TangentSpace(CONFIG)
    space.p.copy_(torch.from_numpy(p))
    space.basis.copy_(torch.from_numpy(frame.T.reshape(-1, *p.shape) * np.sqrt(CONFIG.steps)))
    space.centre.copy_(torch.linspace(-0.2, 0.2, CONFIG.components + 1))
    space.scale.copy_(torch.linspace(0.1, 0.3, CONFIG.components + 1))
    return space


def test_the_maps_are_those_of_the_numpy_sphere():
    rng = np.random.default_rng(1)
    p = sphere.normalise(rng.standard_normal((CONFIG.steps, CONFIG.dimension)))
    v = rng.standard_normal((5, *p.shape)) * 0.4
    q = sphere.exp(p, v)
    torch_p, torch_v = torch.from_numpy(p), torch.from_numpy(v)
    assert np.allclose(gan.exp_map(torch_p, torch_v).numpy(), q, atol=1e-9)
    assert np.allclose(gan.log_map(torch_p, torch.from_numpy(q)).numpy(), sphere.log(p, q), atol=1e-6)


def test_coordinates_go_to_the_sphere_and_back():
    space = _space()
    code = torch.randn(9, CONFIG.components + 1, generator=torch.Generator().manual_seed(2))
    q, log_length = space.to_sphere(code)
    assert torch.allclose(gan.inner(q, q), torch.ones(9), atol=1e-5)
    assert torch.allclose(space.from_sphere(q, log_length), code, atol=2e-4)


def test_generated_points_lie_on_the_sphere_and_follow_noise_and_label():
    torch.manual_seed(0)
    model = gan.Generator(CONFIG)
    model.space.load_state_dict(_space().state_dict())
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    noise, label = torch.randn(6, gan.NOISE), torch.eye(3)[[0, 0, 1, 1, 2, 2]]
    q, log_length = model(noise, label)
    assert q.shape == (6, 8, 12) and log_length.shape == (6, 1)
    assert torch.allclose(gan.inner(q, q), torch.ones(6), atol=1e-5)
    assert not torch.allclose(q[0], q[1])
    assert not torch.allclose(model(noise, label.roll(1, 1))[0], q)


def test_a_label_has_two_ways_chosen_by_the_first_noise_value():
    model = gan.Generator(CONFIG)
    with torch.no_grad():
        model.way[1] = 1.0
        model.threshold[1] = 0.5
        noise = torch.zeros(2, gan.NOISE)
        noise[:, 0] = torch.tensor([0.3, 0.9])
        code = model.code(noise, torch.eye(3)[[1, 1]])
    assert torch.allclose(code[0], -torch.ones(7), atol=1e-5) and torch.allclose(code[1], torch.ones(7), atol=1e-5)


def test_the_gradient_penalty_of_a_linear_critic_is_known():
    slope = torch.tensor([3.0, 4.0])

    class Linear(torch.nn.Module):
        def forward(self, code, label):
            return code @ slope[:, None]

    random = torch.Generator().manual_seed(3)
    real, made = torch.randn(4, 2, generator=random), torch.randn(4, 2, generator=random)
    penalty = gan.gradient_penalty(Linear(), real, made, torch.zeros(4, 1), torch.rand(4, 1, generator=random))
    assert torch.isclose(penalty, torch.tensor(16.0))  # (5 - 1)^2


def test_a_configuration_survives_its_text():
    assert gan.config_from_text(gan.config_to_text(CONFIG)) == CONFIG
