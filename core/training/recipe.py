"""What the training loop needs to know: of a model, its recipe; of a run, its plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

import torch
from torch import nn

from ..errors import ValueRangeError

Preset = TypeVar("Preset")


class Recipe(Protocol):
    """What the loop needs to know of a model: its networks and optimisers by name, how many steps, one step, and its scores.

    `step` gets the step's number and a generator seeded for it, updates the networks (with `loop.update`) and returns its losses, means over
    this process's rows. The loop moves the networks to the plan's device; `step` and `validate` put their rows there. For several processes
    a step draws for the whole batch and passes rows, and all that is drawn for them, through `distributed.mine`; losses are means over rows.
    `validate` returns the score to watch first; lower is better.
    """

    networks: dict[str, nn.Module]
    optimisers: dict[str, torch.optim.Optimizer]
    steps: int

    def step(self, index: int, random: torch.Generator) -> dict[str, float]: ...

    def validate(self) -> dict[str, float]: ...


@dataclass(frozen=True)
class Plan:
    """seed; every: steps between validations, log rows and checkpoints; warm_up: share of the steps in which the learning rate rises to its
    full value, floor: share of it that is left at the end; patience: validations without a better score after which a run stops and takes
    the best weights back (0: it runs to its end and keeps the last); device: auto, cpu or cuda; precision: float32, or bfloat16 for the
    forward pass (weights and optimiser stay float32); tensorboard: curves beside log.csv."""

    seed: int = 0
    every: int = 200
    warm_up: float = 0.02
    floor: float = 0.02
    patience: int = 0
    device: str = "cpu"
    precision: str = "float32"
    tensorboard: bool = False


def preset_of(model: str, presets: Mapping[str, Preset], name: str) -> Preset:
    """One of a model's presets by name; ValueRangeError names those there are."""
    if name not in presets:
        raise ValueRangeError(f"There is no preset '{name}' for {model}. Known: {', '.join(presets)}.")
    return presets[name]
