"""Two processes under torchrun end as one process does that takes the whole batch."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from core.errors import ValueRangeError  # noqa: E402
from core.training import distributed  # noqa: E402

ROOT = Path(__file__).resolve().parents[3]
RECIPE = """
import sys
import time
from pathlib import Path
import torch
from core.training import distributed, loop

class Line:
    steps = 20

    def __init__(self):
        torch.manual_seed(distributed.rank())  # same_start has to mend this
        self.line = torch.nn.Sequential(torch.nn.Linear(3, 16), torch.nn.ELU(), torch.nn.Linear(16, 1))
        self.networks = {"line": self.line}
        self.optimisers = {"line": torch.optim.Adam(self.line.parameters(), lr=0.01)}
        self.seen = 0

    def step(self, index, random):
        x = distributed.mine(torch.randn(16, 3, generator=random))
        self.seen = len(x)
        loss = ((self.line(x) - x.sum(dim=1, keepdim=True)) ** 2).mean()
        loop.update(self.optimisers["line"], loss)
        return {"loss": loss.item()}

    def validate(self):
        assert distributed.leads()
        return {"error": sum(p.abs().sum().item() for p in self.line.parameters())}

folder = Path(sys.argv[1])
folder.mkdir(exist_ok=True)


def cached():
    kept = folder / "cache.txt"
    if not kept.is_file():
        time.sleep(0.5)
        with kept.open("x") as file:  # fails were two to make it at once
            file.write(str(distributed.rank()))
    return kept.read_text()


distributed.join(torch.device("cpu"))
assert distributed.in_turn(cached) == "0"
recipe = Line()
plan = loop.Plan(seed=3, every=5, patience=2, device="cpu")
scores = loop.run(recipe, folder, plan, resume="--resume" in sys.argv, progress=lambda d, w: print(d, w, flush=True), name="line")
assert bool(scores) == distributed.leads()
weights = torch.cat([p.detach().reshape(-1) for p in recipe.line.parameters()])
(folder / f"end{distributed.rank()}.txt").write_text(f"{recipe.seen} " + " ".join(f"{w:.9g}" for w in weights.tolist()))
"""


def _train(script: Path, folder: Path, processes: int, *more: str) -> tuple[int, list[torch.Tensor], str]:
    """Rows of a process's step, each process's last weights, and what was said."""
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)] if processes > 1 else []
    kept = {key: value for key, value in os.environ.items() if key not in ("RANK", "WORLD_SIZE", "LOCAL_RANK")}
    done = subprocess.run(
        [sys.executable, *torchrun, str(script), str(folder), *more],
        env=kept | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"},
        cwd=script.parent,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    ends = [(folder / f"end{rank}.txt").read_text().split() for rank in range(processes)]
    return int(ends[0][0]), [torch.tensor([float(w) for w in end[1:]]) for end in ends], done.stdout


def test_two_processes_end_as_one_with_twice_the_rows(tmp_path):
    script = tmp_path / "recipe.py"
    script.write_text(RECIPE)
    rows, (alone,), _ = _train(script, tmp_path / "one", 1)
    half, both, said = _train(script, tmp_path / "two", 2)
    assert (rows, half) == (16, 8)
    assert torch.equal(both[0], both[1])
    assert torch.allclose(both[0], alone, atol=1e-5)
    told = said.splitlines()
    assert len(told) == len(set(told)) == 4 and "stopped at step 15, weights of step 5" in told[-1]  # one process speaks
    steps = [line.split(",")[0] for line in (tmp_path / "two/log.csv").read_text().splitlines()]
    assert steps == [line.split(",")[0] for line in (tmp_path / "one/log.csv").read_text().splitlines()]
    _, again, _ = _train(script, tmp_path / "two", 2, "--resume")
    assert torch.equal(again[0], both[0]) and torch.equal(again[1], both[1])


def test_rows_are_shared_evenly_or_not_at_all(monkeypatch):
    rows = torch.arange(12)
    assert torch.equal(distributed.mine(rows), rows)
    monkeypatch.setenv("WORLD_SIZE", "3")
    shares = []
    for rank in range(3):
        monkeypatch.setenv("RANK", str(rank))
        shares.append(distributed.mine(rows))
    assert [len(share) for share in shares] == [4, 4, 4] and torch.equal(torch.cat(shares).sort().values, rows)
    with pytest.raises(ValueRangeError, match="batch of 10 cannot be shared by 3"):
        distributed.mine(rows[:10])
