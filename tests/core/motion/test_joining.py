"""Sequences as motion: each clip is kept, transitions run on the geodesic, nothing jumps; with the shipped weights."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from core.errors import ValueRangeError
from core.labels import LABELS
from core.motion import sphere
from core.motion.generate import generate_clip
from core.motion.joining import Clip, Curve, Line, Way, acceleration, between, join, own_acceleration
from core.motion.sequence import Cue, Sequence
from core.runtime.backend import OnnxBackend

MM = 1000.0


@pytest.fixture(scope="module")
def backend():
    return OnnxBackend()


def _clip(cue: Cue, fps: float, backend) -> np.ndarray:
    frames = round(cue.attack * fps) + 1
    return generate_clip(cue.expression, frames=frames, fps=fps, intensity=cue.intensity, seed=cue.seed, backend=backend).displacement


@pytest.mark.parametrize("label", ["happiness", "eyebrow", "mouth_side", "disgust"])
def test_one_cue_is_its_clip_held_and_let_go(label, backend):
    cue = Cue(label, 0.5, 1.0, 0.5, 1.0, seed=3)
    made, own = join(Sequence((cue,)), 30.0, backend), _clip(cue, 30.0, backend)
    assert len(made) == 91 and not made[:16].any() and not made[-1].any()
    assert MM * np.linalg.norm(made[15:46] - own, axis=2).max() < 1.0, "timing and shape are the clip's; only its ends are eased"
    np.testing.assert_allclose(made[45:61], np.broadcast_to(own[-1], (16, 68, 3)), atol=1e-12)
    np.testing.assert_allclose(made[61:91], made[15:45][::-1], atol=1e-12)


def test_intensity_zero_is_exactly_neutral_and_so_is_its_transition(backend):
    assert not join(Sequence((Cue("fear", intensity=0.0),)), 24.0, backend).any()
    both = join(Sequence((Cue("fear", 0.0), Cue("anger", 1.2, intensity=0.0))), 24.0, backend)
    assert both[29].any() and np.abs(both[-36:]).max() < 1e-15, "an expression goes back to neutral on its way to none"


def test_same_seed_same_motion_and_what_is_muted_does_not_exist(backend):
    cues = (Cue("fear", 0.0, seed=1), Cue("happiness", 1.3, seed=2), Cue("surprise", 3.0, seed=3))
    first = join(Sequence(cues), 30.0, backend)
    for order in permutations(cues):
        np.testing.assert_array_equal(join(Sequence(order), 30.0, backend), first)
    np.testing.assert_array_equal(join(Sequence((*cues, Cue("anger", 1.5, mute=True))), 30.0, backend), first)
    other = join(Sequence((replace(cues[0], seed=9), *cues[1:])), 30.0, backend)
    assert not np.allclose(other[20], first[20])


def test_a_transition_ends_at_the_apex_of_the_next_and_does_not_pass_through_neutral(backend):
    cues = (Cue("happiness", 0.0, 1.0, 1.0, 1.0), Cue("surprise", 1.5, 1.0, 0.5, 1.0))
    made = join(Sequence(cues), 30.0, backend)
    apexes = [_clip(cue, 30.0, backend)[-1] for cue in cues]
    np.testing.assert_allclose(made[30:46], np.broadcast_to(apexes[0], (16, 68, 3)), atol=1e-9)
    np.testing.assert_allclose(made[75:91], np.broadcast_to(apexes[1], (16, 68, 3)), atol=1e-9)
    size = np.linalg.norm(made[45:76], axis=(1, 2))
    assert size.min() > 0.6 * min(size[0], size[-1])
    assert not made[-1].any() and len(made) == 121


def test_through_neutral_the_face_is_at_rest_in_between(backend):
    cues = (Cue("happiness", 0.0, 1.0, 2.0, 1.0), Cue("surprise", 3.0, 1.0, 0.5, 1.0))
    made = join(Sequence(cues, through_neutral=True), 30.0, backend)
    assert not made[90].any() and made[89].any() and made[91:].any()


def test_equally_long_curves_are_joined_by_the_geodesic_of_the_paper():
    rng = np.random.default_rng(0)
    p, q = (sphere.normalise(rng.normal(size=(30, 204))) for _ in range(2))
    angle = sphere.distance(p, q)
    way = Way(Curve(p, 0.05), Curve(q, 0.05))
    for tau in (0.0, 0.3, 0.8, 1.0):
        expected = (np.sin((1 - tau) * angle) * p + np.sin(tau * angle) * q) / np.sin(angle)
        np.testing.assert_allclose(way.curve(tau).q, expected, atol=1e-12)
        assert np.isclose(way.curve(tau).length, 0.05)


def test_what_is_all_but_gone_does_not_come_back(backend):
    wide = Cue("mouth_extreme", 0.0, 1.0, 0.0, 1.0)
    for begins in (1.95, 1.99):
        made = join(Sequence((wide, Cue("eyebrow", begins))), 30.0, backend)
        chin = MM * np.abs(made[60:80, 8]).max()
        assert chin < 2.5, f"mm; it was {MM * np.abs(made[30, 8]).max():.0f} at the apex"


def test_a_transition_that_is_cut_off_goes_on_to_the_third(backend):
    cues = (Cue("happiness", 0.0, 0.8, 0.5, 1.0), Cue("fear", 1.0, 0.8, 0.5, 1.0), Cue("surprise", 1.3, 0.8, 0.3, 1.0))
    made = join(Sequence(cues), 60.0, backend)
    np.testing.assert_allclose(made[130], _clip(cues[2], 60.0, backend)[-1], atol=1e-9)
    assert not made[-1].any()


def _random_sequence(rng: np.random.Generator, shortest: float) -> Sequence:
    cues, start = [], 0.0
    for _ in range(rng.integers(2, 6)):
        times = np.exp(rng.uniform(np.log(shortest), np.log(2.0), 2))
        cues.append(
            Cue(str(rng.choice(LABELS)), start, times[0], rng.uniform(0, 0.8), times[1], rng.uniform(0.2, 1.6), int(rng.integers(999)))
        )
        start += rng.uniform(0.05, 2.0)
    return Sequence(tuple(cues))


@pytest.mark.parametrize("fps", [24.0, 30.0, 60.0])
@pytest.mark.parametrize("shortest", [0.3, 0.05])
def test_no_frame_accelerates_beyond_twice_the_clips_own_maximum(fps, shortest, backend):
    """The number of the issue. A clip's own: within its attack or, backwards, its release; by the acceleration of any landmark."""
    rng = np.random.default_rng(int(fps))
    for _ in range(12):
        sequence = _random_sequence(rng, shortest)
        made = join(sequence, fps, backend)
        own = max(own_acceleration(Clip(cue, backend), cue, fps) for cue in sequence.active)
        assert acceleration(made, fps) < 1.6 * own
        assert np.isfinite(made).all() and not made[-1].any()


