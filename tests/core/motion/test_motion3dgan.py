"""The networks' own maps against core/motion/sphere.py, and what the losses must be."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from core.motion import motion3dgan as gan  # noqa: E402
from core.motion import sphere  # noqa: E402

CONFIG = gan.Config(labels=("a", "b", "c"), steps=8, dimension=12, directions=12, components=6, ways=2, rank=4, hidden=16)
WIDTH = CONFIG.components + 1


def _space(seed: int = 0) -> gan.TangentSpace:
    """A tangent space at a random point with an orthonormal basis."""
    rng = np.random.default_rng(seed)
    p = sphere.normalise(rng.standard_normal((CONFIG.steps, CONFIG.dimension)))
    frame = np.linalg.qr(np.column_stack([p.ravel(), rng.standard_normal((p.size, CONFIG.components))]))[0][:, 1:]
    space = gan.TangentSpace(CONFIG)
    space.p.copy_(torch.from_numpy(p))
    turn = np.linalg.qr(rng.standard_normal((CONFIG.dimension, CONFIG.dimension)))[0]
    space.directions.copy_(torch.from_numpy(turn))
    space.basis.copy_(torch.from_numpy(frame.T.reshape(-1, *p.shape) @ turn.T * np.sqrt(CONFIG.steps)))
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
    assert torch.allclose(space.from_sphere(q, log_length), code, atol=2e-3)  # the basis is in half precision


@pytest.mark.parametrize("size", [0.5, 3.0, 8.0, 30.0])
def test_the_short_way_through_the_maps_is_the_long_one(size):
    space = _space()
    code = size * torch.randn(9, CONFIG.components + 1, generator=torch.Generator().manual_seed(2))
    long = space.from_sphere(*space.to_sphere(code))
    angle = ((code * space.scale + space.centre)[:, :-1]).norm(dim=1)
    assert (angle.max() > np.pi) == (size > 3.0)
    clear = (angle / np.pi - (angle / np.pi).round()).abs() > 0.02  # at multiples of pi every direction leads back
    assert clear.sum() > 4 and torch.allclose(space.returned(code)[clear], long[clear], atol=1e-2 * size)


def test_generated_points_lie_on_the_sphere_and_follow_noise_and_label():
    torch.manual_seed(0)
    model = gan.Generator(CONFIG)
    model.space.load_state_dict(_space().state_dict())
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    noise, label, intensity = torch.randn(6, gan.NOISE), torch.eye(3)[[0, 0, 1, 1, 2, 2]], torch.ones(6, 1)
    model.range.copy_(torch.tensor([0.5, 1.5]))
    q, log_length = model(noise, label, intensity)
    assert q.shape == (6, 8, 12) and log_length.shape == (6, 1)
    assert torch.allclose(gan.inner(q, q), torch.ones(6), atol=1e-5)
    assert not torch.allclose(q[0], q[1])
    assert not torch.allclose(model(noise, label.roll(1, 1), intensity)[0], q)
    assert not torch.allclose(model(noise, label, 0.7 * intensity)[0], q)


def test_a_label_has_ways_chosen_by_the_first_noise_value():
    model = gan.Generator(CONFIG)
    with torch.no_grad():
        model.mean[1] = torch.cat([torch.full((WIDTH,), -1.0), torch.full((WIDTH,), 2.0)])
        model.edges[1] = 0.5
        noise = torch.zeros(2, gan.NOISE)
        noise[:, 0] = torch.tensor([0.3, 0.9])
        code = model.code(noise, torch.eye(3)[[1, 1]], torch.ones(2, 1))
    assert torch.allclose(code[0], -torch.ones(7), atol=1e-5) and torch.allclose(code[1], torch.full((7,), 2.0), atol=1e-5)


def test_intensity_is_a_condition_within_its_range_and_a_factor_beyond():
    model = gan.Generator(CONFIG)
    model.space.load_state_dict(_space().state_dict())
    with torch.no_grad():
        model.slope[0] = torch.linspace(0.5, 1.0, WIDTH)
        model.range.copy_(torch.tensor([0.5, 1.5]))
        intensity = torch.tensor([[0.25], [0.5], [1.0], [1.5], [3.0]])
        q, log_length = model(torch.zeros(5, gan.NOISE), torch.eye(3)[[0] * 5], intensity)
    assert torch.allclose(q[0], q[1], atol=1e-6) and torch.allclose(q[3], q[4], atol=1e-6)
    assert not torch.allclose(q[1], q[2]) and not torch.allclose(q[2], q[3])
    assert torch.isclose(log_length[1] - log_length[0], torch.tensor(2.0).log(), atol=1e-5)
    assert torch.isclose(log_length[4] - log_length[3], torch.tensor(2.0).log(), atol=1e-5)


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
