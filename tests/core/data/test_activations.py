"""The division of a recording into neutral-to-apex parts, on curves whose apexes are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.activations import activations, amplitude, at_numbers, nearest, pieces


def _bump(frames, apexes, width, height=0.004):
    frame = np.arange(frames)
    near = [np.where(abs(frame - a) < width, 0.5 + 0.5 * np.cos(np.pi * (frame - a) / width), 0.0) for a in apexes]
    return height * np.sum(near, axis=0)


@settings(max_examples=60, deadline=None)
@given(count=st.integers(1, 4), width=st.integers(9, 20), gap=st.integers(0, 20), noise=st.floats(0, 4e-5), seed=st.integers(0, 99))
def test_each_bump_gives_one_part_from_quiet_to_apex(count, width, gap, noise, seed):
    apexes = [width + 3 + k * (2 * width + gap) for k in range(count)]
    size = _bump(apexes[-1] + width + 3, apexes, width) + noise * np.random.default_rng(seed).random(apexes[-1] + width + 3)
    found = activations(size, np.arange(len(size)) + 7)
    assert len(found) == count
    for (onset, apex), true in zip(found, apexes, strict=True):
        assert abs(apex - true) <= 3
        assert true - width - 2 <= onset <= true - 0.5 * width and size[onset] < 0.25 * size[apex]


def test_a_held_apex_is_one_and_a_twitch_is_none():
    held = np.concatenate(
        [np.zeros(8), np.linspace(0, 4e-3, 12), 4e-3 + 1e-4 * np.sin(np.arange(30)), np.linspace(4e-3, 0, 12), np.zeros(8)]
    )
    assert len(activations(held, np.arange(len(held)))) == 1
    twitch = _bump(80, [20], 12) + _bump(80, [60], 8, 0.001)
    assert [apex for _, apex in activations(twitch, np.arange(80))] == [20]


def test_recordings_that_end_at_the_apex_or_stay_still():
    rise = np.concatenate([np.zeros(10), np.linspace(0, 5e-3, 25)])
    assert activations(rise, np.arange(35))[0][1] >= 33
    assert activations(rise[::-1], np.arange(35)) == []  # no way to its apex was recorded
    assert activations(np.full(40, 4e-4), np.arange(40)) == []
    assert activations(np.zeros(0), np.arange(0)) == []


def test_long_holes_divide_and_short_ones_do_not():
    assert pieces(np.array([1, 2, 5, 30, 31])) == [slice(0, 3), slice(3, 5)]
    size = _bump(80, [20, 60], 12)
    kept = np.r_[0:14, 45:80]  # the first apex is missing
    assert [size[kept][apex] > 0.9 * size.max() for _, apex in activations(size[kept], kept)] == [True]


def test_sampling_by_frame_number():
    numbers = np.array([1.0, 2, 4, 8])
    curve = np.stack([numbers, -numbers], axis=1)
    wanted = np.linspace(1, 8, 15)
    assert at_numbers(curve, numbers, wanted) == pytest.approx(np.stack([wanted, -wanted], axis=1))
    assert nearest(numbers, np.array([1.2, 3.5, 8.0])).tolist() == [0, 2, 3]


def test_amplitude_is_the_root_mean_square():
    assert amplitude(np.full((2, 68, 3), 2.0)) == pytest.approx(np.full(2, 12.0**0.5))
