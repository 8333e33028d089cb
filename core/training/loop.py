"""The one training loop: every model's recipe runs through it.

All randomness of a step comes from the seed and the step's number, so a run that was stopped and resumed ends in the same weights as one that
was not. `torchrun --nproc-per-node N -m core train MODEL` trains on N GPUs, or processes, with the same result but for rounding.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from ..errors import ModelError, ValueRangeError
from . import distributed
from .checkpoints import load_checkpoint, network_tensors, read_tensors, restore_networks, save_checkpoint, write_tensors
from .logs import Log
from .recipe import Plan, Recipe

Progress = Callable[[float, str], None]
PRECISIONS = ("float32", "bfloat16")


def schedule(share: float, plan: Plan) -> float:
    """The learning rate's factor when `share` of the steps are done: a short rise, then half a cosine down to `floor`."""
    if share < plan.warm_up:
        return (share + 1e-3) / (plan.warm_up + 1e-3)
    done = (share - plan.warm_up) / (1.0 - plan.warm_up)
    return plan.floor + (1.0 - plan.floor) * 0.5 * (1.0 + math.cos(math.pi * min(done, 1.0)))


class NotFinite(ModelError):
    """A loss or gradient that is not a number."""


def update(optimiser: torch.optim.Optimizer, loss: Tensor, clip: float = 1.0) -> None:
    """One step down `loss` for the optimiser's parameters, the gradient averaged over all processes and its norm held to `clip`.

    NotFinite, and no weight touched, where the gradient is no number.
    """
    optimiser.zero_grad(set_to_none=True)
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    with torch.autocast(loss.device.type, enabled=False):
        gradients = distributed.average(torch.autograd.grad(loss, parameters))
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient
    norm = nn.utils.clip_grad_norm_(parameters, clip)
    if not torch.isfinite(norm):
        raise NotFinite(f"the gradient's norm is {norm.item()}")
    optimiser.step()


def follow(average: nn.Module, model: nn.Module, kept: float) -> None:
    """Brings averaged weights nearer to a model's of the same shape: `kept` of what they were, the rest of what the model's are now."""
    with torch.no_grad():
        for ours, theirs in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
            if ours.dtype.is_floating_point:
                ours.lerp_(theirs, 1.0 - kept)
            else:
                ours.copy_(theirs)


def step_generator(seed: int, index: int) -> torch.Generator:
    """The source of randomness of one step, the same in all processes."""
    return torch.Generator().manual_seed((seed * 1_000_003 + index * 7919 + 17) % (2**63))


class _Best:
    """Early stop: the best score so far, the step it was reached at, and how many validations ago."""

    def __init__(self, plan: Plan, path: Path):
        self.patience, self.path = plan.patience, path
        self.score, self.step, self.stale = math.inf, 0, 0

    def restore(self, stated: dict[str, str]) -> None:
        self.score, self.step, self.stale = float(stated["best"]), int(stated["best_step"]), int(stated["stale"])

    def stated(self) -> dict[str, str]:
        return {"best": repr(self.score), "best_step": str(self.step), "stale": str(self.stale)}

    def see(self, score: float, step: int, recipe: Recipe) -> None:
        """Takes note of a validation; the best weights are kept on disk."""
        self.stale += 1
        if score < self.score:
            self.score, self.step, self.stale = score, step, 0
            if self.patience and distributed.leads():
                write_tensors(self.path, network_tensors(recipe.networks), {"step": str(step)})

    @property
    def over(self) -> bool:
        return bool(self.patience) and self.stale >= self.patience


