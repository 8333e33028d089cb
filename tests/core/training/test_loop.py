"""The loop: resumed runs end alike, checkpoints are whole, schedule and clipping do what they say."""

import csv
import sys

import pytest

torch = pytest.importorskip("torch")

from core.errors import BackendError, Cancelled, FileError, ModelError, ValueRangeError  # noqa: E402
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


def test_a_gradient_that_is_no_number_touches_no_weight():
    weight = torch.nn.Parameter(torch.ones(2))
    with pytest.raises(loop.NotFinite):
        loop.update(torch.optim.SGD([weight], lr=1.0), (weight * float("nan")).sum())
    assert torch.equal(weight.detach(), torch.ones(2))


class Turning(Line):
    """Gets better until `turn`, and worse from then on."""

    def __init__(self, steps=40, turn=14):
        super().__init__(steps)
        self.turn, self.at = turn, -1

    def step(self, index, random):
        self.at = index
        return super().step(index, random)

    def validate(self):
        return {"error": float(abs(self.at + 1 - self.turn)), "weights": self.line.weight.abs().sum().item()}


PATIENT = loop.Plan(seed=5, every=2, patience=3)


def test_a_run_stops_early_with_its_best_weights_and_says_so(tmp_path):
    said, best = [], Turning(steps=40)
    scores = loop.run(best, tmp_path / "early", PATIENT, resume=False, progress=lambda d, w: said.append(w), name="line")
    assert best.at + 1 == 20 and "stopped at step 20, weights of step 14 are the best" in said[-1]

    def stop(done, _what):
        if done >= 14 / 40:
            raise Cancelled("enough")

    fourteen = Turning(steps=40)
    with pytest.raises(Cancelled):
        loop.run(fourteen, tmp_path / "fourteen", PATIENT, resume=False, progress=stop, name="line")
    assert torch.equal(best.line.weight, fourteen.line.weight)
    assert scores["weights"] == pytest.approx(best.line.weight.abs().sum().item())
    resumed = Turning(steps=40)
    loop.run(resumed, tmp_path / "fourteen", PATIENT, resume=True, progress=_quiet, name="line")
    assert torch.equal(best.line.weight, resumed.line.weight) and resumed.at == best.at
    again = Turning(steps=40)
    loop.run(again, tmp_path / "fourteen", PATIENT, resume=True, progress=_quiet, name="line")
    assert torch.equal(best.line.weight, again.line.weight) and again.at == -1  # it was over


def test_without_patience_the_last_weights_are_kept(tmp_path):
    last = Turning()
    loop.run(last, tmp_path, loop.Plan(seed=5, every=2), resume=False, progress=_quiet, name="line")
    assert last.at == 39 and not (tmp_path / "best.safetensors").exists()


@pytest.mark.parametrize("where", ["loss", "gradient"])
def test_a_loss_that_is_no_number_stops_the_run_and_leaves_the_last_checkpoint(tmp_path, where):
    class Breaks(Line):
        def step(self, index, random):
            if index == 9 and where == "loss":
                return {"loss": float("nan")}
            if index == 9:
                loop.update(self.optimisers["line"], (self.line(torch.ones(1, 3)) * float("inf")).sum())
            return super().step(index, random)

    broken = Breaks()
    with pytest.raises(ModelError, match=r"step 10: .*(nan|inf).*checkpoint.safetensors, of step 8"):
        loop.run(broken, tmp_path, PLAN, resume=False, progress=_quiet, name="line")
    assert torch.isfinite(broken.line.weight).all()
    healthy, whole = Line(), Line()
    loop.run(healthy, tmp_path, PLAN, resume=True, progress=_quiet, name="line")
    loop.run(whole, tmp_path / "whole", PLAN, resume=False, progress=_quiet, name="line")
    assert torch.equal(healthy.line.weight, whole.line.weight)


