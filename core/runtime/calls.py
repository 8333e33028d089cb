"""What a worker may be asked for: the public functions of core.api, and the types that travel with them.

The one place in runtime that looks up to core.api, by name and late: the worker is an entry point like the command line.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import types
import typing
from collections.abc import Callable, Iterator
from typing import Any

from . import wire


def functions() -> dict[str, Callable[..., Any]]:
    """By name, the functions that core.api offers its callers."""
    api = importlib.import_module("..api", __package__)
    offered = {name: getattr(api, name) for name in api.__all__ if name != "quiet"}
    return {name: value for name, value in offered.items() if inspect.isfunction(value)}


@functools.cache
def known_types() -> dict[str, type]:
    """By name, the dataclasses that these functions take and give."""
    hints = [hint for function in functions().values() for hint in typing.get_type_hints(function).values()]
    return wire.registry(part for hint in hints for part in _parts(hint))


def _parts(hint: Any) -> Iterator[type]:
    """The classes that a type hint is made of."""
    if isinstance(hint, type) and not isinstance(hint, types.GenericAlias):
        yield hint
    for part in typing.get_args(hint):
        yield from _parts(part)
