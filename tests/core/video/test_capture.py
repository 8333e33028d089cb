"""Videos of rendered people become recordings: the weights that moved the face come back, whatever goes wrong is said."""

from dataclasses import replace

import numpy as np
import pytest

from core import api
from core.__main__ import main
from core.errors import FileError, LandmarkError, ModelError, ValueRangeError
from core.head.template import load_template
from core.motion.live_link_face import read_recording
from core.video import capture as capturing
from core.video.capture import capture, eye_rotations, load_reference

imageio_ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="videos are read with imageio-ffmpeg")
FPS = 30.0
NAMES = load_template().arkit_names


@pytest.fixture(scope="module")
def clip():
    """A rendered person who opens the mouth, then blinks, then looks to the own left: pictures (36, 256, 256, 3) and weights (36, 52)."""
    pytest.importorskip("numba", reason="training faces are rendered with numba")
    from core.data.face_appearance import random_appearance
    from core.data.face_renders import Person
    from core.data.face_shots import random_shot

    template, rng = load_template(), np.random.default_rng(5)
    weights = np.zeros((36, 52))
    bump = np.sin(np.linspace(0.0, np.pi, 10))
    weights[6:16, NAMES.index("jawOpen")] = 0.9 * bump
    for name in ("eyeBlinkLeft", "eyeBlinkRight"):
        weights[17:27, NAMES.index(name)] = bump
    for name in ("eyeLookOutLeft", "eyeLookInRight"):
        weights[26:36, NAMES.index(name)] = 0.9 * bump
    look = replace(random_appearance(rng), glasses="none")
    person, shot = Person(template, look), replace(random_shot(rng, 0.1), yaw=0.0, pitch=0.0, roll=0.0)
    motion = np.tensordot(weights, template.arkit_fields(), axes=1)
    shots = [replace(shot, seed=shot.seed + k) for k in range(len(weights))]
    pictures = [person.render(template.vertices + moved, one, 256, samples=1) for moved, one in zip(motion, shots, strict=True)]
    return np.stack(pictures), weights


@pytest.fixture(scope="module")
def captured(clip):
    return capture(clip[0], FPS, name="clip", timecode="01:00:00:00.000")


def channel(captured, name):
    return captured.recording.weights[:, NAMES.index(name)]


@pytest.mark.parametrize("name", ["jawOpen", "eyeBlinkLeft", "eyeBlinkRight"])
def test_what_moved_the_face_comes_back(captured, clip, name):
    assert np.corrcoef(channel(captured, name), clip[1][:, NAMES.index(name)])[0, 1] > 0.85
    assert np.abs(channel(captured, name) - clip[1][:, NAMES.index(name)]).mean() < 0.12


def test_a_look_to_the_own_left_is_one(captured):
    left = channel(captured, "eyeLookOutLeft") - channel(captured, "eyeLookInLeft")
    assert left[28:34].mean() > left[:5].mean() + 0.15
    yaw = captured.recording.rotations[:, 3]
    assert yaw[28:34].mean() < yaw[:5].mean()  # yaw is positive towards the person's own right


def test_a_recording_as_the_app_makes_them(captured, tmp_path):
    recording = captured.recording
    assert recording.names == NAMES and recording.weights.shape == (36, 52) and recording.rotations.shape == (36, 9)
    assert recording.weights.min() >= 0.0 and recording.weights.max() <= 1.0
    assert recording.timecode == "01:00:00:00.000" and captured.found.all()
    assert captured.rest * FPS < 6 or 14 < captured.rest * FPS < 18
    api.write_recording(tmp_path / "a.csv", recording)
    np.testing.assert_allclose(read_recording(tmp_path / "a.csv").weights, recording.weights, atol=1e-9)


def test_a_face_that_is_lost_for_a_while_is_bridged(clip):
    pictures = clip[0].copy()
    pictures[9:13] = 90
    found = capture(pictures, FPS, name="clip")
    assert 4 <= (~found.found).sum() <= 8 and not found.found[9:13].any()
    assert np.isfinite(found.recording.weights).all() and np.isfinite(found.recording.rotations).all()


