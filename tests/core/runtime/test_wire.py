import json
import struct
from dataclasses import dataclass

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import FileError
from core.runtime import wire


@dataclass(frozen=True)
class Inner:
    points: np.ndarray
    name: str


@dataclass(frozen=True)
class Outer:
    inner: Inner | None
    pairs: tuple[Inner, ...]
    count: int


KNOWN = wire.registry([Outer])
DTYPES = st.sampled_from([np.float64, np.float32, np.int32, np.int64, np.uint8, np.bool_])
PLAIN = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text()


def same(a, b) -> bool:
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (Inner, Outer)):
        return type(a) is type(b) and same(vars(a), vars(b))
    return type(a) is type(b) and a == b


def test_the_registry_follows_annotations():
    assert set(KNOWN) == {"Outer", "Inner"}


@given(
    st.recursive(
        PLAIN | arrays.arrays(DTYPES, arrays.array_shapes(min_dims=0, min_side=0, max_side=4)), lambda x: st.tuples(x, x), max_leaves=6
    )
)
def test_what_goes_in_comes_out_bit_for_bit(value):
    assert same(value, wire.unpack(wire.pack(value), {}))


def test_dataclasses_nest():
    inner = Inner(np.array([[1.0, np.nan, -0.0]]), "ä")
    value = Outer(inner, (inner, Inner(np.zeros((0, 3), np.int32), "")), 7)
    assert same(value, wire.unpack(wire.pack(value), KNOWN))


def test_views_and_byte_orders_arrive_as_plain_arrays():
    value = np.arange(12, dtype=">f8").reshape(3, 4)[::2, ::-1]
    made = wire.unpack(wire.pack(value), {})
    np.testing.assert_array_equal(made, value)
    assert made.flags.c_contiguous and made.flags.writeable and made.dtype == "<f8"


@pytest.mark.parametrize("value", [object(), {1, 2}, np.array([object()]), np.array(["text"]), b"bytes", lambda: 0])
def test_other_things_are_refused(value):
    with pytest.raises(TypeError, match="do"):
        wire.pack(value)


def test_a_class_the_reader_does_not_name_is_not_made():
    with pytest.raises(FileError, match="holds a Inner; known are none"):
        wire.unpack(wire.pack(Inner(np.zeros(1), "x")), {})


def test_other_fields_are_refused():
    header = json.dumps({"tree": {"class": "Inner", "fields": {"points": 1}}, "arrays": []}).encode()
    with pytest.raises(FileError, match="name, points expected"):
        wire.unpack(wire.MAGIC + struct.pack("<Q", len(header)) + header, KNOWN)


def test_an_announced_size_is_checked_before_memory_is_taken():
    header = json.dumps({"tree": {"array": 0}, "arrays": [["<f8", [2**20, 2**20, 2**20]]]}).encode()
    with pytest.raises(FileError, match="or more expected"):
        wire.unpack(wire.MAGIC + struct.pack("<Q", len(header)) + header, {})


@settings(max_examples=300)
@given(st.integers(0, 10_000), st.binary(max_size=8), st.integers(0, 8))
def test_damage_is_a_clear_error_or_another_value(place, patch, cut):
    whole = wire.pack(Outer(Inner(np.arange(5.0), "x"), (), 1))
    place %= len(whole)
    damaged = whole[:place] + patch + whole[place + cut :]
    try:
        wire.unpack(damaged, KNOWN)
    except FileError as error:
        assert "Make it again" in str(error)


@given(st.binary(max_size=200))
def test_noise_is_refused(data):
    with pytest.raises(FileError):
        wire.unpack(data, KNOWN)
    with pytest.raises(FileError):
        wire.unpack(wire.MAGIC + data, KNOWN)
