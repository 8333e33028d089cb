"""Thinning keeps within its tolerance and keeps no more than it must."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.motion.curves import thin

CURVES = arrays(np.float64, st.integers(1, 60), elements=st.floats(-10, 10, width=32))


@given(CURVES, st.floats(0.0, 5.0))
def test_every_value_left_out_is_within_the_tolerance(values, tolerance):
    kept = thin(values, tolerance)
    line = np.interp(np.arange(len(values)), kept, values[kept])
    assert np.abs(line - values).max() <= tolerance + 1e-9


@given(CURVES, st.floats(0.0, 5.0))
def test_ends_are_kept_and_frames_ascend(values, tolerance):
    kept = thin(values, tolerance)
    assert kept[0] == 0 and kept[-1] == len(values) - 1
    assert (np.diff(kept) > 0).all()


@pytest.mark.parametrize(
    ("values", "kept"),
    [([0.0, 1.0, 2.0, 3.0], [0, 3]), ([0.0, 0.0, 1.0, 0.0, 0.0], [0, 1, 2, 3, 4]), ([0.0, 1.0, 2.0, 1.0, 0.0], [0, 2, 4]), ([5.0], [0])],
)
def test_known_curves(values, kept):
    assert thin(np.array(values), 1e-6).tolist() == kept


def test_no_frames_give_no_keys():
    assert thin(np.zeros(0), 0.1).tolist() == []