def test_smoothing_stills_what_is_still_and_delays_nothing(clip):
    plain, calm = (capture(clip[0], FPS, name="clip", smoothing=on) for on in (False, True))
    still = [NAMES.index(name) for name in ("noseSneerLeft", "cheekPuff", "jawForward", "mouthLeft")]
    shake = [np.abs(np.diff(one.recording.weights[:, still], axis=0)).mean() for one in (plain, calm)]
    assert shake[1] < 0.8 * shake[0]
    assert abs(int(channel(plain, "jawOpen").argmax()) - int(channel(calm, "jawOpen").argmax())) <= 1


def test_rest_may_be_told(clip):
    found = capture(clip[0], FPS, name="clip", rest=0.1)
    assert found.rest == pytest.approx(0.1, abs=1 / FPS)
    with pytest.raises(ValueRangeError, match="rest is 9.0 s, outside 'clip'"):
        capture(clip[0], FPS, name="clip", rest=9.0)


def test_command_line_and_call_make_the_same(clip, tmp_path, capsys):
    path = tmp_path / "a clip.mp4"
    writer = imageio_ffmpeg.write_frames(str(path), (256, 256), fps=30, quality=9)
    writer.send(None)
    for picture in clip[0]:
        writer.send(np.ascontiguousarray(picture).tobytes())
    writer.close()
    assert main(["capture", "--video", str(path), "--out", str(tmp_path / "a.csv")]) == 0
    assert "36 of 36 frames show the face" in capsys.readouterr().out
    from core.video.files import open_video

    with open_video(path) as video:
        made = api.capture(video.frames, video.fps, name=path.name)
    np.testing.assert_allclose(read_recording(tmp_path / "a.csv").weights, made.recording.weights, atol=1e-9)


def test_what_is_no_clip(clip, monkeypatch, tmp_path):
    with pytest.raises(LandmarkError, match="No face was found in any of the 3 frames of 'wall'"):
        capture([np.full((90, 120, 3), 80, np.uint8)] * 3, FPS, name="wall")
    with pytest.raises(LandmarkError, match="'photo' has one frame"):
        capture(clip[0][:1], FPS, name="photo")
    with pytest.raises(ValueRangeError, match="fps is nan"):
        capture(clip[0], float("nan"), name="clip")
    monkeypatch.setattr(capturing, "MAX_FRAMES", 4)
    with pytest.raises(ValueRangeError, match="more than 4 frames"):
        capture(clip[0][:6], FPS, name="clip")
    missing = tmp_path / "none.csv"
    with pytest.raises(FileError, match="There is no video"):
        from core.video.files import open_video

        with open_video(missing):
            pass


@pytest.mark.parametrize("damage", ["missing", "truncated", "shape", "nan"])
def test_a_damaged_reference(tmp_path, damage):
    good = load_reference()
    path = tmp_path / "reference.npz"
    arrays = {"shape": good.shape.copy(), "steadiness": good.steadiness}
    if damage == "shape":
        arrays["shape"] = arrays["shape"][:5]
    if damage == "nan":
        arrays["shape"][3] = np.nan
    if damage != "missing":
        np.savez(path, **arrays)
    if damage == "truncated":
        path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(ModelError, match=r"reference face .*reference\.npz cannot be read"):
        load_reference(path)


def test_eyes_turn_as_in_recordings():
    """Signs as in core/motion/rotations.py: yaw towards the person's own right, pitch downwards."""
    weights = np.zeros((2, 52))
    for name in ("eyeLookOutRight", "eyeLookInLeft", "eyeLookDownLeft", "eyeLookDownRight"):
        weights[1, NAMES.index(name)] = 0.5
    angles = eye_rotations(NAMES, weights)
    assert (angles[0] == 0).all() and (angles[1, [0, 1, 3, 4]] > 0.1).all() and (angles[1, [0, 1, 3, 4]] < 0.5).all()
