"""Where a run stands, on disk: safetensors (no pickle), written beside and renamed."""

from __future__ import annotations

import os
from pathlib import Path

import torch
from torch import Tensor, nn

from ..atomic import temporary
from ..errors import FileError, ModelError
from .recipe import Plan, Recipe


def write_tensors(path: Path, tensors: dict[str, Tensor], stated: dict[str, str]) -> None:
    """A safetensors file, whole or not at all. FileError where it cannot be written; what was there before is then still there."""
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    try:
        with temporary(path) as beside:
            save_file({key: value.detach().clone().contiguous() for key, value in tensors.items()}, beside, metadata=stated)
            os.replace(beside, path)
    except (OSError, SafetensorError) as error:
        kept = "The one before it is kept. " if path.is_file() else ""
        raise FileError(f"{path} cannot be written ({error}). {kept}Free some space, then go on with --resume.") from error


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """What `write_tensors` wrote. ModelError where it is missing or damaged."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            return {key: file.get_tensor(key) for key in file.keys()}, file.metadata() or {}  # noqa: SIM118  (not a dict)
    except (OSError, SafetensorError) as error:
        raise ModelError(f"Checkpoint {path} cannot be read ({error}). Train without --resume.") from error


def network_tensors(networks: dict[str, nn.Module]) -> dict[str, Tensor]:
    """Weights and buffers of all networks, by network/<name>/<key>."""
    return {f"network/{name}/{key}": value for name, network in networks.items() for key, value in network.state_dict().items()}


def restore_networks(networks: dict[str, nn.Module], tensors: dict[str, Tensor]) -> None:
    """Puts back what `network_tensors` gave."""
    for name, network in networks.items():
        prefix = f"network/{name}/"
        network.load_state_dict({key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)})


def save_checkpoint(path: Path, recipe: Recipe, done: int, plan: Plan, more: dict[str, str]) -> None:
    """Networks, optimisers' moments, the number of steps done, and `more` of the loop's own."""
    tensors = network_tensors(recipe.networks)
    for name, optimiser in recipe.optimisers.items():
        for number, moments in optimiser.state_dict()["state"].items():
            for key, value in moments.items():
                tensors[f"optimiser/{name}/{number}/{key}"] = torch.as_tensor(value)
    write_tensors(path, tensors, {"done": str(done), "steps": str(recipe.steps), "seed": str(plan.seed), **more})


def load_checkpoint(path: Path, recipe: Recipe, plan: Plan) -> tuple[int, dict[str, str]]:
    """Restores what `save_checkpoint` wrote; returns the steps done and all that is stated. ModelError where it is another run's."""
    tensors, stated = read_tensors(path)
    found, expected = (stated.get("seed"), stated.get("steps")), (str(plan.seed), str(recipe.steps))
    if found != expected:
        raise ModelError(f"Checkpoint {path} has seed and steps {found}; this run has {expected}. Train without --resume.")
    try:
        restore_networks(recipe.networks, tensors)
    except RuntimeError as error:
        raise ModelError(f"Checkpoint {path} is of networks of another shape ({error}). Train without --resume.") from error
    for name, optimiser in recipe.optimisers.items():
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            if key.startswith(f"optimiser/{name}/"):
                _, _, number, moment = key.split("/")
                state.setdefault(int(number), {})[moment] = value
        optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
    return int(stated["done"]), stated