class _Run:
    """One run of the loop: what `run` keeps between its steps."""

    def __init__(self, recipe: Recipe, folder: Path, plan: Plan, progress: Progress, name: str, device: torch.device):
        self.recipe, self.plan, self.name, self.device = recipe, plan, name, device
        self.progress: Progress = progress if distributed.leads() else lambda done, what: None
        self.checkpoint = folder / "checkpoint.safetensors"
        self.best = _Best(plan, folder / "best.safetensors")
        self.base = {key: [group["lr"] for group in optimiser.param_groups] for key, optimiser in recipe.optimisers.items()}
        self.done = self.first = 0
        self.sums: dict[str, float] = {}
        self.scores: dict[str, float] = {}

    def resume(self) -> None:
        if self.checkpoint.is_file():
            self.done, stated = load_checkpoint(self.checkpoint, self.recipe, self.plan)
            self.first = self.done
            self.best.restore(stated)

    def rates(self, index: int) -> float:
        """Sets the learning rates of a step; returns their factor."""
        factor = schedule(index / self.recipe.steps, self.plan)
        for key, optimiser in self.recipe.optimisers.items():
            for group, rate in zip(optimiser.param_groups, self.base[key], strict=True):
                group["lr"] = rate * factor
        return factor

    def step(self, index: int) -> None:
        """One step of the recipe, its losses added up. ModelError where one, or a gradient, is not a number; no weight is touched then."""
        half = self.plan.precision == "bfloat16"
        try:
            with torch.autocast(self.device.type, torch.bfloat16, enabled=half):
                losses = self.recipe.step(index, step_generator(self.plan.seed, index))
            wrong = [f"{key} is {value}" for key, value in losses.items() if not math.isfinite(value)]
            if wrong:
                raise NotFinite(", ".join(wrong))
        except NotFinite as error:
            good = f"The last good checkpoint is {self.checkpoint}, of step {self.done}." if self.done else "There is no checkpoint yet."
            raise ModelError(
                f"Training {self.name} stopped at step {index + 1}: {error}. {good} Look for values that are not numbers in the data, "
                "or train with a lower learning rate."
            ) from error
        for key, value in losses.items():
            self.sums[key] = self.sums.get(key, 0.0) + value

    def validate(self, index: int, log: Log | None, row: dict[str, float]) -> None:
        """Scores, checkpoint and log after a step."""
        watched = 0.0
        if distributed.leads():
            self.scores = self.recipe.validate()
            watched = next(iter(self.scores.values()), 0.0)
        watched = distributed.from_first(watched, self.device)
        self.best.see(watched, index + 1, self.recipe)
        since = index + 1 - max(self.first, index // self.plan.every * self.plan.every)
        if distributed.leads():
            save_checkpoint(self.checkpoint, self.recipe, index + 1, self.plan, self.best.stated())
        if log:
            log.add({"step": index + 1, **row, **{key: value / since for key, value in self.sums.items()}, **self.scores})
        self.done, self.sums = index + 1, {}

    def finish(self) -> dict[str, float]:
        """The best weights back in place if the plan asked for them, and the scores of what the networks now hold."""
        if self.plan.patience and self.best.step not in (0, self.done):
            restore_networks(self.recipe.networks, read_tensors(self.best.path)[0])
            self.progress(1.0, f"Training {self.name}: stopped at step {self.done}, weights of step {self.best.step} are the best")
            self.scores = {}
        return self.scores or (self.recipe.validate() if distributed.leads() else {})


def run(recipe: Recipe, folder: Path, plan: Plan, *, resume: bool, progress: Progress, name: str) -> dict[str, float]:
    """Trains to the end, or until nothing has got better for plan.patience validations, and returns the scores of the weights it ends with.

    Writes checkpoint.safetensors, log.csv and, with patience, best.safetensors in `folder`; `progress` may raise Cancelled. Under torchrun
    every process calls this; scores are process 0's, the others get none.
    """
    if plan.precision not in PRECISIONS:
        raise ValueRangeError(f"There is no precision '{plan.precision}'. Give {' or '.join(PRECISIONS)}.")
    device = distributed.device(plan.device)
    folder.mkdir(parents=True, exist_ok=True)
    distributed.join(device)
    for network in recipe.networks.values():
        network.to(device)
    state = _Run(recipe, folder, plan, progress, name, device)
    if resume:
        state.resume()
    distributed.same_start(recipe.networks.values())
    log = Log(folder, state.done, plan.tensorboard) if distributed.leads() else None
    try:
        _steps(state, log)
        return state.finish()
    finally:
        if log:
            log.close()


def _steps(state: _Run, log: Log | None) -> None:
    steps, every, started = state.recipe.steps, state.plan.every, time.monotonic()
    for index in range(state.done, steps):
        if state.best.over:
            return
        factor = state.rates(index)
        state.step(index)
        due = (index + 1) % every == 0 or index + 1 == steps
        if due:
            state.validate(index, log, {"seconds": time.monotonic() - started, "lr": factor})
        if due or (index - state.first) % 10 == 9:
            left = (time.monotonic() - started) / (index + 1 - state.first) * (steps - index - 1)
            shown = " ".join(f"{key} {value:.4g}" for key, value in state.scores.items())
            state.progress((index + 1) / steps, f"Training {state.name}: {left / 60:.1f} min left {shown}")
