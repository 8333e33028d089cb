"""A photo that moves, through the front door: after a video and after a recording, in Python and on the command line."""

from pathlib import Path

import numpy as np
import pytest

from core import api
from core.__main__ import main
from core.errors import FileError, LandmarkError, MimicaError, ValueRangeError
from core.head.template import load_template
from core.image.files import read_png, write_png
from core.morphable.photo import face_in
from core.motion.live_link_face import Recording
from core.video.writing import write_video

FACE = Path(__file__).parent / "image" / "face.png"
NAMES = load_template().arkit_names


@pytest.fixture(scope="module")
def photo():
    return read_png(FACE)


def recording(unit, frames=6, turn=0.0):
    """A unit that goes from rest to its full weight, the head turning meanwhile."""
    weights = np.zeros((frames, 52))
    weights[:, NAMES.index(unit)] = np.linspace(0.0, 1.0, frames)
    rotations = np.zeros((frames, 9))
    rotations[:, 0] = np.linspace(0.0, turn, frames)
    return Recording(np.arange(frames) / 30.0, NAMES, weights, rotations)


def frames_of(photo, driver, **options):
    made = api.retarget(photo, driver, 30.0, **options)
    frames = np.stack(list(made.frames)).astype(int)
    assert len(frames) == made.count and made.fps == 30.0 and frames.shape[1:] == photo.shape
    return frames


def mouth_gap(image):
    """px between the inner lips, as the detector sees them."""
    points = face_in(image, "a frame").points
    return float(np.linalg.norm(points[13, :2] - points[14, :2]))


