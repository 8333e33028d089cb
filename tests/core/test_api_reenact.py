"""Pose and expression of a guide on a photo, through the front door: in Python and on the command line."""

from pathlib import Path

import numpy as np
import pytest

from core import api
from core.__main__ import main
from core.errors import LandmarkError, ModelError, ValueRangeError
from core.head.template import load_template
from core.image.files import read_png, write_png
from core.morphable.camera import FRONT, turned
from core.morphable.photo import face_in
from core.motion.live_link_face import Recording
from core.npz import write_npz
from core.runtime.backend import OnnxBackend
from core.video.reenactment import trained

FACE = Path(__file__).parent / "image" / "face.png"
NAMES = load_template().arkit_names


@pytest.fixture(scope="module")
def photo():
    return read_png(FACE)


def only(made):
    frames = list(made.frames)
    assert len(frames) == made.count == 1
    return frames[0]


def open_mouth():
    """Coefficients of a posed head with its mouth open, from the front."""
    template = load_template()
    return api.pose_of_head(template.landmark_points(template.vertices + template.arkit_field("jawOpen")), FRONT)


def recording(frames=1, turn=0.0):
    rotations = np.zeros((frames, 9))
    rotations[:, 0] = turn
    return Recording(np.arange(frames) / 30.0, NAMES, np.zeros((frames, 52)), rotations)


def gap(image):
    points = face_in(image, "a frame").points
    return float(np.linalg.norm(points[13, :2] - points[14, :2]) / np.linalg.norm(points[10, :2] - points[152, :2]))


def yaw(image):
    """How far the nose lies beside the middle of the eyes, over their distance."""
    points = face_in(image, "a frame").points[:, :2]
    return float((points[4] - points[[33, 263]].mean(axis=0))[0] / np.linalg.norm(points[263] - points[33]))


def test_the_photo_as_its_own_guide_stays_as_it_is(photo):
    made = only(api.reenact(photo, photo, network=False))
    assert made.shape == photo.shape and made.dtype == np.uint8
    assert np.abs(made.astype(int) - photo).mean() < 1.0


def test_a_smaller_and_shifted_guide_is_the_same_guide(photo):
    guide = np.roll(photo, 5, axis=1)
    made = only(api.reenact(photo, guide, network=False))
    assert np.abs(made.astype(int) - photo).mean() < 3.0


def test_a_posed_head_opens_the_mouth(photo):
    made = only(api.reenact(photo, open_mouth(), network=False))
    assert gap(made) > gap(photo) + 0.05


def test_a_posed_head_turns_the_photo_unless_only_the_face_is_asked_for(photo):
    landmarks = load_template().landmark_points()
    ways = [api.pose_of_head(landmarks, turned(np.radians([0.0, angle, 0.0])) @ FRONT) for angle in (-15.0, 15.0)]
    sides = [yaw(only(api.reenact(photo, way, network=False))) for way in ways]
    assert abs(sides[1] - sides[0]) > 0.15
    still = [only(api.reenact(photo, way, pose=False, network=False)) for way in ways]
    assert abs(yaw(still[1]) - yaw(still[0])) < 0.05


def test_a_recording_and_several_coefficients_give_as_many_frames(photo):
    made = api.reenact(photo, recording(3, turn=0.2), network=False)
    assert made.count == len(list(made.frames)) == 3 and made.fps == 30.0
    made = api.reenact(photo, np.stack([open_mouth()] * 2), 12.0, network=False)
    assert made.count == len(list(made.frames)) == 2 and made.fps == 12.0


def test_frames_of_a_video_are_followed(photo):
    made = api.reenact(photo, iter([photo, np.roll(photo, 3, axis=1)]), 25.0, network=False)
    frames = list(made.frames)
    assert len(frames) == made.count == 2 and made.fps == 25.0
    assert np.abs(frames[1].astype(int) - np.roll(photo, 3, axis=1)).mean() < np.abs(frames[1].astype(int) - photo).mean()


def test_of_several_photos_the_nearest_in_pose_moves(photo):
    landmarks = load_template().landmark_points()
    shots = []
    for angle in (-15.0, 15.0):
        guide = api.pose_of_head(landmarks, turned(np.radians([0.0, angle, 0.0])) @ FRONT)
        shots.append(only(api.reenact(photo, guide, network=False)))
    made = [only(api.reenact(shots, guide, pose=False, network=False)) for guide in shots]
    off = [[np.abs(one.astype(int) - shot).mean() for shot in shots] for one in made]
    assert off[0][0] < off[0][1] and off[1][1] < off[1][0]


def test_the_network_is_asked_for_only_where_it_is(photo):
    if trained(OnnxBackend()):
        pytest.skip("there are weights here")
    with pytest.raises(ModelError, match="reenactment"):
        api.reenact(photo, photo, network=True)
    assert only(api.reenact(photo, photo)).shape == photo.shape


@pytest.mark.parametrize(
    ("photos", "guide", "error", "word"),
    [
        ([], "photo", ValueRangeError, "No photo"),
        (np.zeros((8, 8)), "photo", ValueRangeError, "picture"),
        ("photo", np.zeros(61), ValueRangeError, "62"),
        ("photo", np.zeros((90, 90, 3), np.uint8), LandmarkError, "a guide"),
        ("photo", np.zeros((9, 9, 3)), ValueRangeError, "a guide"),
    ],
)
def test_what_will_not_do_is_named(photo, photos, guide, error, word):
    given = [photo if isinstance(one, str) else one for one in (photos, guide)]
    with pytest.raises(error, match=word):
        api.reenact(*given, guide_name="a guide")


def test_the_command_line_is_the_call(photo, tmp_path, capsys):
    out = tmp_path / "out.png"
    assert main(["reenact", "--photo", str(FACE), "--pose", str(FACE), "--out", str(out), "--warp-only"]) == 0
    assert str(out) in capsys.readouterr().out
    np.testing.assert_array_equal(read_png(out), only(api.reenact(photo, photo, network=False)))
    poses, frames = tmp_path / "pose.npz", tmp_path / "frames"
    write_npz(poses, {"coefficients": np.stack([open_mouth()] * 2)})
    assert main(["reenact", "--photo", str(FACE), "--pose", str(poses), "--out", str(frames), "--warp-only", "--fps", "12"]) == 0
    assert "2 frames at 12 a second" in capsys.readouterr().out and len(list(frames.glob("*.png"))) == 2


def test_the_command_line_says_what_is_wrong_and_leaves_nothing(tmp_path, capsys):
    two = tmp_path / "two.npz"
    write_npz(two, {"coefficients": np.stack([open_mouth()] * 2)})
    out = tmp_path / "out.png"
    assert main(["reenact", "--photo", str(FACE), "--pose", str(two), "--out", str(out)]) == 1
    assert "2 frames" in capsys.readouterr().err
    empty = tmp_path / "empty.npz"
    write_npz(empty, {"shape": np.zeros(3)})
    assert main(["reenact", "--photo", str(FACE), "--pose", str(empty), "--out", str(out)]) == 1
    assert "empty.npz" in capsys.readouterr().err
    blank = tmp_path / "blank.png"
    write_png(blank, np.zeros((90, 90, 3), np.uint8))
    assert main(["reenact", "--photo", str(FACE), "--pose", str(blank), "--out", str(out)]) == 1
    assert "blank.png" in capsys.readouterr().err and not out.exists()


def test_a_missing_pose_is_named(tmp_path, capsys):
    assert main(["reenact", "--photo", str(FACE), "--pose", str(tmp_path / "none.npz"), "--out", str(tmp_path / "out.png")]) == 1
    assert "none.npz" in capsys.readouterr().err
