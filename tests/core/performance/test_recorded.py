"""A recording on a head's ARKit keys: its weights as they are, and landmarks that move with them."""

import numpy as np
import pytest

from core import api
from core.errors import MeshError, ValueRangeError
from core.keys import Keys
from core.motion.live_link_face import Recording
from core.performance.recorded import timecode_at


@pytest.fixture(scope="module")
def rigged(head, adaptation):
    return head, api.arkit_keys(head, adaptation=adaptation)


def recording(names):
    weights = np.zeros((40, 52))
    weights[:, names.index("jawOpen")] = np.linspace(0.0, 1.0, 40)
    return Recording(np.arange(40) / 60.0, names, weights, np.zeros((40, 9)), "01:02:03:04.000")


def test_weights_stay_and_landmarks_follow(rigged):
    head, rig = rigged
    names = rig.keys.names
    made = api.play_onto(head, recording(names), rig.keys, label="take 1", fps=30.0, adaptation=rig.adaptation)
    assert made.keys.names == names and made.label == "take 1" and made.fps == 30.0 and "01:02:03:04.000" in made.clip.origin
    played = api.play(recording(names), fps=30.0)
    np.testing.assert_array_equal(made.keys.weights, played.weights)
    chin = made.clip.displacement[:, 8]
    assert chin[0] == pytest.approx(0.0, abs=1e-3) and chin[-1, 2] < -0.01
    assert (made.weight_tolerance > 0).all() and made.residual_mm == 0.0


def test_keys_are_found_by_name_and_missing_ones_are_said(rigged):
    head, rig = rigged
    order = list(range(51, -1, -1))
    turned = Keys(tuple(rig.keys.names[k] for k in order), rig.keys.deltas[order], np.zeros((0, 52), np.float32))
    made = api.play_onto(head, recording(rig.keys.names), turned, label="take", fps=60.0, adaptation=rig.adaptation)
    np.testing.assert_array_equal(made.keys.deltas, rig.keys.deltas)
    few = Keys(rig.keys.names[1:], rig.keys.deltas[1:], np.zeros((0, 51), np.float32))
    with pytest.raises(MeshError, match=rig.keys.names[0]):
        api.play_onto(head, recording(rig.keys.names), few, label="take", fps=60.0, adaptation=rig.adaptation)


def test_a_recording_of_weights_and_its_timecode(rigged, tmp_path):
    names = rigged[1].keys.names
    weights = np.linspace(-0.2, 1.2, 30)[:, None] * np.ones(52)
    made = api.recording_of(names, weights, np.zeros((30, 9)), fps=24.0, timecode="10:00:00:00.000")
    api.write_recording(tmp_path / "take.csv", made)
    back = api.read_recording(tmp_path / "take.csv")
    np.testing.assert_allclose(back.weights, np.clip(weights, 0.0, 1.0), atol=1e-9)
    assert back.timecode == "10:00:00:00.000" and back.fps == pytest.approx(24.0, rel=1e-3)
    assert timecode_at("10:00:00:30.000", 60.0, 1.25) == "10:00:01:45.000"
    assert timecode_at("10:00:00:15.000", 30.0, -1.0) == "09:59:59:15.000"
    for wrong in ({"fps": 0.0}, {"timecode": "noon"}):
        with pytest.raises(ValueRangeError):
            api.recording_of(names, weights, np.zeros((30, 9)), **{"fps": 24.0, "timecode": "10:00:00:00.000", **wrong})
    with pytest.raises(ValueRangeError, match="at least 2"):
        api.recording_of(names, weights[:1], np.zeros((1, 9)), fps=24.0, timecode="10:00:00:00.000")
