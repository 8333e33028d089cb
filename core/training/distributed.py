"""Several processes, one for each GPU, training one model: started by torchrun, silent without it.

The batch is the whole run's: each process takes its share of the rows, gradients are averaged, so the weights do not depend on how many
processes there were (but for rounding). Process 0 alone validates, writes and speaks.
"""

from __future__ import annotations

import atexit
import contextlib
import os
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.distributed.rendezvous import rendezvous

from ..errors import BackendError, ValueRangeError

Made = TypeVar("Made")
DEVICES = ("auto", "cpu", "cuda")
PATIENCE = timedelta(seconds=10)  # with processes that have not come to their end yet


def rank() -> int:
    """This process's number, 0 where there is one only."""
    return int(os.environ.get("RANK", "0"))


def world() -> int:
    """How many processes train together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def leads() -> bool:
    """Whether this process is the one that writes files and reports."""
    return rank() == 0


def device(name: str) -> torch.device:
    """The device meant by auto (a GPU if there is one), cpu or cuda; under torchrun the GPU of this process. BackendError where absent."""
    if name not in DEVICES:
        raise ValueRangeError(f"There is no device '{name}'. Give {', '.join(DEVICES)}.")
    if name == "cpu" or (name == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise BackendError("The device cuda was asked for, but PyTorch sees no such GPU here. Give auto or cpu.")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())


def mine(rows: Tensor) -> Tensor:
    """This process's rows of what was drawn for the whole batch: every world()-th. All of them where there is one process.

    Every process draws the same from a step's generator, so anything drawn for a row (noise, say) goes through here too.
    """
    if len(rows) % world():
        raise ValueRangeError(f"A batch of {len(rows)} cannot be shared by {world()} processes. Give torchrun a number that divides it.")
    return rows[rank() :: world()]


def join(where: torch.device) -> None:
    """Joins the processes that torchrun started, by NCCL between GPUs and gloo otherwise, until they end.

    Once and for all: a second group of the same torchrun would find the addresses of the first one's closed ports.
    """
    if world() > 1 and not dist.is_initialized():
        store, number, count = next(rendezvous("env://"))
        dist.init_process_group("nccl" if where.type == "cuda" else "gloo", store=store, rank=number, world_size=count)
        atexit.register(_leave, dist.PrefixStore("end", store))


def _leave(store: dist.Store) -> None:
    """Ends the group once all have come to their end, as one that takes its connections down can abort another that is not as far.

    By torchrun's store, since a barrier of the group would wait for ever where another process has failed or still trains.
    """
    with contextlib.suppress(RuntimeError):
        store.set(str(rank()), "here")
        store.wait([str(number) for number in range(world())], PATIENCE)
    dist.destroy_process_group()


def in_turn(make: Callable[[], Made]) -> Made:
    """make() in process 0 and, when that is done, in the others, which then find what it left in a cache. After `join`."""
    if world() == 1:
        return make()
    made = make() if leads() else None
    dist.barrier()
    return make() if made is None else made


def same_start(networks: Iterable[nn.Module]) -> None:
    """Gives every process the weights of process 0."""
    if world() == 1:
        return
    with torch.no_grad():
        for network in networks:
            for value in (*network.parameters(), *network.buffers()):
                dist.broadcast(value, 0)


def average(gradients: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """The mean of the gradients over the processes, which all have equally many rows."""
    if world() == 1:
        return gradients
    flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
    dist.all_reduce(flat)
    parts = (flat / world()).split([gradient.numel() for gradient in gradients])
    return tuple(part.view_as(gradient) for part, gradient in zip(parts, gradients, strict=True))


def from_first(value: float, where: torch.device) -> float:
    """`value` as process 0 has it, in all of them."""
    if world() == 1:
        return value
    told = torch.tensor([value], dtype=torch.float64, device=where)
    dist.broadcast(told, 0)
    return float(told)
