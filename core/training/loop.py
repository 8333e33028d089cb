"""The one training loop: every model's recipe runs through it.

All randomness of a step comes from the seed and the step's number, so a run that was stopped and resumed ends in the same weights as one that
was not. Checkpoints are safetensors (no pickle), written beside and renamed.
"""

from __future__ import annotations

import csv
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor, nn

from ..errors import ModelError

Progress = Callable[[float, str], None]


class Recipe(Protocol):
    """What the loop needs to know of a model: its networks and optimisers by name, how many steps, one step, and its scores.

    `step` gets the step's number and a generator seeded for it, updates the networks (with `update` below) and returns its losses.
    """

    networks: dict[str, nn.Module]
    optimisers: dict[str, torch.optim.Optimizer]
    steps: int

    def step(self, index: int, random: torch.Generator) -> dict[str, float]: ...

    def validate(self) -> dict[str, float]: ...


@dataclass(frozen=True)
class Plan:
    """seed; every: steps between validations, log rows and checkpoints; warm_up: share of the steps in which the learning rate rises."""

    seed: int = 0
    every: int = 200
    warm_up: float = 0.02
    floor: float = 0.02


def schedule(share: float, plan: Plan) -> float:
    """The learning rate's factor when `share` of the steps are done: a short rise, then half a cosine down to `floor`."""
    if share < plan.warm_up:
        return (share + 1e-3) / (plan.warm_up + 1e-3)
    done = (share - plan.warm_up) / (1.0 - plan.warm_up)
    return plan.floor + (1.0 - plan.floor) * 0.5 * (1.0 + math.cos(math.pi * min(done, 1.0)))


def update(optimiser: torch.optim.Optimizer, loss: Tensor, clip: float = 1.0) -> None:
    """One step down `loss` for the optimiser's parameters, the gradient's norm held to `clip`."""
    optimiser.zero_grad(set_to_none=True)
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
        parameter.grad = gradient
    nn.utils.clip_grad_norm_(parameters, clip)
    optimiser.step()


def step_generator(seed: int, index: int) -> torch.Generator:
    """The source of randomness of one step."""
    return torch.Generator().manual_seed((seed * 1_000_003 + index * 7919 + 17) % (2**63))


def save_checkpoint(path: Path, recipe: Recipe, done: int, plan: Plan) -> None:
    """Networks, optimisers' moments and the number of steps done, whole or not at all."""
    from safetensors.torch import save_file

    tensors = {f"network/{name}/{key}": value for name, network in recipe.networks.items() for key, value in network.state_dict().items()}
    for name, optimiser in recipe.optimisers.items():
        for number, moments in optimiser.state_dict()["state"].items():
            for key, value in moments.items():
                tensors[f"optimiser/{name}/{number}/{key}"] = torch.as_tensor(value)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    stated = {"done": str(done), "steps": str(recipe.steps), "seed": str(plan.seed)}
    save_file({key: value.detach().clone().contiguous() for key, value in tensors.items()}, beside, metadata=stated)
    os.replace(beside, path)


def load_checkpoint(path: Path, recipe: Recipe, plan: Plan) -> int:
    """Restores what `save_checkpoint` wrote; returns the number of steps done. ModelError where it belongs to another run."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            stated = file.metadata()
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  (not a dict)
    except (OSError, SafetensorError) as error:
        raise ModelError(f"Checkpoint {path} cannot be read ({error}). Train without --resume.") from error
    found, expected = (stated.get("seed"), stated.get("steps")), (str(plan.seed), str(recipe.steps))
    if found != expected:
        raise ModelError(f"Checkpoint {path} has seed and steps {found}; this run has {expected}. Train without --resume.")
    for name, network in recipe.networks.items():
        prefix = f"network/{name}/"
        network.load_state_dict({key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)})
    for name, optimiser in recipe.optimisers.items():
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            if key.startswith(f"optimiser/{name}/"):
                _, _, number, moment = key.split("/")
                state.setdefault(int(number), {})[moment] = value
        optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
    return int(stated["done"])


def _log(path: Path, row: dict[str, float], fresh: bool) -> None:
    with open(path, "w" if fresh else "a", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(row))
        if fresh:
            writer.writeheader()
        writer.writerow({key: f"{value:.6g}" for key, value in row.items()})


def run(recipe: Recipe, folder: Path, plan: Plan, *, resume: bool, progress: Progress, name: str) -> dict[str, float]:
    """Trains to the end and returns the last scores. Writes checkpoint.safetensors and log.csv in `folder`; `progress` may raise Cancelled."""
    checkpoint, log = folder / "checkpoint.safetensors", folder / "log.csv"
    folder.mkdir(parents=True, exist_ok=True)
    done = load_checkpoint(checkpoint, recipe, plan) if resume and checkpoint.is_file() else 0
    base = {key: [group["lr"] for group in optimiser.param_groups] for key, optimiser in recipe.optimisers.items()}
    started, first = time.monotonic(), done
    sums: dict[str, float] = {}
    scores: dict[str, float] = {}
    for index in range(done, recipe.steps):
        factor = schedule(index / recipe.steps, plan)
        for key, optimiser in recipe.optimisers.items():
            for group, rate in zip(optimiser.param_groups, base[key], strict=True):
                group["lr"] = rate * factor
        for key, value in recipe.step(index, step_generator(plan.seed, index)).items():
            sums[key] = sums.get(key, 0.0) + value
        due = (index + 1) % plan.every == 0 or index + 1 == recipe.steps
        if due:
            scores = recipe.validate()
            since = (index % plan.every) + 1 if index - first >= plan.every else index - first + 1
            seconds = time.monotonic() - started
            row = {"step": index + 1, "seconds": seconds, "lr": factor, **{k: v / since for k, v in sums.items()}, **scores}
            _log(log, row, fresh=not log.is_file() or index + 1 <= plan.every)
            save_checkpoint(checkpoint, recipe, index + 1, plan)
            sums = {}
        if due or (index - first) % 10 == 9:
            left = (time.monotonic() - started) / (index + 1 - first) * (recipe.steps - index - 1)
            shown = " ".join(f"{k} {v:.4g}" for k, v in scores.items())
            progress((index + 1) / recipe.steps, f"Training {name}: {left / 60:.1f} min left {shown}")
    return scores