def test_velocity_does_not_jump_between_frames_either(backend):
    """Between frames, where a kink would show as an acceleration that grows with the rate it is looked at."""
    rng = np.random.default_rng(3)
    for _ in range(4):
        line = Line(30.0)
        sequence = _random_sequence(rng, 0.3)
        for cue in sequence.active:
            line.play(cue, Clip(cue, backend))
        jumps, top = [], 0.0
        for rate in (2000.0, 8000.0):
            poses = line.at(np.arange(int(line.end * rate)) / rate)
            velocity = np.diff(poses.reshape(len(poses), 68, 3), axis=0) * rate
            jumps.append(np.linalg.norm(np.diff(velocity, axis=0), axis=2).max())
            top = np.linalg.norm(velocity, axis=2).max()
        assert jumps[1] < max(0.35 * jumps[0], 0.01 * top), "m/s between two samples: a quarter for a fourth of the time"


def test_any_length(backend):
    cue = Cue("fear", 0.0, 1.0, 0.5, 1.0)
    whole = join(Sequence((cue,)), 30.0, backend)
    short, long = (join(Sequence((cue,), length=length), 30.0, backend) for length in (1.2, 4.0))
    np.testing.assert_array_equal(short, whole[:37])
    np.testing.assert_array_equal(long[: len(whole)], whole)
    assert len(long) == 121 and not long[len(whole) :].any()
    assert not join(Sequence((), length=1.0), 30.0, backend).any()
    with pytest.raises(ValueRangeError, match="Nothing plays"):
        join(Sequence((replace(cue, mute=True),)), 30.0, backend)


def test_from_apex_to_apex(backend):
    labels = ("mouth_up", "mouth_side", "fear")
    made = between(labels, 61, 1.0, 4, backend)
    for frame, label in zip((0, 30, 60), labels, strict=True):
        apex = generate_clip(label, frames=2, fps=1.0, intensity=1.0, seed=4, backend=backend).displacement[-1]
        np.testing.assert_allclose(made[frame], apex, atol=1e-9)
    step = MM * np.linalg.norm(np.diff(made, axis=0), axis=2).max(axis=1)
    assert step[[0, 29, 30, 59]].max() < 0.3 * step.max(), "it comes to rest at each"
    assert between(labels[:2], 2, 1.0, 4, backend).shape == (2, 68, 3)
