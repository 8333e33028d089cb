"""What a worker may be asked for: the public functions of core.api, and the types that travel with them.

The one place in runtime that looks up to core.api, by name and late: the worker is an entry point like the command line.
"""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable
from typing import Any

from . import wire


def functions() -> dict[str, Callable[..., Any]]:
    """By name, the functions that core.api itself defines for its callers."""
    api = importlib.import_module("..api", __package__)
    own = inspect.getmembers(api, lambda member: inspect.isfunction(member) and member.__module__ == api.__name__)
    return {name: function for name, function in own if not name.startswith("_") and name != "quiet"}


@functools.cache
def known_types() -> dict[str, type]:
    """By name, the dataclasses that core.api takes and gives."""
    api = importlib.import_module("..api", __package__)
    return wire.registry(member for member in vars(api).values() if isinstance(member, type))
