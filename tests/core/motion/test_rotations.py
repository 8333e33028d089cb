"""Head and eye rotation of recordings: signs held to what the real ones show, and the way back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from core.motion import rotations
from core.motion.live_link_face import ROTATIONS, read_recording

FRONT, UP, LEFT = np.array([0.0, -1.0, 0.0]), np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0])
SMALL = st.floats(-1.2, 1.2)


def turned(yaw=0.0, pitch=0.0, roll=0.0):
    return rotations.matrices(np.array([[yaw, pitch, roll]]))[0]


def test_signs():
    assert (turned(yaw=0.3) @ FRONT) @ LEFT < -0.2
    assert (turned(pitch=0.3) @ FRONT) @ UP < -0.2
    assert (turned(roll=0.3) @ UP) @ LEFT > 0.2


@settings(max_examples=50, deadline=None)
@given(st.tuples(SMALL, SMALL, SMALL))
def test_there_and_back(turn):
    given_angles = np.array([turn])
    assert np.allclose(rotations.angles(rotations.matrices(given_angles)), given_angles, atol=1e-9)


def test_no_jump_over_half_a_turn():
    yaw = np.linspace(2.5, 4.0, 40)
    there = np.column_stack((yaw, 0.1 * np.sin(yaw), 0.05 * yaw))
    assert np.allclose(rotations.angles(rotations.matrices(there)), there, atol=1e-9)
    axes = Rotation.from_euler("xyz", (0.4, 1.0, -0.3)).as_matrix()
    for mode in ("QUATERNION", "XYZ", "ZXY"):
        assert np.abs(np.diff(rotations.channels(there, axes, mode), axis=0)).max() < 0.2


@pytest.mark.parametrize("mode", ["QUATERNION", "AXIS_ANGLE", "XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX"])
def test_channels_of_a_bone_turn_it_as_the_head(mode):
    angles = np.random.default_rng(3).uniform(-1, 1, (20, 3))
    axes = Rotation.from_euler("xyz", (0.4, 1.0, -0.3)).as_matrix()
    made = rotations.channels(angles, axes, mode)
    if mode == "QUATERNION":
        own = Rotation.from_quat(made[:, [1, 2, 3, 0]])
    elif mode == "AXIS_ANGLE":
        own = Rotation.from_rotvec(made[:, :1] * made[:, 1:])
    else:
        own = Rotation.from_euler(mode.lower(), made[:, ["XYZ".index(axis) for axis in mode]])
    assert np.allclose(axes.T @ own.as_matrix() @ axes, rotations.matrices(angles), atol=1e-9)
    assert rotations.channels(np.zeros((1, 3)), axes, "AXIS_ANGLE") == pytest.approx(np.array([[0, 0, 1, 0]]))


def test_what_turns_in_any_space_turns_as_its_head():
    """Angles from the first frame on, whatever the head's axes are and wherever it looks at first."""
    random = Rotation.random(2, random_state=3).as_matrix()
    angles = np.array([[0.0, 0.0, 0.0], [0.3, -0.2, 0.1], [-0.4, 0.1, 0.2]])
    axes, start = random
    seen = axes @ rotations.matrices(angles) @ axes.T @ start
    assert np.allclose(rotations.turned_from_first(seen, axes), angles)


def test_real_eyes_look_where_their_weights_say(captures):
    """The gaze direction that the rotations give, against that of the eyeLook weights, in both recordings."""
    for path in captures:
        recording = read_recording(path)
        weight = dict(zip(recording.names, recording.weights.T, strict=True))
        for side, first, outward in (("Left", "LeftEyeYaw", 1.0), ("Right", "RightEyeYaw", -1.0)):
            column = ROTATIONS.index(first)
            gaze = rotations.matrices(recording.rotations[:, column : column + 3]) @ FRONT
            sideways = outward * (weight[f"eyeLookOut{side}"] - weight[f"eyeLookIn{side}"])
            upward = weight[f"eyeLookUp{side}"] - weight[f"eyeLookDown{side}"]
            assert np.corrcoef(gaze @ LEFT, sideways)[0, 1] > 0.98
            assert np.corrcoef(gaze @ UP, upward)[0, 1] > 0.98
            yaw, pitch, roll = recording.rotations[:, column : column + 3].T
            assert np.polyfit(yaw * pitch, roll, 1)[0] == pytest.approx(1.0, abs=0.05)


@pytest.fixture
def captures(root):
    folder = root.parent / "shared" / "data" / "arkit_capture"
    if not folder.is_dir():
        pytest.skip(f"needs the recordings in {folder}")
    return sorted(folder.glob("*.csv.gz"))
