"""A recording at another rate: no lag, no aliases, no jumps of angles."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import ValueRangeError
from core.head.template import load_template
from core.motion.live_link_face import Recording, read_recording
from core.motion.playback import play

NAMES = load_template().arkit_names
REAL = Path(__file__).parents[3] / "../shared/data/arkit_capture"


def _recording(times: np.ndarray, weight: np.ndarray, angle: np.ndarray | None = None) -> Recording:
    rotations = np.zeros((len(times), 9)) if angle is None else np.tile(angle[:, None], (1, 9))
    return Recording(times, NAMES, np.tile(weight[:, None], (1, 52)), rotations, "01:00:00:00.000")


def _wave(times: np.ndarray, hertz: float) -> np.ndarray:
    return 0.5 + 0.4 * np.sin(2 * np.pi * hertz * times)


@pytest.mark.parametrize("rate", [24.0, 30.0, 60.0])
@pytest.mark.parametrize("fps", [12.0, 24.0, 25.0, 30.0, 60.0, 120.0])
def test_slow_motion_stays_where_it_is_at_any_rate(rate, fps):
    times = np.arange(int(4 * rate) + 1) / rate
    played = play(_recording(times, _wave(times, 1.0)), fps=fps)
    assert played.weights.shape == (int(4 * fps) + 1, 52) and played.timecode == "01:00:00:00.000"
    inside = slice(int(0.3 * fps), -int(0.3 * fps))
    at = np.arange(len(played.weights)) / fps
    assert np.abs(played.weights[:, 0] - _wave(at, 1.0))[inside].max() < 0.012


def test_what_is_too_quick_for_the_new_rate_goes_and_makes_no_slow_alias():
    times = np.arange(601) / 60
    played = play(_recording(times, _wave(times, 23.0)), fps=24.0)
    assert np.abs(played.weights[12:-12, 0] - 0.5).max() < 0.02
    picked = np.interp(np.arange(241) / 24, times, _wave(times, 23.0))
    assert np.abs(picked - 0.5).max() > 0.3, "picking frames would have made one"


def test_the_recordings_own_frames_come_back_at_its_own_rate():
    times = np.arange(100) / 30
    weight = np.random.default_rng(0).uniform(size=100)
    assert np.allclose(play(_recording(times, weight), fps=30.0).weights[:, 7], weight, atol=1e-6)


def test_uneven_times_and_gaps_keep_the_clock():
    random = np.random.default_rng(1)
    times = np.sort(random.uniform(0.0, 6.0, 300))
    times = times[(times < 2.0) | (times > 3.0)]
    played = play(_recording(times, 0.1 * (times - times[0])), fps=30.0)
    at = np.arange(len(played.weights)) / 30
    assert np.abs(played.weights[:, 0] - 0.1 * at).max() < 0.004
    assert play(_recording(times, np.where(times < 2.5, 0.2, 0.8)), fps=120.0).weights.max() < 0.8 + 1e-6


def test_angles_do_not_turn_back_at_a_half_turn():
    times = np.arange(90) / 30
    angle = 2.8 + 0.4 * times
    played = play(_recording(times, np.zeros(90), (angle + np.pi) % (2 * np.pi) - np.pi), fps=60.0)
    assert np.abs(played.rotations[:, 3] - (2.8 + 0.4 * np.arange(len(played.rotations)) / 60)).max() < 1e-3


def test_from_rest_takes_the_resting_face_off_and_keeps_the_gaze():
    times = np.arange(600) / 30
    recording = _recording(times, np.where(times < 15, 0.2, 0.9))
    played = play(recording, fps=30.0, from_rest=True)
    gaze = NAMES.index("eyeLookInLeft")
    assert played.weights[30, 0] == pytest.approx(0.0, abs=1e-6) and played.weights[-1, 0] == pytest.approx(0.7)
    assert played.weights[30, gaze] == pytest.approx(0.2)


@pytest.mark.parametrize("fps", [0.0, -1.0, np.nan, 1001.0])
def test_impossible_rates_are_refused(fps):
    with pytest.raises(ValueRangeError, match="fps"):
        play(_recording(np.arange(4) / 30, np.zeros(4)), fps=fps)


@pytest.mark.skipif(not REAL.is_dir(), reason="needs the recordings in ../shared/data/arkit_capture")
def test_both_real_recordings():
    both = [read_recording(REAL / f"alex_rom_{k}.csv.gz") for k in (3, 4)]
    played = [play(recording, fps=24.0) for recording in both]
    for recording, made in zip(both, played, strict=True):
        assert abs((len(made.weights) - 1) / 24 - recording.times[-1]) < 1 / 24
        near = np.abs(np.arange(len(made.weights)) / 24 - recording.times[2000]).argmin()
        assert np.abs(made.weights[near] - recording.weights[2000]).max() < 0.1
