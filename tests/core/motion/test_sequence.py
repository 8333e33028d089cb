"""Sequences: what is refused and how it is named, how long they last, and which cues play when."""

import numpy as np
import pytest

from core.errors import LabelError, ValueRangeError
from core.motion.sequence import Cue, Sequence


def test_a_sequence_lasts_until_the_last_cue_is_gone():
    cues = (Cue("fear", 4.0, 0.5, 0.25, 0.75), Cue("happiness", 0.0))
    assert Sequence(cues).seconds == 5.5 and Sequence(cues).frames(30.0) == 166
    assert Sequence(cues, length=2.0).frames(24.0) == 49
    assert Sequence((Cue("fear", 0.0, 0.01, 0.0, 0.01),)).frames(24.0) == 2


@pytest.mark.parametrize("fps", [24.0, 25.0, 29.97, 30.0, 60.0])
def test_the_last_frame_is_the_first_in_which_all_is_over(fps):
    sequence = Sequence((Cue("fear", 0.0, 0.7, 0.3, 1.1),))
    last = (sequence.frames(fps) - 1) / fps
    assert last >= sequence.seconds - 1e-6 > last - 1.0 / fps - 2e-6


def test_order_mute_and_cues_that_begin_together():
    late, early, muted = Cue("fear", 3.0), Cue("anger", 1.0), Cue("disgust", 2.0, mute=True)
    assert Sequence((late, early, muted)).active == (early, late)
    assert Sequence((Cue("fear"), Cue("anger"))).active == (Cue("anger"),)
    assert Sequence((muted, late)).frames(30) == Sequence((late,)).frames(30)


def test_through_neutral_no_cue_begins_before_the_one_before_it_is_gone():
    first, second = Cue("fear", 0.0, 1.0, 3.0, 1.0), Cue("anger", 3.0, 1.0, 0.5, 1.0)
    made = Sequence((first, second, Cue("sadness", 3.5)), through_neutral=True).active
    assert made[0].hold == 1.0 and made[0].end == made[1].start == 3.0, "the first holds for less, the second begins in time"
    assert made[1].hold == 0.0 and made[2].start == made[1].end == 5.0, "the third waits until the second has been at its apex"
    apart = Sequence((first, Cue("anger", 6.0)), through_neutral=True)
    assert apart.active == (first, Cue("anger", 6.0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": -0.1}, r"Expression 2 of the sequence \(anger\): start is -0.1; it must be from 0"),
        ({"attack": 0.0}, r"Expression 2 .* attack is 0.0"),
        ({"hold": float("nan")}, r"Expression 2 .* hold is nan"),
        ({"release": float("inf")}, r"Expression 2 .* release is inf"),
        ({"intensity": 2.1}, r"Expression 2 .* intensity is 2.1; it must be from 0 to 2; 0 is neutral"),
        ({"seed": -1}, r"Expression 2 .* seed is -1"),
        ({"seed": 1.5}, r"Expression 2 .* seed is 1.5"),
        ({"start": "soon"}, r"Expression 2 .* start is soon"),
    ],
)
def test_what_is_wrong_with_a_cue_is_named(change, message):
    with pytest.raises(ValueRangeError, match=message):
        Sequence((Cue("fear"), Cue("anger", **change)))


@pytest.mark.parametrize("change", [{"blinks": -1}, {"idle": 1.1}, {"length": -2.0}, {"length": 1e9}, {"seed": -3}, {"name": " "}])
def test_what_is_wrong_with_a_sequence_is_named(change):
    with pytest.raises(ValueRangeError):
        Sequence((Cue("fear"),), **change)


def test_unknown_expressions_and_empty_sequences():
    with pytest.raises(LabelError, match=r"Expression 1 of the sequence \(supprise\).*Did you mean surprise"):
        Sequence((Cue("supprise"),))
    for nothing in (Sequence(()), Sequence((Cue("fear", mute=True),))):
        with pytest.raises(ValueRangeError, match="Nothing plays"):
            nothing.frames(30.0)
    assert Sequence((), length=2.0).frames(30.0) == 61
    with pytest.raises(ValueRangeError, match="at most 1000"):
        Sequence((Cue("fear"),) * 1001)


def test_numbers_of_numpy_are_numbers():
    assert Sequence((Cue("fear", np.float32(0.5), seed=np.int64(3)),)).seconds == 3.0
