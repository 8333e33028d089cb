"""Timing: minimum-jerk, there and back, blinks, unrest."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data import synthetic_timing as timing
from core.data.synthetic_recipes import apex_weights
from core.data.synthetic_style import random_person
from core.head.template import load_template
from core.labels import LABELS

NAMES = load_template().arkit_names
LEFT, RIGHT = NAMES.index("eyeBlinkLeft"), NAMES.index("eyeBlinkRight")


def _take(label: str, seed: int = 0, **habits: float) -> tuple[timing.Take, np.ndarray]:
    person = dataclasses.replace(random_person(NAMES, LABELS, load_template().landmark_points(), 2), **habits)
    rng = np.random.default_rng(seed)
    apex = apex_weights(person, NAMES, LABELS, label, rng)
    return timing.perform(person, label, apex, NAMES, rng), apex


def test_minimum_jerk_has_the_ends_it_must_have():
    s = np.linspace(-0.5, 1.5, 2001)
    y = timing.minimum_jerk(s)
    assert y[0] == 0.0 and y[-1] == 1.0 and np.isclose(timing.minimum_jerk(np.array(0.5)), 0.5)
    velocity = np.gradient(y, s)
    assert velocity.min() >= -1e-12 and np.isclose(velocity.max(), 1.875, atol=1e-3)  # Flash and Hogan's peak


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(LABELS), st.integers(0, 10_000))
def test_a_take_goes_from_neutral_to_the_apex_and_back(label, seed):
    take, apex = _take(label, seed)
    noise = 8 * timing.STILL_NOISE
    assert not take.weights[0].any() and np.abs(take.weights[-1]).max() < noise
    assert timing.SHORTEST * timing.FPS <= take.apex <= np.ceil(timing.LONGEST * timing.FPS)
    assert take.apex + 2 <= take.end < len(take.weights) - 1
    lids = [n.startswith("eye") for n in NAMES]  # a blink may change these
    reached = take.weights[take.apex] - apex
    assert np.abs(reached[~np.array(lids)]).max() < 0.08 * 1.15 + noise


def test_return_is_slower_than_onset_and_surprise_faster_than_sadness():
    takes = {label: [_take(label, k)[0] for k in range(30)] for label in ("surprise", "sadness")}
    for some in takes.values():
        assert all(len(t.weights) - t.end > t.apex for t in some)
        held = [(t.end - t.apex) / timing.FPS for t in some]
        assert min(held) > 0.05 and max(held) < 0.7
    assert np.mean([t.apex for t in takes["surprise"]]) < 0.6 * np.mean([t.apex for t in takes["sadness"]])


def test_regions_start_apart_and_the_last_unit_arrives_at_the_apex():
    take, apex = _take("surprise", 3, spread=0.22, overshoot=0.0)
    curve = take.onset(200)
    half = [np.argmax(curve[:, k] > 0.5 * apex[k]) / 200 for k in np.flatnonzero(apex > 0.2)]
    assert np.ptp(half) > 0.03
    still = curve[185:, apex > 0.2] / apex[apex > 0.2]
    assert still.min() < 0.999 and np.abs(still[-1] - 1.0).max() < 0.1


def test_some_people_overshoot():
    plain, over = (_take("mouth_open", 5, overshoot=o)[0].weights[:, NAMES.index("jawOpen")] for o in (0.0, 0.07))
    apex = _take("mouth_open", 5)[0].apex
    assert np.isclose(over[apex] / plain[apex], 1.07, atol=0.015) and np.isclose(over[apex + 7] / plain[apex + 7], 1.0, atol=0.015)


def test_an_onset_is_the_takes_own_frames_where_they_meet():
    take, _ = _take("anger", 1)
    assert np.allclose(take.onset(take.apex + 1), take.weights[: take.apex + 1])
    fine = take.onset(20 * take.apex + 1)
    assert np.allclose(fine[::20], take.weights[: take.apex + 1])
    low, high = take.weights[:-1].min(axis=0), take.weights.max(axis=0)
    assert (fine >= low - 1e-12).all() and (fine <= high + 1e-12).all()  # monotone between frames: nothing beyond them


def test_a_blink_shuts_fully_falls_faster_than_it_rises_and_both_eyes_go_together():
    time = np.linspace(0.0, 0.2, 2001)
    shut = timing.blink(time, 0.2)
    assert shut[0] == 0.0 and shut[-1] == 0.0 and shut.max() == 1.0
    falling, rising = np.argmax(shut == 1.0), len(shut) - 1 - np.argmax(shut[::-1] == 1.0)
    assert 1.5 * falling < len(shut) - rising
    fine = np.arange(0.0, 0.6, 1e-4)
    for seed in range(20):
        weights = np.zeros((len(fine), len(NAMES)))
        weights[:, NAMES.index("eyeWideLeft")] = 0.8
        timing.add_blinks(weights, fine, ((0.1, 0.2),), NAMES, np.random.default_rng(seed))
        onsets = [fine[np.argmax(weights[:, k] > 0.5)] for k in (LEFT, RIGHT)]
        assert abs(onsets[0] - onsets[1]) <= 0.0101
        assert weights[:, [LEFT, RIGHT]].max(axis=0).tolist() == [1.0, 1.0]
        assert weights[weights[:, LEFT] == 1.0, NAMES.index("eyeWideLeft")].max() == 0.0


def test_one_take_in_ten_blinks_before_the_apex_and_the_rate_afterwards_is_the_persons():
    takes = [_take("sadness", k, blinks=0.3)[0] for k in range(600)]
    early = [any(start < t.apex / timing.FPS for start, _ in t.blinks) for t in takes]
    assert 0.08 < np.mean(early) < 0.18
    for t in takes:
        assert all(timing.BLINK[0] <= d <= timing.BLINK[1] and start >= 0.0 for start, d in t.blinks)
        assert not any(start < t.apex / timing.FPS < start + d for start, d in t.blinks)
    late = sum(start > t.apex / timing.FPS for t in takes for start, _ in t.blinks)
    seconds = sum((len(t.weights) - t.apex) / timing.FPS - timing.BLINK[1] for t in takes)
    assert 0.2 < late / seconds < 0.33


def test_unrest_is_slow_and_of_unit_variance_about_its_start():
    noise = timing.unrest(4000, 40, 0.2, np.random.default_rng(0))
    assert not noise[0].any()
    centred = noise - noise.mean(axis=0)
    assert centred.std() == pytest.approx(1.0, rel=0.05)
    after = (centred[1:] * centred[:-1]).mean()
    keep = np.exp(-1.0 / (timing.FPS * 0.2))
    assert after == pytest.approx(2 * keep / (1 + keep**2), rel=0.03)  # autocorrelation at lag 1 of two equal first-order filters
