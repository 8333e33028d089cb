"""One step of 3DDP against its equations written out, and the rollout against its numpy twin."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from core.video import dynamics, dynamics_network  # noqa: E402
from core.video.dynamics import LATENT, STATE, WINDOW  # noqa: E402
from core.video.dynamics_network import Config, Dynamics, Step, examples, rollout, settled, upright  # noqa: E402


def fill(step: Step) -> Step:
    """A step whose weights are none of those it begins with."""
    for layer in (step.project, step.carry) if step.config.stepping else (step.project,):
        torch.nn.init.normal_(layer.weight, std=0.5)
    step.reach[:12], step.reach[52:] = 0.02, 0.1
    step.usual[:12], step.usual[52:] = 0.005, 0.02
    return step


def network() -> Dynamics:
    torch.manual_seed(0)
    model = Dynamics(Config(code=6, hidden=9)).eval()
    fill(model.expected)
    fill(model.drawn)
    return model


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


@pytest.mark.parametrize(("stepping", "listens"), [(True, LATENT), (True, 0), (False, LATENT)])
def test_a_step_is_equations_5_to_7(stepping, listens):
    torch.manual_seed(1)
    model = fill(Step(Config(code=6, hidden=9, stepping=stepping), listens)).eval()
    given = [value.numpy().astype(np.float64) for value in examples(model.config, 4, torch.Generator().manual_seed(3))]
    frame, before, target, time, latent, state = given
    latent = latent[:, :listens]
    weights = {name: value.numpy().astype(np.float64) for name, value in model.state_dict().items()}

    def enc(values, pace):
        code = np.concatenate([values, pace], axis=1) @ weights["encoder.0.weight"].T + weights["encoder.0.bias"]
        return np.maximum(code, 0.0)

    pace = (frame - before) / weights["usual"]
    h, c = state[:, :9], state[:, STATE : STATE + 9]
    x = np.concatenate([enc(frame, pace), time[:, :1] * enc(target, 0 * pace), time, latent, h], axis=1)
    forget, enter, new, show = np.split(x @ weights["gates.weight"].T + weights["gates.bias"], 4, axis=1)
    c = sigmoid(forget + 1.0) * c + sigmoid(enter) * np.tanh(new)
    h = sigmoid(show) * np.tanh(c)
    told = np.concatenate([h, latent], axis=1) @ weights["project.weight"].T + weights["project.bias"]
    said, p, reach = np.tanh(told), time[:, 1:], weights["reach"]
    after = frame + p * (target - frame) + (1 - p) * (reach > 0) * (1.5 * said - frame)
    if stepping:
        on = sigmoid(h @ weights["carry.weight"].T + weights["carry.bias"]) * (reach > 0) * (frame - before - p * (target - frame))
        after = frame + p * (target - frame) + (1 - p) * (on + reach * said)
    with torch.no_grad():
        found, kept = model(*(torch.from_numpy(value).float() for value in given))
        wanted = upright(torch.from_numpy(after).float())
    np.testing.assert_allclose(found.numpy(), wanted.numpy(), atol=1e-5)
    np.testing.assert_allclose(kept[:, :9].numpy(), h, atol=1e-5)
    np.testing.assert_allclose(kept[:, STATE : STATE + 9].numpy(), c, atol=1e-5)


def test_the_last_step_is_the_target_and_shape_never_moves():
    model = network()
    frame, before, target, _, latent, state = examples(model.config, 5, torch.Generator().manual_seed(1))
    target = upright(target)
    after, _ = model(frame, before, target, torch.tensor([[1.0, 1.0]]).expand(5, 2), latent, state)
    assert torch.allclose(after, target, atol=1e-6)
    free, _ = model(frame, before, target, torch.zeros(5, 2), latent, state)
    assert torch.equal(free[:, 12:52], frame[:, 12:52]) and not torch.allclose(free[:, 52:], frame[:, 52:], atol=1e-3)


def test_a_latent_of_zero_asks_the_network_of_what_is_to_be_expected():
    model = network()
    given = list(examples(model.config, 4, torch.Generator().manual_seed(5)))
    given[4][:2] = 0.0
    with torch.no_grad():
        made, one, other = model(*given), model.expected(*given), model.drawn(*given)
    for k in range(2):
        assert torch.equal(made[k][:2], one[k][:2]) and torch.equal(made[k][2:], other[k][2:])
        assert not torch.allclose(one[k], other[k], atol=1e-3)


def test_upright_is_a_scaled_rotation_and_leaves_one_alone():
    values = torch.randn(20, 62, generator=torch.Generator().manual_seed(0))
    made = upright(values)
    pose = made[:, :12].unflatten(1, (3, 4))[:, :, :3]
    size = pose[:, 0].norm(dim=1)[:, None, None]
    assert torch.allclose(pose @ pose.transpose(1, 2), size**2 * torch.eye(3), atol=1e-4)
    assert torch.allclose(torch.linalg.det(pose / size), torch.ones(20), atol=1e-4)
    assert torch.allclose(upright(made), made, atol=1e-5)


def test_size_and_place_come_back_and_the_turn_stays():
    values = upright(torch.randn(6, 62, generator=torch.Generator().manual_seed(0)))
    made = settled(values, torch.full((6, 1), 0.1))
    old, new = (each[:, :12].unflatten(1, (3, 4)) for each in (values, made))
    assert torch.allclose(new[:, :, 3], 0.98 * old[:, :, 3], atol=1e-6)
    before, after = (each[:, 0, :3].norm(dim=1) for each in (old, new))
    assert torch.allclose(after.log(), 0.9 * before.log(), atol=1e-5)
    assert torch.allclose(new[:, :, :3] / after[:, None, None], old[:, :, :3] / before[:, None, None], atol=1e-5)
    assert torch.equal(settled(values, torch.zeros(6, 1)), values)


def test_the_gradient_is_that_of_finite_differences():
    model = network().double()
    frame, before, target, time, latent, state = (value.double() for value in examples(model.config, 2, torch.Generator().manual_seed(2)))
    latent.requires_grad_(True)
    frame.requires_grad_(True)
    small = state[:, : 2 * STATE]
    assert torch.autograd.gradcheck(lambda f, z: model(f, before, target, time, z, small)[0], (frame, latent), atol=1e-6)


@pytest.mark.parametrize(("seen", "frames", "aimed"), [(1, 5, False), (4, WINDOW + 3, False), (1, 6, True), (5, WINDOW + 2, True)])
def test_the_numpy_rollout_is_the_torch_one(seen, frames, aimed):
    model, random = network(), torch.Generator().manual_seed(4)
    before = torch.stack([upright(examples(model.config, 3, random)[0]) for _ in range(seen)], dim=1)
    target = upright(examples(model.config, 3, random)[2]) if aimed else None
    latents = torch.randn(3, -(-frames // WINDOW), LATENT, generator=random)

    class Here:
        name = device = "here"

        def run(self, name, inputs):
            assert name == dynamics.NAME and tuple(inputs) == dynamics_network.INPUTS
            with torch.no_grad():
                out = model(*(torch.from_numpy(inputs[key]) for key in dynamics_network.INPUTS))
            return dict(zip(dynamics_network.OUTPUTS, (value.numpy() for value in out), strict=True))

    with torch.no_grad():
        expected = rollout(model, before, target, frames, latents).numpy()
    found = dynamics.rollout(before.numpy(), None if target is None else target.numpy(), frames, latents.numpy(), Here())
    np.testing.assert_allclose(found, expected, atol=1e-6)