def test_a_full_disk_is_named_and_the_old_checkpoint_stays(tmp_path, monkeypatch):
    import safetensors.torch

    loop.run(Line(), tmp_path, PLAN, resume=False, progress=_quiet, name="line")
    before = (tmp_path / "checkpoint.safetensors").read_bytes()

    def full(tensors, path, metadata=None):
        path.write_bytes(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(safetensors.torch, "save_file", full)
    with pytest.raises(FileError, match=r"checkpoint.safetensors cannot be written.*No space left.*kept.*--resume"):
        loop.run(Line(), tmp_path, PLAN, resume=False, progress=_quiet, name="line")
    assert (tmp_path / "checkpoint.safetensors").read_bytes() == before
    assert not list(tmp_path.rglob("*.part"))


class Deep(Line):
    """Wide enough for half precision to matter."""

    def __init__(self, steps=60):
        super().__init__(steps)
        torch.manual_seed(1)
        self.line = torch.nn.Sequential(torch.nn.Linear(3, 64), torch.nn.ELU(), torch.nn.Linear(64, 1))
        self.networks = {"line": self.line}
        self.optimisers = {"line": torch.optim.Adam(self.line.parameters(), lr=1e-2)}
        self.kinds = set()

    def step(self, index, random):
        x = torch.randn(64, 3, generator=random)
        made = self.line(x)
        self.kinds.add(made.dtype)
        loss = ((made.float() - x.sum(dim=1, keepdim=True)) ** 2).mean()
        loop.update(self.optimisers["line"], loss)
        return {"loss": loss.item()}

    def validate(self):
        x = torch.randn(256, 3, generator=torch.Generator().manual_seed(0))
        with torch.no_grad():
            return {"error": ((self.line(x) - x.sum(dim=1, keepdim=True)) ** 2).mean().item()}


def test_half_precision_ends_near_full_precision(tmp_path):
    runs = {}
    for precision, kind in (("float32", torch.float32), ("bfloat16", torch.bfloat16)):
        recipe = Deep()
        plan = loop.Plan(seed=5, every=60, precision=precision)
        runs[precision] = loop.run(recipe, tmp_path / precision, plan, resume=False, progress=_quiet, name="deep")["error"]
        assert recipe.kinds == {kind}
        assert all(parameter.dtype == torch.float32 for parameter in recipe.line.parameters())
    assert runs["bfloat16"] == pytest.approx(runs["float32"], rel=0.3) and runs["bfloat16"] != runs["float32"]
    assert runs["bfloat16"] < 0.1


def test_settings_that_do_not_exist(tmp_path, monkeypatch):
    with pytest.raises(ValueRangeError, match="float32 or bfloat16"):
        loop.run(Line(), tmp_path, loop.Plan(precision="float8"), resume=False, progress=_quiet, name="line")
    with pytest.raises(ValueRangeError, match="auto, cpu, cuda"):
        loop.run(Line(), tmp_path, loop.Plan(device="tpu"), resume=False, progress=_quiet, name="line")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(BackendError, match="no such GPU"):
        loop.run(Line(), tmp_path, loop.Plan(device="cuda"), resume=False, progress=_quiet, name="line")


def test_tensorboard_is_optional(tmp_path, monkeypatch):
    plan = loop.Plan(seed=5, every=4, tensorboard=True)
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "torch.utils.tensorboard", None)
        with pytest.raises(BackendError, match="needs the package tensorboard"):
            loop.run(Line(), tmp_path, plan, resume=False, progress=_quiet, name="line")
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    loop.run(Line(), tmp_path, plan, resume=False, progress=_quiet, name="line")
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [event.step for event in events.Scalars("error")] == [4, 8, 12]


def test_rows_written_after_the_last_checkpoint_are_not_told_twice(tmp_path):
    loop.run(Line(), tmp_path, PLAN, resume=False, progress=_quiet, name="line")
    whole = (tmp_path / "log.csv").read_text()
    log = loop.Log(tmp_path, 4, False)
    assert [row["step"] for row in csv.DictReader((tmp_path / "log.csv").open())] == ["4"] and not log.fresh
    assert whole.startswith((tmp_path / "log.csv").read_text())


def test_averaged_weights_follow_a_model_its_numbers_beside_the_weights_too():
    model, average = torch.nn.BatchNorm1d(2), torch.nn.BatchNorm1d(2)
    with torch.no_grad():
        model.weight.fill_(3.0)
        model.running_mean.fill_(8.0)
        model.num_batches_tracked.fill_(5)
    loop.follow(average, model, 0.75)
    assert average.weight.tolist() == [1.5, 1.5] and average.running_mean.tolist() == [2.0, 2.0] and average.num_batches_tracked == 5
    assert average.weight.requires_grad and model.weight.tolist() == [3.0, 3.0]
