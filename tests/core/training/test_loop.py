"""The loop: resumed runs end alike, checkpoints are whole, schedule and clipping do what they say."""

import csv

import pytest

torch = pytest.importorskip("torch")

from core.errors import Cancelled, ModelError  # noqa: E402
from core.training import loop  # noqa: E402


class Line:
    """Fits a line to noise: the smallest recipe."""

    def __init__(self, steps: int = 12) -> None:
        torch.manual_seed(0)
        self.line = torch.nn.Linear(3, 1)
        self.steps = steps
        self.networks = {"line": self.line}
        self.optimisers = {"line": torch.optim.Adam(self.line.parameters(), lr=0.1)}

    def step(self, index, random):
        x = torch.randn(8, 3, generator=random)
        loss = ((self.line(x) - x.sum(dim=1, keepdim=True)) ** 2).mean()
        loop.update(self.optimisers["line"], loss)
        return {"loss": loss.item()}

    def validate(self):
        return {"error": (self.line.weight - 1.0).abs().sum().item()}


PLAN = loop.Plan(seed=5, every=4)


def _quiet(_done, _what):
    pass


def test_a_resumed_run_ends_in_the_same_weights(tmp_path):
    whole = Line()
    loop.run(whole, tmp_path / "whole", PLAN, resume=False, progress=_quiet, name="line")

    def stop(done, _what):
        if done >= 8 / 12:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        loop.run(Line(), tmp_path / "cut", PLAN, resume=False, progress=stop, name="line")
    resumed = Line()
    loop.run(resumed, tmp_path / "cut", PLAN, resume=True, progress=_quiet, name="line")
    assert torch.equal(whole.line.weight, resumed.line.weight) and torch.equal(whole.line.bias, resumed.line.bias)
    rows = list(csv.DictReader((tmp_path / "cut" / "log.csv").open()))
    assert [int(float(row["step"])) for row in rows] == [4, 8, 12]
    assert not list(tmp_path.rglob("*.part"))


def test_training_learns_and_reports_time_left(tmp_path):
    said = []
    scores = loop.run(Line(200), tmp_path, loop.Plan(every=50), resume=False, progress=lambda d, w: said.append((d, w)), name="line")
    assert scores["error"] < 0.2
    assert said[-1][0] == 1.0 and "min left" in said[0][1]


def test_foreign_and_damaged_checkpoints_are_refused(tmp_path):
    loop.run(Line(), tmp_path, PLAN, resume=False, progress=_quiet, name="line")
    with pytest.raises(ModelError, match="seed and steps"):
        loop.run(Line(), tmp_path, loop.Plan(seed=6, every=4), resume=True, progress=_quiet, name="line")
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(ModelError, match="Train without --resume"):
        loop.run(Line(), tmp_path, PLAN, resume=True, progress=_quiet, name="line")


def test_the_schedule_rises_then_falls_to_the_floor():
    plan = loop.Plan()
    rates = [loop.schedule(k / 1000, plan) for k in range(1001)]
    top = rates.index(max(rates))
    assert 0.9 < max(rates) <= 1.0 and 0.01 < top / 1000 < 0.03
    assert all(a >= b for a, b in zip(rates[top:-1], rates[top + 1 :], strict=True))
    assert abs(rates[-1] - plan.floor) < 1e-9


def test_update_holds_the_gradient_to_its_norm():
    weight = torch.nn.Parameter(torch.zeros(2))
    loop.update(torch.optim.SGD([weight], lr=1.0), (weight * torch.tensor([300.0, 400.0])).sum(), clip=1.0)
    assert torch.allclose(weight.detach(), torch.tensor([-0.6, -0.8]), atol=1e-5)