def test_a_video_moves_the_photo_as_its_face_moves(photo):
    """The driver is the photo itself, shifted: so the photo's face shifts, and in the first frame nothing moves."""
    driver = [np.roll(photo, step, axis=1) for step in (0, 2, 4, 6)]
    frames = frames_of(photo, driver, keep_expression=True)
    height, width = photo.shape[:2]
    middle = (slice(height // 3, 2 * height // 3), slice(width // 3, 2 * width // 3))
    assert np.abs(frames[0] - photo)[middle].mean() < 2.0
    shifted = np.roll(photo, 6, axis=1).astype(int)
    assert np.abs(frames[-1] - shifted)[middle].mean() < 0.5 * np.abs(photo.astype(int) - shifted)[middle].mean()


def test_a_recording_opens_the_mouth_and_may_leave_the_head(photo):
    jaw = frames_of(photo, recording("jawOpen"), pose=False, keep_expression=True)
    change = np.abs(jaw[-1] - jaw[0]).max(axis=2)
    height = photo.shape[0]
    assert change[height // 2 :].mean() > 3 * change[: height // 3].mean() > 0
    turned = recording("jawOpen", turn=0.3)
    assert np.array_equal(frames_of(photo, turned, pose=False, keep_expression=True), jaw)
    assert np.abs(frames_of(photo, turned, keep_expression=True)[-1] - jaw[-1]).mean() > 1.0


def test_the_command_line_is_the_call(photo, tmp_path, capsys):
    path = tmp_path / "a recording.csv"
    api.write_recording(path, recording("eyeBlinkLeft"))
    assert main(["retarget", "--photo", str(FACE), "--driver", str(path), "--out", str(tmp_path / "frames")]) == 0
    assert "6 frames at 30 a second" in capsys.readouterr().out
    written = [read_png(one) for one in sorted((tmp_path / "frames").glob("*.png"))]
    made = api.retarget(api.read_photo(FACE), api.read_recording(path), 30.0)
    assert np.array_equal(written, list(made.frames))


def test_a_video_in_a_video_out(photo, tmp_path, capsys):
    write_video(tmp_path / "driver.mp4", [np.roll(photo, step, axis=0) for step in (0, 1, 2)], 25.0)
    arguments = ["retarget", "--photo", str(FACE), "--driver", str(tmp_path / "driver.mp4"), "--out", str(tmp_path / "out.mp4")]
    assert main(arguments) == 0 and "3 frames at 25 a second" in capsys.readouterr().out
    assert (tmp_path / "out.mp4").stat().st_size > 1000


def test_a_future_for_every_seed_and_the_same_one_again(photo, tmp_path, capsys):
    futures = [np.stack(list(api.predict(photo, frames=6, seed=seed).frames)).astype(int) for seed in (0, 0, 1)]
    assert futures[0].shape == (6, *photo.shape) and np.array_equal(futures[0], futures[1])
    assert np.abs(futures[0] - futures[2]).max() > 10
    assert np.abs(futures[0][0] - photo).mean() < np.abs(futures[0][-1] - photo).mean() + 1.0
    assert main(["predict", "--photo", str(FACE), "--frames", "6", "--out", str(tmp_path / "frames")]) == 0
    assert "6 frames at 30 a second" in capsys.readouterr().out
    assert np.array_equal([read_png(one) for one in sorted((tmp_path / "frames").glob("*.png"))], futures[0])


def test_the_way_to_another_photo_ends_there(photo, tmp_path, capsys):
    """The target is the photo with its mouth opened by a recording: in the last frame the mouth is open."""
    opened = list(api.retarget(photo, recording("jawOpen"), 30.0, pose=False).frames)[-1]
    made = np.stack(list(api.towards(photo, opened, frames=8).frames))
    gaps = [mouth_gap(one) for one in (photo, opened, made[0], made[-1])]
    assert len(made) == 8 and gaps[1] > gaps[0] + 5
    assert gaps[3] > gaps[0] + 0.5 * (gaps[1] - gaps[0]) and gaps[2] < gaps[3]
    write_png(tmp_path / "target.png", opened)
    arguments = [
        "towards",
        "--photo",
        str(FACE),
        "--target",
        str(tmp_path / "target.png"),
        "--frames",
        "8",
        "--out",
        str(tmp_path / "frames"),
    ]
    assert main(arguments) == 0 and "8 frames" in capsys.readouterr().out
    assert np.array_equal([read_png(one) for one in sorted((tmp_path / "frames").glob("*.png"))], made)


def test_weights_count_as_they_are_where_they_are_no_recording_of_a_person(photo):
    """A face that is held is its own rest in a recording, and is held where its weights count as they are."""
    held = recording("jawOpen")
    held = Recording(held.times, held.names, np.repeat(held.weights[-1:], len(held.weights), axis=0), held.rotations)
    resting, opened = (frames_of(photo, held, from_rest=from_rest)[0] for from_rest in (True, False))
    assert mouth_gap(opened.astype(np.uint8)) > mouth_gap(resting.astype(np.uint8)) + 5


def test_a_smaller_video_of_a_large_photo(photo, tmp_path, capsys):
    arguments = ["predict", "--photo", str(FACE), "--frames", "2", "--longest", "100", "--out", str(tmp_path / "frames")]
    assert main(arguments) == 0
    assert max(read_png(tmp_path / "frames" / "00000.png").shape) == 100
    assert main([*arguments[:-1], str(tmp_path / "none" / "frames")]) == 1 and "cannot be written" in capsys.readouterr().err


def test_cancelled_half_way_leaves_nothing(photo, tmp_path):
    def cancel(done, what):
        if done > 0.6:
            raise MimicaError("stopped")

    made = api.retarget(photo, recording("jawOpen"), 30.0, progress=cancel)
    with pytest.raises(MimicaError, match="stopped"):
        write_video(tmp_path / "out.mp4", made.frames, 30.0)
    assert not list(tmp_path.iterdir())


def test_what_cannot_move_or_drive(photo, tmp_path, capsys):
    wall = np.full_like(photo, 90)
    with pytest.raises(LandmarkError, match="No face was found in any of the 2 frames of 'drive'"):
        api.retarget(photo, [wall, wall], 30.0, driver_name="drive")
    with pytest.raises(LandmarkError, match="'drive' has one frame"):
        api.retarget(photo, [photo], 30.0, driver_name="drive")
    with pytest.raises(LandmarkError, match="No face was found in 'wall'"):
        api.retarget(wall, recording("jawOpen"), name="wall")
    with pytest.raises(LandmarkError, match="No face was found in 'aim'"):
        api.towards(photo, wall, target_name="aim")
    with pytest.raises(ValueRangeError, match="frames"):
        api.predict(photo, frames=0)
    with pytest.raises(ValueRangeError, match="Face 3"):
        api.retarget(photo, recording("jawOpen"), face=3)
    with pytest.raises(ValueRangeError):
        api.retarget(photo[..., 0], recording("jawOpen"))
    with pytest.raises(FileError, match="ends in '.gif'"):
        write_video(tmp_path / "out.gif", api.retarget(photo, recording("jawOpen")).frames, 30.0)
    (tmp_path / "no.mp4").write_text("no video")
    write_png(tmp_path / "p.png", photo)
    assert (
        main(["retarget", "--photo", str(tmp_path / "p.png"), "--driver", str(tmp_path / "no.mp4"), "--out", str(tmp_path / "o.mp4")]) == 1
    )
    assert "no.mp4" in capsys.readouterr().err and not (tmp_path / "o.mp4").exists()
