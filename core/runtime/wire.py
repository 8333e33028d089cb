"""Frozen dataclasses of numpy arrays, strings, numbers, tuples and None as bytes, and back: for the worker's pipes and for caches.

Layout, version 1: magic, length of the header (8 bytes, little-endian), header (JSON: the tree, and dtype and shape of each array), then
the arrays' little-endian bytes in that order. No pickle: only classes that the reader names are made, and every length is checked first.
"""

from __future__ import annotations

import dataclasses
import json
import math
import struct
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..errors import FileError

MAGIC = b"MIMICA1\n"
MAX_HEADER = 16 * 2**20  # bytes
MAX_BYTES = 4 * 2**30
MAX_DEPTH = 32
_DTYPES = frozenset(f"{order}{kind}" for kind in ("i2", "i4", "i8", "u2", "u4", "u8", "f2", "f4", "f8") for order in "<") | {
    "|b1",
    "|i1",
    "|u1",
}

Types = Mapping[str, type]


def registry(classes: Iterable[type]) -> dict[str, type]:
    """By name, the dataclasses given and those that their fields' annotations name."""
    found: dict[str, type] = {}
    waiting = list(classes)
    while waiting:
        cls = waiting.pop()
        if cls.__name__ in found or not dataclasses.is_dataclass(cls):
            continue
        found[cls.__name__] = cls
        for hint in typing.get_type_hints(cls).values():
            waiting += [
                part for part in (hint, *typing.get_args(hint)) if isinstance(part, type) and not isinstance(part, types.GenericAlias)
            ]
    return found


def pack(value: Any) -> bytes:
    """Bytes of a value. TypeError for what the format does not hold, a mistake of the caller."""
    arrays: list[np.ndarray] = []
    tree = _encode(value, arrays, 0)
    listed = [[array.dtype.str, list(array.shape)] for array in arrays]
    header = json.dumps({"tree": tree, "arrays": listed}, separators=(",", ":")).encode()
    return b"".join([MAGIC, struct.pack("<Q", len(header)), header, *(array.tobytes() for array in arrays)])


def unpack(data: bytes, known: Types) -> Any:
    """The value that `pack` was given; `known` are the dataclasses it may hold. FileError where the bytes are not such a value."""
    try:
        header, start = _header(data)
        arrays = _arrays(data, start, header["arrays"])
        return _decode(header["tree"], arrays, known, 0)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, OverflowError, MemoryError) as error:
        raise FileError(f"Packed data of {len(data)} bytes is damaged or of another version ({error}). Make it again.") from error


def _encode(value: Any, arrays: list[np.ndarray], depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise TypeError(f"the value is nested deeper than {MAX_DEPTH}")
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, np.ndarray):
        plain = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<")).reshape(value.shape)
        if plain.dtype.str not in _DTYPES:
            raise TypeError(f"arrays of {value.dtype} do not travel")
        arrays.append(plain)
        return {"array": len(arrays) - 1}
    if isinstance(value, (tuple, list)):
        return [_encode(item, arrays, depth + 1) for item in value]
    if isinstance(value, dict):
        return {"dict": {str(key): _encode(item, arrays, depth + 1) for key, item in value.items()}}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: _encode(getattr(value, field.name), arrays, depth + 1) for field in dataclasses.fields(value)}
        return {"class": type(value).__name__, "fields": fields}
    raise TypeError(f"{type(value).__name__} does not travel; arrays, strings, numbers, tuples, None and dataclasses of them do")


def _header(data: bytes) -> tuple[dict[str, Any], int]:
    if len(data) > MAX_BYTES or data[: len(MAGIC)] != MAGIC or len(data) < len(MAGIC) + 8:
        raise ValueError("it does not begin as Mimica's packed data")
    (length,) = struct.unpack_from("<Q", data, len(MAGIC))
    start = len(MAGIC) + 8 + length
    if length > MAX_HEADER or start > len(data):
        raise ValueError(f"its header of {length} bytes is not there")
    header = json.loads(data[len(MAGIC) + 8 : start])
    if not isinstance(header, dict):
        raise ValueError("its header is no table")
    return header, start


def _arrays(data: bytes, start: int, listed: list) -> list[np.ndarray]:
    arrays = []
    for dtype, shape in listed:
        if dtype not in _DTYPES or len(shape) > MAX_DEPTH or not all(type(n) is int and n >= 0 for n in shape):
            raise ValueError(f"an array of {dtype} {shape} is not possible")
        count = math.prod(shape)
        end = start + count * np.dtype(dtype).itemsize
        if end > len(data):
            raise ValueError(f"{end} bytes or more expected")
        arrays.append(np.frombuffer(data, dtype, count, start).reshape(shape).copy())
        start = end
    if start != len(data):
        raise ValueError(f"{start} bytes expected")
    return arrays


def _decode(tree: Any, arrays: list[np.ndarray], known: Types, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise ValueError(f"it is nested deeper than {MAX_DEPTH}")
    if tree is None or isinstance(tree, (str, bool, int, float)):
        return tree
    if isinstance(tree, list):
        return tuple(_decode(item, arrays, known, depth + 1) for item in tree)
    if tree.keys() == {"array"}:
        return arrays[tree["array"]]
    if tree.keys() == {"dict"}:
        return {key: _decode(item, arrays, known, depth + 1) for key, item in tree["dict"].items()}
    if tree.keys() != {"class", "fields"}:
        raise ValueError(f"it holds an unknown entry {sorted(tree)}")
    cls = known.get(tree["class"])
    if cls is None:
        raise ValueError(f"it holds a {tree['class']}; known are {', '.join(known) or 'none'}")
    wanted = {field.name for field in dataclasses.fields(cls)}
    if tree["fields"].keys() != wanted:
        raise ValueError(f"its {tree['class']} has {', '.join(tree['fields'])}; {', '.join(sorted(wanted))} expected")
    return cls(**{name: _decode(item, arrays, known, depth + 1) for name, item in tree["fields"].items()})
